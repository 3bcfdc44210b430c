"""The function that makes schemas and users: what is in it, what it may, whom it reaches, and who hears of it."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.data import service_schemas
from components.data.schemas import handler
from components.data.service_schemas import ServiceSchemas, ServiceSchemasArgs
from components.foundation.endpoints import INTERFACE_ACTIONS
from components.naming import Scope
from tests.unit.conftest import platform_of
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
HERE = "ap-northeast-2:111122223333"
FUNCTION = "aws:lambda/function:Function"
NAME = "startup-platform-dev-database-schemas"
ARGS = ServiceSchemasArgs(
    scope=SCOPE,
    contract_parameter="/startup-platform/dev/contract/v1",
    secret_prefix="/startup-platform/dev/database/master-",
    vpc_id="vpc-1",
    subnet_ids=["private-a", "private-b", "private-c"],
    database_security_group_id="sg-database",
    logs_key_arn="logs-key",
    log_retention_days=90,
    alarm_topic_arn="arn:alarms",
)


@pytest.fixture(scope="module")
def run() -> Recorded:
    return record(lambda: ServiceSchemas("schemas", ARGS))


def statements(run: Recorded) -> dict[str, dict[str, Any]]:
    policy = json.loads(run.named("schemas-function", "aws:iam/rolePolicy:RolePolicy")["policy"])
    return {one["Sid"]: one for one in policy["Statement"]}


def test_it_runs_in_private_subnets_on_a_runtime_of_lambdas_own_without_a_secret_in_its_settings(run: Recorded) -> None:
    function = run.named("schemas-function", FUNCTION)
    assert (function["name"], function["runtime"], function["architectures"]) == (NAME, "python3.13", ["arm64"])
    assert function["vpcConfig"]["subnetIds"] == ["private-a", "private-b", "private-c"]
    assert function["vpcConfig"]["securityGroupIds"] == ["schemas-group-id"]
    assert function["deadLetterConfig"] == {"targetArn": "arn:alarms"}
    assert function.get("environment") is None


def test_it_has_time_for_a_database_that_wakes_up_at_both_of_its_log_ins() -> None:
    assert 2 * handler.WAKES_SECONDS + 4 * handler.ANSWERS_SECONDS < service_schemas.TIMEOUT_SECONDS


def test_the_archive_is_the_code_its_driver_and_where_the_contract_is(tmp_path: Path) -> None:
    archive = service_schemas._archive(ARGS.contract_parameter)  # pyright: ignore[reportPrivateUsage]
    files = archive.assets
    assert json.loads(text_of(files["components/data/schemas/place.json"])) == {
        "contract": "/startup-platform/dev/contract/v1"
    }
    assert {name for name in files if not name.startswith("pymysql/")} == {
        f"components/data/schemas/{name}" for name in ("authorities.pem", "handler.py", "place.json", "statements.py")
    }
    assert "pymysql/connections.py" in files
    assert not [name for name in files if "__pycache__" in name]


def text_of(asset: Any) -> bytes:
    return asset.text.encode()


def test_the_function_loads_from_its_archive_alone(tmp_path: Path) -> None:
    """As Lambda does, with nothing of this repository beside it."""
    archive = service_schemas._archive(ARGS.contract_parameter)  # pyright: ignore[reportPrivateUsage]
    packed = tmp_path / "function.zip"
    with zipfile.ZipFile(packed, "w") as into:
        for name, asset in archive.assets.items():
            text = Path(asset.path).read_bytes() if isinstance(asset, pulumi.FileAsset) else text_of(asset)
            into.writestr(name, text)
    with zipfile.ZipFile(packed) as whole:
        whole.extractall(tmp_path / "task")
    module, _, entry = service_schemas.HANDLER.rpartition(".")
    program = (
        f"import sys, importlib; sys.path = [{str(tmp_path / 'task')!r}] + [p for p in sys.path if p.endswith('.zip') "
        f"or 'site-packages' in p or 'lib' in p]; m = importlib.import_module({module!r}); "
        f"print(m.__file__, callable(m.{entry}), m.AUTHORITIES.exists(), m.PLACE.exists())"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(tmp_path / "task/components/data/schemas/handler.py"), "True", "True", "True"]


def test_it_may_read_one_parameter_and_one_secret_and_log_and_say_that_it_failed(run: Recorded) -> None:
    may = statements(run)
    assert {sid: (one["Action"], one["Resource"]) for sid, one in may.items() if sid != "StandInTheVpc"} == {
        "ReadWhichSecretIsTheMasters": (
            ["ssm:GetParameter"], [f"arn:aws:ssm:{HERE}:parameter/startup-platform/dev/contract/v1"],
        ),
        "ReadTheMastersPassword": (
            ["secretsmanager:GetSecretValue"],
            [f"arn:aws:secretsmanager:{HERE}:secret:/startup-platform/dev/database/master-*"],
        ),
        "DecryptItThroughSecretsManager": (["kms:Decrypt"], [f"arn:aws:kms:{HERE}:key/*"]),
        "WriteItsLog": (
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [f"arn:aws:logs:{HERE}:log-group:/aws/lambda/{NAME}:log-stream:*"],
        ),
        "ButNotItsCode": (
            [
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:UnassignPrivateIpAddresses",
            ],
            ["*"],
        ),
        "SayThatItFailed": (["sns:Publish"], [f"arn:aws:sns:{HERE}:startup-platform-dev-alarms"]),
        "EncryptWhatItSays": (["kms:Decrypt", "kms:GenerateDataKey"], [f"arn:aws:kms:{HERE}:key/*"]),
    }  # fmt: skip
    assert may["ButNotItsCode"]["Effect"] == "Deny"
    assert may["ButNotItsCode"]["Condition"] == {
        "ArnEquals": {"lambda:SourceFunctionArn": f"arn:aws:lambda:{HERE}:function:{NAME}"}
    }
    assert may["DecryptItThroughSecretsManager"]["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/startup-platform-dev-secrets"},
        "StringEquals": {"kms:ViaService": "secretsmanager.ap-northeast-2.amazonaws.com"},
    }


def test_what_it_asks_of_aws_is_let_through_by_the_endpoints_of_the_vpc(run: Recorded) -> None:
    asked = {action for one in statements(run).values() for action in one["Action"]}
    for service in ("secretsmanager", "ssm"):
        own = {action for action in asked if action.startswith(f"{service}:")}
        assert own
        assert own <= set(INTERFACE_ACTIONS[service])


def test_it_reaches_the_database_and_https_and_nobody_reaches_it(run: Recorded) -> None:
    def lines(token: str) -> set[tuple[str, int, int, str | None]]:
        return {
            (one["securityGroupId"], int(one["fromPort"]), int(one["toPort"]), one.get("referencedSecurityGroupId"))
            for one in run.of_type(token)
        }

    assert lines("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == {
        ("sg-database", 3306, 3306, "schemas-group-id")
    }
    assert lines("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule") == {
        ("schemas-group-id", 443, 443, None),
        ("schemas-group-id", 3306, 3306, "sg-database"),
    }


def test_its_log_is_encrypted_and_there_before_it_and_one_failure_is_told(run: Recorded) -> None:
    log = run.named("schemas-log", "aws:cloudwatch/logGroup:LogGroup")
    assert (log["name"], log["kmsKeyId"], int(log["retentionInDays"])) == (f"/aws/lambda/{NAME}", "logs-key", 90)
    assert any(urn.endswith("::schemas-log") for urn in run.named("schemas-function", FUNCTION).dependencies)
    alarm = run.named("schemas-failed", "aws:cloudwatch/metricAlarm:MetricAlarm")
    (measured,) = alarm["metricQueries"]
    assert measured["metric"]["metricName"] == "Errors"
    assert measured["metric"]["dimensions"] == {"FunctionName": NAME}
    assert (alarm["threshold"], alarm["alarmActions"]) == (0, ["arn:alarms"])


def test_the_stage_has_one_where_writes_go_and_its_contract_names_it() -> None:
    run = platform_of("prod", phase="global")
    assert [one.name for one in run.of_type(FUNCTION)] == ["database-schemas-function"]
    contracts = {
        one.name: json.loads(one["value"]["value"])["database_schemas_function"]
        for one in run.of_type("aws:ssm/parameter:Parameter")
        if one.name in ("contract", "dr-contract")
    }
    assert contracts == {"contract": "startup-platform-prod-database-schemas", "dr-contract": None}
