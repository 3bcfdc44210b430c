"""What a cluster needs to be one, as EKS add-ons: network, identity, proxy, names, disks (REQ-S10), as data.

Each is pinned, each that calls AWS has a role of its own by Pod Identity, and each says whether nodes come after it:
nodes without a network never become ready, and CoreDNS without nodes stays degraded until EKS gives up after 20 minutes
(https://github.com/pulumi/pulumi-eks/issues/1819).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components import iam
from components.naming import Scope
from k8s.versions import EksVersions

SYSTEM_TAINT = "CriticalAddonsOnly"  # of system nodes; only what tolerates it runs there
NAMESPACE = "kube-system"
_TOLERATED = [{"key": SYSTEM_TAINT, "operator": "Exists"}]


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The service account that calls AWS, and what it may."""

    service_account: str
    statements: Sequence[iam.Statement]
    managed_policies: Sequence[str] = ()  # of AWS, as path and name


@dataclass(frozen=True, kw_only=True)
class AddOn:
    """One EKS add-on."""

    name: str
    version: str
    before_nodes: bool
    configuration: Mapping[str, Any] = field(default_factory=dict[str, Any])
    identity: Identity | None = None


def add_ons(scope: Scope, versions: EksVersions, *, storage_key_alias: str) -> Sequence[AddOn]:
    """All five, those before the nodes first."""
    return [
        AddOn(name="eks-pod-identity-agent", version=versions.pod_identity_agent, before_nodes=True),
        AddOn(
            name="vpc-cni",
            version=versions.vpc_cni,
            before_nodes=True,
            # A /28 at a time in place of single addresses: 110 pods on a node that would else have 29, and few calls.
            # https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html
            configuration={
                "enableNetworkPolicy": "true",
                "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
            },
            identity=Identity(service_account="aws-node", statements=_network(scope)),
        ),
        AddOn(name="kube-proxy", version=versions.kube_proxy, before_nodes=True),
        AddOn(
            name="coredns",
            version=versions.coredns,
            before_nodes=False,
            configuration={
                "autoScaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 10},
                "tolerations": _TOLERATED,
            },
        ),
        AddOn(
            name="aws-ebs-csi-driver",
            version=versions.ebs_csi_driver,
            before_nodes=False,
            configuration={"controller": {"tolerations": _TOLERATED}},
            identity=Identity(
                service_account="ebs-csi-controller-sa",
                # AWS's own acts on volumes and snapshots that carry the driver's tags only.
                managed_policies=["service-role/AmazonEBSCSIDriverPolicy"],
                statements=_disks(scope, storage_key_alias),
            ),
        ),
    ]


def _network(scope: Scope) -> list[iam.Statement]:
    """https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/iam-policy.md, for this account and region only."""
    interfaces = scope.arn("ec2", "network-interface/*")
    return [
        iam.Statement(
            sid="GiveAddressesToInterfacesOfNodes",
            actions=["ec2:AssignPrivateIpAddresses", "ec2:DeleteNetworkInterface", "ec2:UnassignPrivateIpAddresses"],
            resources=[interfaces],
        ),
        iam.Statement(
            sid="AddInterfacesToNodes",
            actions=[
                "ec2:AttachNetworkInterface",
                "ec2:CreateNetworkInterface",
                "ec2:DetachNetworkInterface",
                "ec2:ModifyNetworkInterfaceAttribute",
            ],
            resources=[
                interfaces,
                *(scope.arn("ec2", f"{kind}/*") for kind in ("instance", "security-group", "subnet")),
            ],
        ),
        iam.Statement(
            sid="TagInterfacesThatItMakes",
            actions=["ec2:CreateTags"],
            resources=[interfaces],
            condition={"StringEquals": {"ec2:CreateAction": "CreateNetworkInterface"}},
        ),
        # These take no resource.
        iam.Statement(
            sid="SeeNodesAndTheirInterfaces",
            actions=[
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeInstances",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:DescribeTags",
            ],
            resources=["*"],
        ),
    ]


def _disks(scope: Scope, key_alias: str) -> list[iam.Statement]:
    """Volumes under our own key: https://docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html."""
    use = [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    ]
    return [
        iam.by_key(scope, "EncryptDisksWithTheStorageKey", use, alias=[key_alias], through="ec2"),
        iam.by_key(
            scope,
            "LetEc2UseTheStorageKeyForDisks",
            ["kms:CreateGrant"],
            alias=[key_alias],
            through="ec2",
            for_resources=True,
        ),
    ]
