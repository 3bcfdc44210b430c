"""Registry tier: container images (REQ-S10), encrypted, scanned when they arrive, and never replaced under their tag.

A tag that stays is what makes a roll-back a roll-back: the image that ran yesterday is the one that runs again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from components.naming import PROJECT, Scope

APPLICATION = "registry"
UNTAGGED_DAYS = 7  # leftovers of interrupted pushes
RELEASES_KEPT = 100  # images, of each repository; far more than anybody rolls back


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """Which repositories there are, and the key that their layers are encrypted with."""

    scope: Scope
    repositories: Sequence[str]  # slugs, such as api
    key_arn: pulumi.Input[str]  # the storage key; it cannot be changed on a repository
    scans_on: bool  # whether Inspector goes on looking at an image after it arrived; it is paid for by the image
    destroy_protection: bool


class Registry(pulumi.ComponentResource):
    """A private repository per service."""

    urls: Mapping[str, pulumi.Output[str]]  # service -> where to push to and pull from, without a tag

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:foundation:Registry", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions(parent=self, protect=args.destroy_protection)
        aws.ecr.RegistryScanningConfiguration(
            f"{name}-scanning",
            scan_type="ENHANCED" if args.scans_on else "BASIC",
            rules=[
                aws.ecr.RegistryScanningConfigurationRuleArgs(
                    scan_frequency="CONTINUOUS_SCAN" if args.scans_on else "SCAN_ON_PUSH",
                    repository_filters=[
                        aws.ecr.RegistryScanningConfigurationRuleRepositoryFilterArgs(
                            filter="*", filter_type="WILDCARD"
                        )
                    ],
                )
            ],
            opts=child,
        )
        urls: dict[str, pulumi.Output[str]] = {}
        for service in args.repositories:
            repository = aws.ecr.Repository(
                f"{name}-{service}",
                name=repository_name(args.scope, service),
                image_tag_mutability="IMMUTABLE",
                image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
                encryption_configurations=[
                    aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=args.key_arn)
                ],
                tags=tagging.tier_tags(service, tagging.Classification.INTERNAL),
                opts=kept,
            )
            aws.ecr.LifecyclePolicy(
                f"{name}-{service}-lifecycle", repository=repository.name, policy=lifecycle(), opts=child
            )
            urls[service] = repository.repository_url
        self.urls = urls
        self.register_outputs({"urls": urls})


def repository_name(scope: Scope, service: str) -> str:
    """The name of a service's repository: `startup-platform/dev/api`."""
    return f"{PROJECT}/{scope.stage}/{service}"


def lifecycle() -> str:
    """What is deleted by itself: images without a tag after a week, and of the tagged all but the newest hundred."""
    rules = [
        {
            "rulePriority": 1,
            "description": f"without a tag, after {UNTAGGED_DAYS} days",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": f"all but the newest {RELEASES_KEPT}",
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": RELEASES_KEPT},
            "action": {"type": "expire"},
        },
    ]
    return json.dumps({"rules": rules})
