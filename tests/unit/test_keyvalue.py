import json

import pytest

from components.data.keyvalue import KeyValue, KeyValueArgs, KeyValueReplica, KeyValueReplicaArgs
from components.naming import Scope
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
TABLE = "aws:dynamodb/table:Table"


def sessions(replica_key_arns: dict[str, str] | None = None, *, destroy_protection: bool = True) -> Recorded:
    args = KeyValueArgs(
        scope=SCOPE,
        key_arn="data-key",
        replica_key_arns=replica_key_arns or {},
        destroy_protection=destroy_protection,
    )
    return record(lambda: KeyValue("sessions", args))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return sessions()


def test_a_key_expires_can_be_brought_back_and_streams_what_changes(run: Recorded) -> None:
    table = run.named("sessions-table", TABLE)
    assert (table["billingMode"], table["hashKey"], table.get("rangeKey")) == ("PAY_PER_REQUEST", "pk", None)
    assert table["attributes"] == [{"name": "pk", "type": "S"}]
    assert table["ttl"] == {"attributeName": "expires_at", "enabled": True}
    assert table["pointInTimeRecovery"] == {"enabled": True, "recoveryPeriodInDays": 35}
    assert (table["streamEnabled"], table["streamViewType"]) == (True, "NEW_AND_OLD_IMAGES")


def test_it_is_encrypted_with_the_data_key_and_protected_where_the_stage_says_so(run: Recorded) -> None:
    table = run.named("sessions-table", TABLE)
    assert table["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": "data-key"}
    assert (table["deletionProtectionEnabled"], table.protect) == (True, True)
    fragile = sessions(destroy_protection=False).named("sessions-table", TABLE)
    assert (fragile["deletionProtectionEnabled"], fragile.protect) == (False, False)


def test_a_region_gets_a_replica_once_it_has_a_key(run: Recorded) -> None:
    assert run.named("sessions-table", TABLE)["replicas"] == []
    (replica,) = sessions({"ap-southeast-1": "their-data-key"}).named("sessions-table", TABLE)["replicas"]
    assert replica == {
        "regionName": "ap-southeast-1",
        "kmsKeyArn": "their-data-key",
        "pointInTimeRecovery": True,
        "deletionProtectionEnabled": True,
        "propagateTags": True,
    }


def test_nobody_reads_it_in_plain_text_or_from_another_account(run: Recorded) -> None:
    policy = json.loads(run.named("sessions-policy", "aws:dynamodb/resourcePolicy:ResourcePolicy")["policy"])
    plain, foreign = policy["Statement"]
    assert plain["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert foreign["Condition"]["StringNotEquals"] == {"aws:PrincipalAccount": "111122223333"}
    for statement in (plain, foreign):
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
        assert {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan"} <= set(statement["Action"])
        assert statement["Resource"] == [
            "arn:aws:dynamodb:ap-northeast-2:111122223333:table/startup-platform-dev-sessions"
        ]


def test_a_replica_is_closed_as_its_table_is_since_policies_are_not_replicated() -> None:
    there = Scope(stage="dev", account_id="111122223333", region="ap-southeast-1")
    args = KeyValueReplicaArgs(scope=there, table_arn="arn:table")
    run = record(lambda: KeyValueReplica("there", args))
    assert run.of_type(TABLE) == []  # the table makes its replica itself
    (policy,) = run.of_type("aws:dynamodb/resourcePolicy:ResourcePolicy")
    replica = "arn:aws:dynamodb:ap-southeast-1:111122223333:table/startup-platform-dev-sessions"
    assert policy["resourceArn"] == replica
    assert {tuple(one["Resource"]) for one in json.loads(policy["policy"])["Statement"]} == {(replica,)}
