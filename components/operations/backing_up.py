"""What AWS Backup may, and which of its events somebody must hear of (REQ-R2, REQ-R5): pure."""

import json
from collections.abc import Sequence

from components import iam
from components.naming import Scope

REHEARSED = "awsbackup-restore-test-"  # how AWS Backup begins the name of what a restore test makes


def vault_named(scope: Scope) -> str:
    """The vault's name, the same in each region of a stage."""
    return scope.name("backups")


def backup_policy(
    scope: Scope,
    cluster_arns: Sequence[str],
    table_arns: Sequence[str],
    key_alias: str,
    *,
    copied_to: Sequence[str] = (),
) -> str:
    """What AWS's own role for backups may, for these stores, the snapshots it makes of them, its vaults and its keys.

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
        # With the advanced features, which a copy into another region needs, the table hands its data to AWS Backup.
        iam.Statement(
            sid="BackUpTheseTables",
            actions=["dynamodb:DescribeTable", "dynamodb:ListTagsOfResource", "dynamodb:StartAwsBackupJob"],
            resources=list(table_arns),
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
            condition=_by_alias(key_alias),
        ),
        iam.Statement(
            sid="ReadTablesAndWriteTheVaultByTheKey",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[scope.arn("kms", "key/*")],
            condition={**_by_alias(key_alias), **_through(scope, "backup", "dynamodb")},
        ),
        *_copies(scope, key_alias, copied_to),
    )


def rehearsal_policy(scope: Scope, table_arns: Sequence[str], key_alias: str) -> str:
    """What a restore test may: read what lies in the vault, write what AWS Backup names as a test and removes.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForRestores.html.
    """
    tables = scope.arn("dynamodb", f"table/{REHEARSED}*")
    return iam.document(
        iam.Statement(
            sid="RestoreSnapshotsAsTests",
            actions=["rds:AddTagsToResource", "rds:RestoreDBClusterFromSnapshot"],
            resources=[
                scope.arn("rds", f"cluster:{REHEARSED}*"),
                scope.arn("rds", "cluster-snapshot:awsbackup:*"),
                *(scope.arn("rds", f"{each}:*") for each in ("cluster-pg", "og", "subgrp")),
            ],
        ),
        iam.Statement(
            sid="SeeWhatItRestores",
            actions=["rds:DescribeDBClusterSnapshots", "rds:DescribeDBClusters", "rds:ListTagsForResource"],
            resources=["*"],
        ),
        iam.Statement(
            sid="RestoreTablesAsTests",
            actions=["dynamodb:DescribeTable", "dynamodb:RestoreTableFromAwsBackup"],
            resources=[*table_arns, tables],
        ),
        iam.Statement(
            sid="FillTestsOnly",
            actions=[
                "dynamodb:BatchWriteItem",
                "dynamodb:DeleteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:Scan",
                "dynamodb:UpdateItem",
            ],
            resources=[tables],
        ),
        iam.Statement(
            sid="UseTheKeyOfWhatItRestores",
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            resources=[scope.arn("kms", "key/*")],
            condition={**_by_alias(key_alias), **_through(scope, "backup", "dynamodb", "rds")},
        ),
        iam.Statement(
            sid="LetTheServicesUseTheKeyOfTests",
            actions=["kms:CreateGrant"],
            resources=[scope.arn("kms", "key/*")],
            condition={**_by_alias(key_alias), "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )


def went_wrong() -> str:
    """An event pattern: a backup, a copy or a restore that did not come to its end.

    AWS Backup says `state` of the first two and `status` of a restore:
    https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
    """
    bad = ["ABORTED", "EXPIRED", "FAILED", "PARTIAL"]
    return json.dumps(
        {
            "source": ["aws.backup"],
            "detail-type": ["Backup Job State Change", "Copy Job State Change", "Restore Job State Change"],
            "detail": {"$or": [{"state": bad}, {"status": bad}]},
        }
    )


def _by_alias(key_alias: str) -> iam.Condition:
    return {"ForAnyValue:StringEquals": {"kms:ResourceAliases": key_alias}}


def _through(scope: Scope, *services: str) -> iam.Condition:
    return {"StringEquals": {"kms:ViaService": [f"{each}.{scope.region}.amazonaws.com" for each in services]}}


def _copies(scope: Scope, key_alias: str, regions: Sequence[str]) -> list[iam.Statement]:
    """What is encrypted by one region's key is read by a grant on it and written by a grant on the other's."""
    if not regions:
        return []
    everywhere = [scope.region, *regions]
    by_alias = _by_alias(key_alias)
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
