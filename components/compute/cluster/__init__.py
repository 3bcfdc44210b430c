"""Cluster tier: EKS (REQ-S10, REQ-P1, REQ-X2), by pulumi-eks (docs/adr/0018).

The component makes the control plane, its access entries and nothing else: no node group, no security group, no add-on
of its own, since their order matters and their versions are ours. What it does not offer is set on its child by a
transform. Order: network and identity add-ons, system nodes, then CoreDNS and disks; down, the same the other way.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes as kubernetes

from components import iam, tagging
from components.compute.cluster import access, basics
from components.compute.cluster.system_nodes import SystemNodes, SystemNodesArgs
from components.foundation.acls import HTTPS
from components.foundation.passage import open_passage
from components.naming import Scope
from components.sizes import ClusterSize
from k8s.versions import EksVersions

APPLICATION = "cluster"
LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")  # all there are
_CONTROL_PLANE = "aws:eks/cluster:Cluster"


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """Where the cluster is, who reaches its API, and what it is encrypted with."""

    scope: Scope
    size: ClusterSize
    versions: EksVersions
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]  # private, one a zone
    public_cidrs: Sequence[str]  # who may reach the API from outside; none: only the VPC
    callers: Mapping[str, pulumi.Input[str]]  # who reaches it from inside -> id of their security group
    visitors: Mapping[str, str]  # who reaches it from another VPC, whose groups nobody knows here -> their network
    workloads_group_id: pulumi.Input[str]  # what nodes join, to be let into the stores and to be reached
    cluster_key_arn: pulumi.Input[str]  # secrets in etcd
    storage_key_arn: pulumi.Input[str]  # disks of nodes and pods
    storage_key_alias: str
    logs_key_arn: pulumi.Input[str]
    sessions: Sequence[iam.Statement]  # what people's sessions on a node need of its role
    stage_tags: Mapping[str, str]  # four of the six: default tags do not reach what a group launches
    destroy_protection: bool


def cluster_name(scope: Scope) -> str:
    """The name, known before there is a cluster: policies and log groups have it in them."""
    return scope.name("cluster")


class Cluster(pulumi.ComponentResource):
    """A control plane, its first add-ons, and the nodes that those run on."""

    cluster_name: str
    endpoint: pulumi.Output[str]  # URL of the API
    security_group_id: pulumi.Output[str]  # EKS's own: control plane and nodes are members
    node_role_name: pulumi.Output[str]
    kubernetes_provider: kubernetes.Provider
    ready: Sequence[pulumi.Resource]  # what anything in the cluster comes after

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:compute:Cluster", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL)
        self.cluster_name = cluster_name(args.scope)
        self.log_group_name = f"/aws/eks/{self.cluster_name}/cluster"  # EKS fixes it
        control_plane = self._control_plane()
        self.security_group_id = control_plane.cluster_security_group_id
        self.endpoint = control_plane.kubeconfig.apply(_endpoint_in)
        add_ons = basics.add_ons(args.scope, args.versions, storage_key_alias=args.storage_key_alias)
        first = [self._add_on(each, after=[control_plane]) for each in add_ons if each.before_nodes]
        nodes = SystemNodes(
            f"{name}-system",
            SystemNodesArgs(
                scope=args.scope,
                size=args.size,
                cluster_name=self.cluster_name,
                kubernetes_version=args.versions.kubernetes,
                node_release=args.versions.node_release,
                subnet_ids=args.subnet_ids,
                security_group_ids=[self.security_group_id, args.workloads_group_id],
                storage_key_arn=args.storage_key_arn,
                sessions=args.sessions,
                stage_tags=args.stage_tags,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=first),
        )
        then = [self._add_on(each, after=[nodes.group]) for each in add_ons if not each.before_nodes]
        self.node_role_name = nodes.role_name
        self.ready = [control_plane, nodes.group, *then, *self._ways_in()]
        self.kubernetes_provider = self._way_in(control_plane)
        self.register_outputs(
            {
                "clusterName": self.cluster_name,
                "endpoint": self.endpoint,
                "securityGroupId": self.security_group_id,
                "nodeRoleName": self.node_role_name,
            }
        )

    def _control_plane(self) -> eks.Cluster:
        args = self._args
        # EKS would make it without a key and keep it for ever.
        logs = aws.cloudwatch.LogGroup(
            f"{self._name}-logs",
            name=self.log_group_name,
            retention_in_days=args.size.log_retention_days,
            kms_key_id=args.logs_key_arn,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.destroy_protection),
        )
        role = aws.iam.Role(
            f"{self._name}-role",
            description=f"What EKS may do for {self.cluster_name}",
            assume_role_policy=access.cluster_trust(args.scope, self.cluster_name),
            tags=self._tags,
            opts=self._child,
        )
        rights = aws.iam.RolePolicyAttachment(
            f"{self._name}-role",
            role=role.name,
            policy_arn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
            opts=self._child,
        )
        return eks.Cluster(
            f"{self._name}-control-plane",
            name=self.cluster_name,
            version=args.versions.kubernetes,
            vpc_id=args.vpc_id,
            private_subnet_ids=list(args.subnet_ids),
            service_role=role,
            authentication_mode=eks.AuthenticationMode.API,
            access_entries={title: self._entry(entry) for title, entry in access.entries(args.scope).items()},
            endpoint_private_access=True,
            endpoint_public_access=bool(args.public_cidrs),
            public_access_cidrs=list(args.public_cidrs) or None,
            enabled_cluster_log_types=list(LOG_TYPES),
            encryption_config_key_arn=args.cluster_key_arn,
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            deletion_protection=args.destroy_protection,
            # Of what it would make by itself, nothing: each of these has its place in an order above.
            bootstrap_self_managed_addons=False,
            kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(enabled=False),
            use_default_vpc_cni=True,  # "default" is its word for: not by this component
            skip_default_node_group=True,
            skip_default_security_groups=True,
            # Given, though empty: else it writes AWS_PROFILE of whoever deploys into its own kubeconfig.
            provider_credential_opts=eks.KubeconfigOptionsArgs(),
            cluster_tags=tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL, name=self.cluster_name),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.destroy_protection,
                depends_on=[logs, rights],
                transforms=[pin],
            ),
        )

    def _entry(self, entry: access.Entry) -> eks.AccessEntryArgs:
        everywhere = aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster")
        return eks.AccessEntryArgs(
            principal_arn=entry.principal_arn,
            kubernetes_groups=list(entry.groups) or None,
            access_policies={
                "policy": eks.AccessPolicyAssociationArgs(
                    policy_arn=access.policy_arn(entry.policy), access_scope=everywhere
                )
            },
            tags=self._tags,
        )

    def _ways_in(self) -> list[pulumi.Resource]:
        """To a private API: EKS's own group stands before it."""
        args, name = self._args, f"{self._name}-api"
        ways = open_passage(
            name, callers=args.callers, store=self.security_group_id, port=HTTPS, tags=self._tags, opts=self._child
        )
        ways += [
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-from-{who}",
                security_group_id=self.security_group_id,
                description=f"From {who} in another region",
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                cidr_ipv4=network,
                tags=self._tags,
                opts=self._child,
            )
            for who, network in args.visitors.items()
        ]
        return ways

    def _add_on(self, each: basics.AddOn, *, after: Sequence[pulumi.Resource]) -> aws.eks.Addon:
        title = f"{self._name}-{each.name}"
        waits, identities = list(after), list[aws.eks.AddonPodIdentityAssociationArgs]()
        if each.identity:
            role, rights = self._role_of(title, each.identity)
            waits += rights
            identities.append(
                aws.eks.AddonPodIdentityAssociationArgs(
                    role_arn=role.arn, service_account=each.identity.service_account
                )
            )
        return aws.eks.Addon(
            title,
            cluster_name=self.cluster_name,
            addon_name=each.name,
            addon_version=each.version,
            configuration_values=json.dumps(each.configuration) if each.configuration else None,
            pod_identity_associations=identities or None,
            # What stands here is what runs: whoever changes it in the cluster finds it changed back.
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            preserve=False,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=waits),
        )

    def _role_of(self, title: str, identity: basics.Identity) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        role = aws.iam.Role(
            f"{title}-role",
            description=f"What {basics.NAMESPACE}/{identity.service_account} of {self.cluster_name} may call",
            assume_role_policy=iam.pod_trust(
                account_id=self._args.scope.account_id,
                cluster_arn=self._args.scope.arn("eks", f"cluster/{self.cluster_name}"),
                namespace=basics.NAMESPACE,
                service_account=identity.service_account,
            ),
            tags=self._tags,
            opts=self._child,
        )
        rights: list[pulumi.Resource] = [
            aws.iam.RolePolicy(
                f"{title}-role", role=role.id, policy=iam.document(*identity.statements), opts=self._child
            )
        ]
        rights += [
            aws.iam.RolePolicyAttachment(
                f"{title}-{policy.rpartition('/')[2]}",
                role=role.name,
                policy_arn=f"arn:aws:iam::aws:policy/{policy}",
                opts=self._child,
            )
            for policy in identity.managed_policies
        ]
        return role, rights

    def _way_in(self, control_plane: eks.Cluster) -> kubernetes.Provider:
        """How Pulumi reaches the cluster: with a token that `aws eks get-token` draws for whoever runs it.

        No role in it: deploy, preview and break-glass are each let in as themselves, by the same kubeconfig.

        An unreachable cluster is an error: `delete_unreachable` would drop what is in it from the state, and leave
        behind what its controllers have made in AWS.
        """
        return kubernetes.Provider(
            f"{self._name}-kubernetes",
            kubeconfig=pulumi.Output.secret(control_plane.kubeconfig_json),
            # Known at preview, so that a new certificate or endpoint is no new cluster, and nothing in it replaced.
            cluster_identifier=self._args.scope.arn("eks", f"cluster/{self.cluster_name}"),
            enable_server_side_apply=True,
            delete_unreachable=False,
            # No `depends_on`: the kubeconfig is the component's, and comes after its entries.
            opts=self._child,
        )


def pin(resource: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """What `eks.Cluster` of pulumi-eks 4.4 does not offer: zonal shift, and no rights for who happens to create it."""
    if resource.type_ != _CONTROL_PLANE:
        return None
    given = cast("Mapping[str, Any]", resource.props)
    props = {
        **given,
        "zonalShiftConfig": {"enabled": True},
        "accessConfig": {**given["accessConfig"], "bootstrapClusterCreatorAdminPermissions": False},
    }
    return pulumi.ResourceTransformResult(props=props, opts=resource.opts)


def _endpoint_in(kubeconfig: Any) -> str:
    return kubeconfig["clusters"][0]["cluster"]["server"]
