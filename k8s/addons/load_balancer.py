"""AWS Load Balancer Controller: keeps the platform's target group filled with the gateway's pods (REQ-A1, REQ-D1).

It makes no load balancer here: the one that the internet reaches is `components/edge/entrance.py`'s. So its role is not
upstream's sixteen statements but what binding a target group needs: read, and put addresses in and out of one group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from components.iam import Statement
from components.naming import Scope
from k8s import versions
from k8s.addons import charts
from k8s.addons.identity import KUBE_SYSTEM, Identity, IdentityArgs

ACCOUNT = "aws-load-balancer-controller"


@dataclass(frozen=True, kw_only=True)
class LoadBalancerArgs:
    """Where the cluster is."""

    scope: Scope
    cluster_name: str
    vpc_id: pulumi.Input[str]


class LoadBalancer(pulumi.ComponentResource):
    """The controller, and who it is."""

    controller: kubernetes.helm.v3.Release

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:addons:LoadBalancer", name, None, opts)
        identity = Identity(
            f"{name}-identity",
            IdentityArgs(
                scope=args.scope,
                cluster_name=args.cluster_name,
                namespace=KUBE_SYSTEM,
                service_account=ACCOUNT,
                policies=policies(args.scope),
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.controller = charts.install(
            f"{name}-controller",
            versions.LOAD_BALANCER,
            namespace=KUBE_SYSTEM,
            over={
                "clusterName": args.cluster_name,
                # Else it asks the metadata service, which answers no pod (hop limit 1).
                "region": args.scope.region,
                "vpcId": args.vpc_id,
                "serviceAccount": {"create": True, "name": ACCOUNT},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[identity], custom_timeouts=charts.GONE),
        )
        self.register_outputs({})


def policies(scope: Scope) -> Mapping[str, Sequence[Statement]]:
    """Title -> statements."""
    return {
        "target-groups": [
            Statement(
                # AWS's descriptions know no resource.
                sid="SeeTargetGroupsAndTheNetwork",
                actions=[
                    "ec2:DescribeAvailabilityZones",
                    "ec2:DescribeInstances",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSecurityGroups",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeVpcs",
                    "elasticloadbalancing:DescribeTags",
                    "elasticloadbalancing:DescribeTargetGroups",
                    "elasticloadbalancing:DescribeTargetHealth",
                ],
                resources=["*"],
                condition={"StringEquals": {"aws:RequestedRegion": scope.region}},
            ),
            Statement(
                sid="FillTheClustersTargetGroupOfThisStage",
                actions=["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
                resources=[scope.arn("elasticloadbalancing", "targetgroup/*/*")],
                # By its tags: its ARN is AWS's to draw.
                condition={
                    "StringEquals": {
                        "aws:ResourceTag/Environment": scope.stage,
                        "aws:ResourceTag/Application": "entrance",
                        "aws:ResourceTag/Name": scope.name("entrance", "cluster"),
                    }
                },
            ),
        ]
    }
