"""External Secrets: what Secrets Manager keeps, as Kubernetes secrets of whoever may have them (REQ-S13, REQ-N3).

Two stores, each of a prefix: `services`, for namespaces that carry a label, and `platform`, for two namespaces of ours.
Both are the controller's own identity (Pod Identity cannot be borrowed by a store's service account), which reads these
prefixes of the stage and nothing else; the database's master secret is under neither.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.iam import Statement
from components.naming import Scope
from components.sizes import AddOnsSize
from k8s import versions
from k8s.addons import charts, room
from k8s.addons.identity import KUBE_SYSTEM, Identity, IdentityArgs
from k8s.addons.room import Caller, Room, RoomArgs

NAMESPACE = "external-secrets"
API = "external-secrets.io/v1"
SERVICES, PLATFORM = "services", "platform"  # stores, and what their secrets' names begin with below the stage's
PLATFORM_NAMESPACES = ("argocd", "telemetry")


@dataclass(frozen=True, kw_only=True)
class SecretsArgs:
    """The cluster, and the key of secrets."""

    scope: Scope
    size: AddOnsSize
    cluster_name: str
    network_cidr: str  # the API server calls the webhook from there
    secrets_key_alias: str


class Secrets(pulumi.ComponentResource):
    """The controller and its stores."""

    stores: list[pulumi.Resource]

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:addons:Secrets", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        identity = Identity(
            f"{name}-identity",
            IdentityArgs(
                scope=args.scope,
                cluster_name=args.cluster_name,
                namespace=NAMESPACE,
                service_account="external-secrets",
                policies=policies(args.scope, args.secrets_key_alias),
            ),
            child,
        )
        mine = Room(
            f"{name}-room",
            RoomArgs(
                name=NAMESPACE,
                callers=[
                    Caller(ports=[10250], network=args.network_cidr),
                    Caller(ports=[8080], namespace=KUBE_SYSTEM),
                ],
            ),
            child,
        )
        controller = charts.install(
            f"{name}-controller",
            versions.EXTERNAL_SECRETS,
            namespace=NAMESPACE,
            over={
                "replicaCount": args.size.replicas,
                "webhook": {"replicaCount": args.size.replicas},
                "serviceAccount": {"create": True, "name": "external-secrets"},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[mine, identity], custom_timeouts=charts.GONE),
        )
        conditions: dict[str, list[dict[str, Any]]] = {
            SERVICES: [{"namespaceSelector": {"matchLabels": room.SERVICES}}],
            PLATFORM: [{"namespaces": list(PLATFORM_NAMESPACES)}],
        }
        self.stores = [
            kubernetes.apiextensions.CustomResource(
                f"{name}-{title}",
                api_version=API,
                kind="ClusterSecretStore",
                metadata={"name": title},
                spec={
                    "provider": {
                        "aws": {
                            "service": "SecretsManager",
                            "region": args.scope.region,
                            "prefix": args.scope.path(title, ""),
                        }
                    },
                    "conditions": who,
                },
                opts=pulumi.ResourceOptions(parent=self, depends_on=[controller]),
            )
            for title, who in conditions.items()
        ]
        self.register_outputs({})


def policies(scope: Scope, key_alias: str) -> Mapping[str, Sequence[Statement]]:
    """Title -> statements."""
    return {
        "secrets": [
            Statement(
                sid="ReadSecretsOfServicesAndAddOnsOfThisStage",
                actions=["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
                resources=[
                    scope.arn("secretsmanager", f"secret:{scope.path(title, '*')}") for title in (SERVICES, PLATFORM)
                ],
            ),
            Statement(
                sid="DecryptThemThroughSecretsManager",
                actions=["kms:Decrypt"],
                resources=[scope.arn("kms", "key/*")],
                condition={
                    "StringEquals": {"kms:ViaService": f"secretsmanager.{scope.region}.amazonaws.com"},
                    "ForAnyValue:StringEquals": {"kms:ResourceAliases": key_alias},
                },
            ),
        ]
    }
