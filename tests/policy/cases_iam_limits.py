"""Least privilege, at its limits: families of actions, what conditions and refusals hold, and what AWS would refuse."""

from tests.policy.case import GONE, KEY, TAGS, Case, case
from tests.policy.cases_iam import (
    ATTACHMENT,
    BUCKET_POLICY,
    KMS_KEY,
    OBJECTS,
    POLICY,
    READ,
    ROOT,
    TEAM,
    allow,
    deny,
    document,
    granted,
    trusted,
)
from tests.policy.cases_iam_callers import assumed_by, federated, from_github
from tests.policy.server import UNKNOWN

EC2 = "arn:aws:ec2:*:*"
ACCOUNT = "111122223333"
FEED_ROLES = f"arn:aws:iam::{ACCOUNT}:role/feed-*"
OKTA = {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/okta"}
FOR_SIGN_IN = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
PERMISSION = "aws:lambda/permission:Permission"
ANYBODY = {"AWS": "*"}
MACHINES = f"arn:aws:ec2:ap-northeast-2:{ACCOUNT}:instance/*"
OUR_MACHINES = {"StringEquals": {"ssm:resourceTag/Application": "feed"}}


def attached(about: str, good: str, bad: str, finding: str) -> Case:
    """A case on a policy of AWS's that a role gets."""
    props = {"role": "feed", "policyArn": f"arn:aws:iam::aws:policy/{good}"}
    return case(about, ATTACHMENT, props, {"policyArn": f"arn:aws:iam::aws:policy/{bad}"}, finding)


def bucket(about: str, good: list[object], bad: list[object], *finds: str) -> Case:
    props = {"bucket": UNKNOWN, "policy": document(*good)}
    return case(about, BUCKET_POLICY, props, {"policy": document(*bad)}, *finds)


def key(about: str, *bad: object, finds: str) -> Case:
    props = {"policy": document(WHOLE_KEY), "enableKeyRotation": True, "deletionWindowInDays": 30, "tags": TAGS}
    return case(about, KMS_KEY, props, {"policy": document(WHOLE_KEY, *bad)}, finds)


WHOLE_KEY = allow("kms:*", "*", Principal=ROOT)
OPEN_READ = allow("s3:GetObject", OBJECTS, Principal="*")
outside_the_vpc = deny(Principal="*", Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})
invoked = {
    "action": "lambda:InvokeFunction",
    "function": "feed",
    "principal": "apigateway.amazonaws.com",
    "sourceArn": f"arn:aws:execute-api:ap-northeast-2:{ACCOUNT}:abcdef/*/GET/feed",
}
mounted = {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
RIGHTS = "IAM-006[Escalation::AttachRolePolicy]"

CASES: list[Case] = [
    granted(
        "an action and its variants",
        allow(["kms:GenerateDataKey*", "kms:ReEncrypt*"], KEY),
        allow("kms:*DataKey*", KEY),
        "IAM-002[Action::kms:*DataKey*]",
    ),
    granted(
        "variants that grant rights",
        allow("s3:DeleteObject*"),
        allow("s3:PutObject*"),
        "IAM-002[Action::s3:PutObject*]",
    ),
    attached(
        "secrets, all of them",
        "AWSXRayDaemonWriteAccess",
        "SecretsManagerReadWrite",
        "IAM-002[ManagedPolicy::SecretsManagerReadWrite]",
    ),
    attached(
        "a job",
        "job-function/ViewOnlyAccess",
        "job-function/SystemAdministrator",
        "IAM-002[ManagedPolicy::SystemAdministrator]",
    ),
    attached(
        "an administrator of Amplify",
        "AWSXRayDaemonWriteAccess",
        "AdministratorAccess-Amplify",
        "IAM-001[ManagedPolicy::AdministratorAccess-Amplify]",
    ),
    attached("all data", "SecurityAudit", "ReadOnlyAccess", "IAM-022[ManagedPolicy::ReadOnlyAccess]"),
    attached(
        "all objects",
        "job-function/ViewOnlyAccess",
        "AmazonS3ReadOnlyAccess",
        "IAM-022[ManagedPolicy::AmazonS3ReadOnlyAccess]",
    ),
    granted(
        "a volume of any kind of thing",
        allow("ec2:CreateVolume", f"{EC2}:volume/*"),
        allow("ec2:CreateVolume", "*"),
        "IAM-003[Resource::ec2:CreateVolume]",
    ),
    granted(
        "what is attached, not what it is attached to",
        allow("ec2:AttachVolume", f"{EC2}:instance/*"),
        allow("ec2:AttachVolume", [f"{EC2}:instance/*", f"{EC2}:volume/*"]),
        "IAM-003[Resource::ec2:AttachVolume]",
    ),
    granted(
        "a controller's mark, and a name",
        allow("ec2:DeleteVolume", "*", Condition={"StringLike": {"aws:ResourceTag/ebs.csi.aws.com/cluster": "*"}}),
        allow("ec2:DeleteVolume", "*", Condition={"StringLike": {"aws:ResourceTag/Name": "*"}}),
        "IAM-003[Resource::ec2:DeleteVolume]",
    ),
    granted(
        "a name on one kind of thing",
        allow("ec2:DeleteVolume", f"{EC2}:volume/*", Condition={"StringLike": {"ec2:ResourceTag/CSIVolumeName": "*"}}),
        allow("ec2:DeleteVolume", f"{EC2}:volume/*"),
        "IAM-003[Resource::ec2:DeleteVolume]",
    ),
    granted(
        "any model",
        allow("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/anthropic.*"),
        allow("bedrock:InvokeModel", "*"),
        "IAM-007[Resource::bedrock:InvokeModel]",
    ),
    granted(
        "any user of any database",
        allow("rds-db:connect", f"arn:aws:rds-db:ap-northeast-2:{ACCOUNT}:dbuser:cluster-ABC/feed"),
        allow("rds-db:connect", f"arn:aws:rds-db:ap-northeast-2:{ACCOUNT}:dbuser:*/*"),
        "IAM-007[Resource::rds-db:connect]",
    ),
    granted(
        "rights for roles within a boundary, and without",
        allow(
            "iam:AttachRolePolicy",
            FEED_ROLES,
            Condition={"StringEquals": {"iam:PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/boundary"}},
        ),
        allow("iam:AttachRolePolicy", FEED_ROLES),
        RIGHTS,
    ),
    granted(
        "a policy of ours, and any of AWS's",
        allow(
            "iam:AttachRolePolicy",
            FEED_ROLES,
            Condition={"ArnEquals": {"iam:PolicyARN": f"arn:aws:iam::{ACCOUNT}:policy/feed-read"}},
        ),
        allow(
            "iam:AttachRolePolicy",
            FEED_ROLES,
            Condition={"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}},
        ),
        RIGHTS,
    ),
    granted(
        "a shell on our machines, and on all",
        allow("ssm:StartSession", MACHINES, Condition=OUR_MACHINES),
        allow("ssm:StartSession", MACHINES),
        "IAM-006[Escalation::StartSession]",
    ),
    granted(
        "no resource",
        READ,
        {"Effect": "Allow", "Action": "s3:ListAllMyBuckets"},
        "IAM-010[policy.Statement[0].Resource]",
    ),
    granted(
        "a caller in the caller's own policy",
        READ,
        {**READ, "Principal": TEAM},
        "IAM-010[policy.Statement[0].Principal]",
    ),
    granted("no effect", READ, {**READ, "Effect": "Alow"}, "IAM-010[policy.Statement[0].Effect]"),
    granted("a misspelled element", READ, {**READ, "Conditions": {}}, "IAM-010[policy.Statement[0].Conditions]"),
    granted(
        "a list and its opposite",
        READ,
        {**READ, "Effect": "Deny", "NotAction": "s3:PutObject"},
        "IAM-010[policy.Statement[0].Action]",
    ),
    case(
        "a variable that nobody reads",
        POLICY,
        {"policy": document(allow("s3:GetObject", "arn:aws:s3:::home/${aws:username}/*")), "tags": TAGS},
        {"policy": document(allow("s3:GetObject", "arn:aws:s3:::home/${aws:username}/*")).replace("2012", "2008")},
        "IAM-010[policy.Version]",
    ),
    trusted(
        "nobody in particular",
        assumed_by(TEAM),
        {"Effect": "Allow", "Action": "sts:AssumeRole"},
        "IAM-010[assumeRolePolicy.Statement[0].Principal]",
    ),
    case(
        "an SSH key of a user's",
        "aws:iam/sshKey:SshKey",
        {"username": "feed", "encoding": "SSH", "publicKey": "ssh-rsa AAAA", "status": "Inactive"},
        {"status": GONE},
        "IAM-009[Credential]",
    ),
    *(
        trusted(
            f"GitHub: {what}",
            from_github("repo:team/feed:environment:prod"),
            from_github(f"repo:team/feed:{what}"),
            "IAM-014[OIDC::wide-sub]",
        )
        for what in ("ref:refs/heads/*", "ref:*", "environment:*")
    ),
    trusted(
        "a sign-in that says not for what",
        {"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML", "Principal": OKTA, "Condition": FOR_SIGN_IN},
        {"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML", "Principal": OKTA},
        "IAM-014[SAML::aud]",
    ),
    trusted(
        "any provider",
        federated(
            "gitlab.com", {"StringEquals": {"gitlab.com:sub": "project_path:team/feed:ref_type:branch:ref:main"}}
        ),
        {
            **federated(
                "gitlab.com", {"StringEquals": {"gitlab.com:sub": "project_path:team/feed:ref_type:branch:ref:main"}}
            ),
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/*"},
        },
        "IAM-018[Principal::wildcard]",
        "IAM-014[OIDC::sub]",
    ),
    bucket(
        "everyone, refused again outside the VPC",
        [OPEN_READ, outside_the_vpc],
        [OPEN_READ, {**outside_the_vpc, "Condition": {"StringNotEquals": {"aws:UserAgent": "ours"}}}],
        "PUB-003[Principal::*]",
    ),
    bucket(
        "everyone, refused again for something else",
        [OPEN_READ, outside_the_vpc],
        [OPEN_READ, {**outside_the_vpc, "Action": "s3:PutObject"}],
        "PUB-003[Principal::*]",
    ),
    case(
        "everyone in the VPC, and everyone",
        "aws:efs/fileSystemPolicy:FileSystemPolicy",
        {
            "fileSystemId": "fs-1",
            "policy": document(allow("elasticfilesystem:ClientMount", "*", Principal=ANYBODY, Condition=mounted)),
        },
        {"policy": document(allow("elasticfilesystem:ClientMount", "*", Principal=ANYBODY))},
        "PUB-003[Principal::*]",
    ),
    case(
        "an API for everyone",
        "aws:apigateway/restApiPolicy:RestApiPolicy",
        {"restApiId": "abcdef", "policy": document(allow("execute-api:Invoke", "*", Principal=TEAM))},
        {"policy": document(allow("execute-api:Invoke", "*", Principal="*"))},
        "PUB-003[Principal::*]",
    ),
    case(
        "every right of a device",
        "aws:iot/policy:Policy",
        {"policy": document(allow("iot:Connect", f"arn:aws:iot:ap-northeast-2:{ACCOUNT}:client/feed")), "tags": TAGS},
        {"policy": document(allow("iot:*", "*"))},
        "IAM-002[Action::iot:*]",
    ),
    key(
        "a key with two administrators",
        allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::444455556666:root"}),
        finds="IAM-002[Account::444455556666]",
    ),
    case("every action on a function", PERMISSION, invoked, {"action": "lambda:*"}, "IAM-023[Action::lambda:*]"),
    case("anybody's API", PERMISSION, invoked, {"sourceArn": "arn:aws:execute-api:*:*:*"}, "IAM-023[Source::*]"),
    case(
        "everyone who signs",
        PERMISSION,
        {**invoked, "principal": ACCOUNT, "functionUrlAuthType": "AWS_IAM"},
        {"principal": "*", "sourceArn": GONE},
        "IAM-023[Principal::*]",
    ),
]
