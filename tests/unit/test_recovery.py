import json
import re

import pytest

from components import tagging
from components.naming import Scope
from components.operations.backing_up import REHEARSED, went_wrong
from components.operations.recovery import Recovery, RecoveryArgs, VaultOfCopies, VaultOfCopiesArgs
from components.phases import PhaseName
from tests.unit.conftest import platform_of
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
HERE = "ap-northeast-2:111122223333"
TABLE = f"arn:aws:dynamodb:{HERE}:table/startup-platform-dev-sessions"
CLUSTER = f"arn:aws:rds:{HERE}:cluster:startup-platform-dev-database"


def recovery(copies_to: dict[str, str]) -> Recorded:
    args = RecoveryArgs(
        scope=SCOPE,
        cluster_arns={"database": CLUSTER},
        table_arns={"sessions": TABLE},
        after=["writer.example"],
        subnet_group="database-subnets",
        key_arn="data-key",
        key_alias="alias/startup-platform-dev-data",
        copies_to=copies_to,
        stage_tags=tagging.stage_tags(stage="dev", owner="team", cost_center="CC-1001", compliance="none"),
        undelivered_arn="arn:undelivered",
        alarm_topic_arn="topic",
        destroy_protection=True,
    )
    return record(lambda: Recovery("recovery", args))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return recovery({})


def test_the_database_is_backed_up_every_sunday_night_in_korea_and_kept_for_a_quarter(run: Recorded) -> None:
    plan = run.named("recovery-weekly", "aws:backup/plan:Plan")
    (rule,) = plan["rules"]
    assert (rule["schedule"], rule["scheduleExpressionTimezone"]) == ("cron(30 5 ? * SUN *)", "Asia/Seoul")
    assert int(rule["lifecycle"]["deleteAfter"]) == 92
    assert rule["targetVaultName"] == "startup-platform-dev-backups"
    selection = run.named("recovery-database", "aws:backup/selection:Selection")
    assert (selection["resources"], selection["planId"]) == ([CLUSTER], "recovery-weekly-id")


def test_the_keys_are_in_the_same_plan_with_the_features_that_a_copy_elsewhere_needs(run: Recorded) -> None:
    selection = run.named("recovery-sessions", "aws:backup/selection:Selection")
    assert (selection["resources"], selection["planId"]) == ([TABLE], "recovery-weekly-id")
    settings = run.named("recovery-settings", "aws:backup/regionSettings:RegionSettings")
    assert settings["resourceTypeOptInPreference"] == {"Aurora": True, "DynamoDB": True}
    assert settings["resourceTypeManagementPreference"] == {"DynamoDB": True}
    policy = json.loads(run.named("recovery-backup", "aws:iam/rolePolicy:RolePolicy")["policy"])
    (backed_up,) = [one for one in policy["Statement"] if "dynamodb:StartAwsBackupJob" in one["Action"]]
    assert backed_up["Resource"] == [TABLE]


@pytest.mark.parametrize("phase", [PhaseName.MVP, PhaseName.GLOBAL])
def test_no_lock_refuses_what_a_plan_keeps_and_anyone_who_may_can_take_a_lock_off(phase: PhaseName) -> None:
    run = platform_of("prod", phase=phase)
    vaults = {vault["name"] for vault in run.of_type("aws:backup/vault:Vault")}
    locks = run.of_type("aws:backup/vaultLockConfiguration:VaultLockConfiguration")
    assert {lock["backupVaultName"] for lock in locks} == vaults
    assert len(locks) == len(run.of_type("aws:backup/vault:Vault"))
    assert {lock.get("changeableForDays") for lock in locks} == {None}  # with it: locked for good, three days later
    longest = max(int(lock["minRetentionDays"]) for lock in locks)
    assert longest == 35
    for plan in run.of_type("aws:backup/plan:Plan"):
        for rule in plan["rules"]:
            for kept in (rule, *rule["copyActions"]):
                assert int(kept["lifecycle"]["deleteAfter"]) >= longest


def test_the_newest_backup_is_brought_back_each_quarter_and_looked_at_for_some_hours(run: Recorded) -> None:
    plan = run.named("recovery-rehearsal", "aws:backup/restoreTestingPlan:RestoreTestingPlan")
    assert re.fullmatch(r"[a-zA-Z0-9_]{1,50}", plan["name"])
    assert (plan["scheduleExpression"], plan["scheduleExpressionTimezone"]) == (
        "cron(0 9 15 1,4,7,10 ? *)",
        "Asia/Seoul",
    )
    points = plan["recoveryPointSelection"]
    assert (points["algorithm"], points["includeVaults"]) == ("LATEST_WITHIN_WINDOW", ["arn:mock:recovery-vault"])
    assert (points["recoveryPointTypes"], int(points["selectionWindowDays"])) == (["SNAPSHOT"], 14)


def test_a_test_is_beside_the_other_databases_and_a_table_has_our_key(run: Recorded) -> None:
    kind = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
    found = {
        one["protectedResourceType"]: (one["protectedResourceArns"], one["restoreMetadataOverrides"])
        for one in run.of_type(kind)
    }
    assert found == {
        "Aurora": ([CLUSTER], {"dbSubnetGroupName": "database-subnets"}),
        "DynamoDB": ([TABLE], {"encryptionType": "KMS", "kmsMasterKeyArn": "data-key"}),
    }


def test_a_restore_test_writes_only_what_aws_backup_names_as_one(run: Recorded) -> None:
    policy = json.loads(run.named("recovery-rehearsal", "aws:iam/rolePolicy:RolePolicy")["policy"])
    found = {one["Sid"]: one for one in policy["Statement"]}
    assert found["FillTestsOnly"]["Resource"] == [f"arn:aws:dynamodb:{HERE}:table/{REHEARSED}*"]
    clusters = [each for each in found["RestoreSnapshotsAsTests"]["Resource"] if ":cluster:" in each]
    assert clusters == [f"arn:aws:rds:{HERE}:cluster:{REHEARSED}*"]
    assert not any(action.startswith("rds:Delete") for one in policy["Statement"] for action in one["Action"])


def test_whoever_is_on_duty_hears_of_a_backup_a_copy_or_a_restore_that_failed(run: Recorded) -> None:
    target = run.named("recovery-failures", "aws:cloudwatch/eventTarget:EventTarget")
    assert (target["arn"], target["rule"]) == ("topic", "startup-platform-dev-backups-failed")
    rule = run.named("recovery-failures", "aws:cloudwatch/eventRule:EventRule")
    assert rule["eventPattern"] == went_wrong()
    pattern = json.loads(went_wrong())
    assert pattern["source"] == ["aws.backup"]
    assert pattern["detail-type"] == [f"{what} Job State Change" for what in ("Backup", "Copy", "Restore")]
    said = {word: set(states) for each in pattern["detail"]["$or"] for word, states in each.items()}
    assert said == {word: {"ABORTED", "EXPIRED", "FAILED", "PARTIAL"} for word in ("state", "status")}


def test_a_backup_carries_all_six_tags_since_no_provider_gives_it_any(run: Recorded) -> None:
    (rule,) = run.named("recovery-weekly", "aws:backup/plan:Plan")["rules"]
    assert set(rule["recoveryPointTags"]) == set(tagging.KEYS)


def test_the_vault_has_the_data_key_and_is_protected(run: Recorded) -> None:
    vault = run.named("recovery-vault", "aws:backup/vault:Vault")
    assert (vault["kmsKeyArn"], vault.protect, vault.get("forceDestroy")) == ("data-key", True, None)


def test_its_role_touches_this_cluster_its_snapshots_this_vault_and_this_key_only(run: Recorded) -> None:
    policy = json.loads(run.named("recovery-backup", "aws:iam/rolePolicy:RolePolicy")["policy"])
    found = {one["Sid"]: one for one in policy["Statement"]}
    snapshots = f"arn:aws:rds:{HERE}:cluster-snapshot:awsbackup:*"
    assert found["SnapshotTheseClusters"]["Resource"] == sorted([CLUSTER, snapshots])
    assert found["KeepAndDropItsOwnSnapshots"]["Resource"] == [snapshots]
    assert found["StoreInTheVault"]["Resource"] == [f"arn:aws:backup:{HERE}:backup-vault:startup-platform-dev-backups"]
    assert found["SeeTheKey"]["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/startup-platform-dev-data"}
    }
    everywhere = [sid for sid, one in found.items() if one["Resource"] == ["*"]]
    assert everywhere == ["SeeClustersAndSnapshots"]
    assert not any("Delete" in action or "Create" in action for action in found["SeeClustersAndSnapshots"]["Action"])


def test_only_aws_backup_assumes_it_for_this_account(run: Recorded) -> None:
    (trust,) = json.loads(run.named("recovery-backup", "aws:iam/role:Role")["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "backup.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_each_backup_is_copied_to_the_other_regions_vault_and_kept_there_as_long(run: Recorded) -> None:
    (alone,) = run.named("recovery-weekly", "aws:backup/plan:Plan")["rules"]
    assert alone["copyActions"] == []
    (rule,) = recovery({"ap-southeast-1": "arn:their-vault"}).named("recovery-weekly", "aws:backup/plan:Plan")["rules"]
    (copy,) = rule["copyActions"]
    assert (copy["destinationVaultArn"], int(copy["lifecycle"]["deleteAfter"])) == ("arn:their-vault", 92)


def test_a_copy_is_read_by_the_key_here_and_written_by_the_key_there() -> None:
    run = recovery({"ap-southeast-1": "arn:their-vault"})
    policy = json.loads(run.named("recovery-backup", "aws:iam/rolePolicy:RolePolicy")["policy"])
    found = {one["Sid"]: one for one in policy["Statement"]}
    there = "ap-southeast-1:111122223333"
    assert found["CopyIntoTheVaultsOfOtherRegions"]["Resource"] == [
        f"arn:aws:backup:{there}:backup-vault:startup-platform-dev-backups"
    ]
    assert found["CopyItsOwnSnapshots"]["Resource"] == [
        f"arn:aws:rds:{place}:cluster-snapshot:awsbackup:*" for place in (HERE, there)
    ]
    granted = found["LetTheServicesUseTheKeysForCopies"]
    assert granted["Resource"] == [f"arn:aws:kms:{place}:key/*" for place in (HERE, there)]
    assert granted["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/startup-platform-dev-data"},
        "Bool": {"kms:GrantIsForAWSResource": "true"},
    }


def test_the_vault_of_copies_has_its_own_regions_key_and_is_protected() -> None:
    there = Scope(stage="dev", account_id="111122223333", region="ap-southeast-1")
    args = VaultOfCopiesArgs(scope=there, key_arn="their-data-key", destroy_protection=True)
    (vault,) = record(lambda: VaultOfCopies("copies", args)).of_type("aws:backup/vault:Vault")
    assert (vault["name"], vault["kmsKeyArn"]) == ("startup-platform-dev-backups", "their-data-key")
    assert (vault.protect, vault.get("forceDestroy")) == (True, None)
