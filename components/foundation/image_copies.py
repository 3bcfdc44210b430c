"""Image copy tier (REQ-R4, REQ-S10): what is pushed to the registry of one region is pulled in the other.

One push, one digest: a release is never in one region only because somebody forgot the second push. The repositories
there are ours and made before, since ECR would make them itself without our key and with tags that move. What was
pushed before replication began is not copied; push it once more under a new tag.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.naming import PROJECT, Scope


@dataclass(frozen=True, kw_only=True)
class ImageCopiesArgs:
    """From where to where."""

    scope: Scope  # of the region that images are pushed to
    to_region: str


class ImageCopies(pulumi.ComponentResource):
    """The replication rule of the registry, of which an account and region has one."""

    def __init__(self, name: str, args: ImageCopiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:foundation:ImageCopies", name, None, opts)
        rule = aws.ecr.ReplicationConfigurationReplicationConfigurationRuleArgs(
            destinations=[
                aws.ecr.ReplicationConfigurationReplicationConfigurationRuleDestinationArgs(
                    region=args.to_region, registry_id=args.scope.account_id
                )
            ],
            repository_filters=[
                aws.ecr.ReplicationConfigurationReplicationConfigurationRuleRepositoryFilterArgs(
                    filter=f"{PROJECT}/{args.scope.stage}/", filter_type="PREFIX_MATCH"
                )
            ],
        )
        aws.ecr.ReplicationConfiguration(
            f"{name}-replication",
            replication_configuration=aws.ecr.ReplicationConfigurationReplicationConfigurationArgs(rules=[rule]),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
