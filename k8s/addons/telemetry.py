"""OpenTelemetry: an agent on each node, a gateway behind it, and AWS behind that (REQ-O2, REQ-O3).

The agent sees every pod's log, so it is nobody in AWS; the gateway sees what is sent to it, and writes. Services send
to `opentelemetry-agent.kube-system`, which is the one on their own node.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components import tagging
from components.naming import Scope
from components.sizes import AddOnsSize
from k8s import versions
from k8s.addons import charts, secrets, telemetry_config
from k8s.addons.identity import KUBE_SYSTEM, Identity, IdentityArgs
from k8s.addons.room import Caller, Room, RoomArgs

NAMESPACE = "telemetry"
AGENT, GATEWAY = "opentelemetry-agent", "opentelemetry-gateway"
OTLP_PORT = 4317
DATADOG_SECRET = "datadog"  # noqa: S105 - a name; also of the secret in Secrets Manager, below `platform/`


@dataclass(frozen=True, kw_only=True)
class TelemetryArgs:
    """Where signals go, and how much of them."""

    scope: Scope
    size: AddOnsSize
    cluster_name: str
    log_group_name: str  # of services; the platform's
    logs_key_arn: pulumi.Input[str]
    datadog: bool  # whether Datadog gets them too; its key is then in Secrets Manager
    stores: list[pulumi.Resource]  # of External Secrets


class Telemetry(pulumi.ComponentResource):
    """Agent and gateway."""

    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: TelemetryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:addons:Telemetry", name, None, opts)
        self._name, self._args = name, args
        child = pulumi.ResourceOptions(parent=self)
        identity = Identity(
            f"{name}-identity",
            IdentityArgs(
                scope=args.scope,
                cluster_name=args.cluster_name,
                namespace=NAMESPACE,
                service_account=GATEWAY,
                policies=telemetry_config.policies(args.scope, args.log_group_name),
            ),
            child,
        )
        metrics = aws.cloudwatch.LogGroup(
            f"{name}-metrics",
            name=telemetry_config.metrics_group(args.scope),
            retention_in_days=args.size.metrics_retention_days,
            kms_key_id=args.logs_key_arn,
            tags=tagging.tier_tags("telemetry", tagging.Classification.INTERNAL),
            opts=child,
        )
        room = Room(
            f"{name}-room",
            RoomArgs(name=NAMESPACE, callers=[Caller(ports=[OTLP_PORT, 8888], namespace=KUBE_SYSTEM)]),
            child,
        )
        before: list[pulumi.Resource] = [room, identity, metrics]
        if args.datadog:
            before.append(self._datadog(room))
        gateway = charts.install(
            f"{name}-gateway",
            versions.COLLECTOR,
            namespace=NAMESPACE,
            release=GATEWAY,
            ours=GATEWAY,
            over={
                **telemetry_config.gateway(
                    args.scope,
                    log_group=args.log_group_name,
                    traces_kept_percent=args.size.traces_kept_percent,
                    datadog=args.datadog,
                ),
                "image": {"tag": versions.COLLECTOR_IMAGE_TAG},
                "replicaCount": args.size.replicas,
                "serviceAccount": {"create": True, "name": GATEWAY},
                "extraEnvs": [{"name": "AWS_REGION", "value": args.scope.region}],
                "extraEnvsFrom": [{"secretRef": {"name": DATADOG_SECRET}}] if args.datadog else [],
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=before, custom_timeouts=charts.GONE),
        )
        agent = charts.install(
            f"{name}-agent",
            versions.COLLECTOR,
            namespace=KUBE_SYSTEM,
            release=AGENT,
            ours=AGENT,
            over={
                **telemetry_config.agent(charts.values(AGENT)),
                "image": {"tag": versions.COLLECTOR_IMAGE_TAG},
                "serviceAccount": {"create": True, "name": AGENT},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[gateway], custom_timeouts=charts.GONE),
        )
        self.ready = [gateway, agent]
        self.register_outputs({})

    def _datadog(self, room: Room) -> pulumi.Resource:
        """Its key, from Secrets Manager; the program never holds it."""
        return kubernetes.apiextensions.CustomResource(
            f"{self._name}-datadog",
            api_version=secrets.API,
            kind="ExternalSecret",
            metadata={"name": DATADOG_SECRET, "namespace": NAMESPACE},
            spec={
                "refreshInterval": "1h",
                "secretStoreRef": {"kind": "ClusterSecretStore", "name": secrets.PLATFORM},
                "target": {"name": DATADOG_SECRET},
                "data": [{"secretKey": "DD_API_KEY", "remoteRef": {"key": DATADOG_SECRET, "property": "api_key"}}],
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[room, *self._args.stores]),
        )
