"""Least privilege: what each rule lets pass and what it stops."""

import json
from collections.abc import Mapping

from tests.policy.case import GONE, KEY, TAGS, Case, case
from tests.policy.server import UNKNOWN

POLICY = "aws:iam/policy:Policy"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
KMS_KEY = "aws:kms/key:Key"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"

OBJECTS = "arn:aws:s3:::assets-111122223333/*"
ROOT = {"AWS": "arn:aws:iam::111122223333:root"}
TEAM = {"AWS": "arn:aws:iam::111122223333:role/feed"}
OUR_RESOURCES = {"StringEquals": {"aws:ResourceAccount": "111122223333"}}
OURS = {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: object, resource: object = OBJECTS, **elements: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def deny(**elements: object) -> dict[str, object]:
    return {"Effect": "Deny", "Action": "*", "Resource": "*", **elements}


def granted(about: str, good: object, bad: object, *finds: str) -> Case:
    """A case on a role's own policy."""
    return case(about, ROLE_POLICY, {"role": "feed", "policy": document(good)}, {"policy": document(bad)}, *finds)


def trusted(about: str, good: object, bad: object, *finds: str) -> Case:
    """A case on who may assume a role."""
    props = {"assumeRolePolicy": document(good), "tags": TAGS}
    return case(about, ROLE, props, {"assumeRolePolicy": document(bad)}, *finds)


def let_in(about: str, good: object, bad: object, *finds: str) -> Case:
    """A case on who may use a queue."""
    props = {"queueUrl": UNKNOWN, "policy": document(good)}
    return case(about, QUEUE_POLICY, props, {"policy": document(bad)}, *finds)


READ = allow("s3:GetObject")
TABLE = "arn:aws:dynamodb:ap-northeast-2:111122223333:table/posts"
WRITES_FOR_TEAM = allow("sqs:SendMessage", "*", Principal=TEAM)

inline_role: Mapping[str, object] = {
    "assumeRolePolicy": document(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    ),
    "inlinePolicies": [{"name": "read", "policy": document(READ)}],
    "managedPolicyArns": ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore", UNKNOWN],
    "tags": TAGS,
}
own_key: Mapping[str, object] = {
    "enableKeyRotation": True,
    "policy": document(
        allow("kms:*", "*", Principal=ROOT),
        allow(["kms:Create*", "kms:Describe*"], "*", Principal=TEAM),
    ),
    "tags": TAGS,
}
endpoint: Mapping[str, object] = {
    "vpcId": UNKNOWN,
    "serviceName": "com.amazonaws.ap-northeast-2.s3",
    "policy": document(allow("s3:*", "*", Principal="*", Condition=OUR_RESOURCES)),
    "tags": TAGS,
}

CASES: list[Case] = [
    granted("everything", READ, allow("*"), "IAM-001[Action::*]"),
    granted("everything in two parts", READ, allow("*:*"), "IAM-001[Action::*:*]"),
    granted("all of IAM", READ, allow("iam:*"), "IAM-001[Action::iam:*]"),
    granted(
        "everything, in small letters", READ, {"effect": "Allow", "action": "*", "resource": "*"}, "IAM-001[Action::*]"
    ),
    granted("a service", READ, allow("s3:*"), "IAM-002[Action::s3:*]"),
    granted("a service, in capitals", READ, allow("S3:*"), "IAM-002[Action::S3:*]"),
    granted("one of a list", allow(["s3:GetObject"]), allow(["s3:GetObject", "sqs:*"]), "IAM-002[Action::sqs:*]"),
    granted("a group that writes", allow("s3:Get*"), allow("s3:Put*"), "IAM-002[Action::s3:Put*]"),
    granted(
        "letters left open",
        allow("dynamodb:UpdateIte?", TABLE),
        allow("dynamodb:??????Item", TABLE),
        "IAM-002[Action::dynamodb:??????Item]",
    ),
    granted("every bucket", READ, allow("s3:GetObject", "*"), "IAM-007[Resource::s3:GetObject]"),
    granted("every bucket by ARN", READ, allow("s3:PutObject", "arn:aws:s3:::*"), "IAM-003[Resource::s3:PutObject]"),
    granted(
        "every table in any account",
        allow("dynamodb:PutItem", "arn:aws:dynamodb:*:111122223333:table/posts"),
        allow("dynamodb:PutItem", "arn:aws:dynamodb:*:*:table/*"),
        "IAM-003[Resource::dynamodb:PutItem]",
    ),
    granted(
        "secrets by tag, and without",
        allow(
            "secretsmanager:GetSecretValue",
            "*",
            Condition={"StringEquals": {"secretsmanager:ResourceTag/Application": "feed"}},
        ),
        allow("secretsmanager:GetSecretValue", "*"),
        "IAM-007[Resource::secretsmanager:GetSecretValue]",
    ),
    granted(
        "a condition that passes when the key is absent",
        allow("kms:Decrypt", "*", Condition=OUR_RESOURCES),
        allow("kms:Decrypt", "*", Condition={"StringEqualsIfExists": {"aws:ResourceAccount": "111122223333"}}),
        "IAM-007[Resource::kms:Decrypt]",
    ),
    granted(
        "an action without resources of its own, and one with",
        allow(["cloudwatch:PutMetricData", "ecr:GetAuthorizationToken", "ec2:DescribeInstances"], "*"),
        allow(["cloudwatch:PutMetricData", "sqs:SendMessage"], "*"),
        "IAM-003[Resource::sqs:SendMessage]",
    ),
    granted(
        "all but some",
        deny(),
        {"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"},
        "IAM-004[NotAction]",
    ),
    granted(
        "everywhere but here",
        READ,
        {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": OBJECTS},
        "IAM-004[NotResource]",
    ),
    granted(
        "a wildcard beside what is not known yet",
        READ,
        {"Effect": "Allow", "Action": ["s3:*", UNKNOWN], "Resource": UNKNOWN},
        *("IAM-001", "IAM-002", "IAM-003", "IAM-005", "IAM-007", "IAM-016"),
        "IAM-002[Action::s3:*]",
    ),
    case("no JSON", POLICY, {"policy": document(READ), "tags": TAGS}, {"policy": "{Allow all"}, "IAM-010[policy]"),
    case("nothing", POLICY, {"policy": document(READ), "tags": TAGS}, {"policy": " "}, "IAM-010[policy]"),
    case("no statement", POLICY, {"policy": document(READ), "tags": TAGS}, {"policy": "{}"}, "IAM-010[policy]"),
    case(
        "not known yet",
        POLICY,
        {"policy": document(READ), "tags": TAGS},
        {"policy": UNKNOWN},
        *("IAM-001", "IAM-002", "IAM-003", "IAM-004", "IAM-005", "IAM-006", "IAM-007", "IAM-010", "IAM-016"),
    ),
    case(
        "a second statement, beside one that is not known yet",
        POLICY,
        {"policy": document(READ, READ), "tags": TAGS},
        {"policy": f'{{"Statement": ["{UNKNOWN}", {json.dumps(allow("*"))}]}}'},
        *("IAM-001", "IAM-002", "IAM-003", "IAM-004", "IAM-005", "IAM-007", "IAM-016"),
        "IAM-001[Action::*]",
    ),
    case(
        "a role's inline policy",
        ROLE,
        inline_role,
        {"inlinePolicies.0.policy": document(allow("dynamodb:*"))},
        "IAM-002[Action::dynamodb:*]",
    ),
    case(
        "a role's managed policy",
        ROLE,
        inline_role,
        {"managedPolicyArns.0": "arn:aws:iam::aws:policy/AmazonS3FullAccess"},
        "IAM-002[ManagedPolicy::AmazonS3FullAccess]",
    ),
    *(
        case(
            name,
            ATTACHMENT,
            {"role": "feed", "policyArn": "arn:aws:iam::111122223333:policy/AdministratorAccess"},
            {"policyArn": f"arn:aws:iam::aws:policy/{name}"},
            f"{rule}[ManagedPolicy::{name}]",
        )
        for name, rule in (
            ("AdministratorAccess", "IAM-001"),
            ("PowerUserAccess", "IAM-001"),
            ("IAMFullAccess", "IAM-001"),
            ("AmazonDynamoDBFullAccess_v2", "IAM-002"),
        )
    ),
    trusted(
        "any account",
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": TEAM},
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}},
        "IAM-008[Principal::*]",
    ),
    trusted(
        "a shared secret is no identity",
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*", "Condition": OURS},
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": "*",
            "Condition": {"StringEquals": {"sts:ExternalId": "partner"}},
        },
        "IAM-008[Principal::*]",
    ),
    trusted(
        "all but one",
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": TEAM},
        {"Effect": "Allow", "Action": "sts:AssumeRole", "NotPrincipal": ROOT},
        "IAM-008[NotPrincipal]",
    ),
    let_in("everyone", WRITES_FOR_TEAM, allow("sqs:SendMessage", "*", Principal="*"), "PUB-003[Principal::*]"),
    let_in(
        "everyone among others",
        WRITES_FOR_TEAM,
        allow("sqs:SendMessage", "*", Principal={"AWS": ["arn:aws:iam::111122223333:root", "*"]}),
        "PUB-003[Principal::*]",
    ),
    let_in(
        "everyone, beside a federation that is not known yet",
        WRITES_FOR_TEAM,
        allow("sqs:SendMessage", "*", Principal={"Federated": UNKNOWN, "AWS": "*"}),
        "PUB-003[Principal::*]",
    ),
    let_in(
        "a source that is any source",
        allow("sqs:SendMessage", "*", Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::assets"}}),
        allow("sqs:SendMessage", "*", Principal="*", Condition={"ArnLike": {"aws:SourceArn": "*"}}),
        "PUB-003[Principal::*]",
    ),
    let_in(
        "every address",
        allow("sqs:SendMessage", "*", Principal="*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        allow("sqs:SendMessage", "*", Principal="*", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
        "PUB-003[Principal::*]",
    ),
    let_in(
        "a service for a role",
        WRITES_FOR_TEAM,
        allow("sqs:*", "*", Principal=TEAM),
        "IAM-002[Action::sqs:*]",
    ),
    case(
        "everyone reads",
        BUCKET_POLICY,
        {"bucket": UNKNOWN, "policy": document(deny(Principal="*"), allow("s3:GetObject", Principal=TEAM))},
        {"policy": document(allow("s3:GetObject", Principal="*"))},
        "PUB-003[Principal::*]",
    ),
    case(
        "a key for everyone",
        KMS_KEY,
        own_key,
        {"policy": document(allow("kms:Decrypt", "*", Principal={"AWS": "*"}))},
        "PUB-003[Principal::*]",
    ),
    case(
        "all of a key for a role",
        KMS_KEY,
        own_key,
        {"policy": document(allow("kms:*", "*", Principal=TEAM))},
        "IAM-002[Action::kms:*]",
    ),
    case(
        "a way out, beside resources that are not known yet",
        ENDPOINT,
        endpoint,
        {"policy": document(allow("s3:*", [UNKNOWN, "*"], Principal="*"))},
        "PUB-006[Principal::*]",
    ),
    let_in(
        "a service for a role, beside one that is not known yet",
        WRITES_FOR_TEAM,
        allow("sqs:*", "*", Principal={"AWS": [UNKNOWN, TEAM["AWS"]]}),
        *("IAM-002[Action::sqs:*]", "IAM-018", "PUB-003"),
    ),
    case(
        "a way out to anybody's bucket",
        ENDPOINT,
        endpoint,
        {"policy": document(allow("s3:*", "*", Principal="*"))},
        "PUB-006[Principal::*]",
    ),
    case(
        "a policy beside a topic's other properties",
        "aws:sns/topic:Topic",
        {"kmsMasterKeyId": KEY, "policy": document(allow("sns:Publish", "*", Principal=TEAM)), "tags": TAGS},
        {"policy": document(allow("sns:Publish", "*", Principal="*")), "kmsMasterKeyId": GONE},
        *("ENC-006[kmsMasterKeyId]", "PUB-003[Principal::*]"),
    ),
]
