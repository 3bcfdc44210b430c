"""The access tier's exact inputs: where each document leads, and what each role of people may open."""

import json
from typing import Any

import pytest

from components.naming import Scope
from components.operations import sessions
from components.operations.access import Access, AccessArgs, Destination
from components.phases import PhaseName
from tests.unit.conftest import platforms
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
DOCUMENT = "aws:ssm/document:Document"
POLICY = "aws:iam/policy:Policy"
SSM = "arn:aws:ssm:ap-northeast-2:111122223333"
AURORA = Destination(host="proxy.example", port=3306)
REDIS = Destination(host="cache.example", port=6379)
CLUSTER = Destination(host="api.example", port=443)


def access(*, destroy_protection: bool = True, **destinations: Destination) -> Recorded:
    args = AccessArgs(
        scope=SCOPE,
        destinations=destinations or {"aurora": AURORA, "redis": REDIS, "cluster": CLUSTER},
        contract_parameter="/startup-platform/dev/contract/v1",
        logs_key_arn="logs-key",
        logs_key_alias="alias/startup-platform-dev-logs",
        log_retention_days=365,
        destroy_protection=destroy_protection,
    )
    return record(lambda: Access("access", args))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return access()


def content(run: Recorded, name: str) -> Any:
    return json.loads(run.named(name, DOCUMENT)["content"])


def statements(run: Recorded, name: str) -> dict[str, Any]:
    return {one["Sid"]: one for one in json.loads(run.named(name, POLICY)["policy"])["Statement"]}


@pytest.mark.parametrize(
    ("name", "host", "port"),
    [
        ("access-to-aurora", "proxy.example", "3306"),
        ("access-to-redis", "cache.example", "6379"),
        ("access-to-cluster", "api.example", "443"),
    ],
)
def test_a_document_leads_to_one_host_and_only_the_callers_own_port_is_his_to_choose(
    run: Recorded, name: str, host: str, port: str
) -> None:
    found = content(run, name)
    assert (found["schemaVersion"], found["sessionType"]) == ("1.0", "Port")
    assert found["properties"] == {
        "type": "LocalPortForwarding",
        "host": host,
        "portNumber": port,
        "localPortNumber": "{{ localPortNumber }}",
    }
    assert list(found["parameters"]) == ["localPortNumber"]
    assert run.named(name, DOCUMENT)["documentType"] == "Session"


def test_a_shell_is_encrypted_recorded_as_it_happens_and_ends_by_itself(run: Recorded) -> None:
    found = content(run, "access-shell")
    assert found["sessionType"] == "Standard_Stream"
    assert found["inputs"] == {
        "cloudWatchLogGroupName": "/startup-platform/dev/sessions",
        "cloudWatchEncryptionEnabled": True,
        "cloudWatchStreamingEnabled": True,
        "kmsKeyId": "alias/startup-platform-dev-logs",
        "idleSessionTimeout": "15",
        "maxSessionDuration": "60",
        "runAsEnabled": False,
    }
    assert any(urn.endswith("::access-log") for urn in run.named("access-shell", DOCUMENT).dependencies)


def test_the_record_is_encrypted_kept_and_protected_where_the_stage_says_so(run: Recorded) -> None:
    log = run.named("access-log", "aws:cloudwatch/logGroup:LogGroup")
    assert (log["name"], log["kmsKeyId"], int(log["retentionInDays"])) == (
        "/startup-platform/dev/sessions",
        "logs-key",
        365,
    )
    assert log.protect
    assert not access(destroy_protection=False).named("access-log", "aws:cloudwatch/logGroup:LogGroup").protect


def test_people_start_sessions_on_machines_that_pass_them_on_and_never_by_the_accounts_default(run: Recorded) -> None:
    for role in ("platform", "developer"):
        found = statements(run, f"access-{role}")["StartSessionsOnMachinesThatPassThemOn"]
        assert found["Resource"] == ["arn:aws:ec2:ap-northeast-2:111122223333:instance/*"]
        assert found["Condition"] == {
            "StringEquals": {
                "ssm:resourceTag/Name": ["startup-platform-dev-instances", "startup-platform-dev-system-node"]
            },
            "BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"},
        }


def test_a_developer_reaches_the_stores_and_has_no_shell_and_the_platform_role_has_both(run: Recorded) -> None:
    by_role = {
        role: statements(run, f"access-{role}")["StartSessionsByTheseDocuments"]["Resource"]
        for role in ("platform", "developer")
    }
    stores = [f"{SSM}:document/startup-platform-dev-to-{each}" for each in ("aurora", "redis")]
    assert by_role["developer"] == stores
    assert by_role["platform"] == sorted(
        [*stores, f"{SSM}:document/startup-platform-dev-to-cluster", f"{SSM}:document/startup-platform-dev-shell"]
    )
    assert "EncryptOnesShell" not in statements(run, "access-developer")
    assert statements(run, "access-platform")["EncryptOnesShell"]["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/startup-platform-dev-logs"},
        "StringLike": {"kms:EncryptionContext:aws:ssm:TargetId": "i-*"},
    }


def test_nobody_resumes_or_ends_a_session_of_somebody_else(run: Recorded) -> None:
    found = statements(run, "access-developer")["ResumeAndEndOnesOwnSessions"]
    assert found["Action"] == ["ssm:ResumeSession", "ssm:TerminateSession"]
    assert found["Resource"] == [f"{SSM}:session/${{aws:userid}}-*"]


def test_a_policy_names_no_document_that_is_not_there() -> None:
    early = access(aurora=AURORA, redis=REDIS)
    assert {one.name for one in early.of_type(DOCUMENT)} == {"access-shell", "access-to-aurora", "access-to-redis"}
    named = statements(early, "access-platform")["StartSessionsByTheseDocuments"]["Resource"]
    assert f"{SSM}:document/startup-platform-dev-to-cluster" not in named


def test_policies_have_names_that_permission_sets_can_know(run: Recorded) -> None:
    names = {one["name"] for one in run.of_type(POLICY)}
    assert names == {f"startup-platform-dev-{role}-access-ap-northeast-2" for role in ("platform", "developer")}


def test_every_stage_and_phase_has_a_machine_that_passes_connections_on_under_a_name_that_policies_have() -> None:
    templates = "aws:ec2/launchTemplate:LaunchTemplate"
    for (stage, phase), made in platforms().items():
        relays = set(sessions.relay_names(Scope(stage=stage, account_id="1", region="r")))
        names = {
            spec["tags"].get("Name")
            for one in made.of_type(templates)
            for spec in one["tagSpecifications"]
            if spec["resourceType"] == "instance"
        }
        assert relays & names, (stage, phase)
        assert "access-to-aurora" in {one.name for one in made.of_type(DOCUMENT)}


def test_what_a_machine_needs_to_record_shells_is_that_group_and_that_key_alone() -> None:
    found = {one.sid: one.as_json() for one in sessions.relay_statements(SCOPE)}
    group = "arn:aws:logs:ap-northeast-2:111122223333:log-group:/startup-platform/dev/sessions"
    assert found["RecordShells"]["Resource"] == [group, f"{group}:log-stream:*"]
    assert found["DecryptShells"]["Action"] == ["kms:Decrypt"]
    assert found["DecryptShells"]["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/startup-platform-dev-logs"},
        "StringLike": {"kms:EncryptionContext:aws:ssm:TargetId": "i-*"},
    }


def test_people_get_to_the_cluster_itself_since_the_master_has_no_way_through_a_proxy() -> None:
    made = platforms()["prod", PhaseName.GLOBAL]
    assert made.of_type("aws:rds/proxy:Proxy")
    hosts = {name: content(made, name)["properties"]["host"] for name in ("access-to-aurora", "dr-access-to-aurora")}
    # The second region has no writer.
    assert hosts == {"access-to-aurora": "writer.example", "dr-access-to-aurora": "reader.example"}
