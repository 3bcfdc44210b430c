"""What Karpenter may do: its six policies as upstream gives them, narrowed to this account, cluster and role.

https://karpenter.sh/docs/reference/cloudformation/. The sids are upstream's, so that the next version's can be laid
beside these. Each statement that changes something asks for the cluster's own tag, on the request or on the resource.
"""

from collections.abc import Mapping, Sequence

from components.iam import Statement
from components.naming import Scope

_LAUNCHED = ("fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request")


def policies(
    scope: Scope, *, cluster: str, node_role_arn: str, queue_arn: str, storage_key_alias: str
) -> Mapping[str, Sequence[Statement]]:
    """Title -> statements."""
    return {
        "node-lifecycle": _node_lifecycle(scope, cluster),
        "iam-integration": _iam_integration(scope, cluster, node_role_arn),
        "eks-integration": [
            Statement(
                sid="AllowAPIServerEndpointDiscovery",
                actions=["eks:DescribeCluster"],
                resources=[scope.arn("eks", f"cluster/{cluster}")],
            )
        ],
        "interruption": [
            Statement(
                sid="AllowInterruptionQueueActions",
                actions=["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
                resources=[queue_arn],
            )
        ],
        "zonal-shift": [
            Statement(
                sid="AllowZonalShiftStatusReadOnly",
                actions=["arc-zonal-shift:GetManagedResource"],
                resources=["*"],
                condition={
                    "StringEquals": {
                        "arc-zonal-shift:ResourceIdentifier": scope.arn("eks", f"cluster/{cluster}"),
                    }
                },
            )
        ],
        "resource-discovery": _discovery(scope),
        "volumes": _volumes(scope, storage_key_alias),
    }


def _owned(cluster: str, of: str) -> dict[str, str]:
    return {f"aws:{of}Tag/kubernetes.io/cluster/{cluster}": "owned"}


def _node_lifecycle(scope: Scope, cluster: str) -> list[Statement]:
    requested = {**_owned(cluster, "Request"), "aws:RequestTag/eks:eks-cluster-name": cluster}
    of_a_pool = {"aws:RequestTag/karpenter.sh/nodepool": "*"}
    ours = {
        "StringEquals": _owned(cluster, "Resource"),
        "StringLike": {"aws:ResourceTag/karpenter.sh/nodepool": "*"},
    }
    launched = [scope.arn("ec2", f"{kind}/*") for kind in _LAUNCHED]
    launch = ["ec2:CreateFleet", "ec2:RunInstances"]
    return [
        Statement(
            sid="AllowScopedEC2InstanceAccessActions",
            actions=launch,
            resources=[
                # Images and their snapshots are Amazon's, in no account of ours.
                *(f"arn:aws:ec2:{scope.region}::{kind}/*" for kind in ("image", "snapshot")),
                *(
                    scope.arn("ec2", f"{kind}/*")
                    for kind in ("security-group", "subnet", "capacity-reservation", "placement-group")
                ),
            ],
        ),
        Statement(
            sid="AllowScopedEC2LaunchTemplateAccessActions",
            actions=launch,
            resources=[scope.arn("ec2", "launch-template/*")],
            condition=ours,
        ),
        Statement(
            sid="AllowScopedEC2InstanceActionsWithTags",
            actions=[*launch, "ec2:CreateLaunchTemplate"],
            resources=launched,
            condition={"StringEquals": requested, "StringLike": of_a_pool},
        ),
        Statement(
            sid="AllowScopedResourceCreationTagging",
            actions=["ec2:CreateTags"],
            resources=launched,
            condition={
                "StringEquals": {
                    **requested,
                    "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
                },
                "StringLike": of_a_pool,
            },
        ),
        Statement(
            sid="AllowScopedResourceTagging",
            actions=["ec2:CreateTags"],
            resources=[scope.arn("ec2", "instance/*")],
            condition={
                **ours,
                "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": cluster},
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"],
                },
            },
        ),
        Statement(
            sid="AllowScopedDeletion",
            actions=["ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"],
            resources=[scope.arn("ec2", "instance/*"), scope.arn("ec2", "launch-template/*")],
            condition=ours,
        ),
    ]


def _iam_integration(scope: Scope, cluster: str, node_role_arn: str) -> list[Statement]:
    profiles = [scope.arn("iam", "instance-profile/*", region="")]
    here = "topology.kubernetes.io/region"
    of_a_class = "karpenter.k8s.aws/ec2nodeclass"
    requested = {
        **_owned(cluster, "Request"),
        "aws:RequestTag/eks:eks-cluster-name": cluster,
        f"aws:RequestTag/{here}": scope.region,
    }
    held = {**_owned(cluster, "Resource"), f"aws:ResourceTag/{here}": scope.region}
    return [
        Statement(
            sid="AllowPassingInstanceRole",
            actions=["iam:PassRole"],
            resources=[node_role_arn],
            condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
        Statement(
            sid="AllowScopedInstanceProfileCreationActions",
            actions=["iam:CreateInstanceProfile"],
            resources=profiles,
            condition={"StringEquals": requested, "StringLike": {f"aws:RequestTag/{of_a_class}": "*"}},
        ),
        Statement(
            sid="AllowScopedInstanceProfileTagActions",
            actions=["iam:TagInstanceProfile"],
            resources=profiles,
            condition={
                "StringEquals": {**held, **requested},
                "StringLike": {f"aws:ResourceTag/{of_a_class}": "*", f"aws:RequestTag/{of_a_class}": "*"},
            },
        ),
        Statement(
            sid="AllowScopedInstanceProfileActions",
            actions=[
                "iam:AddRoleToInstanceProfile",
                "iam:DeleteInstanceProfile",
                "iam:RemoveRoleFromInstanceProfile",
            ],
            resources=profiles,
            condition={"StringEquals": held, "StringLike": {f"aws:ResourceTag/{of_a_class}": "*"}},
        ),
    ]


def _discovery(scope: Scope) -> list[Statement]:
    """EC2's and IAM's lists, and prices, know no resource."""
    return [
        Statement(
            sid="AllowRegionalReadActions",
            actions=[
                "ec2:DescribeCapacityReservations",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceStatus",
                "ec2:DescribeInstanceTypeOfferings",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeInstances",
                "ec2:DescribeLaunchTemplates",
                "ec2:DescribePlacementGroups",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSpotPriceHistory",
                "ec2:DescribeSubnets",
            ],
            resources=["*"],
            condition={"StringEquals": {"aws:RequestedRegion": scope.region}},
        ),
        Statement(
            sid="AllowSSMReadActions",
            actions=["ssm:GetParameter"],
            resources=[f"arn:aws:ssm:{scope.region}::parameter/aws/service/*"],
        ),
        Statement(sid="AllowPricingReadActions", actions=["pricing:GetProducts"], resources=["*"]),
        Statement(sid="AllowUnscopedInstanceProfileListAction", actions=["iam:ListInstanceProfiles"], resources=["*"]),
        Statement(
            sid="AllowInstanceProfileReadActions",
            actions=["iam:GetInstanceProfile"],
            resources=[scope.arn("iam", "instance-profile/*", region="")],
        ),
    ]


def _volumes(scope: Scope, alias: str) -> list[Statement]:
    """Beyond upstream's six: disks are encrypted with a key of ours, which whoever launches must be able to use.

    By its alias, which is known before AWS has drawn the key's id.
    https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
    """
    keys = [scope.arn("kms", "key/*")]
    by_ec2 = {"kms:ViaService": f"ec2.{scope.region}.amazonaws.com"}
    named = {"kms:ResourceAliases": alias}
    return [
        Statement(
            sid="UseTheKeyOfVolumesThroughEc2",
            actions=[
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            resources=keys,
            condition={"StringEquals": by_ec2, "ForAnyValue:StringEquals": named},
        ),
        Statement(
            sid="LetEc2KeepUsingTheKeyOfVolumes",
            actions=["kms:CreateGrant"],
            resources=keys,
            condition={
                "StringEquals": by_ec2,
                "ForAnyValue:StringEquals": named,
                "Bool": {"kms:GrantIsForAWSResource": "true"},
            },
        ),
    ]
