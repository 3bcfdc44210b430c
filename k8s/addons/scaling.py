"""What pods are scaled by: metrics-server for CPU and memory, KEDA for queues and for what CloudWatch knows (REQ-X5).

KEDA asks AWS as itself: a service's trigger names the ClusterTriggerAuthentication `aws`, and its operator may read the
length of the stage's queues and metrics, nothing in them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from components.iam import Statement
from components.naming import Scope
from components.sizes import AddOnsSize
from k8s import versions
from k8s.addons import charts
from k8s.addons.identity import KUBE_SYSTEM, Identity, IdentityArgs
from k8s.addons.room import Caller, Room, RoomArgs

NAMESPACE = "keda"
ACCOUNT = "keda-operator"
AUTHENTICATION = "aws"  # what triggers of services refer to


@dataclass(frozen=True, kw_only=True)
class ScalingArgs:
    """The cluster."""

    scope: Scope
    size: AddOnsSize
    cluster_name: str
    network_cidr: str  # the API server asks for metrics from there


class Scaling(pulumi.ComponentResource):
    """metrics-server and KEDA."""

    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: ScalingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:addons:Scaling", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        metrics = charts.install(
            f"{name}-metrics",
            versions.METRICS_SERVER,
            namespace=KUBE_SYSTEM,
            over={"replicas": min(args.size.replicas, 2)},
            opts=child,
        )
        identity = Identity(
            f"{name}-identity",
            IdentityArgs(
                scope=args.scope,
                cluster_name=args.cluster_name,
                namespace=NAMESPACE,
                service_account=ACCOUNT,
                policies=policies(args.scope),
            ),
            child,
        )
        room = Room(
            f"{name}-room",
            RoomArgs(
                name=NAMESPACE,
                callers=[
                    Caller(ports=[6443, 9443], network=args.network_cidr),  # metrics and webhook
                    Caller(ports=[8080], namespace=KUBE_SYSTEM),
                ],
            ),
            child,
        )
        keda = charts.install(
            f"{name}-keda",
            versions.KEDA,
            namespace=NAMESPACE,
            over={
                "clusterName": args.cluster_name,
                # One works and one waits; more would only wait.
                "operator": {"replicaCount": min(args.size.replicas, 2)},
                "webhooks": {"replicaCount": min(args.size.replicas, 2)},
                "serviceAccount": {"operator": {"create": True, "name": ACCOUNT}},
                "env": [{"name": "AWS_REGION", "value": args.scope.region}],
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[room, identity], custom_timeouts=charts.GONE),
        )
        authentication = kubernetes.apiextensions.CustomResource(
            f"{name}-authentication",
            api_version="keda.sh/v1alpha1",
            kind="ClusterTriggerAuthentication",
            metadata={"name": AUTHENTICATION},
            # The operator's own role: with Pod Identity a workload's cannot be taken on.
            spec={"podIdentity": {"provider": "aws", "identityOwner": "keda"}},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[keda]),
        )
        self.ready = [metrics, authentication]
        self.register_outputs({})


def policies(scope: Scope) -> Mapping[str, Sequence[Statement]]:
    """Title -> statements."""
    return {
        "metrics": [
            Statement(
                sid="SeeHowLongTheQueuesOfThisStageAre",
                actions=["sqs:GetQueueAttributes"],
                resources=[scope.arn("sqs", scope.name("*"))],
            ),
            Statement(
                # CloudWatch knows no resource for reading metrics.
                sid="ReadMetricsOfThisRegion",
                actions=["cloudwatch:GetMetricData"],
                resources=["*"],
                condition={"StringEquals": {"aws:RequestedRegion": scope.region}},
            ),
        ]
    }
