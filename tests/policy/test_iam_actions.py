"""How wide a pattern is, and whether an ARN names anything."""

import pytest

from policy.iam_actions import Breadth, breadth, covers_a_whole_type, covers_any_resource


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
    ("resource", "expected"),
    [
        ("*", True),
        ("arn:aws:iam::111122223333:role/*", True),
        ("arn:aws:secretsmanager:ap-northeast-2:111122223333:secret:*", True),
        ("arn:aws:s3:::*/*", True),
        ("arn:aws:ssm:ap-northeast-2:111122223333:parameter/*/*", True),
        ("arn:aws:s3:::assets/*", False),
        ("arn:aws:iam::111122223333:role/feed-*", False),
        ("arn:aws:ssm:ap-northeast-2:111122223333:parameter/feed/*", False),
    ],
)
def test_an_arn_may_leave_the_name_open_in_one_account(resource: str, *, expected: bool) -> None:
    assert covers_a_whole_type(resource) is expected
