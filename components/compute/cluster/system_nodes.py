"""System nodes: where controllers run that start all other nodes, so nothing else may depend on itself (REQ-S10).

Graviton (REQ-F2), a managed node group, one image at a time: EKS replaces nodes one by one when the pin is raised. The
taint keeps services off them; those run on nodes that Karpenter starts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.compute import launching
from components.compute.cluster.basics import SYSTEM_TAINT
from components.naming import Scope
from components.sizes import ClusterSize

APPLICATION = "system-nodes"
ROOT_GIB = 40
# A pod is one hop further than its node, so with one it cannot take the node's role: pods have roles of their own.
HOPS = 1
# Of AWS's own. None of them changes the network: the CNI has a role of its own.
NODE_POLICIES = ("AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy")


@dataclass(frozen=True, kw_only=True)
class SystemNodesArgs:
    """Of which cluster, how many, and where."""

    scope: Scope
    size: ClusterSize
    cluster_name: str
    kubernetes_version: str
    node_release: str  # of the image, such as 1.36.2-20260818
    subnet_ids: Sequence[pulumi.Input[str]]  # private, one a zone
    security_group_ids: Sequence[pulumi.Input[str]]  # the cluster's own, and that of workloads
    storage_key_arn: pulumi.Input[str]
    sessions: Sequence[iam.Statement]  # what people's sessions on a node need of its role
    stage_tags: Mapping[str, str]  # four of the six: default tags do not reach what a group launches


class SystemNodes(pulumi.ComponentResource):
    """A managed node group with its template and its role."""

    role_name: pulumi.Output[str]
    group: aws.eks.NodeGroup

    def __init__(self, name: str, args: SystemNodesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:compute:SystemNodes", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL)
        role, rights = self._role()
        template = self._template()
        size = args.size
        self.group = aws.eks.NodeGroup(
            f"{name}-group",
            cluster_name=args.cluster_name,
            node_role_arn=role.arn,
            subnet_ids=list(args.subnet_ids),
            ami_type="AL2023_ARM_64_STANDARD",
            version=args.kubernetes_version,
            release_version=args.node_release,
            capacity_type="ON_DEMAND",
            instance_types=[size.system_instance_type],
            launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                min_size=size.nodes_at_least, desired_size=size.nodes_at_least, max_size=size.nodes_at_most
            ),
            update_config=aws.eks.NodeGroupUpdateConfigArgs(max_unavailable=1),
            node_repair_config=aws.eks.NodeGroupNodeRepairConfigArgs(enabled=True),
            labels={"startup-platform/nodes": "system"},
            taints=[aws.eks.NodeGroupTaintArgs(key=SYSTEM_TAINT, value="true", effect="NO_SCHEDULE")],
            tags=self._tags,
            # A node without its rights never joins, and one that loses them first never leaves.
            opts=pulumi.ResourceOptions(parent=self, depends_on=rights),
        )
        self.role_name = role.name
        self.register_outputs({"roleName": self.role_name})

    def _role(self) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        role = aws.iam.Role(
            f"{self._name}-role",
            description=f"System nodes of {self._args.cluster_name}",
            assume_role_policy=iam.document(
                iam.Statement(
                    sid="AssumedByInstances", actions=["sts:AssumeRole"], principal={"Service": "ec2.amazonaws.com"}
                )
            ),
            tags=self._tags,
            opts=self._child,
        )
        rights: list[pulumi.Resource] = [
            aws.iam.RolePolicyAttachment(
                f"{self._name}-{title}",
                role=role.name,
                policy_arn=f"arn:aws:iam::aws:policy/{title}",
                opts=self._child,
            )
            for title in NODE_POLICIES
        ]
        rights.append(
            aws.iam.RolePolicy(
                f"{self._name}-shell",
                role=role.id,
                policy=iam.document(*_shell(self._args.scope), *self._args.sessions),
                opts=self._child,
            )
        )
        return role, rights

    def _template(self) -> aws.ec2.LaunchTemplate:
        launched = {
            **self._args.stage_tags,
            **self._tags,
            "Name": self._args.scope.name("system-node"),
        }
        return aws.ec2.LaunchTemplate(
            f"{self._name}-template",
            update_default_version=True,
            vpc_security_group_ids=list(self._args.security_group_ids),
            ebs_optimized="true",
            monitoring=aws.ec2.LaunchTemplateMonitoringArgs(enabled=True),
            metadata_options=launching.by_session_tokens(hops=HOPS),
            block_device_mappings=[launching.encrypted_root(gib=ROOT_GIB, key_arn=self._args.storage_key_arn)],
            tag_specifications=launching.tagged(launched),
            tags=self._tags,
            opts=self._child,
        )


def _shell(scope: Scope) -> list[iam.Statement]:
    """Session Manager (REQ-S16) and no more of Systems Manager; its channels take no resource."""
    return [
        iam.Statement(
            sid="BeReachedBySessionManager",
            actions=[
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            resources=["*"],
        ),
        iam.Statement(
            sid="TellSessionManagerThatItIsThere",
            actions=["ssm:UpdateInstanceInformation"],
            resources=[scope.arn("ec2", "instance/*")],
        ),
    ]
