"""Least privilege: how far a grant reaches, and ways up over one policy or several."""

from tests.policy.case import TAGS, Case, case
from tests.policy.cases_iam import (
    READ,
    ROLE,
    ROLE_POLICY,
    allow,
    deny,
    document,
    granted,
    inline_role,
)
from tests.policy.server import UNKNOWN, Registered, urn

ROLE_ARN = "arn:aws:iam::111122223333:role/feed-task"
ANY_ROLE = "arn:aws:iam::111122223333:role/*"
FUNCTION = "arn:aws:lambda:ap-northeast-2:111122223333:function:feed"
TO_ECS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
PASSED = allow("iam:PassRole", ROLE_ARN, Condition=TO_ECS)
OWNED = {"StringEquals": {"aws:ResourceTag/kubernetes.io/cluster/main": "owned"}}

INSTANCES = "arn:aws:ec2:ap-northeast-2:*:instance/*"
SUBNETS = "arn:aws:ec2:ap-northeast-2:*:subnet/*"


def up(about: str, good: object, *bad: object, finds: str, also: tuple[str, ...] = ()) -> Case:
    """A case on a way up inside one policy."""
    props = {"role": "feed", "policy": document(good)}
    escalation = f"IAM-006[Escalation::{finds}]"
    return case(f"up: {finds} {about}", ROLE_POLICY, props, {"policy": document(*bad)}, escalation, *also)


def any_resource(*actions: str) -> tuple[str, ...]:
    return tuple(f"IAM-003[Resource::{action}]" for action in actions)


# It starts functions; beside a policy that passes any role it is a way up.
starts_functions = Registered(
    type=ROLE_POLICY,
    name="functions",
    props={"role": UNKNOWN, "policy": document(allow(["lambda:CreateFunction", "lambda:InvokeFunction"], FUNCTION))},
    depends={"role": [urn(ROLE)]},
)
passing_role = {**inline_role, "name": "feed", "inlinePolicies": [{"name": "pass", "policy": document(PASSED)}]}

CASES: list[Case] = [
    granted(
        "instances",
        allow("ec2:TerminateInstances", "*", Condition=OWNED),
        allow("ec2:TerminateInstances", "*"),
        "IAM-003[Resource::ec2:TerminateInstances]",
    ),
    granted(
        "instances, by a pattern",
        allow("ec2:Describe*", "*"),
        allow("ec2:Terminate*", "*"),
        "IAM-002[Action::ec2:Terminate*]",
        "IAM-003[Resource::ec2:Terminate*]",
    ),
    granted(
        "what is launched, not what a launch uses",
        allow("ec2:RunInstances", SUBNETS),
        allow("ec2:RunInstances", [SUBNETS, INSTANCES]),
        "IAM-003[Resource::ec2:RunInstances]",
    ),
    granted(
        "security groups of a VPC",
        allow(
            "ec2:AuthorizeSecurityGroupIngress",
            "*",
            Condition={"StringEquals": {"ec2:Vpc": "arn:aws:ec2:ap-northeast-2:111122223333:vpc/vpc-1"}},
        ),
        allow("ec2:AuthorizeSecurityGroupIngress", "*"),
        "IAM-003[Resource::ec2:AuthorizeSecurityGroupIngress]",
    ),
    granted(
        "what carries a tag",
        allow(
            "elasticloadbalancing:DeleteRule",
            "*",
            Condition={"Null": {"aws:ResourceTag/elbv2.k8s.aws/cluster": "false"}},
        ),
        allow(
            "elasticloadbalancing:DeleteRule",
            "*",
            Condition={"Null": {"aws:ResourceTag/elbv2.k8s.aws/cluster": "true"}},
        ),
        "IAM-003[Resource::elasticloadbalancing:DeleteRule]",
    ),
    granted(
        "grants for AWS's own use",
        allow("kms:CreateGrant", "*", Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        allow("kms:CreateGrant", "*"),
        "IAM-003[Resource::kms:CreateGrant]",
    ),
    granted(
        "every secret of the account",
        allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:ap-northeast-2:111122223333:secret:feed/*"),
        allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:ap-northeast-2:111122223333:secret:*"),
        "IAM-007[Resource::secretsmanager:GetSecretValue]",
    ),
    granted(
        "every parameter",
        allow("ssm:GetParameter*", "arn:aws:ssm:ap-northeast-2:111122223333:parameter/feed/*"),
        allow("ssm:GetParameter*", "*"),
        "IAM-007[Resource::ssm:GetParameter*]",
    ),
    granted("reading by verb, everywhere", allow("s3:Get*"), allow("s3:Get*", "*"), "IAM-007[Resource::s3:Get*]"),
    granted("a role to pass", PASSED, allow("iam:PassRole", ANY_ROLE, Condition=TO_ECS), "IAM-005[PassRole::Resource]"),
    granted("any role to pass", PASSED, allow("iam:PassRole", "*"), "IAM-005[PassRole::Resource]"),
    granted(
        "roles by prefix to any service",
        allow("iam:PassRole", f"{ROLE_ARN}-*", Condition=TO_ECS),
        allow("iam:PassRole", f"{ROLE_ARN}-*"),
        "IAM-005[PassRole::iam:PassedToService]",
    ),
    granted(
        "one role to any service", PASSED, allow("iam:PassRole", ROLE_ARN), "IAM-016[PassRole::iam:PassedToService]"
    ),
    granted(
        "one role to a service that may be any",
        PASSED,
        allow("iam:PassRole", ROLE_ARN, Condition={"StringLike": {"iam:PassedToService": "*"}}),
        "IAM-016[PassRole::iam:PassedToService]",
    ),
    *(
        up("alone", allow(f"iam:{name}", ROLE_ARN), allow(f"iam:{name}", ANY_ROLE), finds=name)
        for name in ("AttachRolePolicy", "PutRolePolicy", "UpdateAssumeRolePolicy")
    ),
    up(
        "alone",
        READ,
        allow("iam:CreatePolicyVersion", "*"),
        finds="CreatePolicyVersion",
        also=any_resource("iam:CreatePolicyVersion"),
    ),
    up(
        "with a boundary, and without",
        allow("iam:PutUserPolicy", "*", Condition={"StringEquals": {"iam:PermissionsBoundary": ROLE_ARN}}),
        allow("iam:PutUserPolicy", "*"),
        finds="PutUserPolicy",
        also=any_resource("iam:PutUserPolicy"),
    ),
    up("alone", READ, allow("sts:AssumeRole", ANY_ROLE), finds="AssumeAnyRole"),
    up(
        "over two statements",
        READ,
        allow("iam:PassRole", ANY_ROLE, Condition=TO_ECS),
        allow(
            ["ecs:RegisterTaskDefinition", "ecs:RunTask"],
            "arn:aws:ecs:ap-northeast-2:111122223333:task-definition/feed:*",
        ),
        finds="PassRoleRunTask",
        also=("IAM-005[PassRole::Resource]",),
    ),
    case(
        "refused outright",
        ROLE_POLICY,
        {"role": "feed", "policy": document(allow("iam:PutRolePolicy", ANY_ROLE), deny(Action="iam:Put*"))},
        {"policy": document(allow("iam:PutRolePolicy", ANY_ROLE), deny(Action="iam:Put*", Resource=ROLE_ARN))},
        "IAM-006[Escalation::PutRolePolicy]",
    ),
    Case(
        about="over a role's inline policy and its own",
        type=ROLE,
        good=passing_role,
        change={"inlinePolicies.0.policy": document(allow("iam:PassRole", ANY_ROLE))},
        finds=frozenset({"IAM-005[PassRole::Resource]", "IAM-013[Escalation::PassRoleCreateFunctionInvoke]"}),
        beside=[starts_functions],
    ),
    case(
        "sessions through the night",
        ROLE,
        {**inline_role, "maxSessionDuration": 3600},
        {"maxSessionDuration": 43200},
        "IAM-012[maxSessionDuration]",
    ),
    case(
        "sessions of people",
        "aws:ssoadmin/permissionSet:PermissionSet",
        {"name": "reader", "instanceArn": "arn:aws:sso:::instance/ssoins-1", "sessionDuration": "PT8H", "tags": TAGS},
        {"sessionDuration": "PT12H"},
        "IAM-012[sessionDuration]",
    ),
    case(
        "an access key",
        "aws:iam/accessKey:AccessKey",
        {"user": "ci", "status": "Inactive"},
        {"status": "Active"},
        "IAM-009[AccessKey]",
    ),
    case(
        "a policy on a user",
        "aws:iam/policyAttachment:PolicyAttachment",
        {"policyArn": UNKNOWN, "roles": ["feed"]},
        {"users": ["kim"]},
        "IAM-019[UserPolicy]",
    ),
    *(
        case(
            f"passwords: {name}",
            "aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
            {
                "minimumPasswordLength": 14,
                "passwordReusePrevention": 24,
                "maxPasswordAge": 90,
                "requireLowercaseCharacters": True,
                "requireNumbers": True,
                "requireSymbols": True,
                "requireUppercaseCharacters": True,
            },
            {name: value},
            f"IAM-011[{name}]",
        )
        for name, value in (
            ("minimumPasswordLength", 8),
            ("passwordReusePrevention", 5),
            ("maxPasswordAge", 0),
            ("maxPasswordAge", 365),
            ("requireLowercaseCharacters", False),
            ("requireNumbers", False),
            ("requireSymbols", False),
            ("requireUppercaseCharacters", False),
        )
    ),
]
