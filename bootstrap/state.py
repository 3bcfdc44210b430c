"""Where Pulumi's state lives: a bucket that keeps old versions and lets nobody in, and the two keys (REQ-R1, REQ-N3).

https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore import exceptions

from bootstrap import documents
from bootstrap.aws import Aws, as_tags, unless
from bootstrap.errors import BootstrapError
from bootstrap.names import Names
from bootstrap.plan import Lack, Step
from ops.refusals import code_of

KEPT_DAYS = 90  # that a version which is no longer the newest is kept at least
KEPT_VERSIONS = 50  # that are kept however old: a stage that nobody touches for a year still has a way back
ROTATION_DAYS = 365  # as the stage's own keys
_LOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
_LIFECYCLE = [
    {
        "ID": f"old-versions-{KEPT_DAYS}-days-{KEPT_VERSIONS}-newest",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": KEPT_DAYS, "NewerNoncurrentVersions": KEPT_VERSIONS},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
]


@dataclass(frozen=True, kw_only=True)
class Key:
    """A KMS key, known by its alias."""

    aws: Aws
    alias: str
    description: str
    policy: str
    tags: Mapping[str, str]

    def step(self) -> Step:
        """The key as it should be."""
        return Step(
            title=f"key {self.alias}",
            look=self.look,
            undo=f"aws kms schedule-key-deletion --pending-window-in-days 30 --key-id $(aws kms describe-key --key-id "
            f"{self.alias} --query KeyMetadata.KeyId --output text)  # what it encrypted is then lost",
        )

    def arn(self) -> str | None:
        """The key behind the alias; None where there is none yet.

        Raises:
            BootstrapError: it is there and cannot be used.
        """
        found = unless(lambda: self._kms.describe_key(KeyId=self.alias), "NotFoundException")
        if found is None:
            return None
        key = found["KeyMetadata"]
        if key["KeyState"] != "Enabled":
            raise BootstrapError(
                f"{self.alias} is a key whose state is {key['KeyState']}, and what it encrypted cannot be read; "
                f"save it: aws kms cancel-key-deletion --key-id {key['KeyId']} and "
                f"aws kms enable-key --key-id {key['KeyId']}"
            )
        return str(key["Arn"])

    def look(self) -> Sequence[Lack]:
        """What the key lacks."""
        arn = self.arn()
        if arn is None:
            return [
                Lack(say="make the key, and give it its name", do=self._make),
                Lack(say=f"rotate it every {ROTATION_DAYS} days", do=self._rotate),
            ]
        lacks: list[Lack] = []
        if not _same(self._kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"], self.policy):
            lacks.append(Lack(say="put its policy right", do=self._put_policy))
        if not self._kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"]:
            lacks.append(Lack(say=f"rotate it every {ROTATION_DAYS} days", do=self._rotate))
        return lacks

    @property
    def _kms(self) -> Any:
        return self.aws.client("kms")

    def _make(self) -> None:
        """A key that an earlier run made and did not come to name is taken: a key costs, and is not deleted at once."""
        key = (
            self._nameless()
            or self._kms.create_key(
                Description=self.description,
                Policy=self.policy,
                Tags=as_tags({**self.tags, "Name": self.alias}, "TagKey", "TagValue"),
            )["KeyMetadata"]["KeyId"]
        )
        self._kms.create_alias(AliasName=self.alias, TargetKeyId=key)

    def _nameless(self) -> str | None:
        for page in self._kms.get_paginator("list_keys").paginate():
            for key in page["Keys"]:
                listed = unless(
                    lambda key=key: self._kms.list_resource_tags(KeyId=key["KeyId"]),
                    "AccessDeniedException",  # somebody else's policy does not let us look
                    "NotFoundException",
                    otherwise={},
                )
                tags = {each["TagKey"]: each["TagValue"] for each in listed.get("Tags", [])}
                if tags.get("Name") == self.alias:
                    state = self._kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]
                    if state == "Enabled":
                        return str(key["KeyId"])
        return None

    def _id(self) -> str:
        return self.arn() or self.alias

    def _put_policy(self) -> None:
        self._kms.put_key_policy(KeyId=self._id(), PolicyName="default", Policy=self.policy)

    def _rotate(self) -> None:
        self._kms.enable_key_rotation(KeyId=self._id(), RotationPeriodInDays=ROTATION_DAYS)


@dataclass(frozen=True, kw_only=True)
class StateBucket:
    """The bucket."""

    aws: Aws
    names: Names
    key: Key
    tags: Mapping[str, str]

    def step(self) -> Step:
        """The bucket as it should be."""
        return Step(
            title=f"state bucket {self._name}",
            look=self.look,
            undo=f"take the stack down first; then aws s3api delete-bucket --bucket {self._name}, once it is empty of "
            "versions too",
        )

    def exists(self) -> bool:
        """Whether it is there, and ours.

        Raises:
            BootstrapError: somebody else has the name.
        """
        try:
            self._s3.head_bucket(Bucket=self._name, ExpectedBucketOwner=self.names.scope.account_id)
        except exceptions.ClientError as error:
            if code_of(error) in ("404", "NoSuchBucket"):
                return False
            if code_of(error) in ("403", "AccessDenied"):
                raise BootstrapError(
                    f"state bucket {self._name}: another account has the name, or you may not look at it; log in as "
                    "somebody who administers the account, and if it is still so, ask AWS whose it is"
                ) from error
            raise
        return True

    def look(self) -> Sequence[Lack]:
        """What the bucket lacks."""
        there = self.exists()
        made = [] if there else [Lack(say="make it, owned by the account alone", do=self._make)]
        wanted: list[tuple[str, Callable[[], Any], Callable[[], None]]] = [
            ("let nobody from outside in", self._is_locked, self._lock),
            ("keep old versions", self._is_versioned, self._version),
            ("encrypt it with its key", self._is_encrypted, self._encrypt),
            ("refuse whoever does not come by TLS", self._has_policy, self._put_policy),
            (f"drop versions after {KEPT_DAYS} days, but for the newest {KEPT_VERSIONS}", self._expires, self._expire),
            ("tag it", self._is_tagged, self._tag),
        ]
        return [*made, *(Lack(say=say, do=do) for say, is_so, do in wanted if not there or not is_so())]

    @property
    def _s3(self) -> Any:
        return self.aws.client("s3")

    @property
    def _name(self) -> str:
        return self.names.state_bucket

    def _have(self, ask: str, nothing: str) -> Any:
        """What an API of the bucket's answers; empty where it says that there is nothing."""
        return unless(lambda: getattr(self._s3, ask)(Bucket=self._name), nothing, otherwise={})

    def _make(self) -> None:
        self._s3.create_bucket(
            Bucket=self._name,
            CreateBucketConfiguration={"LocationConstraint": self.aws.region},
            ObjectOwnership="BucketOwnerEnforced",
        )

    def _is_locked(self) -> bool:
        found = unless(
            lambda: self._s3.get_public_access_block(Bucket=self._name),
            "NoSuchPublicAccessBlockConfiguration",
            otherwise={},
        )
        owned = unless(
            lambda: self._s3.get_bucket_ownership_controls(Bucket=self._name),
            "OwnershipControlsNotFoundError",
            otherwise={},
        )
        rules = owned.get("OwnershipControls", {}).get("Rules", [])
        return found.get("PublicAccessBlockConfiguration") == _LOCKED and rules == [
            {"ObjectOwnership": "BucketOwnerEnforced"}
        ]

    def _lock(self) -> None:
        self._s3.put_public_access_block(Bucket=self._name, PublicAccessBlockConfiguration=_LOCKED)
        self._s3.put_bucket_ownership_controls(
            Bucket=self._name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        )

    def _is_versioned(self) -> bool:
        return self._s3.get_bucket_versioning(Bucket=self._name).get("Status") == "Enabled"

    def _version(self) -> None:
        self._s3.put_bucket_versioning(Bucket=self._name, VersioningConfiguration={"Status": "Enabled"})

    def _encryption(self, arn: str | None) -> list[dict[str, Any]]:
        by = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}
        return [{"ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": True}]

    def _is_encrypted(self) -> bool:
        found = unless(
            lambda: self._s3.get_bucket_encryption(Bucket=self._name),
            "ServerSideEncryptionConfigurationNotFoundError",
            otherwise={},
        )
        rules = found.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
        asked = [
            {name: rule.get(name) for name in ("ApplyServerSideEncryptionByDefault", "BucketKeyEnabled")}
            for rule in rules
        ]
        return asked == self._encryption(self.key.arn())

    def _encrypt(self) -> None:
        self._s3.put_bucket_encryption(
            Bucket=self._name, ServerSideEncryptionConfiguration={"Rules": self._encryption(self.key.arn())}
        )

    def _has_policy(self) -> bool:
        found = self._have("get_bucket_policy", "NoSuchBucketPolicy")
        return bool(found) and _same(found["Policy"], documents.state_bucket(self.names))

    def _put_policy(self) -> None:
        self._s3.put_bucket_policy(Bucket=self._name, Policy=documents.state_bucket(self.names))

    def _expires(self) -> bool:
        found = unless(
            lambda: self._s3.get_bucket_lifecycle_configuration(Bucket=self._name),
            "NoSuchLifecycleConfiguration",
            otherwise={},
        )
        return [_compared(rule) for rule in found.get("Rules", [])] == [_compared(rule) for rule in _LIFECYCLE]

    def _expire(self) -> None:
        self._s3.put_bucket_lifecycle_configuration(Bucket=self._name, LifecycleConfiguration={"Rules": _LIFECYCLE})

    def _is_tagged(self) -> bool:
        found = self._have("get_bucket_tagging", "NoSuchTagSet")
        return {each["Key"]: each["Value"] for each in found.get("TagSet", [])} == dict(self.tags)

    def _tag(self) -> None:
        self._s3.put_bucket_tagging(Bucket=self._name, Tagging={"TagSet": as_tags(dict(self.tags))})


def _compared(rule: Mapping[str, Any]) -> tuple[Any, ...]:
    """What of a lifecycle rule is held against ours; its id says the numbers too, as not all are told."""
    return rule.get("ID"), rule.get("Status"), rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays")


def _same(one: str, other: str) -> bool:
    """Whether two policies say the same, whatever their spaces and the order of their keys."""
    return bool(json.loads(one) == json.loads(other))
