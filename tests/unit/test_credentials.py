"""The master's password: what is stored, who changes it, and who that may reach."""

import json
from collections.abc import Mapping

import pulumi
import pytest
from pulumi.runtime import rpc

from components.data.credentials import Credentials, CredentialsArgs, replica_of
from components.naming import Scope
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
STACK = "aws:serverlessrepository/cloudFormationStack:CloudFormationStack"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
FUNCTION = "startup-platform-dev-database-rotation"


def credentials(replica_key_arns: Mapping[str, str]) -> Recorded:
    args = CredentialsArgs(
        scope=SCOPE,
        cluster_identifier="startup-platform-dev-database",
        host="writer.example",
        username="platform",
        first_password="drawn",
        vpc_id="vpc-1",
        subnet_ids=["private-a", "private-b", "private-c"],
        database_security_group_id="sg-database",
        secrets_key_arn="secrets-key",
        replica_key_arns=replica_key_arns,
        logs_key_arn="logs-key",
        log_retention_days=90,
        destroy_protection=True,
    )
    return record(lambda: Credentials("credentials", args))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return credentials({})


def test_another_region_has_a_replica_under_its_own_key(run: Recorded) -> None:
    secret = "aws:secretsmanager/secret:Secret"
    assert run.named("credentials-secret", secret)["replicas"] == []
    there = credentials({"ap-southeast-1": "their-secrets-key"}).named("credentials-secret", secret)
    assert there["replicas"] == [{"region": "ap-southeast-1", "kmsKeyId": "their-secrets-key"}]


def test_the_secret_has_the_form_that_awss_rotation_function_reads(run: Recorded) -> None:
    first = run.named("credentials-first", "aws:secretsmanager/secretVersion:SecretVersion")
    assert json.loads(rpc.unwrap_rpc_secret(first["secretStringWo"])) == {
        "engine": "mysql",
        "host": "writer.example",
        "port": 3306,
        "username": "platform",
        "password": "drawn",
        "dbClusterIdentifier": "startup-platform-dev-database",
    }
    secret = run.named("credentials-secret", "aws:secretsmanager/secret:Secret")
    assert (secret["kmsKeyId"], secret.protect) == ("secrets-key", True)
    assert secret["namePrefix"] == "/startup-platform/dev/database/master-"


def test_the_first_version_keeps_a_label_so_that_nothing_ever_writes_it_again(run: Recorded) -> None:
    first = run.named("credentials-first", "aws:secretsmanager/secretVersion:SecretVersion")
    assert first["versionStages"] == ["AWSCURRENT", "SEED"]
    assert first.ignores == ["versionStages"]
    assert int(first["secretStringWoVersion"]) == 1


def test_the_password_rotates_at_once_and_then_every_thirty_days(run: Recorded) -> None:
    rotation = run.named("credentials-rotation", ROTATION)
    assert rotation["rotateImmediately"] is True
    assert int(rotation["rotationRules"]["automaticallyAfterDays"]) == 30
    assert rotation["rotationLambdaArn"] == f"arn:aws:lambda:ap-northeast-2:111122223333:function:{FUNCTION}"
    after = {urn.rpartition("::")[2] for urn in rotation.dependencies}
    assert after >= {"credentials-first", "credentials-rotator"}


def test_the_function_is_awss_own_at_an_exact_version_in_private_subnets(run: Recorded) -> None:
    stack = run.named("credentials-rotator", STACK)
    assert stack["applicationId"].endswith(":297356227824:applications/SecretsManagerRDSMySQLRotationSingleUser")
    assert stack["semanticVersion"] == "1.1.671"
    assert stack["parameters"] == {
        "endpoint": "https://secretsmanager.ap-northeast-2.amazonaws.com",
        "functionName": FUNCTION,
        "vpcSubnetIds": "private-a,private-b,private-c",
        "vpcSecurityGroupIds": "credentials-group-id",
        "kmsKeyArn": "secrets-key",
    }


def test_the_function_reaches_the_database_and_https_and_nobody_reaches_it(run: Recorded) -> None:
    def lines(token: str) -> set[tuple[str, int, int, str | None]]:
        return {
            (one["securityGroupId"], int(one["fromPort"]), int(one["toPort"]), one.get("referencedSecurityGroupId"))
            for one in run.of_type(token)
        }

    assert lines("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == {
        ("sg-database", 3306, 3306, "credentials-group-id")
    }
    assert lines("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule") == {
        ("credentials-group-id", 443, 443, None),
        ("credentials-group-id", 3306, 3306, "sg-database"),
    }


def test_the_function_logs_to_an_encrypted_group_that_is_there_before_it(run: Recorded) -> None:
    group = run.named("credentials-log", "aws:cloudwatch/logGroup:LogGroup")
    assert (group["name"], group["kmsKeyId"]) == (f"/aws/lambda/{FUNCTION}", "logs-key")
    assert any(urn.endswith("::credentials-log") for urn in run.named("credentials-rotator", STACK).dependencies)


def test_a_replica_has_the_arn_of_its_secret_in_its_own_region() -> None:
    seen: list[str] = []
    secret = "arn:aws:secretsmanager:{}:111122223333:secret:/startup-platform/dev/database/master-1-AbCdEf"

    def program() -> None:
        here = pulumi.Output.from_input(secret.format("ap-northeast-2"))
        replica_of(here, source="ap-northeast-2", region="ap-southeast-1").apply(seen.append)

    record(program)
    assert seen == [secret.format("ap-southeast-1")]
