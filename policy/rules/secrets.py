"""Secrets (Y2, S14): none in plain text, all in Secrets Manager, and rotated. Whose key it is: `own_keys.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.catalog import (
    ADVISORY_EVERYWHERE,
    ADVISORY_IN_DEV,
    MANDATORY_EVERYWHERE,
    Finding,
    Frame,
    Outcome,
    Severity,
    judge_each,
    rule,
    stack_rule,
)
from policy.demands import Demands, document, meets, not_given, number, wrong
from policy.literals import has_shape, is_called_one, is_credential, script_has_credential
from policy.view import UNKNOWN, Node, Resource, Stack

FUNCTION = "aws:lambda/function:Function"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
BATCH = "aws:batch/jobDefinition:JobDefinition"
BUILD = "aws:codebuild/project:Project"
JOB = "aws:glue/job:Job"
MODEL = "aws:sagemaker/model:Model"
PARAMETER = "aws:ssm/parameter:Parameter"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
OWN_SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type
ROTATION_DAYS = 90

SECRETS: Frame = {
    "isms_p": ["2.7.2"],
    "soc2": ["CC6.1"],
    "severity": Severity.CRITICAL,
    "level": MANDATORY_EVERYWHERE,
}
SUGGESTED: Frame = {**SECRETS, "severity": Severity.MEDIUM, "level": ADVISORY_EVERYWHERE}
COMFORTABLE_IN_DEV: Frame = {**SECRETS, "severity": Severity.HIGH, "level": ADVISORY_IN_DEV}

# Per type, the property that holds names with their values.
MAPS: Mapping[str, str] = MappingProxyType(
    {
        FUNCTION: "environment.variables",
        JOB: "defaultArguments",
        "aws:amplify/app:App": "environmentVariables",
        "aws:amplify/branch:Branch": "environmentVariables",
        "aws:apprunner/service:Service": (
            "sourceConfiguration.imageRepository.imageConfiguration.runtimeEnvironmentVariables"
        ),
        "aws:glue/connection:Connection": "connectionProperties",
        MODEL: "primaryContainer.environment",
        "aws:apigateway/stage:Stage": "variables",
    }
)
SCRIPTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "aws:ec2/instance:Instance": ("userData", "userDataBase64"),
        "aws:ec2/spotInstanceRequest:SpotInstanceRequest": ("userData", "userDataBase64"),
        "aws:ec2/launchConfiguration:LaunchConfiguration": ("userData", "userDataBase64"),
        "aws:ec2/launchTemplate:LaunchTemplate": ("userData",),
        "aws:sfn/stateMachine:StateMachine": ("definition",),
        "aws:ssm/document:Document": ("content",),
    }
)
# Texts in which only what has a credential's own shape tells of one.
SHAPED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        BUILD: ("source.location", "source.buildspec"),
        "aws:s3/bucketObject:BucketObject": ("content",),
        "aws:s3/bucketObjectv2:BucketObjectv2": ("content",),
        "aws:cloudformation/stack:Stack": ("templateBody",),
    }
)
# A connection that can take its password from Secrets Manager itself.
CONNECTIONS: Demands = {
    "aws:dms/endpoint:Endpoint": [not_given("password")],
    "aws:glue/connection:Connection": [not_given("connectionProperties.PASSWORD")],
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": [
        not_given("redshiftConfiguration.password"),
        not_given("httpEndpointConfiguration.accessKey"),
        not_given("splunkConfiguration.hecToken"),
        not_given("snowflakeConfiguration.privateKey"),
    ],
    "aws:quicksight/dataSource:DataSource": [not_given("credentials.credentialPair.password")],
}
# What takes a password from the program only; one that is known already was not generated in this run.
TOKENS: Mapping[str, str] = MappingProxyType(
    {
        "aws:cloudwatch/eventConnection:EventConnection": "authParameters.apiKey.value",
        "aws:elasticache/replicationGroup:ReplicationGroup": "authToken",
        "aws:elasticache/user:User": "passwords",
        "aws:memorydb/user:User": "authenticationMode.passwords",
        "aws:mq/broker:Broker": "users",
    }
)
PASSWORDS: Demands = {
    "aws:rds/cluster:Cluster": [not_given("masterPassword")],
    "aws:rds/instance:Instance": [not_given("password")],
    "aws:docdb/cluster:Cluster": [not_given("masterPassword")],
    "aws:redshift/cluster:Cluster": [not_given("masterPassword")],
    "aws:redshiftserverless/namespace:Namespace": [not_given("adminUserPassword")],
    "aws:opensearch/domain:Domain": [not_given("advancedSecurityOptions.masterUserOptions.masterUserPassword")],
}
ROTATIONS: Mapping[str, str] = MappingProxyType({ROTATION: "secretId"})
_RATE = re.compile(r"rate\((?P<count>\d+) (?P<unit>hour|day)s?\)")


@rule(
    "SEC-001",
    on=[*MAPS, *SCRIPTS, *SHAPED, TASK, BATCH, PARAMETER],
    says="no credential stands in plain text",
    fix="keep it in Secrets Manager or a SecureString, and pass its ARN or name",
    requirements=["REQ-S14", "REQ-Y2"],
    **SECRETS,
)
def credentials_are_not_written_down(resource: Resource) -> Iterator[Outcome]:
    """Whoever may describe the resource may read it. A value that is not known yet leaves that one name unjudged."""
    if resource.type in MAPS:
        yield from _in_map(resource.at(MAPS[resource.type]))
        if resource.type == MODEL:
            yield from judge_each(resource.elements("containers"), lambda each: _in_map(each.at("environment")))
    elif resource.type in SCRIPTS:
        yield from judge_each([resource.at(place) for place in SCRIPTS[resource.type]], _in_script)
    elif resource.type in (TASK, BATCH):
        yield from judge_each(_containers(resource), _in_container)
    elif resource.type in SHAPED:
        yield from judge_each([resource.at(place) for place in SHAPED[resource.type]], _in_text)
        plain = [each for each in resource.elements("environment.environmentVariables") if _is_plain_text(each)]
        yield from judge_each(plain, _in_pair)
    else:
        yield from _in_parameter(resource)


def _in_map(variables: Node) -> Iterator[Outcome]:
    value = variables.known("")
    names = list(value) if isinstance(value, dict) else []
    pairs = [Node(path=variables.path, value={"name": name, "value": variables.get(name)}) for name in names]
    yield from judge_each(pairs, _in_pair)


def _in_pair(pair: Node) -> Iterator[Outcome]:
    """An unknown value comes from another resource, and what comes from there is no literal."""
    name, value = pair.get("name"), pair.get("value")
    if isinstance(name, str) and isinstance(value, str) and is_credential(name, value):
        yield Finding(path=pair.path, key=f"{pair.path}.{_printable(name)}", seen=f"a credential in {_printable(name)}")


def _in_script(script: Node) -> Iterator[Outcome]:
    if script_has_credential(script.text()):
        yield Finding(path=script.path, seen="a script with a credential")


def _in_text(text: Node) -> Iterator[Outcome]:
    if has_shape(text.text()):
        yield Finding(path=text.path, seen="a text with a credential")


def _containers(task: Resource) -> list[Node]:
    return document(task, "containerDefinitions" if task.type == TASK else "containerProperties").elements("")


def _in_container(container: Node) -> Iterator[Outcome]:
    yield from judge_each(container.elements("environment"), _in_pair)


def _is_plain_text(variable: Node) -> bool:
    return variable.get("type") in (None, "PLAINTEXT")


def _in_parameter(parameter: Resource) -> Iterator[Outcome]:
    if parameter.known("type") == "SecureString":
        return
    for place in ("value", "insecureValue"):
        value = parameter.get(place)
        name = parameter.get("name")
        last = name.rsplit("/", 1)[-1] if isinstance(name, str) else ""
        if isinstance(value, str) and (has_shape(value) or is_credential(last, value)):
            yield Finding(path=place, seen="a credential in a plain parameter")
        elif value is UNKNOWN and is_called_one(last):
            yield Finding(path=place, seen="a secret, by its name, in a plain parameter")


def _printable(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name) else "<a name>"


@rule(
    "SEC-004",
    on=PASSWORDS,
    says="a database's first password is made and kept by AWS",
    fix="set manage_master_user_password=True (manage_admin_password, or the write-only password_wo)",
    requirements=["REQ-Y2", "REQ-S14"],
    **COMFORTABLE_IN_DEV,
)
def passwords_are_managed(store: Resource) -> Iterator[Outcome]:
    """A literal and a generated password look the same here, and both stay in the state and never rotate."""
    yield from meets(store, PASSWORDS)


@rule(
    "SEC-008",
    on=CONNECTIONS,
    says="a connection takes its password from Secrets Manager",
    fix="set secrets_manager_arn (SECRET_ID, secret_arn, secrets_manager_configuration) instead of the password",
    requirements=["REQ-Y2", "REQ-S14"],
    **COMFORTABLE_IN_DEV,
)
def connections_read_their_secret(connection: Resource) -> Iterator[Outcome]:
    """A password in the program stays in the state, and when it rotates the connection breaks."""
    yield from meets(connection, CONNECTIONS)


@rule(
    "SEC-009",
    on=TOKENS,
    says="a password that a program has to pass is not known before it runs",
    fix="generate it, or read it from Secrets Manager; use IAM authentication where there is one",
    requirements=["REQ-Y2", "REQ-S14"],
    **SUGGESTED,
)
def passed_passwords_are_generated(store: Resource) -> Iterator[Outcome]:
    """Advice only: a secret of the stack's configuration looks like a literal here, and so does last week's."""
    for place in store.elements(TOKENS[store.type]):
        value = place.get("password") if isinstance(place.value, dict) else place.value
        if isinstance(value, str) and value.strip():
            yield Finding(path=place.path, seen="a password")


@rule(
    "SEC-002",
    on=[ROTATION],
    says="a secret rotates every 90 days at least",
    fix="set rotation_rules with automatically_after_days of 90 or less",
    requirements=["REQ-Y2"],
    **COMFORTABLE_IN_DEV,
)
def secrets_rotate_often(rotation: Resource) -> Iterator[Outcome]:
    """A cron expression names a day of the month or the week, so it comes around in time."""
    days = number(rotation, "rotationRules.automaticallyAfterDays")
    schedule = rotation.at("rotationRules.scheduleExpression")
    if days is None and schedule.has(""):
        rate = _RATE.fullmatch(schedule.text())
        days = int(rate["count"]) / (24 if rate["unit"] == "hour" else 1) if rate else 0
    if days is None or days > ROTATION_DAYS:
        yield wrong(rotation, "rotationRules.automaticallyAfterDays", f"at most {ROTATION_DAYS}")


@stack_rule(
    "SEC-005",
    on=[OWN_SECRET],
    says="a secret has a rotation",
    fix="add a SecretRotation with its id",
    requirements=["REQ-Y2"],
    **COMFORTABLE_IN_DEV,
)
def secrets_have_a_rotation(secret: Resource, stack: Stack) -> Iterator[Outcome]:
    """One that a partner issues and no function can renew is exempted by name, with the day of its next renewal."""
    if not stack.users(secret, ROTATIONS):
        yield Finding(path="rotation")
