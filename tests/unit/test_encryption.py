import json
from typing import Any

from components.foundation.encryption import PURPOSES, Encryption, EncryptionArgs
from components.iam import KEY_ADMINISTRATION
from components.naming import Scope
from tests.unit.recording import Recorded, record

KEY = "aws:kms/key:Key"


def statements(run: Recorded, purpose: str) -> dict[str, dict[str, Any]]:
    policy = json.loads(run.named(f"encryption-{purpose}", KEY)["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_every_purpose_has_a_key_that_rotates_yearly_and_an_alias(platform: Recorded) -> None:
    keys = platform.of_type(KEY)
    assert {one.name for one in keys} == {*(f"encryption-{purpose}" for purpose in PURPOSES), "edge-encryption-logs"}
    assert {(one["enableKeyRotation"], int(one["rotationPeriodInDays"])) for one in keys} == {(True, 365)}
    aliases = platform.of_type("aws:kms/alias:Alias")
    assert len({(one["region"], one["name"]) for one in aliases}) == len(keys)
    assert all(one["name"].startswith("alias/startup-platform-") for one in aliases)


def test_only_keys_that_must_be_the_same_elsewhere_are_multi_region(platform: Recorded) -> None:
    multi = {one.name for one in platform.of_type(KEY) if one["multiRegion"]}
    assert multi == {"encryption-secrets", "encryption-identity"}


def test_a_deleted_key_can_be_saved_as_long_as_the_stage_says(dev: Recorded, prod: Recorded) -> None:
    assert {int(one["deletionWindowInDays"]) for one in dev.of_type(KEY)} == {7}
    assert {int(one["deletionWindowInDays"]) for one in prod.of_type(KEY)} == {30}


def test_the_account_administers_a_key_but_uses_it_only_through_its_services(dev: Recorded) -> None:
    found = statements(dev, "data")
    assert found["AdministeredByTheAccount"]["Action"] == sorted(KEY_ADMINISTRATION)
    assert not {"kms:Decrypt", "kms:Encrypt", "kms:CreateGrant"} & set(KEY_ADMINISTRATION)
    used = found["UsedByTheAccountThroughItsServices"]
    assert used["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert used["Condition"]["StringEquals"] == {
        "kms:CallerAccount": "111122223333",
        "kms:ViaService": [
            "rds.ap-northeast-2.amazonaws.com",
            "elasticache.ap-northeast-2.amazonaws.com",
            "dynamodb.ap-northeast-2.amazonaws.com",
            "kinesis.ap-northeast-2.amazonaws.com",
            "backup.ap-northeast-2.amazonaws.com",
        ],
    }


def test_grants_are_given_to_aws_services_only(dev: Recorded) -> None:
    for purpose in PURPOSES:
        grant = statements(dev, purpose).get("GrantedByTheAccountToItsServices")
        assert (grant is not None) == PURPOSES[purpose].grants
        if grant:
            assert grant["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


def test_auto_scaling_and_spot_may_launch_with_disks_under_the_storage_key(dev: Recorded) -> None:
    linked = "arn:aws:iam::111122223333:role/aws-service-role"
    roles = [
        f"{linked}/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
        f"{linked}/spot.amazonaws.com/AWSServiceRoleForEC2Spot",
    ]
    used = statements(dev, "storage")["UsedByServiceLinkedRoles"]
    granted = statements(dev, "storage")["GrantedByServiceLinkedRoles"]
    for one in (used, granted):
        # The role may not exist yet, and KMS refuses a policy that names such a role as its principal.
        assert one["Principal"] == {"AWS": "*"}
        assert one["Condition"]["ArnEquals"] == {"aws:PrincipalArn": roles}
        assert one["Condition"]["StringEquals"]["kms:CallerAccount"] == "111122223333"
    assert granted["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
    assert "UsedByServiceLinkedRoles" not in statements(dev, "secrets")


def test_dynamodb_may_replicate_what_the_data_key_encrypts(dev: Recorded) -> None:
    role = (
        "arn:aws:iam::111122223333:role/aws-service-role/replication.dynamodb.amazonaws.com/"
        "AWSServiceRoleForDynamoDBReplication"
    )
    used = statements(dev, "data")["UsedByServiceLinkedRoles"]["Condition"]
    assert used["ArnEquals"] == {"aws:PrincipalArn": [role]}
    assert "dynamodb.ap-northeast-2.amazonaws.com" in used["StringEquals"]["kms:ViaService"]


def test_a_second_region_has_replicas_of_the_multi_region_keys_and_keys_of_its_own_for_the_rest() -> None:
    args = EncryptionArgs(
        scope=Scope(stage="prod", account_id="777788889999", region="ap-southeast-1"),
        purposes=PURPOSES,
        originals={"secrets": "arn:secrets", "identity": "arn:identity"},
        deletion_window_days=30,
        destroy_protection=True,
    )
    run = record(lambda: Encryption("there", args))
    replicas = {one.name: one for one in run.of_type("aws:kms/replicaKey:ReplicaKey")}
    assert {name: one["primaryKeyArn"] for name, one in replicas.items()} == {
        "there-secrets": "arn:secrets",
        "there-identity": "arn:identity",
    }
    assert {one.name for one in run.of_type(KEY)} == {
        "there-audit",
        "there-cluster",
        "there-data",
        "there-lake",
        "there-logs",
        "there-messaging",
        "there-storage",
    }
    secrets = replicas["there-secrets"]
    assert (secrets["region"], secrets.protect, int(secrets["deletionWindowInDays"])) == ("ap-southeast-1", True, 30)
    used = {one["Sid"]: one for one in json.loads(secrets["policy"])["Statement"]}["UsedByTheAccountThroughItsServices"]
    # The policy is the replica's own: its region's services, not the original's.
    assert used["Condition"]["StringEquals"]["kms:ViaService"] == [
        "secretsmanager.ap-southeast-1.amazonaws.com",
        "ssm.ap-southeast-1.amazonaws.com",
    ]


def test_the_logs_key_serves_the_log_groups_of_this_stage_only(dev: Recorded) -> None:
    found = statements(dev, "logs")["UsedByTheLogGroupsOfThisStage"]
    assert found["Principal"] == {"Service": "logs.ap-northeast-2.amazonaws.com"}
    groups = "arn:aws:logs:ap-northeast-2:111122223333:log-group:"
    assert found["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": [
                f"{groups}/startup-platform/dev/*",
                f"{groups}/aws/eks/startup-platform-dev-*",
                f"{groups}/aws/rds/cluster/startup-platform-dev-*",
                f"{groups}/aws/lambda/startup-platform-dev-*",
                f"{groups}/aws-glue/crawlers-role/startup-platform-dev-*",
                f"{groups}aws-waf-logs-startup-platform-dev-*",
            ]
        }
    }
    others = [purpose for purpose in PURPOSES if purpose != "logs"]
    assert not any("UsedByTheLogGroupsOfThisStage" in statements(dev, purpose) for purpose in others)


def test_alarms_events_and_budgets_may_publish_to_encrypted_topics_and_queues_for_this_account(dev: Recorded) -> None:
    found = statements(dev, "messaging")["UsedByServicesThatPublishForThisAccount"]
    assert found["Principal"]["Service"] == [
        "budgets.amazonaws.com",
        "cloudwatch.amazonaws.com",
        "costalerts.amazonaws.com",
        "events.amazonaws.com",
        "sns.amazonaws.com",
    ]
    assert found["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_the_messaging_key_serves_the_event_buses_of_this_stage_only(dev: Recorded) -> None:
    found = statements(dev, "messaging")["UsedByTheEventBusesOfThisStage"]
    assert found["Principal"] == {"Service": "events.amazonaws.com"}
    assert found["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:events:event-bus:arn": (
                "arn:aws:events:ap-northeast-2:111122223333:event-bus/startup-platform-dev-*"
            )
        }
    }


def test_no_key_policy_has_a_wildcard_action_or_names_a_role(platform: Recorded) -> None:
    for purpose in PURPOSES:
        for statement in statements(platform, purpose).values():
            assert not any("*" in action for action in statement["Action"])
            assert ":role/" not in json.dumps(statement["Principal"])
