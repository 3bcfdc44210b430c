"""The phases of growth as data (REQ-P0 to REQ-P4): which tiers exist, how large they are, what they may cost.

A stage names its phase and may change a size of it (`sizes` in its stage file, components/sizes.py). What a figure is
made from stands beside it; where the design gives a phase none, the phase before it is named as the source.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from components.foundation.endpoints import InterfaceService
from components.sizes import (
    SERVERLESS,
    AddOnsSize,
    AuditSize,
    CacheSize,
    ClusterSize,
    ConfigSize,
    DatabaseSize,
    DetectionSize,
    EdgeSize,
    IdentitySize,
    InstancesSize,
    IntelligenceSize,
    LakeSize,
    MessagingSize,
    NetworkSize,
    Sizes,
    StreamingSize,
)
from components.strict import Strict


class PhaseName(StrEnum):
    """The phases, in order; each is reached from the one before it."""

    MVP = "mvp"  # ~5 thousand users
    GROWTH = "growth"  # ~50 thousand
    SCALEUP = "scaleup"  # 50 to 150 thousand and more
    GLOBAL = "global"  # 150 thousand to a million
    IPO = "ipo"


class Slo(Strict):
    """What users are promised."""

    availability_percent: float  # monthly, REQ-N1
    p95_ms: int  # REQ-N2


class Budget(Strict):
    """Man-won (10,000 KRW) a month, REQ-F1. The total binds; the lines are reported."""

    compute: int
    database: int
    cache: int
    network: int  # with CloudFront
    observability: int

    @property
    def total(self) -> int:
        """All lines together."""
        return self.compute + self.database + self.cache + self.network + self.observability


class Phase(Strict):
    """What a phase is."""

    slo: Slo
    budget: Budget
    regions: Literal[1, 2]  # 2: the second one reads, and takes over (REQ-R4)
    sizes: Sizes


_FEW_ENDPOINTS = frozenset(
    {
        InterfaceService.ECR_API,
        InterfaceService.ECR_DKR,
        InterfaceService.LOGS,
        InterfaceService.SSM,
        InterfaceService.SSM_MESSAGES,
        InterfaceService.STS,
    }
)

# Logs are kept a year in every phase: that is what ISMS-P asks of a stage with people's data, whatever its size. Stages
# without say so below `sizes`.
#
# REQ-F1 gives the MVP's network 3 man-won (21 USD), and one managed NAT gateway with its address is 47 USD: one, not
# the three of REQ-E4, and no interface endpoint. Its compute line (71 USD) is below an EKS control plane (73 USD).
_MVP = Phase(
    slo=Slo(availability_percent=99.9, p95_ms=300),  # REQ-N1 begins with growth, whose figure is taken
    budget=Budget(compute=10, database=30, cache=5, network=3, observability=2),
    regions=1,
    sizes=Sizes(
        network=NetworkSize(nat_gateways=1, interface_endpoints=frozenset(), flow_log_retention_days=365),
        edge=EdgeSize(access_log_retention_days=365, requests_per_ip=2000, bot_control=False, cluster_weight=0),
        identity=IdentitySize(threat_protection="OFF"),
        instances=InstancesSize(instance_type="t4g.medium", at_least=2, at_most=4),
        cluster=None,
        add_ons=None,
        database=DatabaseSize(
            instance_class=SERVERLESS, readers=1, acu_min=0.5, acu_max=4, proxy=False, backup_retention_days=7
        ),
        cache=CacheSize(node_type="cache.t4g.micro", shards=1, replicas=1, snapshot_retention_days=7),
        messaging=MessagingSize(archive_days=7),
        streaming=None,  # REQ-P2: from scale-up on; until then events are rows of the database
        lake=None,
        audit=AuditSize(trail_days=365, data_events=False, insights=False),  # costs its key: 1 USD
        config=None,  # what is there is what the last deployment says, and the trail says who changed it
        intelligence=None,
        # GuardDuty's base follows the load: some USD a month here. Who may enter from outside is asked for free.
        detection=DetectionSize(protections=False, vulnerabilities=False, standards=(), unused_access=False),
    ),
)
_GROWTH = Phase(
    slo=Slo(availability_percent=99.9, p95_ms=200),
    budget=Budget(compute=120, database=80, cache=20, network=15, observability=10),
    regions=1,
    sizes=Sizes(
        network=NetworkSize(nat_gateways=3, interface_endpoints=_FEW_ENDPOINTS, flow_log_retention_days=365),
        edge=EdgeSize(access_log_retention_days=365, requests_per_ip=2000, bot_control=True, cluster_weight=0),
        identity=IdentitySize(threat_protection="AUDIT"),
        instances=InstancesSize(instance_type="m7g.large", at_least=3, at_most=10),
        # REQ-P1: beside the instances and without a request of theirs, so that moving over is a change of weights.
        cluster=ClusterSize(
            system_instance_type="m7g.large", nodes_at_least=2, nodes_at_most=4, log_retention_days=365
        ),
        add_ons=AddOnsSize(
            replicas=2,
            gateway_at_least=2,
            gateway_at_most=6,
            requests_per_ip_second=50,
            node_vcpus=64,
            inference_vcpus=0,
            traces_kept_percent=20,
            metrics_retention_days=365,
        ),
        # Provisioned is cheaper above 1.67 ACU on average an instance: the move of REQ-S5.
        database=DatabaseSize(
            instance_class="db.r7g.large", readers=1, acu_min=0.5, acu_max=8, proxy=True, backup_retention_days=14
        ),
        cache=CacheSize(node_type="cache.t4g.medium", shards=1, replicas=1, snapshot_retention_days=7),
        messaging=MessagingSize(archive_days=30),
        streaming=None,
        lake=None,
        # From fifty thousand users on, Korean law has records of access to their data kept two years.
        audit=AuditSize(trail_days=731, data_events=False, insights=False),
        config=ConfigSize(history_days=731, packs=False),
        intelligence=None,
        detection=DetectionSize(protections=True, vulnerabilities=True, standards=("fsbp",), unused_access=False),
    ),
)
_CLUSTER = ClusterSize(system_instance_type="m7g.xlarge", nodes_at_least=3, nodes_at_most=6, log_retention_days=365)
_SCALEUP = Phase(
    slo=Slo(availability_percent=99.95, p95_ms=150),
    budget=Budget(compute=400, database=180, cache=60, network=40, observability=30),
    regions=1,
    sizes=Sizes(
        network=NetworkSize(
            nat_gateways=3, interface_endpoints=frozenset(InterfaceService), flow_log_retention_days=365
        ),
        edge=EdgeSize(access_log_retention_days=365, requests_per_ip=2000, bot_control=True, cluster_weight=100),
        identity=IdentitySize(threat_protection="ENFORCED"),
        instances=None,  # REQ-P2: EKS entirely
        cluster=_CLUSTER,
        add_ons=AddOnsSize(
            replicas=3,
            gateway_at_least=3,
            gateway_at_most=20,
            requests_per_ip_second=50,
            node_vcpus=400,
            inference_vcpus=64,
            traces_kept_percent=5,
            metrics_retention_days=365,
        ),
        database=DatabaseSize(
            instance_class="db.r7g.large", readers=2, acu_min=0.5, acu_max=16, proxy=True, backup_retention_days=35
        ),
        cache=CacheSize(node_type="cache.r7g.large", shards=1, replicas=1, snapshot_retention_days=14),
        messaging=MessagingSize(archive_days=90),
        # Two shards take 2 MB and 2000 events a second: 150 thousand users with an event every 75 seconds each. On
        # demand would be twice the price for a load that is known.
        streaming=StreamingSize(shards=2, retention_hours=72),
        lake=LakeSize(event_days=1095, snapshot_days=35, log_days=365, result_days=30, scan_gigabytes=100),
        audit=AuditSize(trail_days=731, data_events=True, insights=False),
        config=ConfigSize(history_days=731, packs=False),
        intelligence=None,  # REQ-P3: from global on
        detection=DetectionSize(protections=True, vulnerabilities=True, standards=("fsbp", "cis"), unused_access=True),
    ),
)
_GLOBAL = _SCALEUP.model_copy(
    update={
        # REQ-N2 gives no p95 here and REQ-N1 no availability: those of scale-up stay.
        "budget": Budget(compute=600, database=260, cache=80, network=70, observability=40),
        "regions": 2,
        "sizes": _SCALEUP.sizes.model_copy(
            update={
                # A million users come and go with events and campaigns (REQ-N5): capacity follows by itself.
                "streaming": StreamingSize(shards=None, retention_hours=168),
                "lake": LakeSize(event_days=1095, snapshot_days=35, log_days=365, result_days=30, scan_gigabytes=500),
                # REQ-P3. Of a small model 20 million tokens cost 1 to 5 USD: a million users ask less in an hour.
                "intelligence": IntelligenceSize(
                    tokens_per_hour=20_000_000,
                    endpoint_instance_type="ml.m5.large",
                    endpoint_at_least=2,
                    endpoint_at_most=10,
                ),
            }
        ),
    }
)
_IPO = _GLOBAL.model_copy(
    update={
        "slo": Slo(availability_percent=99.99, p95_ms=150),  # REQ-N2 gives no p95 here: that of global stays
        "sizes": _GLOBAL.sizes.model_copy(
            update={
                "network": _GLOBAL.sizes.network.model_copy(update={"flow_log_retention_days": 731}),
                "edge": _GLOBAL.sizes.edge.model_copy(update={"access_log_retention_days": 731}),
                "cluster": _CLUSTER.model_copy(update={"log_retention_days": 731}),
                "messaging": MessagingSize(archive_days=365),
                "lake": LakeSize(event_days=1827, snapshot_days=92, log_days=731, result_days=30, scan_gigabytes=500),
                # REQ-P4. Five years, as a listed company's books.
                "audit": AuditSize(trail_days=1827, data_events=True, insights=True),
                "config": ConfigSize(history_days=1827, packs=True),
            }
        ),
        # REQ-F1 ends with global: its budget stays.
    }
)

PHASES: Mapping[PhaseName, Phase] = MappingProxyType(
    {
        PhaseName.MVP: _MVP,
        PhaseName.GROWTH: _GROWTH,
        PhaseName.SCALEUP: _SCALEUP,
        PhaseName.GLOBAL: _GLOBAL,
        PhaseName.IPO: _IPO,
    }
)
