"""Properties that hold a JSON document as text: IAM policies, redrive rules, dashboards.

Where the SDK also takes an object (`iam.PolicyDocument`), the real provider turns it into text before anything else
sees it; so do we.
"""

import json
from collections.abc import Mapping

from sandbox.schema.values import UNKNOWN, Bag, Secret, Value, has_secret, has_unknown, reveal

_POLICY = ("policy",)
_DOCUMENTS: Mapping[str, tuple[str, ...]] = {
    "aws:backup/vaultPolicy:VaultPolicy": _POLICY,
    "aws:cloudwatch/dashboard:Dashboard": ("dashboardBody",),
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": _POLICY,
    "aws:cloudwatch/eventRule:EventRule": ("eventPattern",),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": ("policyDocument",),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _POLICY,
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": _POLICY,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": _POLICY,
    "aws:ecr/registryPolicy:RegistryPolicy": _POLICY,
    "aws:ecr/repositoryPolicy:RepositoryPolicy": _POLICY,
    "aws:efs/fileSystemPolicy:FileSystemPolicy": _POLICY,
    "aws:glue/resourcePolicy:ResourcePolicy": _POLICY,
    "aws:iam/groupPolicy:GroupPolicy": _POLICY,
    "aws:iam/policy:Policy": _POLICY,
    "aws:iam/role:Role": ("assumeRolePolicy",),
    "aws:iam/rolePolicy:RolePolicy": _POLICY,
    "aws:iam/userPolicy:UserPolicy": _POLICY,
    "aws:kms/externalKey:ExternalKey": _POLICY,
    "aws:kms/key:Key": _POLICY,
    "aws:kms/keyPolicy:KeyPolicy": _POLICY,
    "aws:kms/replicaKey:ReplicaKey": _POLICY,
    "aws:organizations/policy:Policy": ("content",),
    "aws:s3/accessPoint:AccessPoint": _POLICY,
    "aws:s3/bucket:Bucket": _POLICY,
    "aws:s3/bucketPolicy:BucketPolicy": _POLICY,
    "aws:secretsmanager/secret:Secret": _POLICY,
    "aws:secretsmanager/secretPolicy:SecretPolicy": _POLICY,
    "aws:sfn/stateMachine:StateMachine": ("definition",),
    "aws:sns/topic:Topic": ("policy", "deliveryPolicy"),
    "aws:sns/topicPolicy:TopicPolicy": _POLICY,
    "aws:sns/topicSubscription:TopicSubscription": ("deliveryPolicy", "filterPolicy", "redrivePolicy"),
    "aws:sqs/queue:Queue": ("policy", "redriveAllowPolicy", "redrivePolicy"),
    "aws:sqs/queuePolicy:QueuePolicy": _POLICY,
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": ("redriveAllowPolicy",),
    "aws:sqs/redrivePolicy:RedrivePolicy": ("redrivePolicy",),
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": ("inlinePolicy",),
}


def documents(token: str) -> tuple[str, ...]:
    """Return the properties of a type that hold a JSON document."""
    return _DOCUMENTS.get(token, ())


def as_text(token: str, inputs: Bag) -> Bag:
    """Write every document that is given as an object as JSON text."""
    return {**inputs, **{name: _text(inputs[name]) for name in documents(token) if isinstance(inputs.get(name), dict)}}


def _text(document: Value) -> Value:
    """A document is text, so one with anything unknown in it is unknown, and one with a secret in it is a secret."""
    if has_unknown(document):
        return UNKNOWN
    text = json.dumps(reveal(document), separators=(",", ":"))
    return Secret(value=text) if has_secret(document) else text


def same_document(old: str, new: str) -> bool:
    """Say whether two texts are the same JSON document, whatever their spacing and order of keys."""
    if not (old.lstrip().startswith(("{", "[")) and new.lstrip().startswith(("{", "["))):
        return False
    try:
        return bool(json.loads(old) == json.loads(new))
    except ValueError:
        return False
