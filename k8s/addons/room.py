"""A namespace of an add-on: Pod Security, and nobody in or out but whom a line names (REQ-S10, REQ-Y1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

# What the namespaces of services carry: whose routes the gateway takes, and who may have secrets of services.
SERVICES = {"holds": "services"}
HTTPS = 443
DNS = 53


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who may reach which ports of the namespace's pods."""

    ports: Sequence[int]
    network: str = ""  # a CIDR: the API server and the load balancer have no labels, only addresses of the VPC
    namespace: str = ""  # pods of a namespace, by its name
    namespaces: dict[str, str] = field(default_factory=dict[str, str])  # pods of namespaces with these labels


@dataclass(frozen=True, kw_only=True)
class RoomArgs:
    """The namespace, who comes in, and where its pods go beside the DNS and HTTPS."""

    name: str
    labels: dict[str, str] = field(default_factory=dict[str, str])
    callers: Sequence[Caller] = ()
    ways_out: Sequence[Caller] = ()


class Room(pulumi.ComponentResource):
    """A namespace that enforces the restricted standard and denies by default."""

    name: str

    def __init__(self, name: str, args: RoomArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:addons:Room", name, None, opts)
        self.name = args.name
        space = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata={
                "name": args.name,
                "labels": {
                    "pod-security.kubernetes.io/enforce": "restricted",
                    "pod-security.kubernetes.io/audit": "restricted",
                    "pod-security.kubernetes.io/warn": "restricted",
                    **args.labels,
                },
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        within = pulumi.ResourceOptions(parent=self, depends_on=[space])
        kubernetes.networking.v1.NetworkPolicy(
            f"{name}-nobody",
            metadata={"name": "nobody", "namespace": args.name},
            spec=_policy(),
            opts=within,
        )
        kubernetes.networking.v1.NetworkPolicy(
            f"{name}-some",
            metadata={"name": "some", "namespace": args.name},
            spec=_policy(args.callers, args.ways_out),
            opts=within,
        )
        self.register_outputs({"name": self.name})


def _policy(callers: Sequence[Caller] | None = None, ways_out: Sequence[Caller] = ()) -> Any:
    """For every pod, both ways: nothing without callers, else the lines of each beside what all need."""
    policy: dict[str, Any] = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if callers is None:
        return policy
    each_other: dict[str, Any] = {"podSelector": {}}
    policy["ingress"] = [
        {"from": [each_other]},
        *({"from": [_peer(one)], "ports": _ports(one)} for one in callers),
    ]
    policy["egress"] = [
        {"to": [each_other]},
        {
            "to": [_named("kube-system")],
            "ports": [{"port": DNS, "protocol": "UDP"}, {"port": DNS, "protocol": "TCP"}],
        },
        # The API server, AWS and GitHub have no addresses that can be named; the port can.
        {"ports": [{"port": HTTPS, "protocol": "TCP"}]},
        # The agent that hands out Pod Identity's credentials.
        # https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html
        {"to": [{"ipBlock": {"cidr": "169.254.170.23/32"}}], "ports": [{"port": 80, "protocol": "TCP"}]},
        *({"to": [_peer(one)], "ports": _ports(one)} for one in ways_out),
    ]
    return policy


def _ports(caller: Caller) -> list[dict[str, Any]]:
    return [{"port": port, "protocol": "TCP"} for port in caller.ports]


def _named(namespace: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}


def _peer(caller: Caller) -> dict[str, Any]:
    if caller.network:
        return {"ipBlock": {"cidr": caller.network}}
    return _named(caller.namespace) if caller.namespace else {"namespaceSelector": {"matchLabels": caller.namespaces}}
