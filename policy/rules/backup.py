"""Backup and recovery (R1-R3): what is lost can be brought back, and nothing is lost by a slip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.buckets import APPLICATION_LOAD_BALANCERS, BUCKETS, takes_sse_s3_only
from policy.catalog import (
    ADVISORY_EVERYWHERE,
    ADVISORY_IN_DEV,
    MANDATORY_IN_PROD,
    Finding,
    Frame,
    Outcome,
    Severity,
    judge_each,
    rule,
    stack_rule,
)
from policy.demands import (
    Demands,
    at_least,
    has,
    in_each,
    lacks,
    meets,
    none_of,
    number,
    off,
    on,
    one_of,
    when,
    wrong,
)
from policy.view import Node, Resource, Stack, any_of

CLUSTER = "aws:rds/cluster:Cluster"
INSTANCE = "aws:rds/instance:Instance"
DOCUMENTS = "aws:docdb/cluster:Cluster"
GRAPHS = "aws:neptune/cluster:Cluster"
WAREHOUSE = "aws:redshift/cluster:Cluster"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
TABLE = "aws:dynamodb/table:Table"
PLAN = "aws:backup/plan:Plan"

LEAST_DAYS = 7
PROD_DAYS = 35  # the longest that RDS keeps
HOME = "ap-northeast-2"  # REQ-E1

RECOVERY: Frame = {
    "isms_p": ["2.9.3", "2.12.1"],
    "soc2": ["A1.2"],
    "severity": Severity.HIGH,
    "level": ADVISORY_IN_DEV,
}
IN_PROD: Frame = {**RECOVERY, "level": MANDATORY_IN_PROD}
OF_TASTE: Frame = {**RECOVERY, "severity": Severity.LOW, "level": ADVISORY_EVERYWHERE}
OF_COMFORT: Frame = {**RECOVERY, "severity": Severity.MEDIUM, "level": ADVISORY_EVERYWHERE}

# A replica has its source's backups.
_BACKUPS: Mapping[str, tuple[str, str, int]] = MappingProxyType(
    {
        CLUSTER: ("backupRetentionPeriod", "replicationSourceIdentifier", 1),
        INSTANCE: ("backupRetentionPeriod", "replicateSourceDb", 0),
        DOCUMENTS: ("backupRetentionPeriod", "", 1),
        GRAPHS: ("backupRetentionPeriod", "replicationSourceIdentifier", 1),
        WAREHOUSE: ("automatedSnapshotRetentionPeriod", "", 1),
        CACHE: ("snapshotRetentionLimit", "globalReplicationGroupId", 0),
        "aws:elasticache/serverlessCache:ServerlessCache": ("snapshotRetentionLimit", "", 0),
        "aws:memorydb/cluster:Cluster": ("snapshotRetentionLimit", "", 0),
    }
)
_CACHES = (CACHE, "aws:elasticache/serverlessCache:ServerlessCache", "aws:memorydb/cluster:Cluster")
_DATABASES = (CLUSTER, INSTANCE, DOCUMENTS, GRAPHS)

PROTECTED: Demands = {
    CLUSTER: [on("deletionProtection")],
    INSTANCE: [on("deletionProtection")],
    DOCUMENTS: [on("deletionProtection")],
    GRAPHS: [on("deletionProtection")],
    "aws:cognito/userPool:UserPool": [one_of("deletionProtection", "ACTIVE")],
}
# What AWS itself keeps from a slip: PITR leaves a backup for 35 days, and a global cluster with members is not deleted.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
RESTORABLE: Demands = {
    TABLE: [on("deletionProtectionEnabled")],
    "aws:rds/globalCluster:GlobalCluster": [on("deletionProtection")],
}
_LAST = [off("skipFinalSnapshot")]
LAST_SNAPSHOTS: Demands = {
    CLUSTER: [when(lacks("replicationSourceIdentifier"), *_LAST)],
    INSTANCE: [when(lacks("replicateSourceDb"), *_LAST)],
    DOCUMENTS: _LAST,
    GRAPHS: _LAST,
    WAREHOUSE: _LAST,
}
NOT_FORCED: Demands = {
    **{bucket: [off("forceDestroy")] for bucket in BUCKETS},
    "aws:backup/vault:Vault": [off("forceDestroy")],
    "aws:ecr/repository:Repository": [off("forceDelete")],
    "aws:athena/workgroup:Workgroup": [off("forceDestroy")],
    "aws:route53/zone:Zone": [off("forceDestroy")],
}
POINT_IN_TIME: Demands = {
    TABLE: [on("pointInTimeRecovery.enabled"), in_each("replicas", on("pointInTimeRecovery"))],
    "aws:dynamodb/tableReplica:TableReplica": [on("pointInTimeRecovery")],
}
WINDOWS: Demands = {
    "aws:secretsmanager/secret:Secret": [at_least("recoveryWindowInDays", LEAST_DAYS, unsaid=30)],
    "aws:kms/key:Key": [at_least("deletionWindowInDays", LEAST_DAYS, unsaid=30)],
}
_KEPT = when(has("lifecycle.deleteAfter"), at_least("lifecycle.deleteAfter", PROD_DAYS))
PLANS: Demands = {
    PLAN: [in_each("rules", _KEPT, in_each("copyActions", _KEPT))],
}
SWITCHED_OFF: Demands = {"aws:efs/backupPolicy:BackupPolicy": [none_of("backupPolicy.status", "DISABLED")]}
KEPT: Demands = {
    **{token: [on("enableDeletionProtection")] for token in APPLICATION_LOAD_BALANCERS},
    "aws:eks/cluster:Cluster": [on("deletionProtection")],
    "aws:networkfirewall/firewall:Firewall": [on("deleteProtection")],
}
VERSIONING: Mapping[str, str] = MappingProxyType(
    {
        "aws:s3/bucketVersioning:BucketVersioning": "bucket",
        "aws:s3/bucketVersioningV2:BucketVersioningV2": "bucket",
    }
)


@rule(
    "BKP-001",
    on=_BACKUPS,
    says="backups are kept seven days at least",
    fix="set backup_retention_period (snapshot_retention_limit for a cache) to 7 or more",
    requirements=["REQ-R1", "REQ-R2"],
    **RECOVERY,
)
def backups_are_kept(store: Resource) -> Iterator[Outcome]:
    """AWS's own default is none or a day. A mistake is often found on the Monday after."""
    yield from _kept(store, LEAST_DAYS)


@rule(
    "BKP-010",
    on=_DATABASES,
    says="a database's backups are kept as long as RDS can",
    fix="set backup_retention_period=35",
    requirements=["REQ-R2"],
    **OF_COMFORT,
)
def database_backups_are_kept_long(database: Resource) -> Iterator[Outcome]:
    """In prod; below a week it is BKP-001's. Longer than that is a backup plan's business."""
    if database.stack not in ("dev", "stg"):
        days = number(database, "backupRetentionPeriod")
        if days is not None and LEAST_DAYS <= days < PROD_DAYS:
            yield wrong(database, "backupRetentionPeriod", f"at least {PROD_DAYS}")


def _kept(store: Resource, least: int) -> Iterator[Outcome]:
    path, source, unsaid = _BACKUPS[store.type]
    days = number(store, path)
    if days is None and source and store.has(source):
        return
    if store.type in _CACHES and store.known("engine") == "memcached":
        return
    if (unsaid if days is None else days) < least:
        yield wrong(store, path, f"at least {least}")


@rule(
    "BKP-002",
    on=POINT_IN_TIME,
    says="a table can be brought back to any second",
    fix="set point_in_time_recovery with enabled=True",
    requirements=["REQ-R1"],
    **RECOVERY,
)
def tables_go_back_in_time(table: Resource) -> Iterator[Outcome]:
    """REQ-R1: at most five minutes are lost."""
    yield from meets(table, POINT_IN_TIME)


@stack_rule(
    "BKP-003",
    on=[*BUCKETS, *VERSIONING],
    says="a bucket keeps earlier versions",
    fix='add a BucketVersioning with status="Enabled"',
    requirements=["REQ-R3"],
    **RECOVERY,
)
def buckets_keep_versions(resource: Resource, stack: Stack) -> Iterator[Outcome]:
    """What only takes access logs is written once and never again, and needs none."""
    if resource.type in VERSIONING:
        if resource.known("versioningConfiguration.status") != "Enabled":
            yield wrong(resource, "versioningConfiguration.status")
    elif not (stack.users(resource, VERSIONING) or takes_sse_s3_only(resource, stack)):
        stated = [name for name in ("versioning", "versionings") if resource.stated(name)]
        if not any_of(stated, lambda name: any_of(resource.elements(name), lambda each: each.is_on("enabled"))):
            yield Finding(path="versioning")


@rule(
    "BKP-004",
    on=PROTECTED,
    says="a store cannot be deleted by a slip",
    fix="set deletion_protection=True",
    requirements=["REQ-R1", "REQ-R2"],
    **IN_PROD,
)
def stores_are_protected(store: Resource) -> Iterator[Outcome]:
    """In dev a stack comes and goes."""
    yield from meets(store, PROTECTED)


@rule(
    "BKP-013",
    on=RESTORABLE,
    says="a table or a global cluster is not gone before somebody has said so twice",
    fix="set deletion_protection_enabled=True (deletion_protection for a global cluster)",
    requirements=["REQ-R1", "REQ-R2"],
    **OF_TASTE,
)
def tables_are_protected(store: Resource) -> Iterator[Outcome]:
    """In prod. Its data comes back without the protection, and yet it is missed while it is gone."""
    if store.stack not in ("dev", "stg"):
        yield from meets(store, RESTORABLE)


@rule(
    "BKP-006",
    on=LAST_SNAPSHOTS,
    says="a store leaves a last snapshot behind",
    fix="set skip_final_snapshot=False and final_snapshot_identifier",
    requirements=["REQ-R2"],
    **IN_PROD,
)
def stores_leave_a_snapshot(store: Resource) -> Iterator[Outcome]:
    """A replica has none."""
    yield from meets(store, LAST_SNAPSHOTS)


@rule(
    "BKP-007",
    on=NOT_FORCED,
    says="what still holds something is not deleted",
    fix="remove force_destroy=True (force_delete for a repository)",
    requirements=["REQ-R3"],
    **IN_PROD,
)
def full_stores_are_not_deleted(store: Resource) -> Iterator[Outcome]:
    """AWS refuses to delete a full bucket, unless it is told not to mind."""
    yield from meets(store, NOT_FORCED)


@rule(
    "BKP-008",
    on=WINDOWS,
    says="a deleted key or secret can be brought back for a week",
    fix="set the window to 7 days or more",
    requirements=["REQ-Y2"],
    **IN_PROD,
)
def deletions_can_be_undone(resource: Resource) -> Iterator[Outcome]:
    """Without its key all that it encrypts is gone."""
    yield from meets(resource, WINDOWS)


@rule(
    "BKP-005",
    on=PLANS,
    says="a backup plan keeps what it makes 35 days at least",
    fix="set lifecycle with delete_after of 35 or more",
    requirements=["REQ-R2"],
    **IN_PROD,
)
def plans_keep_backups(plan: Resource) -> Iterator[Outcome]:
    """Without a lifecycle they are kept for ever."""
    yield from meets(plan, PLANS)


@rule(
    "BKP-009",
    on=[PLAN],
    says="a backup plan copies to another region",
    fix="add copy_actions with a vault in ap-southeast-1",
    requirements=["REQ-E1", "REQ-R1"],
    **OF_COMFORT,
)
def plans_copy_away(plan: Resource) -> Iterator[Outcome]:
    """REQ-E1: ap-southeast-1 is the place to come back from. A vault beside the first burns with it."""
    home = plan.get("region") or plan.provider.get("region") or HOME

    def leaves_home(backup: Node) -> Iterator[Outcome]:
        vaults = [copy.at("destinationVaultArn") for copy in backup.elements("copyActions")]
        if not vaults:
            yield wrong(backup, "copyActions")
        elif all(isinstance(vault.value, str) and f":{home}:" in vault.value for vault in vaults):
            yield wrong(backup, "copyActions", "in the same region")

    yield from judge_each(plan.elements("rules"), leaves_home)


@rule(
    "BKP-012",
    on=SWITCHED_OFF,
    says="nobody switches backups off",
    fix='set status="ENABLED"',
    requirements=["REQ-R1"],
    **IN_PROD,
)
def backups_are_not_switched_off(policy: Resource) -> Iterator[Outcome]:
    """A file system that is disabled here looks like one that is covered."""
    yield from meets(policy, SWITCHED_OFF)


@rule(
    "BKP-011",
    on=KEPT,
    says="an entrance or a cluster cannot be deleted by a slip",
    fix="set enable_deletion_protection=True (deletion_protection for a cluster)",
    requirements=["REQ-N1"],
    **OF_TASTE,
)
def entrances_are_protected(resource: Resource) -> Iterator[Outcome]:
    """In prod. It can be made again, and yet is missed while it is gone."""
    if resource.stack not in ("dev", "stg"):
        yield from meets(resource, KEPT)
