"""Roles and users that a policy document names must exist, in services that look them up when the document arrives.

AWS refuses such a document outright: KMS as MalformedPolicyDocument, S3 and IAM as "Invalid principal in policy". Other
accounts cannot be looked into from here, and conditions on `aws:PrincipalArn` are compared as text, there as here.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, cast

from sandbox.schema.values import Bag, reveal

# Type -> the property whose principals AWS resolves, and the error with which it refuses one that does not exist. What
# is not here takes unknown names, or is not known to refuse them.
RESOLVED: Mapping[str, tuple[str, str]] = {
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ("policy", "InvalidParameterException"),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": ("policy", "InvalidPolicyException"),
    "aws:iam/role:Role": ("assumeRolePolicy", "MalformedPolicyDocument"),
    "aws:kms/key:Key": ("policy", "MalformedPolicyDocumentException"),
    "aws:kms/keyPolicy:KeyPolicy": ("policy", "MalformedPolicyDocumentException"),
    "aws:kms/replicaKey:ReplicaKey": ("policy", "MalformedPolicyDocumentException"),
    "aws:s3/bucketPolicy:BucketPolicy": ("policy", "MalformedPolicy: Invalid principal in policy"),
    "aws:secretsmanager/secret:Secret": ("policy", "MalformedPolicyDocumentException"),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("policy", "MalformedPolicyDocumentException"),
    "aws:sns/topic:Topic": ("policy", "InvalidParameter: PrincipalNotFound"),
    "aws:sns/topicPolicy:TopicPolicy": ("policy", "InvalidParameter: PrincipalNotFound"),
    "aws:sqs/queue:Queue": ("policy", "InvalidAttributeValue"),
    "aws:sqs/queuePolicy:QueuePolicy": ("policy", "InvalidAttributeValue"),
}
ACTORS = frozenset({"aws:iam/role:Role", "aws:iam/user:User"})
_IDENTITY = re.compile(r"^arn:[\w-]+:iam::(?P<account>\d{12}):(?:role|user)/.+$")


def resolved(token: str) -> tuple[str, ...]:
    """Return the properties of a type in which AWS looks roles and users up."""
    return RESOLVED[token][:1] if token in RESOLVED else ()


def refusal(token: str, inputs: Bag, account: str, living: Callable[[], Collection[str]]) -> str | None:
    """Say which of the own account's roles and users a document names although they do not exist; None for none."""
    if token not in RESOLVED:
        return None
    name, error = RESOLVED[token]
    document = reveal(inputs.get(name))
    own = [arn for arn in _named(document) if _is_of(arn, account)] if isinstance(document, str) else []
    missing = sorted(set(own) - set(living())) if own else []
    if not missing:
        return None
    return (
        f"{name} names {', '.join(missing)}, which does not exist in account {account} at this moment; AWS would "
        f"refuse it ({error}): let it be made first (depends_on, or its arn output in the document)"
    )


def _is_of(arn: str, account: str) -> bool:
    found = _IDENTITY.match(arn)
    return found is not None and found["account"] == account


def _named(document: str) -> Iterator[str]:
    """Every principal of kind AWS, of all statements."""
    try:
        parsed: Any = json.loads(document)
    except ValueError:
        return  # the check has said so already
    for statement in _each(_of(parsed, "Statement")):
        for element in ("Principal", "NotPrincipal"):
            yield from (who for who in _each(_of(_of(statement, element), "AWS")) if isinstance(who, str))


def _of(found: Any, name: str) -> Any:
    return cast("dict[str, Any]", found).get(name) if isinstance(found, dict) else None


def _each(found: Any) -> list[Any]:
    """IAM takes one thing where it takes several."""
    return cast("list[Any]", found) if isinstance(found, list) else [] if found is None else [found]
