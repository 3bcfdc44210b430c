"""Recovery tier: weekly snapshots (REQ-R2) beside what each store keeps of itself, in a vault that outlives it.

Point-in-time recovery (REQ-R1) belongs to the store, ends after 35 days and goes with the store. What lies here is
kept for a quarter, so that the recovery rehearsal (REQ-R5) always has one to bring back; a stage with a second region
keeps each there too (REQ-E1), in a vault whose key is that region's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.naming import Scope

APPLICATION = "recovery"
KEPT_DAYS = 92
# Sunday 05:30 in Korea, after the maintenance windows of database and cache
SCHEDULE = "cron(30 5 ? * SUN *)"
TIME_ZONE = "Asia/Seoul"
START_MINUTES = 60  # the shortest that a job may wait for its start
COMPLETION_MINUTES = 480


@dataclass(frozen=True, kw_only=True)
class RecoveryArgs:
    """What is backed up, and the key that protects it."""

    scope: Scope
    cluster_arns: Mapping[str, str]  # Aurora clusters: title -> ARN
    after: Sequence[pulumi.Input[str]]  # known once they are there: AWS Backup takes no ARN that names nothing
    key_arn: pulumi.Input[str]  # the data key
    key_alias: str  # its alias, such as alias/..., in every region
    copies_to: Mapping[str, pulumi.Input[str]]  # other region -> ARN of the vault that takes a copy
    stage_tags: Mapping[str, str]  # of what AWS Backup makes itself
    destroy_protection: bool


class Recovery(pulumi.ComponentResource):
    """A vault, a weekly plan, and what it takes."""

    vault_arn: pulumi.Output[str]

    def __init__(self, name: str, args: RecoveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Recovery", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED)
        vault_name = vault_named(args.scope)
        vault = aws.backup.Vault(
            f"{name}-vault",
            name=vault_name,
            kms_key_arn=args.key_arn,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.destroy_protection),
        )
        plan = aws.backup.Plan(
            f"{name}-weekly",
            name=args.scope.name("weekly"),
            rules=[
                aws.backup.PlanRuleArgs(
                    rule_name="weekly",
                    target_vault_name=vault.name,
                    schedule=SCHEDULE,
                    schedule_expression_timezone=TIME_ZONE,
                    start_window=START_MINUTES,
                    completion_window=COMPLETION_MINUTES,
                    lifecycle=aws.backup.PlanRuleLifecycleArgs(delete_after=KEPT_DAYS),
                    copy_actions=[
                        aws.backup.PlanRuleCopyActionArgs(
                            destination_vault_arn=vault_arn,
                            lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(delete_after=KEPT_DAYS),
                        )
                        for vault_arn in args.copies_to.values()
                    ],
                    recovery_point_tags={**args.stage_tags, **tags},
                )
            ],
            tags=tags,
            opts=child,
        )
        role = aws.iam.Role(
            f"{name}-backup",
            description="Takes snapshots of database clusters",
            assume_role_policy=iam.service_trust(
                "backup.amazonaws.com",
                account_id=args.scope.account_id,
                source_arn=args.scope.arn("backup", "*"),
            ),
            tags=tags,
            opts=child,
        )
        permission = aws.iam.RolePolicy(
            f"{name}-backup",
            role=role.id,
            policy=backup_policy(
                args.scope, list(args.cluster_arns.values()), args.key_alias, copied_to=list(args.copies_to)
            ),
            opts=child,
        )
        for title, cluster_arn in args.cluster_arns.items():
            aws.backup.Selection(
                f"{name}-{title}",
                name=title,
                plan_id=plan.id,
                iam_role_arn=role.arn,
                resources=[pulumi.Output.all(*args.after).apply(lambda _, arn=cluster_arn: arn)],
                opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
            )
        self.vault_arn = vault.arn
        self.register_outputs({"vaultArn": self.vault_arn})


@dataclass(frozen=True, kw_only=True)
class VaultOfCopiesArgs:
    """Where copies from another region are kept, and the key that protects them."""

    scope: Scope
    key_arn: pulumi.Input[str]  # the data key
    destroy_protection: bool


class VaultOfCopies(pulumi.ComponentResource):
    """A vault that a plan of another region copies to."""

    vault_arn: pulumi.Output[str]

    def __init__(self, name: str, args: VaultOfCopiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:VaultOfCopies", name, None, opts)
        vault = aws.backup.Vault(
            f"{name}-vault",
            name=vault_named(args.scope),
            kms_key_arn=args.key_arn,
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED),
            opts=pulumi.ResourceOptions(parent=self, protect=args.destroy_protection),
        )
        self.vault_arn = vault.arn
        self.register_outputs({"vaultArn": self.vault_arn})


def vault_named(scope: Scope) -> str:
    """The vault's name, the same in each region of a stage."""
    return scope.name("backups")


def backup_policy(scope: Scope, cluster_arns: Sequence[str], key_alias: str, *, copied_to: Sequence[str] = ()) -> str:
    """What AWS's own role for backups may, for these clusters, the snapshots it makes of them, its vaults and its keys.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html.
    """
    snapshots = scope.arn("rds", "cluster-snapshot:awsbackup:*")
    vault = f"backup-vault:{vault_named(scope)}"
    return iam.document(
        iam.Statement(
            sid="SnapshotTheseClusters",
            actions=["rds:AddTagsToResource", "rds:CreateDBClusterSnapshot", "rds:ListTagsForResource"],
            resources=[*cluster_arns, snapshots],
        ),
        iam.Statement(
            sid="KeepAndDropItsOwnSnapshots",
            actions=["rds:DeleteDBClusterSnapshot", "rds:ModifyDBClusterSnapshotAttribute"],
            resources=[snapshots],
        ),
        iam.Statement(
            sid="SeeClustersAndSnapshots",
            actions=["rds:DescribeDBClusterSnapshots", "rds:DescribeDBClusters", "tag:GetResources"],
            resources=["*"],
        ),
        iam.Statement(
            sid="StoreInTheVault",
            actions=["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"],
            resources=[scope.arn("backup", vault)],
        ),
        # By its alias: AWS draws a key's ARN, and nobody could read this policy before the key is there.
        iam.Statement(
            sid="SeeTheKey",
            actions=["kms:DescribeKey"],
            resources=[scope.arn("kms", "key/*")],
            condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": key_alias}},
        ),
        *_copies(scope, key_alias, copied_to),
    )


def _copies(scope: Scope, key_alias: str, regions: Sequence[str]) -> list[iam.Statement]:
    """What is encrypted by one region's key is read by a grant on it and written by a grant on the other's."""
    if not regions:
        return []
    everywhere = [scope.region, *regions]
    by_alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": key_alias}}
    keys = [scope.arn("kms", "key/*", region=region) for region in everywhere]
    return [
        iam.Statement(
            sid="CopyItsOwnSnapshots",
            actions=["rds:AddTagsToResource", "rds:CopyDBClusterSnapshot"],
            resources=[scope.arn("rds", "cluster-snapshot:awsbackup:*", region=region) for region in everywhere],
        ),
        iam.Statement(
            sid="CopyFromTheVault",
            actions=["backup:CopyFromBackupVault"],
            resources=[scope.arn("backup", f"backup-vault:{vault_named(scope)}")],
        ),
        iam.Statement(
            sid="CopyIntoTheVaultsOfOtherRegions",
            actions=["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"],
            resources=[scope.arn("backup", f"backup-vault:{vault_named(scope)}", region=region) for region in regions],
        ),
        iam.Statement(sid="SeeTheKeysOfCopies", actions=["kms:DescribeKey"], resources=keys, condition=by_alias),
        iam.Statement(
            sid="LetTheServicesUseTheKeysForCopies",
            actions=["kms:CreateGrant"],
            resources=keys,
            condition={**by_alias, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]
