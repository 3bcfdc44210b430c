"""What protects itself is not deleted, as in AWS: the words, the property, and that the property exists."""

import pytest

from sandbox.provider.protected import DATABASE, PROTECTED, refusal
from sandbox.schema.sdk import Sdk

WITH_SNAPSHOT = {"finalSnapshotIdentifier": "last"}


@pytest.mark.parametrize("token", PROTECTED)
def test_each_protection_is_a_property_of_its_type_and_holds_until_it_is_lifted(sdk: Sdk, token: str) -> None:
    name, value, error = PROTECTED[token]
    assert name in sdk.resource(token).inputs
    said = refusal(token, {name: value, **WITH_SNAPSHOT})
    assert said is not None
    assert error in said
    assert name in said
    lifted = False if value is True else "INACTIVE"
    assert refusal(token, {name: lifted, **WITH_SNAPSHOT}) is None
    assert refusal(token, WITH_SNAPSHOT) is None


def test_a_database_is_not_deleted_without_its_last_snapshot_or_the_word_that_none_is_wanted() -> None:
    assert "finalSnapshotIdentifier" in str(refusal(DATABASE, {}))
    assert refusal(DATABASE, {"skipFinalSnapshot": True}) is None
    assert refusal(DATABASE, WITH_SNAPSHOT) is None


def test_other_types_are_deleted() -> None:
    assert refusal("aws:sqs/queue:Queue", {"deletionProtection": True}) is None
