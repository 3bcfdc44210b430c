"""Whether a condition turns anybody away."""

import json

import pytest

from policy.iam_document import Statement, statements
from policy.iam_scope import narrows_principals, narrows_resources
from policy.view import Node
from tests.policy.cases_iam import allow, document


def held(operator: str, key: str, value: object) -> Statement:
    policy = document(allow("s3:GetObject", Condition={operator: {key: value}}))
    (statement,) = statements(Node(path="policy", value=policy))
    return statement


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:PrincipalOrgID", "o-1234567890"),
        ("StringLike", "AWS:PRINCIPALORGID", ["o-1234567890"]),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1234567890/r-ab12/*"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:assets"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/feed-*"),
        ("StringEquals", "aws:SourceVpce", "vpce-1a2b3c4d"),
        ("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "198.51.100.7"]),
    ],
)
def test_a_condition_on_the_caller_narrows(operator: str, key: str, value: object) -> None:
    assert narrows_principals(held(operator, key, value))


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1234567890"),
        ("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-1234567890"),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-1234567890"),
        ("StringLike", "aws:PrincipalOrgID", "o-*"),
        ("StringLike", "aws:PrincipalAccount", ["111122223333", "*"]),
        ("StringEquals", "aws:PrincipalOrgID", []),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/feed"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"),
        ("ArnLike", "aws:SourceArn", "arn:*"),
        ("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"]),
        ("Bool", "aws:SecureTransport", "true"),
        ("Null", "aws:PrincipalOrgID", "false"),
        ("StringEquals", "sts:ExternalId", "partner"),
    ],
)
def test_a_condition_that_next_to_anybody_meets_does_not(operator: str, key: str, value: object) -> None:
    assert not narrows_principals(held(operator, key, value))


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("aws:ResourceTag/Application", "feed", True),
        ("ec2:ResourceTag/kubernetes.io/cluster/main", "owned", True),
        ("aws:ResourceAccount", "111122223333", True),
        ("kms:ViaService", "sqs.ap-northeast-2.amazonaws.com", True),
        ("aws:ResourceTag/Application", "*", False),
        ("aws:RequestedRegion", "ap-northeast-2", False),
    ],
)
def test_only_a_condition_on_the_resource_holds_an_action_to_it(key: str, value: str, expected: bool) -> None:
    assert narrows_resources(held("StringLike", key, value)) is expected


def test_one_condition_of_several_is_enough() -> None:
    condition = {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:SourceAccount": "111122223333"}}
    policy = json.loads(document(allow("sqs:SendMessage", Condition=condition)))
    (statement,) = statements(Node(path="policy", value=policy))
    assert narrows_principals(statement)
