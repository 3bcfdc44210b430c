"""Envoy Gateway: the way from the load balancer to services, and between them (REQ-S12, REQ-V1).

Two Gateways in the namespace `gateway`. `front` takes on 8080 what the load balancer sends, WebSocket included;
`internal` takes on 50051 gRPC of services among themselves, which no load balancer listens to. A service brings its own
routes. Limits and circuit breakers stand here once, for all of them; a route may bring its own policy, which then takes
this one's place.

Neither has a load balancer of its own. A TargetGroupBinding without `networking` puts the pods of `front` into the
platform's target group: the line between the two security groups is `components/edge/entrance.py`'s.
"""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.sizes import AddOnsSize
from k8s import versions
from k8s.addons import charts
from k8s.addons.identity import KUBE_SYSTEM
from k8s.addons.karpenter import CRITICAL, CRITICAL_TAINT
from k8s.addons.room import SERVICES, Caller, Room, RoomArgs

NAMESPACE = "envoy-gateway-system"  # of the controller, and of Envoy's own pods, which it makes there
GATEWAYS = "gateway"  # of the Gateways and what is said of them
FRONT, INTERNAL = "front", "internal"
PORT = 8080  # TCP; the target group's, REQ-A1
GRPC_PORT = 50051  # TCP; REQ-A1
HEALTH_PATH = "/healthz"  # what the target group asks for; Envoy answers it itself
METRICS_PORT = 19001
WEBHOOK_PORT = 9443
CONTROLLER = "gateway.envoyproxy.io/gatewayclass-controller"
API = "gateway.networking.k8s.io/v1"
ENVOY_API = "gateway.envoyproxy.io/v1alpha1"

CPU_PERCENT = 60  # REQ-X5
# CloudFront and the load balancer each put an address into X-Forwarded-For; the second from the right is the user's.
HOPS = 2
# Longer than the load balancer's 610 s, else Envoy closes a connection that is being used again.
CLIENT_IDLE = "620s"
# CloudFront ends a silent WebSocket after ten minutes; it should be the one that does.
STREAM_IDLE = "610s"
DRAIN = "120s"  # what a request may still take; the target group's deregistration delay


@dataclass(frozen=True, kw_only=True)
class GatewayArgs:
    """How large it is, and what it is bound to."""

    size: AddOnsSize
    network_cidr: str  # the VPC's: load balancer and API server have addresses of it
    target_group_arn: pulumi.Input[str]
    after_nodes: list[pulumi.Resource]  # pools: its pods ask for nodes of one
    load_balancer: pulumi.Resource  # the controller that binds


class Gateway(pulumi.ComponentResource):
    """The controller, its one Gateway with policies, and the binding."""

    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:addons:Gateway", name, None, opts)
        self._name, self._args = name, args
        rooms = self._rooms()
        self._controller = charts.install(
            f"{name}-controller",
            versions.GATEWAY,
            namespace=NAMESPACE,
            over={
                "deployment": {"replicas": args.size.replicas},
                "podDisruptionBudget": {"minAvailable": args.size.replicas - 1},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=rooms, custom_timeouts=charts.GONE),
        )
        kind = self._custom("class", API, "GatewayClass", "envoy", {"controllerName": CONTROLLER}, namespace=None)
        front = self._gateway(FRONT, kind, args.size.gateway_at_least, args.size.gateway_at_most)
        internal = self._gateway(INTERNAL, kind, args.size.replicas, args.size.gateway_at_most)
        policies = [
            self._custom("clients", ENVOY_API, "ClientTrafficPolicy", FRONT, client_spec(), after=[front]),
            self._custom(
                "backends",
                ENVOY_API,
                "BackendTrafficPolicy",
                FRONT,
                backend_spec(FRONT, requests_per_ip_second=args.size.requests_per_ip_second),
                after=[front],
            ),
            self._custom(
                "internal-backends",
                ENVOY_API,
                "BackendTrafficPolicy",
                INTERNAL,
                backend_spec(INTERNAL),
                after=[internal],
            ),
        ]
        binding = self._custom(
            "binding",
            "elbv2.k8s.aws/v1beta1",
            "TargetGroupBinding",
            FRONT,
            {
                "serviceRef": {"name": FRONT, "port": PORT},
                "targetGroupARN": args.target_group_arn,
                "targetType": "ip",
            },
            # Its finalizer is the controller's to take off, so it goes before that does.
            after=[front, args.load_balancer],
            namespace=NAMESPACE,  # of the service that it names
        )
        self.ready = [*policies, binding]
        self.register_outputs({})

    def _rooms(self) -> list[pulumi.Resource]:
        network, child = self._args.network_cidr, pulumi.ResourceOptions(parent=self)
        return [
            Room(
                f"{self._name}-room",
                RoomArgs(
                    name=NAMESPACE,
                    # A pod is ready once the load balancer sees it so: else a rollout outruns the health checks.
                    labels={"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"},
                    callers=[
                        Caller(ports=[PORT, WEBHOOK_PORT], network=network),
                        Caller(ports=[GRPC_PORT], namespaces=SERVICES),
                        Caller(ports=[METRICS_PORT], namespace=KUBE_SYSTEM),
                    ],
                    ways_out=[Caller(ports=[PORT, GRPC_PORT], namespaces=SERVICES)],
                ),
                child,
            ),
            Room(f"{self._name}-gateways", RoomArgs(name=GATEWAYS), child),  # no pod is there
        ]

    def _gateway(self, title: str, kind: pulumi.Resource, at_least: int, at_most: int) -> pulumi.Resource:
        proxy = self._custom(
            f"{title}-proxy",
            ENVOY_API,
            "EnvoyProxy",
            title,
            proxy_spec(title, at_least=at_least, at_most=at_most),
            after=self._args.after_nodes,
        )
        return self._custom(title, API, "Gateway", title, gateway_spec(title), after=[kind, proxy])

    def _custom(
        self,
        title: str,
        api: str,
        kind: str,
        called: str,
        spec: dict[str, Any],
        *,
        after: list[pulumi.Resource] | None = None,
        namespace: str | None = GATEWAYS,
    ) -> pulumi.Resource:
        return kubernetes.apiextensions.CustomResource(
            f"{self._name}-{title}",
            api_version=api,
            kind=kind,
            metadata={"name": called, "namespace": namespace} if namespace else {"name": called},
            spec=spec,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[self._controller, *(after or [])], custom_timeouts=charts.GONE
            ),
        )


def proxy_spec(title: str, *, at_least: int, at_most: int) -> dict[str, Any]:
    """How Envoy's own pods run: on demand, spread over zones, as many as the load asks for."""
    mine = {"matchLabels": {"gateway.envoyproxy.io/owning-gateway-name": title}}
    return {
        "provider": {
            "type": "Kubernetes",
            "kubernetes": {
                "envoyService": {"name": title, "type": "ClusterIP"},
                "envoyPDB": {"maxUnavailable": 1},
                "envoyHpa": {
                    "minReplicas": at_least,
                    "maxReplicas": at_most,
                    "metrics": [
                        {
                            "type": "Resource",
                            "resource": {
                                "name": "cpu",
                                "target": {"type": "Utilization", "averageUtilization": CPU_PERCENT},
                            },
                        }
                    ],
                },
                "envoyDeployment": {
                    "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
                    "container": {
                        "resources": {
                            "requests": {"cpu": "500m", "memory": "512Mi"},
                            "limits": {"memory": "1Gi"},
                        }
                    },
                    "pod": {
                        "nodeSelector": {"karpenter.sh/nodepool": CRITICAL},
                        "tolerations": [{"key": CRITICAL_TAINT, "operator": "Exists"}],
                        "topologySpreadConstraints": [
                            {
                                "maxSkew": 1,
                                "topologyKey": key,
                                "whenUnsatisfiable": "ScheduleAnyway",
                                "labelSelector": mine,
                            }
                            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
                        ],
                    },
                },
            },
        },
        "shutdown": {"drainTimeout": DRAIN, "minDrainDuration": "15s"},
        "telemetry": {
            "accessLog": {
                "settings": [
                    {
                        "format": {
                            "type": "JSON",
                            "json": {
                                "time": "%START_TIME%",
                                "method": "%REQ(:METHOD)%",
                                "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
                                "status": "%RESPONSE_CODE%",
                                "flags": "%RESPONSE_FLAGS%",
                                "milliseconds": "%DURATION%",
                                "route": "%ROUTE_NAME%",
                                "trace": "%REQ(X-AMZN-TRACE-ID)%",
                                "request": "%REQ(X-REQUEST-ID)%",
                            },
                        },
                        "sinks": [{"type": "File", "file": {"path": "/dev/stdout"}}],
                    }
                ]
            },
            "metrics": {"prometheus": {"disable": False}, "enableVirtualHostStats": False},
        },
    }


def gateway_spec(title: str) -> dict[str, Any]:
    """One listener each; routes come from namespaces of services."""
    name, port, kind = ("http", PORT, "HTTPRoute") if title == FRONT else ("grpc", GRPC_PORT, "GRPCRoute")
    return {
        "gatewayClassName": "envoy",
        "infrastructure": {
            "parametersRef": {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": title},
        },
        "listeners": [
            {
                "name": name,
                "port": port,
                # TLS ends at the load balancer (REQ-N3); behind it is the VPC.
                "protocol": "HTTP",
                "allowedRoutes": {
                    "namespaces": {"from": "Selector", "selector": {"matchLabels": SERVICES}},
                    "kinds": [{"group": "gateway.networking.k8s.io", "kind": kind}],
                },
            }
        ],
    }


def _target(title: str) -> list[dict[str, str]]:
    return [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": title}]


def client_spec() -> dict[str, Any]:
    """What Envoy takes from whoever stands in front of it."""
    return {
        "targetRefs": _target(FRONT),
        "healthCheck": {"path": HEALTH_PATH},
        "clientIPDetection": {"xForwardedFor": {"numTrustedHops": HOPS}},
        "timeout": {
            "http": {
                "idleTimeout": CLIENT_IDLE,
                "requestReceivedTimeout": "60s",
                "streamIdleTimeout": STREAM_IDLE,
            }
        },
        "path": {"escapedSlashesAction": "UnescapeAndRedirect"},
        "headers": {"withUnderscoresAction": "RejectRequest"},
    }


def backend_spec(title: str, *, requests_per_ip_second: int | None = None) -> dict[str, Any]:
    """What services are spared.

    The limit is each Envoy's own: the firewall's (REQ-N4) is the wall, this stops one client between two of its looks.
    Services among themselves have none: an address is then a pod that many users are behind.
    No limit on a request's whole length: streams are meant to last; the silence in them is limited.
    """
    limited: dict[str, Any] = {}
    if requests_per_ip_second is not None:
        each_address = {
            "clientSelectors": [{"sourceCIDR": {"type": "Distinct", "value": "0.0.0.0/0"}}],
            "limit": {"requests": requests_per_ip_second, "unit": "Second"},
        }
        limited = {"rateLimit": {"type": "Local", "local": {"rules": [each_address]}}}
    return {
        **limited,
        "targetRefs": _target(title),
        "circuitBreaker": {
            "maxConnections": 4096,
            "maxPendingRequests": 1024,
            "maxParallelRequests": 4096,
            "maxParallelRetries": 128,
        },
        "healthCheck": {
            "passive": {
                "consecutive5XxErrors": 5,
                "consecutiveGatewayErrors": 3,
                "interval": "5s",
                "baseEjectionTime": "30s",
                "maxEjectionPercent": 50,
            }
        },
        # Only what never reached a service, so that nothing is done twice.
        "retry": {"numRetries": 2, "retryOn": {"triggers": ["connect-failure", "refused-stream"]}},
        "loadBalancer": {"type": "LeastRequest", "slowStart": {"window": "30s"}},
        "httpUpgrade": [{"type": "websocket"}],
        "timeout": {
            "tcp": {"connectTimeout": "2s"},
            "http": {"connectionIdleTimeout": "300s", "streamIdleTimeout": STREAM_IDLE},
        },
    }
