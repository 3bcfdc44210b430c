"""Karpenter: nodes that come when pods wait, and go when they do not (REQ-X3, REQ-F2).

Three pools. `general` takes Graviton, spot first; `critical` is on demand for what must not be taken back within two
minutes (the gateway); `inference` has accelerators and a taint, so that only what asks for one pays for it. Cluster
Autoscaler is never installed beside it: two that scale the same cluster undo each other.

Definitions are a chart of their own. A pool is deleted before the controller, and the engine waits until its nodes are
drained: with the controller gone nobody would terminate them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components import tagging
from components.naming import Scope
from components.sizes import AddOnsSize
from k8s import versions
from k8s.addons import charts, karpenter_iam
from k8s.addons.identity import KUBE_SYSTEM, Identity, IdentityArgs

GROUP = "karpenter.k8s.aws"
GENERAL, CRITICAL, INFERENCE = "general", "critical", "inference"
CRITICAL_TAINT = "critical"
ACCELERATOR_TAINT = "nvidia.com/gpu"
GIB_PER_VCPU = 4  # of the m families; c has 2 and r has 8
# Patched images come about weekly; two weeks is what instances of the first phases live too.
NODE_LIFE = "336h"
# A pod that does not end in an hour is ended: without it a drain waits for as long as somebody's budget says no.
DRAIN = "1h"
ROOT_GIB = 50


@dataclass(frozen=True, kw_only=True)
class KarpenterArgs:
    """The cluster, where nodes live and what they are in AWS."""

    scope: Scope
    size: AddOnsSize
    stage_tags: Mapping[str, str]  # default tags do not reach what Karpenter launches
    cluster_name: str
    cluster_endpoint: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]  # private
    security_group_ids: Sequence[pulumi.Input[str]]  # of the cluster, of workloads
    node_role_name: str
    node_role_arn: str
    queue_name: str
    queue_arn: str
    storage_key_arn: pulumi.Input[str]
    storage_key_alias: str


class Karpenter(pulumi.ComponentResource):
    """Definitions, controller, node classes and pools."""

    controller: kubernetes.helm.v3.Release
    pools: Sequence[pulumi.Resource]

    def __init__(self, name: str, args: KarpenterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:addons:Karpenter", name, None, opts)
        self._name, self._args = name, args
        identity = Identity(
            f"{name}-identity",
            IdentityArgs(
                scope=args.scope,
                cluster_name=args.cluster_name,
                namespace=KUBE_SYSTEM,
                service_account="karpenter",
                policies=karpenter_iam.policies(
                    args.scope,
                    cluster=args.cluster_name,
                    node_role_arn=args.node_role_arn,
                    queue_arn=args.queue_arn,
                    storage_key_alias=args.storage_key_alias,
                ),
            ),
            pulumi.ResourceOptions(parent=self),
        )
        definitions = charts.install(
            f"{name}-definitions",
            versions.KARPENTER_CRD,
            namespace=KUBE_SYSTEM,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.controller = charts.install(
            f"{name}-controller",
            versions.KARPENTER,
            namespace=KUBE_SYSTEM,
            skip_crds=True,
            over={
                "serviceAccount": {"create": True, "name": "karpenter"},
                "settings": {
                    "clusterName": args.cluster_name,
                    "clusterEndpoint": args.cluster_endpoint,
                    "interruptionQueue": args.queue_name,
                },
                # Without it the controller asks the metadata service, which answers no pod (hop limit 1).
                "controller": {"env": [{"name": "AWS_REGION", "value": args.scope.region}]},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[definitions, identity], custom_timeouts=charts.GONE),
        )
        self.pools = self._pools()
        self.register_outputs({"pools": [GENERAL, CRITICAL, *([INFERENCE] if args.size.inference_vcpus else [])]})

    def _pools(self) -> list[pulumi.Resource]:
        size = self._args.size
        nodes = self._class("nodes", versions.NODE_IMAGE, [_disk("/dev/xvda", ROOT_GIB, self._args.storage_key_arn)])
        on_demand, cheap_first = ["on-demand"], ["spot", "on-demand"]
        made = [
            self._pool(GENERAL, nodes, requirements=_graviton(cheap_first), vcpus=size.node_vcpus, weight=10),
            self._pool(
                CRITICAL,
                nodes,
                requirements=_graviton(on_demand),
                vcpus=max(size.node_vcpus // 4, 8),
                taint=CRITICAL_TAINT,
                disrupted="1",
            ),
        ]
        if size.inference_vcpus:
            accelerated = self._class(
                INFERENCE,
                versions.ACCELERATED_NODE_IMAGE,
                # Bottlerocket keeps its system on the first disk, images and models on the second.
                [
                    _disk("/dev/xvda", 4, self._args.storage_key_arn),
                    _disk("/dev/xvdb", 200, self._args.storage_key_arn),
                ],
            )
            made.append(
                self._pool(
                    INFERENCE,
                    accelerated,
                    requirements=_accelerated(cheap_first),
                    vcpus=size.inference_vcpus,
                    taint=ACCELERATOR_TAINT,
                    disrupted="1",
                    idle="10m",  # loading a model takes minutes, so a short pause keeps its node
                )
            )
        return made

    def _class(self, title: str, image: str, disks: list[dict[str, Any]]) -> pulumi.Resource:
        args = self._args
        return kubernetes.apiextensions.CustomResource(
            f"{self._name}-class-{title}",
            api_version=f"{GROUP}/v1",
            kind="EC2NodeClass",
            metadata={"name": title},
            spec={
                "amiSelectorTerms": [{"alias": image}],
                "role": args.node_role_name,
                "subnetSelectorTerms": [{"id": each} for each in args.subnet_ids],
                "securityGroupSelectorTerms": [{"id": each} for each in args.security_group_ids],
                "associatePublicIPAddress": False,
                "detailedMonitoring": True,
                "metadataOptions": {
                    "httpEndpoint": "enabled",
                    "httpProtocolIPv6": "disabled",
                    "httpTokens": "required",
                    "httpPutResponseHopLimit": 1,
                },
                "blockDeviceMappings": disks,
                # On instances, volumes and network interfaces alike.
                "tags": {
                    **args.stage_tags,
                    **tagging.tier_tags("nodes", tagging.Classification.CONFIDENTIAL),
                },
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.controller], custom_timeouts=charts.GONE),
        )

    def _pool(
        self,
        title: str,
        node_class: pulumi.Resource,
        *,
        requirements: list[dict[str, Any]],
        vcpus: int,
        taint: str = "",
        weight: int | None = None,
        disrupted: str = "10%",  # of the pool's nodes at a time
        idle: str = "2m",
    ) -> pulumi.Resource:
        spec: dict[str, Any] = {
            "template": {
                "metadata": {"labels": {"pool": title}},
                "spec": {
                    "nodeClassRef": {
                        "group": GROUP,
                        "kind": "EC2NodeClass",
                        "name": INFERENCE if title == INFERENCE else "nodes",
                    },
                    "requirements": requirements,
                    "expireAfter": NODE_LIFE,
                    "terminationGracePeriod": DRAIN,
                },
            },
            "limits": {"cpu": str(vcpus), "memory": f"{vcpus * GIB_PER_VCPU}Gi"},
            "disruption": {
                "consolidationPolicy": "WhenEmptyOrUnderutilized",
                "consolidateAfter": idle,
                "budgets": [
                    {"nodes": disrupted},
                    # A new image is for the night: none by day, 9 to 19 in Seoul, which is UTC+9.
                    {"nodes": "0", "schedule": "0 0 * * 1-5", "duration": "10h", "reasons": ["Drifted"]},
                ],
            },
        }
        if taint:
            spec["template"]["spec"]["taints"] = [{"key": taint, "value": "true", "effect": "NoSchedule"}]
        if weight is not None:
            spec["weight"] = weight
        return kubernetes.apiextensions.CustomResource(
            f"{self._name}-pool-{title}",
            api_version="karpenter.sh/v1",
            kind="NodePool",
            metadata={"name": title},
            spec=spec,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[self.controller, node_class], custom_timeouts=charts.GONE
            ),
        )


def _disk(device: str, gib: int, key_arn: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "deviceName": device,
        "ebs": {
            "volumeType": "gp3",
            "volumeSize": f"{gib}Gi",
            "encrypted": True,
            "kmsKeyID": key_arn,
            "deleteOnTermination": True,
        },
    }


def _is_in(key: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(values)}


def _graviton(capacity: Sequence[str]) -> list[dict[str, Any]]:
    """Many types, so that spot finds one: three families of each generation that is sold, up to 16 vCPUs."""
    return [
        _is_in("kubernetes.io/os", "linux"),
        _is_in("kubernetes.io/arch", "arm64"),
        _is_in("karpenter.sh/capacity-type", *capacity),
        _is_in(f"{GROUP}/instance-category", "c", "m", "r"),
        {"key": f"{GROUP}/instance-generation", "operator": "Gt", "values": ["5"]},
        _is_in(f"{GROUP}/instance-cpu", "2", "4", "8", "16"),
    ]


def _accelerated(capacity: Sequence[str]) -> list[dict[str, Any]]:
    """NVIDIA L4 and L40S, which inference is priced for; x86, since AWS has none of them beside Graviton."""
    return [
        _is_in("kubernetes.io/os", "linux"),
        _is_in("kubernetes.io/arch", "amd64"),
        _is_in("karpenter.sh/capacity-type", *capacity),
        _is_in(f"{GROUP}/instance-gpu-manufacturer", "nvidia"),
        _is_in(f"{GROUP}/instance-family", "g6", "g6e"),
        _is_in(f"{GROUP}/instance-gpu-count", "1"),
    ]
