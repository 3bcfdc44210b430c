"""`make connect`: what it finds, says, opens and closes, against boto3's real clients with recorded answers."""
# boto3 makes its clients at run time: no checker knows their methods.
# pyright: reportUnknownMemberType=false

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.credentials import Credentials
from botocore.stub import Stubber
from typer.testing import CliRunner

from components.naming import Scope
from ops.account import stage_scope
from ops.connect import __main__ as command
from ops.connect import cache_token, finding, forwarding, telling
from ops.connect.errors import ConnectError
from ops.connect.finding import Way
from ops.errors import OpsError

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
ROLE = "arn:aws:sts::111122223333:assumed-role/developer/somebody"
CONTRACT: dict[str, Any] = {
    "phase": "growth",
    "access_documents": {
        "aurora": "startup-platform-dev-to-aurora",
        "redis": "startup-platform-dev-to-redis",
        "cluster": "startup-platform-dev-to-cluster",
    },
    "access_relays": ["startup-platform-dev-instances", "startup-platform-dev-system-node"],
    "access_hosts": {
        "aurora": "writer.cluster.example",
        "redis": "clustercfg.cache.example",
        "cluster": "api.example",
    },
    "cache_user": "startup-platform-dev-application",
    "cache_arns": ["arn:aws:elasticache:ap-northeast-2:111122223333:replicationgroup:startup-platform-dev-cache"],
    "cluster_name": "startup-platform-dev-cluster",
}


class Account:
    """A boto3 session whose clients answer what a test says, in that order, and nothing else."""

    profile_name = "default"

    def __init__(self) -> None:
        real = cast("Any", boto3).Session(
            aws_access_key_id="testing", aws_secret_access_key="testing", region_name=SCOPE.region
        )
        self.clients = {name: real.client(name) for name in ("sts", "ssm")}
        self.says = {name: Stubber(one) for name, one in self.clients.items()}
        self.events = real.events
        for one in self.says.values():
            one.activate()

    def client(self, name: str, *, region_name: str) -> Any:
        assert region_name == SCOPE.region
        return self.clients[name]

    def get_credentials(self) -> Credentials:
        return Credentials("AKIDEXAMPLE", "secret")

    def is_somebody(self, account_id: str = SCOPE.account_id) -> None:
        self.says["sts"].add_response("get_caller_identity", {"Account": account_id, "Arn": ROLE, "UserId": "me"})

    def has_contract(self, **otherwise: Any) -> None:
        self.says["ssm"].add_response(
            "get_parameter",
            {"Parameter": {"Value": json.dumps({**CONTRACT, **otherwise})}},
            {"Name": "/startup-platform/dev/contract/v1"},
        )

    def has_machines(self, *ids: str) -> None:
        self.says["ssm"].add_response(
            "describe_instance_information",
            {"InstanceInformationList": [{"InstanceId": each} for each in ids]},
            {
                "Filters": [
                    {"Key": "tag:Name", "Values": CONTRACT["access_relays"]},
                    {"Key": "PingStatus", "Values": ["Online"]},
                ]
            },
        )

    def all_was_asked(self) -> None:
        for one in self.says.values():
            one.assert_no_pending_responses()


@pytest.fixture
def account() -> Iterator[Account]:
    made = Account()
    yield made
    made.all_was_asked()


def way(destination: str = "aurora") -> Way:
    known = CONTRACT
    return Way(
        scope=SCOPE,
        destination=destination,
        host=known["access_hosts"][destination],
        document=f"startup-platform-dev-to-{destination}",
        relay="i-0aaa",
        caller=ROLE,
        contract=known,
    )


def test_it_finds_host_document_and_the_first_machine_that_answers(account: Account) -> None:
    account.is_somebody()
    account.has_contract()
    account.has_machines("i-0bbb", "i-0aaa")
    assert finding.find(account, SCOPE, "cluster") == way("cluster")


def test_another_account_than_the_stages_is_refused_before_anything_else_is_asked(account: Account) -> None:
    account.is_somebody("999988887777")
    with pytest.raises(OpsError, match=r"of account 999988887777, and Pulumi\.dev\.yaml says .* account 111122223333"):
        finding.find(account, SCOPE, "aurora")


def test_a_stage_that_is_not_up_is_said_to_be(account: Account) -> None:
    account.is_somebody()
    account.says["ssm"].add_client_error("get_parameter", "ParameterNotFound")
    with pytest.raises(ConnectError, match="stage dev is not up there"):
        finding.find(account, SCOPE, "aurora")


def test_a_role_without_the_right_hears_what_it_lacks(account: Account) -> None:
    account.is_somebody()
    account.says["ssm"].add_client_error("get_parameter", "AccessDeniedException")
    with pytest.raises(ConnectError, match=r"your role may not read the parameter .* policy platform or developer"):
        finding.find(account, SCOPE, "aurora")


def test_a_phase_without_a_cluster_says_what_it_has(account: Account) -> None:
    account.is_somebody()
    account.has_contract(phase="mvp", access_documents={"aurora": "a", "redis": "r"})
    with pytest.raises(ConnectError, match=r"TO=cluster: stage dev in phase mvp .* it has: aurora, redis"):
        finding.find(account, SCOPE, "cluster")


def test_no_machine_that_answers_is_a_sentence_that_names_the_tags(account: Account) -> None:
    account.is_somebody()
    account.has_contract()
    account.has_machines()
    with pytest.raises(ConnectError, match="startup-platform-dev-instances or startup-platform-dev-system-node"):
        finding.find(account, SCOPE, "aurora")


def test_a_stage_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(OpsError, match=r"STAGE=qa: there is no Pulumi\.qa\.yaml; a stage is one of: dev, prod, stg"):
        stage_scope(command.ROOT, "qa", None)


def test_the_scope_is_that_of_the_stages_own_file_and_a_region_may_be_another() -> None:
    assert stage_scope(command.ROOT, "dev", None) == SCOPE
    assert stage_scope(command.ROOT, "dev", "ap-southeast-1").region == "ap-southeast-1"


def test_mysql_gets_a_token_for_the_real_host_and_trusts_the_authority_of_rds() -> None:
    fetch, ask, log_in = telling.usage(way(), port=13306, user="developer")
    assert fetch.endswith("/global-bundle.pem")
    assert "--hostname writer.cluster.example --port 3306" in ask
    assert "--host 127.0.0.1 --port 13306 --user developer" in log_in
    assert log_in.endswith("--ssl-mode VERIFY_CA --ssl-ca global-bundle.pem")


def test_kubectl_and_redis_check_the_certificate_of_the_real_host() -> None:
    assert (
        "--server https://127.0.0.1:6443 --tls-server-name api.example"
        in telling.usage(way("cluster"), port=6443, user="")[1]
    )
    assert (
        "--tls --sni clustercfg.cache.example --user startup-platform-dev-application"
        in telling.usage(way("redis"), port=6379, user="")[1]
    )


def test_a_token_for_the_cache_is_a_signed_request_to_connect_without_its_scheme(account: Account) -> None:
    made = cache_token.token(account, region=SCOPE.region, cache="startup-platform-dev-cache", user="app")
    assert made.startswith("startup-platform-dev-cache/?")
    query = parse_qs(urlsplit(f"https://{made}").query)
    assert (query["Action"], query["User"], query["X-Amz-Expires"]) == (["connect"], ["app"], ["900"])
    assert query["X-Amz-Credential"][0].endswith("/ap-northeast-2/elasticache/aws4_request")


def run(account: Account, *arguments: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, BaseException | None]:
    monkeypatch.setattr(command, "_session", lambda: account)
    done = CliRunner().invoke(command.app, list(arguments))
    return done.exit_code, done.output, done.exception


def test_unless_told_to_it_only_says_what_it_would_open(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    account.is_somebody()
    account.has_contract()
    account.has_machines("i-0aaa")
    code, said, _ = run(account, "open", "--stage", "dev", "--to", "aurora", monkeypatch=monkeypatch)
    assert code == 0
    assert "Nothing was opened" in said
    for part in (ROLE, "i-0aaa", "60 minutes", "CloudTrail", "mysql --host 127.0.0.1", "platform (all) or developer"):
        assert part in said


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A stand-in for the plugin, which notes how it was called; `does` is what it does then."""
    notes = tmp_path / "notes"

    def make(*, version: str = "1.2.707.0", does: str = "exit 0") -> Path:
        script = tmp_path / "session-manager-plugin"
        script.write_text(
            f'#!/bin/sh\n[ "$1" = --version ] && {{ echo {version}; exit 0; }}\n'
            f'for each in "$@"; do echo "$each" >> {notes}; done\n'
            f'echo "$AWS_SSM_START_SESSION_RESPONSE" > {notes}.token\n{does}\n'
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        return notes

    return SimpleNamespace(make=make)


def opens(account: Account) -> None:
    account.says["ssm"].add_response(
        "start_session",
        {"SessionId": "somebody-1", "TokenValue": "secret-token", "StreamUrl": "wss://stream"},
        {
            "Target": "i-0aaa",
            "DocumentName": "startup-platform-dev-to-aurora",
            "Parameters": {"localPortNumber": ["13306"]},
        },
    )
    account.says["ssm"].add_response("terminate_session", {"SessionId": "somebody-1"}, {"SessionId": "somebody-1"})


def hold(account: Account, seconds: float = 60) -> int:
    return forwarding.hold(account, way(), port=13306, seconds=seconds, environment=dict(os.environ))


def test_the_plugin_gets_the_session_by_its_environment_and_no_token_on_its_command_line(
    account: Account, plugin: SimpleNamespace
) -> None:
    notes = plugin.make()
    opens(account)
    assert hold(account) == 0
    called = notes.read_text().splitlines()
    assert called[:3] == ["AWS_SSM_START_SESSION_RESPONSE", "ap-northeast-2", "StartSession"]
    assert "secret-token" not in notes.read_text()
    assert json.loads(Path(f"{notes}.token").read_text()) == {
        "SessionId": "somebody-1",
        "TokenValue": "secret-token",
        "StreamUrl": "wss://stream",
    }


@pytest.mark.parametrize(
    ("does", "seconds", "code"),
    [
        pytest.param("kill -INT $PPID; exit 130", 60, 130, id="ctrl-c"),
        pytest.param("exit 1", 60, 1, id="the plugin fails"),
        pytest.param("exec sleep 600", 0.2, 0, id="the time is up"),
    ],
)
def test_however_it_ends_the_session_is_ended_in_aws(
    account: Account, plugin: SimpleNamespace, does: str, seconds: float, code: int
) -> None:
    plugin.make(does=does)
    opens(account)
    assert hold(account, seconds) == code


def test_told_to_it_opens_says_how_to_use_it_and_ends_as_the_plugin_does(
    account: Account, plugin: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin.make()
    account.is_somebody()
    account.has_contract()
    account.has_machines("i-0aaa")
    opens(account)
    asked = ("open", "--stage", "dev", "--to", "aurora", "--port", "13306", "--do")
    code, said, _ = run(account, *asked, monkeypatch=monkeypatch)
    assert code == 0
    assert "Ctrl-C closes it" in said
    assert "Nothing was opened" not in said


def test_a_document_that_a_role_may_not_use_is_a_sentence(account: Account, plugin: SimpleNamespace) -> None:
    plugin.make()
    account.says["ssm"].add_client_error("start_session", "AccessDeniedException")
    with pytest.raises(ConnectError, match="your role may not start a session by startup-platform-dev-to-aurora"):
        hold(account)


def test_a_missing_plugin_says_where_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConnectError, match="session-manager-plugin is not on the PATH; AWS says how to install it"):
        forwarding.plugin()


def test_a_plugin_that_would_show_the_token_to_everybody_is_too_old(plugin: SimpleNamespace) -> None:
    plugin.make(version="1.2.463.0")
    with pytest.raises(ConnectError, match=r"is of version 1\.2\.463\.0; it takes 1\.2\.497 or newer"):
        forwarding.plugin()
