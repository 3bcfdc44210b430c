"""Argo Rollouts: a new version gets a share of requests, and the rest once its metrics are good (REQ-D1).

Weights are shifted by the Gateway API plugin, on a route that each Rollout has for itself: the plugin takes rules off a
route that it does not know (rollouts-plugin-trafficrouter-gatewayapi, issue 217). Metrics come from CloudWatch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.iam import Statement
from components.naming import Scope
from components.sizes import AddOnsSize
from k8s import versions
from k8s.addons import charts
from k8s.addons.identity import KUBE_SYSTEM, Identity, IdentityArgs
from k8s.addons.room import Caller, Room, RoomArgs

NAMESPACE = "argo-rollouts"
ACCOUNT = "argo-rollouts"
PLUGIN = "argoproj-labs/gatewayAPI"  # the name by which a Rollout asks for it
_RELEASES = "https://github.com/argoproj-labs/rollouts-plugin-trafficrouter-gatewayapi/releases/download"


@dataclass(frozen=True, kw_only=True)
class RolloutsArgs:
    """The cluster."""

    scope: Scope
    size: AddOnsSize
    cluster_name: str
    after: list[pulumi.Resource]  # the gateway: else the plugin finds no kind of route to watch


class Rollouts(pulumi.ComponentResource):
    """The controller with its plugin."""

    controller: pulumi.Resource

    def __init__(self, name: str, args: RolloutsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:addons:Rollouts", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
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
            RoomArgs(name=NAMESPACE, callers=[Caller(ports=[8090], namespace=KUBE_SYSTEM)]),
            child,
        )
        self.controller = charts.install(
            f"{name}-controller",
            versions.ROLLOUTS,
            namespace=NAMESPACE,
            over={
                "serviceAccount": {"create": True, "name": ACCOUNT},
                "controller": {
                    "replicas": min(args.size.replicas, 2),
                    "extraEnv": [{"name": "AWS_REGION", "value": args.scope.region}],
                    "trafficRouterPlugins": [
                        {
                            "name": PLUGIN,
                            "location": f"{_RELEASES}/{versions.ROLLOUTS_PLUGIN}/gatewayapi-plugin-linux-arm64",
                            "sha256": versions.ROLLOUTS_PLUGIN_SHA256,
                        }
                    ],
                },
            },
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[room, identity, *args.after], custom_timeouts=charts.GONE
            ),
        )
        self.register_outputs({})


def policies(scope: Scope) -> Mapping[str, Sequence[Statement]]:
    """Title -> statements."""
    return {
        "metrics": [
            Statement(
                # CloudWatch knows no resource for reading metrics.
                sid="ReadMetricsOfThisRegion",
                actions=["cloudwatch:GetMetricData"],
                resources=["*"],
                condition={"StringEquals": {"aws:RequestedRegion": scope.region}},
            )
        ]
    }
