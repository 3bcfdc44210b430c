"""The policies that Karpenter and the AWS Load Balancer Controller ask for: what they scope passes, the rest
is found, so that a platform that takes them over knows which lines it has to narrow or to answer for.

Sources: Karpenter's getting-started cloudformation.yaml, and the controller's docs/install/iam_policy.json. Beside
them, what the EBS driver and CDK's grants ask for.
"""

from collections.abc import Mapping, Sequence

from tests.policy.cases_iam import ROLE_POLICY, allow, document
from tests.policy.server import Pack, Registered, findings

CLUSTER = "kubernetes.io/cluster/main"
EC2 = "arn:aws:ec2:ap-northeast-2"
NODE_ROLE = "arn:aws:iam::111122223333:role/main-karpenter-node"
PROFILES = "arn:aws:iam::111122223333:instance-profile/*"
LAUNCHED = [
    f"{EC2}:*:{kind}/*"
    for kind in ("fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request")
]
REQUESTED = {
    "StringEquals": {f"aws:RequestTag/{CLUSTER}": "owned", "aws:RequestTag/eks:eks-cluster-name": "main"},
    "StringLike": {"aws:RequestTag/karpenter.sh/nodepool": "*"},
}
OWNED = {
    "StringEquals": {f"aws:ResourceTag/{CLUSTER}": "owned"},
    "StringLike": {"aws:ResourceTag/karpenter.sh/nodepool": "*"},
}

KARPENTER = [
    allow(
        ["ec2:RunInstances", "ec2:CreateFleet"],
        [
            *(f"{EC2}::{kind}/*" for kind in ("image", "snapshot")),
            *(f"{EC2}:*:{kind}/*" for kind in ("security-group", "subnet", "capacity-reservation")),
        ],
    ),
    allow(["ec2:RunInstances", "ec2:CreateFleet"], f"{EC2}:*:launch-template/*", Condition=OWNED),
    allow(["ec2:RunInstances", "ec2:CreateFleet", "ec2:CreateLaunchTemplate"], LAUNCHED, Condition=REQUESTED),
    allow(
        "ec2:CreateTags",
        LAUNCHED,
        Condition={
            **REQUESTED,
            "StringEquals": {
                **REQUESTED["StringEquals"],
                "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
            },
        },
    ),
    allow(
        "ec2:CreateTags",
        f"{EC2}:*:instance/*",
        Condition={**OWNED, "ForAllValues:StringEquals": {"aws:TagKeys": ["eks:eks-cluster-name", "Name"]}},
    ),
    allow(
        ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
        [f"{EC2}:*:instance/*", f"{EC2}:*:launch-template/*"],
        Condition=OWNED,
    ),
    allow(
        "iam:PassRole",
        NODE_ROLE,
        Condition={"StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]}},
    ),
    allow(["iam:CreateInstanceProfile", "iam:TagInstanceProfile"], PROFILES, Condition=REQUESTED),
    allow(
        ["iam:AddRoleToInstanceProfile", "iam:RemoveRoleFromInstanceProfile", "iam:DeleteInstanceProfile"],
        PROFILES,
        Condition=OWNED,
    ),
    allow("iam:GetInstanceProfile", PROFILES),
    allow("iam:ListInstanceProfiles", "*"),
    allow("eks:DescribeCluster", "arn:aws:eks:ap-northeast-2:111122223333:cluster/main"),
    allow(
        ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
        "arn:aws:sqs:ap-northeast-2:111122223333:main-karpenter",
    ),
    allow("arc-zonal-shift:ListManagedResources", "*"),
    allow(
        ["ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "ec2:DescribeSpotPriceHistory"],
        "*",
        Condition={"StringEquals": {"aws:RequestedRegion": "ap-northeast-2"}},
    ),
    allow("ssm:GetParameter", "arn:aws:ssm:ap-northeast-2::parameter/aws/service/*"),
    allow("pricing:GetProducts", "*"),
]

# docs/AmazonEBSCSIDriverPolicyV2.json of kubernetes-sigs/aws-ebs-csi-driver: what it does to volumes and snapshots.
_ITS_OWN = {"StringEquals": {"ec2:ResourceTag/ebs.csi.aws.com/cluster": "true"}}
_MAKING = {"StringEquals": {"aws:RequestTag/ebs.csi.aws.com/cluster": "true"}}
_OF_A_CLAIM = {"StringLike": {"ec2:ResourceTag/kubernetes.io/created-for/pvc/name": "*"}}
EBS_DRIVER = [
    allow(["ec2:DescribeVolumes", "ec2:DescribeSnapshots", "ec2:DescribeInstances"], "*"),
    allow(["ec2:CreateVolume", "ec2:CopyVolumes"], "arn:aws:ec2:*:*:volume/*", Condition=_MAKING),
    allow("ec2:CopyVolumes", "arn:aws:ec2:*:*:volume/vol-*", Condition=_OF_A_CLAIM),
    allow("ec2:CreateVolume", "arn:aws:ec2:*:*:snapshot/*"),
    allow("ec2:CreateSnapshot", "arn:aws:ec2:*:*:snapshot/*", Condition=_MAKING),
    allow("ec2:CreateSnapshot", "arn:aws:ec2:*:*:volume/*"),
    allow(["ec2:AttachVolume", "ec2:DetachVolume", "ec2:DeleteVolume"], "arn:aws:ec2:*:*:volume/*", Condition=_ITS_OWN),
    allow(["ec2:AttachVolume", "ec2:DetachVolume"], "arn:aws:ec2:*:*:instance/*"),
    allow("ec2:DeleteSnapshot", "arn:aws:ec2:*:*:snapshot/*", Condition=_ITS_OWN),
    allow(
        "ec2:CreateTags",
        ["arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:snapshot/*"],
        Condition={"StringEquals": {"ec2:CreateAction": ["CreateVolume", "CreateSnapshot"]}},
    ),
]

# What aws-cdk writes for grant_read_write on a bucket with a key of its own (aws-s3/lib/perms.ts, aws-kms/lib/key.ts).
CDK_BUCKET = [
    allow(
        [
            *("s3:GetObject*", "s3:GetBucket*", "s3:List*", "s3:DeleteObject*", "s3:PutObject", "s3:Abort*"),
            *("s3:PutObjectLegalHold", "s3:PutObjectRetention", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"),
        ],
        ["arn:aws:s3:::feed-assets", "arn:aws:s3:::feed-assets/*"],
    ),
    allow(
        ["kms:Decrypt", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
        "arn:aws:kms:ap-northeast-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ),
]

_UNTAGGED = {"aws:RequestTag/elbv2.k8s.aws/cluster": "true", "aws:ResourceTag/elbv2.k8s.aws/cluster": "false"}
_TAGGED = {"Null": {"aws:ResourceTag/elbv2.k8s.aws/cluster": "false"}}
_TAGGING = {"Null": {"aws:RequestTag/elbv2.k8s.aws/cluster": "false"}}
CONTROLLER_SCOPED = [
    allow(
        "iam:CreateServiceLinkedRole",
        "*",
        Condition={"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}},
    ),
    allow(
        [
            "ec2:DescribeSubnets",
            "ec2:GetCoipPoolUsage",
            "ec2:GetSecurityGroupsForVpc",
            "elasticloadbalancing:DescribeRules",
            "cognito-idp:DescribeUserPoolClient",
            "acm:DescribeCertificate",
            "iam:GetServerCertificate",
            "wafv2:GetWebACL",
            "wafv2:GetWebACLForResource",
            "shield:GetSubscriptionState",
        ],
        "*",
    ),
    allow(
        "ec2:CreateTags",
        "arn:aws:ec2:*:*:security-group/*",
        Condition={"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}, **_TAGGING},
    ),
    allow(["ec2:CreateTags", "ec2:DeleteTags"], "arn:aws:ec2:*:*:security-group/*", Condition={"Null": _UNTAGGED}),
    allow(
        ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress", "ec2:DeleteSecurityGroup"],
        "*",
        Condition=_TAGGED,
    ),
    allow(
        ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"], "*", Condition=_TAGGING
    ),
    allow(
        ["elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:DeleteTargetGroup"],
        "*",
        Condition=_TAGGED,
    ),
]
CONTROLLER_OPEN = [
    allow(["wafv2:AssociateWebACL", "wafv2:DisassociateWebACL"], "*"),
    allow(["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"], "*"),
    allow("ec2:CreateSecurityGroup", "*"),
    allow(["elasticloadbalancing:CreateListener", "elasticloadbalancing:DeleteRule"], "*"),
    allow(
        ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
        "arn:aws:elasticloadbalancing:*:*:targetgroup/*/*",
    ),
]


def found_in(pack: Pack, statements: Sequence[Mapping[str, object]]) -> set[str]:
    diagnostics = pack.analyze(Registered(type=ROLE_POLICY, props={"role": "main", "policy": document(*statements)}))
    return findings(diagnostics) | findings(diagnostics, "advisory")


def test_karpenters_policy_passes(pack: Pack) -> None:
    assert found_in(pack, KARPENTER) == set()


def test_the_ebs_drivers_policy_passes(pack: Pack) -> None:
    assert found_in(pack, EBS_DRIVER) == set()


def test_what_cdk_grants_on_a_bucket_passes(pack: Pack) -> None:
    assert found_in(pack, CDK_BUCKET) == set()


def test_what_the_load_balancer_controller_scopes_passes(pack: Pack) -> None:
    assert found_in(pack, CONTROLLER_SCOPED) == set()


def test_what_it_leaves_open_is_found_action_by_action_but_for_arns_of_one_kind(pack: Pack) -> None:
    assert found_in(pack, CONTROLLER_OPEN) == {
        f"IAM-003[Resource::{action}]"
        for action in (
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:CreateSecurityGroup",
            "ec2:RevokeSecurityGroupIngress",
            "elasticloadbalancing:CreateListener",
            "elasticloadbalancing:DeleteRule",
            "wafv2:AssociateWebACL",
            "wafv2:DisassociateWebACL",
        )
    }
