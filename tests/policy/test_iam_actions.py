"""How wide a pattern is, and whether an ARN names anything."""

import pytest

from policy.iam_actions import Breadth, breadth, covers_any_resource, takes_resources


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("*", Breadth.ADMINISTRATOR),
        ("**", Breadth.ADMINISTRATOR),
        ("*:*", Breadth.ADMINISTRATOR),
        ("?*:*", Breadth.ADMINISTRATOR),
        ("iam:*", Breadth.ADMINISTRATOR),
        ("I?M:*", Breadth.ADMINISTRATOR),
        ("s3:*", Breadth.SERVICE),
        ("s3:?*", Breadth.SERVICE),
        ("s3*:GetObject", Breadth.SERVICE),
        ("s3:Put*", Breadth.WRITES),
        ("iam:*Role", Breadth.WRITES),
        ("kms:De*", Breadth.WRITES),
        ("s3:GET*", Breadth.READS),
        ("ec2:Describe*", Breadth.READS),
        ("s3:GetObject", Breadth.ONE),
        ("", Breadth.ONE),
    ],
)
def test_an_action_is_as_wide_as_its_wildcards(action: str, expected: Breadth) -> None:
    assert breadth(action) is expected


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "**",
        "arn:aws:*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::*/*",
        "arn:aws:sqs:*:*:*",
        "arn:aws:dynamodb:*:*:table/*",
        "arn:*:*:*:*:*",
    ],
)
def test_an_arn_of_wildcards_names_no_resource(resource: str) -> None:
    assert covers_any_resource(resource)


@pytest.mark.parametrize(
    "resource",
    [
        "",
        "arn:aws:s3:::assets",
        "arn:aws:s3:::assets/*",
        "arn:aws:s3:::assets-*",
        "arn:aws:sqs:ap-northeast-2:111122223333:*",
        "arn:aws:dynamodb:*:111122223333:table/posts",
        "arn:aws:logs:*:*:log-group:/feed/*",
    ],
)
def test_an_arn_with_a_name_or_an_account_names_something(resource: str) -> None:
    assert not covers_any_resource(resource)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("s3:GetObject", True),
        ("S3:getobject", True),
        ("s3:ListAllMyBuckets", False),
        ("s3:GetAccountPublicAccessBlock", False),
        ("iam:PassRole", True),
        ("iam:GetRole", False),
        ("kms:CreateKey", False),
        ("sts:AssumeRole", True),
        ("sts:GetCallerIdentity", False),
        ("cloudwatch:PutMetricData", False),
    ],
)
def test_only_actions_that_take_arns_are_asked_for_one(action: str, expected: bool) -> None:
    assert takes_resources(action) is expected
