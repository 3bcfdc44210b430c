"""Baseline: what every account has from its first day, the one that pays too (REQ-N3, REQ-S13, REQ-Y2).

Disks are encrypted whoever makes them, nothing is shared with the public, credentials of an instance need a session
token, and AWS knows whom to call. What is set per region is set in each that may be used. Control policies keep others
from undoing it (`organization/guardrails.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# CIS AWS Foundations Benchmark 5.0, 1.7 and 1.8; a quarter for ISMS-P 2.5.4. Nobody has a password here: it is for the
# day when somebody makes an IAM user nevertheless.
PASSWORD_LENGTH = 14
PASSWORDS_REMEMBERED = 24
PASSWORD_DAYS = 90
# A container on a node is one hop further from the instance's metadata than the node.
TOKEN_HOPS = 2


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Whom AWS writes to and calls."""

    name: str
    title: str
    email: str
    phone: str  # with its country


@dataclass(frozen=True, kw_only=True)
class BaselineArgs:
    """One account; made by a provider of its own."""

    regions: Sequence[str]  # every one that may be used
    contacts: Mapping[str, Contact]  # security, operations, billing


class Baseline(pulumi.ComponentResource):
    """What one account has, whatever it is for."""

    def __init__(self, name: str, args: BaselineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:organization:Baseline", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        aws.s3.AccountPublicAccessBlock(
            f"{name}-buckets",
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.iam.AccountPasswordPolicy(
            f"{name}-passwords",
            minimum_password_length=PASSWORD_LENGTH,
            password_reuse_prevention=PASSWORDS_REMEMBERED,
            max_password_age=PASSWORD_DAYS,
            require_lowercase_characters=True,
            require_uppercase_characters=True,
            require_numbers=True,
            require_symbols=True,
            allow_users_to_change_password=True,
            opts=child,
        )
        for kind, contact in args.contacts.items():
            aws.account.AlternativeContact(
                f"{name}-{kind}",
                alternate_contact_type=kind.upper(),
                name=contact.name,
                title=contact.title,
                email_address=contact.email,
                phone_number=contact.phone,
                opts=child,
            )
        for region in args.regions:
            self._region(f"{name}-{region}", region)
        self.register_outputs({})

    def _region(self, name: str, region: str) -> None:
        child = pulumi.ResourceOptions(parent=self)
        aws.ebs.EncryptionByDefault(f"{name}-disks", enabled=True, region=region, opts=child)
        aws.ebs.SnapshotBlockPublicAccess(f"{name}-snapshots", state="block-all-sharing", region=region, opts=child)
        aws.ec2.ImageBlockPublicAccess(f"{name}-images", state="block-new-sharing", region=region, opts=child)
        aws.ec2.InstanceMetadataDefaults(
            f"{name}-metadata",
            http_endpoint="enabled",
            http_tokens="required",
            http_put_response_hop_limit=TOKEN_HOPS,
            region=region,
            opts=child,
        )
