"""Recovery tier: weekly snapshots (REQ-R2) beside what each store keeps of itself, in a vault that outlives it.

Point-in-time recovery (REQ-R1) belongs to the store, ends after 35 days and goes with the store. What lies here is
kept for a quarter behind a lock, and once a quarter AWS Backup brings the newest back, to see that it can (REQ-R5). A
stage with a second region keeps each there too (REQ-E1), in a vault whose key is that region's. docs/restore.md has the
commands, docs/adr/0026 the decisions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation.roles import role_with_policy
from components.naming import Scope
from components.operations.backing_up import backup_policy, rehearsal_policy, vault_named, went_wrong

APPLICATION = "recovery"
KEPT_DAYS = 92
# Sunday 05:30 in Korea, after the maintenance windows of database and cache
SCHEDULE = "cron(30 5 ? * SUN *)"
TIME_ZONE = "Asia/Seoul"
START_MINUTES = 60  # the shortest that a job may wait for its start
COMPLETION_MINUTES = 480

# A job that would keep less is refused, so this is at most KEPT_DAYS; and as long as the stores themselves look back.
LOCKED_DAYS = 35

# 09:00 on the 15th of a quarter's first month: somebody is at work to hear of it (REQ-R5).
REHEARSAL_SCHEDULE = "cron(0 9 15 1,4,7,10 ? *)"
REHEARSAL_START_HOURS = 8  # 1 to 168
NEWEST_OF_DAYS = 14  # 1 to 365; of a weekly backup one may have failed
EXAMINED_HOURS = 4  # 1 to 168 that what was brought back stays to be looked at


@dataclass(frozen=True, kw_only=True)
class RecoveryArgs:
    """What is backed up, and the key that protects it."""

    scope: Scope
    cluster_arns: Mapping[str, str]  # Aurora clusters: title -> ARN
    table_arns: Mapping[str, str]  # DynamoDB tables: title -> ARN
    after: Sequence[pulumi.Input[str]]  # known once they are there: AWS Backup takes no ARN that names nothing
    subnet_group: pulumi.Input[str]  # where a restore test puts a cluster: the account may have no default VPC
    key_arn: pulumi.Input[str]  # the data key
    key_alias: str  # its alias, such as alias/..., in every region
    copies_to: Mapping[str, pulumi.Input[str]]  # other region -> ARN of the vault that takes a copy
    stage_tags: Mapping[str, str]  # of what AWS Backup makes itself
    alarm_topic_arn: pulumi.Input[str]
    undelivered_arn: pulumi.Input[str]  # the queue of what the topic would not take
    destroy_protection: bool


class Recovery(pulumi.ComponentResource):
    """A locked vault, a weekly plan and what it takes, and a test each quarter that it can be brought back."""

    vault_arn: pulumi.Output[str]

    def __init__(self, name: str, args: RecoveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Recovery", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED)
        settings = _settings(name, self._child)
        vault = _locked_vault(name, args.scope, args.key_arn, protect=args.destroy_protection, parent=self)
        self._weekly(vault, settings)
        self._rehearsal(vault)
        self._failures()
        self.vault_arn = vault.arn
        self.register_outputs({"vaultArn": self.vault_arn})

    def _known(self, store_arn: str) -> pulumi.Output[str]:
        return pulumi.Output.all(*self._args.after).apply(lambda _: store_arn)

    def _weekly(self, vault: aws.backup.Vault, settings: aws.backup.RegionSettings) -> None:
        args = self._args
        plan = aws.backup.Plan(
            f"{self._name}-weekly",
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
                    recovery_point_tags={**args.stage_tags, **self._tags},
                )
            ],
            tags=self._tags,
            opts=self._child,
        )
        policy = backup_policy(
            args.scope,
            list(args.cluster_arns.values()),
            list(args.table_arns.values()),
            args.key_alias,
            copied_to=list(args.copies_to),
        )
        role, permission = self._role("backup", "Takes snapshots of database clusters and tables", policy)
        for title, store_arn in {**args.cluster_arns, **args.table_arns}.items():
            aws.backup.Selection(
                f"{self._name}-{title}",
                name=title,
                plan_id=plan.id,
                iam_role_arn=role.arn,
                resources=[self._known(store_arn)],
                opts=pulumi.ResourceOptions(parent=self, depends_on=[permission, settings]),
            )

    def _rehearsal(self, vault: aws.backup.Vault) -> None:
        """AWS Backup removes by itself what it brought back."""
        args = self._args
        plan = aws.backup.RestoreTestingPlan(
            f"{self._name}-rehearsal",
            name=_underscored(args.scope.name("quarterly")),
            schedule_expression=REHEARSAL_SCHEDULE,
            schedule_expression_timezone=TIME_ZONE,
            start_window_hours=REHEARSAL_START_HOURS,
            recovery_point_selection=aws.backup.RestoreTestingPlanRecoveryPointSelectionArgs(
                algorithm="LATEST_WITHIN_WINDOW",
                include_vaults=[vault.arn],
                recovery_point_types=["SNAPSHOT"],
                selection_window_days=NEWEST_OF_DAYS,
            ),
            tags=self._tags,
            opts=self._child,
        )
        policy = rehearsal_policy(args.scope, list(args.table_arns.values()), args.key_alias)
        role, permission = self._role("rehearsal", "Brings backups back as tests", policy)
        # A cluster without instances, and a table by our key: https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html
        kinds = {
            "Aurora": (args.cluster_arns, {"dbSubnetGroupName": args.subnet_group}),
            "DynamoDB": (args.table_arns, {"encryptionType": "KMS", "kmsMasterKeyArn": args.key_arn}),
        }
        for kind, (stores, overrides) in kinds.items():
            for title, store_arn in stores.items():
                aws.backup.RestoreTestingSelection(
                    f"{self._name}-rehearsal-{title}",
                    name=_underscored(title),
                    restore_testing_plan_name=plan.name,
                    iam_role_arn=role.arn,
                    protected_resource_type=kind,
                    protected_resource_arns=[self._known(store_arn)],
                    restore_metadata_overrides=overrides,
                    validation_window_hours=EXAMINED_HOURS,
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
                )

    def _failures(self) -> None:
        """A backup that is not made raises no alarm of any store."""
        rule = aws.cloudwatch.EventRule(
            f"{self._name}-failures",
            name=self._args.scope.name("backups-failed"),
            description="A backup, a copy or a restore that did not come to its end",
            event_pattern=went_wrong(),
            tags=self._tags,
            opts=self._child,
        )
        aws.cloudwatch.EventTarget(
            f"{self._name}-failures",
            rule=rule.name,
            target_id="alarms",
            arn=self._args.alarm_topic_arn,
            dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=self._args.undelivered_arn),
            opts=self._child,
        )

    def _role(self, title: str, says: str, policy: str) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        scope = self._args.scope
        return role_with_policy(
            f"{self._name}-{title}",
            description=says,
            trust=iam.service_trust(
                "backup.amazonaws.com", account_id=scope.account_id, source_arn=scope.arn("backup", "*")
            ),
            policy=policy,
            tags=self._tags,
            opts=self._child,
        )


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
        _settings(name, pulumi.ResourceOptions(parent=self))
        vault = _locked_vault(name, args.scope, args.key_arn, protect=args.destroy_protection, parent=self)
        self.vault_arn = vault.arn
        self.register_outputs({"vaultArn": self.vault_arn})


def _locked_vault(
    name: str, scope: Scope, key_arn: pulumi.Input[str], *, protect: bool, parent: pulumi.Resource
) -> aws.backup.Vault:
    """A vault from which nothing goes early, not even by who may delete.

    In governance mode: without `changeable_for_days` whoever may delete a lock still can (docs/adr/0026).
    """
    vault = aws.backup.Vault(
        f"{name}-vault",
        name=vault_named(scope),
        kms_key_arn=key_arn,
        tags=tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED),
        opts=pulumi.ResourceOptions(parent=parent, protect=protect),
    )
    aws.backup.VaultLockConfiguration(
        f"{name}-lock",
        backup_vault_name=vault.name,
        min_retention_days=LOCKED_DAYS,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return vault


def _settings(name: str, opts: pulumi.ResourceOptions) -> aws.backup.RegionSettings:
    """What AWS Backup takes at all in this account and region; what is not named here stays as it is.

    Only with the advanced features of DynamoDB is a table's backup copied into another region:
    https://docs.aws.amazon.com/aws-backup/latest/devguide/advanced-ddb-backup.html
    """
    return aws.backup.RegionSettings(
        f"{name}-settings",
        resource_type_opt_in_preference={"Aurora": True, "DynamoDB": True},
        resource_type_management_preference={"DynamoDB": True},
        opts=opts,
    )


def _underscored(name: str) -> str:
    """A restore testing plan's name has letters, digits and underscores."""
    return name.replace("-", "_")
