"""Who exactly is let in: web identities, accounts, AWS's services, and permissions that are no document."""

from tests.policy.case import GONE, Case, case
from tests.policy.cases_iam import BUCKET_POLICY, OBJECTS, OURS, TEAM, allow, document, let_in, trusted
from tests.policy.server import UNKNOWN

GITHUB = "token.actions.githubusercontent.com"
EKS = "oidc.eks.ap-northeast-2.amazonaws.com/id/0123456789ABCDEF"
ROOT_OF_PARTNER = "arn:aws:iam::444455556666:root"
MAIN = "repo:team/feed:ref:refs/heads/main"
MAIN_BY_ID = "repo:team@1234/feed@5678:environment:prod"


def federated(host: str, condition: object) -> dict[str, object]:
    return {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{host}"},
        "Condition": condition,
    }


def from_github(subject: object, operator: str = "StringLike", audience: str = "aud") -> dict[str, object]:
    claims = {"StringEquals": {f"{GITHUB}:{audience}": "sts.amazonaws.com"}}
    return federated(GITHUB, {**claims, operator: {**claims.get(operator, {}), f"{GITHUB}:sub": subject}})


def from_pod(subject: str) -> dict[str, object]:
    return federated(EKS, {"StringLike": {f"{EKS}:sub": subject, f"{EKS}:aud": "sts.amazonaws.com"}})


def assumed_by(principal: object, **elements: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **elements}


def from_service(name: str, **elements: object) -> dict[str, object]:
    return allow("s3:GetObject", OBJECTS, Principal={"Service": name}, **elements)


GOOD_GITHUB = from_github([MAIN, MAIN_BY_ID])
FOR_US = {"StringEquals": {"aws:SourceAccount": "111122223333"}}

CASES: list[Case] = [
    *(
        trusted(f"GitHub: {subject}", GOOD_GITHUB, from_github(subject), "IAM-014[OIDC::wide-sub]")
        for subject in (
            "*",
            "repo:*",
            "repo:team/*",
            "repo:team/*:ref:refs/heads/main",
            "repo:team/feed:*",
            "repo:team/feed:pull_request",
            "repo:team@1234/*",
            "repo:team@1234/*@*:environment:prod",
            "repo:team@1234/feed@5678:*",
            "repo:team@1234/feed@5678:pull_request",
        )
    ),
    trusted(
        "GitHub: one of several is wide", GOOD_GITHUB, from_github([MAIN, "repo:team/*"]), "IAM-014[OIDC::wide-sub]"
    ),
    trusted(
        "GitHub: ids of the past",
        from_github("repo:team@*/feed@*:environment:prod"),
        from_github("repo:*"),
        "IAM-014[OIDC::wide-sub]",
    ),
    trusted(
        "GitHub: no subject",
        GOOD_GITHUB,
        federated(GITHUB, {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}),
        "IAM-014[OIDC::sub]",
    ),
    trusted(
        "GitHub: no audience",
        GOOD_GITHUB,
        federated(GITHUB, {"StringEquals": {f"{GITHUB}:sub": MAIN}}),
        "IAM-014[OIDC::aud]",
    ),
    trusted("GitHub: nothing", GOOD_GITHUB, federated(GITHUB, {}), "IAM-014[OIDC::sub]", "IAM-014[OIDC::aud]"),
    *(
        trusted(f"GitHub: {operator}", GOOD_GITHUB, from_github(MAIN, operator), "IAM-014[OIDC::sub]")
        for operator in ("StringLikeIfExists", "ForAllValues:StringLike", "StringNotLike")
    ),
    trusted(
        "GitHub, by a bare host",
        GOOD_GITHUB,
        {**from_github("repo:*"), "Principal": {"Federated": GITHUB}},
        "IAM-014[OIDC::wide-sub]",
    ),
    trusted(
        "a pod of any namespace",
        from_pod("system:serviceaccount:feed:api"),
        from_pod("system:serviceaccount:*:*"),
        "IAM-014[OIDC::wide-sub]",
    ),
    trusted(
        "a project of any group",
        federated("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:team/feed:ref_type:branch:ref:main"}}),
        federated("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:*"}}),
        "IAM-014[OIDC::wide-sub]",
    ),
    trusted(
        "any service",
        assumed_by({"Service": "ec2.amazonaws.com"}),
        assumed_by({"Service": "*"}),
        "IAM-008[Principal::*]",
    ),
    trusted(
        "any pod",
        from_pod("system:serviceaccount:feed:*"),
        federated(EKS, {"StringEquals": {f"{EKS}:aud": "sts.amazonaws.com"}}),
        "IAM-014[OIDC::sub]",
    ),
    trusted(
        "a partner",
        assumed_by({"AWS": ROOT_OF_PARTNER}, Condition={"StringEquals": {"sts:ExternalId": "feed-7f3a"}}),
        assumed_by({"AWS": ROOT_OF_PARTNER}),
        "IAM-015[Account::444455556666]",
    ),
    trusted(
        "a partner by number",
        assumed_by({"AWS": "444455556666"}, Condition=OURS),
        assumed_by({"AWS": "444455556666"}, Condition={"StringLike": {"sts:ExternalId": "*"}}),
        "IAM-015[Account::444455556666]",
    ),
    trusted(
        "people with a second factor",
        assumed_by({"AWS": ROOT_OF_PARTNER}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        assumed_by({"AWS": ROOT_OF_PARTNER}, Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}),
        "IAM-015[Account::444455556666]",
    ),
    trusted(
        "a role's name left open",
        assumed_by(TEAM),
        assumed_by({"AWS": "arn:aws:iam::111122223333:role/*"}),
        "IAM-018[Principal::wildcard]",
    ),
    let_in(
        "any account's role",
        allow("sqs:SendMessage", "*", Principal=TEAM),
        allow("sqs:SendMessage", "*", Principal={"AWS": "arn:aws:iam::*:role/feed"}),
        "IAM-018[Principal::wildcard]",
    ),
    trusted(
        "a service for anybody",
        assumed_by({"Service": "scheduler.amazonaws.com"}, Condition=FOR_US),
        assumed_by({"Service": "scheduler.amazonaws.com"}),
        "IAM-017[Service::scheduler.amazonaws.com]",
    ),
    case(
        "a bucket behind anybody's distribution",
        BUCKET_POLICY,
        {"bucket": UNKNOWN, "policy": document(from_service("cloudfront.amazonaws.com", Condition=FOR_US))},
        {"policy": document(from_service("cloudfront.amazonaws.com"))},
        "IAM-021[Service::cloudfront.amazonaws.com]",
    ),
    case(
        "a layer for everyone",
        "aws:lambda/layerVersionPermission:LayerVersionPermission",
        {
            "action": "lambda:GetLayerVersion",
            "layerName": "feed",
            "principal": "*",
            "statementId": "org",
            "versionNumber": 1,
            "organizationId": "o-1234567890",
        },
        {"organizationId": GONE},
        "IAM-020[Principal::*]",
    ),
    case(
        "a bus for everyone",
        "aws:cloudwatch/eventPermission:EventPermission",
        {
            "principal": "*",
            "statementId": "org",
            "condition": {"key": "aws:PrincipalOrgID", "type": "StringEquals", "value": "o-1"},
        },
        {"condition": GONE},
        "IAM-020[Principal::*]",
    ),
]
