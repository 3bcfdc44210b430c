"""Keys of our own where the data's class asks for one (Y2): the DataClassification tag decides how strict we are."""

from __future__ import annotations

from collections.abc import Iterator

from policy.catalog import ADVISORY_IN_DEV, Frame, Outcome, Severity, rule
from policy.demands import Demands, equals, given, has, in_each, meets, when
from policy.tags import CLOSED_CLASSES, effective_tag
from policy.view import UNKNOWN, CannotJudgeError, Resource

KEYS_OF_OURS: Frame = {
    "isms_p": ["2.7.2"],
    "soc2": ["CC6.1", "C1.1"],
    "severity": Severity.MEDIUM,
    "level": ADVISORY_IN_DEV,
}

# Encrypted without it too, but with a key that AWS owns or manages.
BY_CLASS: Demands = {
    "aws:athena/workgroup:Workgroup": [
        in_each("configuration.resultConfiguration.encryptionConfiguration", given("kmsKeyArn"))
    ],
    "aws:codebuild/project:Project": [given("encryptionKey")],
    "aws:docdb/cluster:Cluster": [given("kmsKeyId")],
    "aws:dynamodb/table:Table": [given("serverSideEncryption.kmsKeyArn"), in_each("replicas", given("kmsKeyArn"))],
    "aws:ecr/repository:Repository": [in_each("encryptionConfigurations", given("kmsKey"))],
    "aws:efs/fileSystem:FileSystem": [given("kmsKeyId")],
    "aws:elasticache/replicationGroup:ReplicationGroup": [given("kmsKeyId")],
    "aws:elasticache/serverlessCache:ServerlessCache": [given("kmsKeyId")],
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": [
        when(equals("serverSideEncryption.enabled", True), given("serverSideEncryption.keyArn"))
    ],
    "aws:lambda/function:Function": [when(has("environment.variables"), given("kmsKeyArn"))],
    "aws:memorydb/cluster:Cluster": [given("kmsKeyArn")],
    "aws:neptune/cluster:Cluster": [given("kmsKeyArn")],
    "aws:opensearch/domain:Domain": [given("encryptAtRest.kmsKeyId")],
    "aws:redshift/cluster:Cluster": [given("kmsKeyId")],
    "aws:redshiftserverless/namespace:Namespace": [given("kmsKeyId")],
}
SECRETS: Demands = {
    "aws:secretsmanager/secret:Secret": [given("kmsKeyId"), in_each("replicas", given("kmsKeyId"))],
    "aws:ssm/parameter:Parameter": [when(equals("type", "SecureString"), given("keyId"))],
}


@rule(
    "KMS-004",
    on=BY_CLASS,
    says="confidential and restricted data has a customer-managed key",
    fix="pass the ARN of a key of the platform's own",
    requirements=["REQ-Y2", "REQ-N3"],
    **KEYS_OF_OURS,
)
def confidential_data_has_our_key(resource: Resource) -> Iterator[Outcome]:
    """A resource without the tag is TAG-001's; a class that is unknown leaves only a missing key unjudged."""
    missing = list(meets(resource, BY_CLASS))
    if not missing:
        return
    classification = effective_tag(resource, "DataClassification")
    if classification is UNKNOWN:
        raise CannotJudgeError("tags.DataClassification")
    if classification in CLOSED_CLASSES:
        yield from missing


@rule(
    "SEC-003",
    on=SECRETS,
    says="a secret is encrypted with a customer-managed key",
    fix="set kms_key_id (key_id for a parameter) to the secrets key",
    requirements=["REQ-Y2", "REQ-S14"],
    **KEYS_OF_OURS,
)
def secrets_have_our_key(secret: Resource) -> Iterator[Outcome]:
    """With AWS's own key whoever may read the secret may decrypt it: one lock, not two."""
    yield from meets(secret, SECRETS)
