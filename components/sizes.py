"""The size that a phase gives a tier, or a stage changes: what there is to say of each, in which range.

No tier asks for the phase: each gets its own size. A key's meaning, unit and range is its description, from which error
messages and docs/settings.md are made.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from components.foundation.endpoints import InterfaceService
from components.strict import Strict

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]

SERVERLESS = "db.serverless"
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
ACU_MAX = 256.0
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Replication.html
READERS_MAX = 15
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/quota-limits.html
CACHE_REPLICAS_MAX = 5
KEEP_DAYS_MAX = 35  # of automatic backups, of RDS and of ElastiCache alike


def _is_half_step(acu: float) -> float:
    if acu % 0.5:
        raise PydanticCustomError("acu_step", "is no multiple of 0.5, the step of Aurora capacity units; give one")
    return acu


class NetworkSize(Strict):
    """Ways out of the VPC, and ways around them."""

    nat_gateways: Annotated[
        Literal[1, 2, 3],
        Field(description="1, 2 or 3: with 3 each zone has its own (REQ-E4), with fewer the last serves the rest"),
    ]
    interface_endpoints: Annotated[
        frozenset[InterfaceService],
        Field(description="services reached inside the VPC, any of: " + ", ".join(sorted(InterfaceService))),
    ]
    flow_log_retention_days: Annotated[
        RetentionDays, Field(description="days that flow logs are kept, one of those CloudWatch Logs offers")
    ]


class EdgeSize(Strict):
    """The front door: CloudFront, the firewall, the load balancer."""

    access_log_retention_days: Annotated[
        int, Field(ge=30, le=3650, description="days, 30 to 3650, that access logs of the front door are kept")
    ]
    requests_per_ip: Annotated[
        int,
        Field(ge=100, le=2_000_000, description="requests, 100 to 2000000, that one address may send in five minutes"),
    ]
    bot_control: Annotated[bool, Field(description="true or false: whether the firewall pays for Bot Control (REQ-Y5)")]
    cluster_weight: Annotated[
        int,
        Field(ge=0, le=100, description="percent, 0 to 100, of requests that go to the cluster and not to instances"),
    ]


class InstancesSize(Strict):
    """EC2 instances behind the load balancer (REQ-X1)."""

    instance_type: Annotated[
        str,
        Field(pattern=r"^[a-z]+\d+g[a-z]*\.[a-z0-9]+$", description="a Graviton type (REQ-F2), such as t4g.medium"),
    ]
    at_least: Annotated[int, Field(ge=1, le=100, description="instances, 1 to 100, that always run")]
    at_most: Annotated[int, Field(ge=1, le=100, description="instances, 1 to 100, that a peak may take")]

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.at_least > self.at_most:
            raise PydanticCustomError("range", "has at_least above at_most; give at_most as the larger of the two")
        return self


class ClusterSize(Strict):
    """EKS (REQ-S10): the control plane, and the nodes of its controllers; services bring their own (REQ-X2)."""

    system_instance_type: Annotated[
        str,
        Field(pattern=r"^[a-z]+\d+g[a-z]*\.[a-z0-9]+$", description="a Graviton type (REQ-F2), such as t4g.medium"),
    ]
    nodes_at_least: Annotated[int, Field(ge=2, le=30, description="system nodes, 2 to 30, that always run")]
    nodes_at_most: Annotated[
        int, Field(ge=2, le=30, description="system nodes, 2 to 30, that an update of their image may take")
    ]
    log_retention_days: Annotated[
        RetentionDays, Field(description="days that control-plane logs are kept, one of those CloudWatch Logs offers")
    ]

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.nodes_at_least > self.nodes_at_most:
            raise PydanticCustomError(
                "range", "has nodes_at_least above nodes_at_most; give nodes_at_most as the larger of the two"
            )
        return self


class DatabaseSize(Strict):
    """Aurora MySQL (REQ-S5): one writer and its readers."""

    instance_class: Annotated[
        str,
        Field(
            pattern=r"^db\.(serverless|[a-z]+\d+g[a-z]*\.[a-z0-9]+)$",
            description="db.serverless, or a Graviton class such as db.r7g.large",
        ),
    ]
    readers: Annotated[int, Field(ge=0, le=READERS_MAX, description="readers, 0 to 15, beside the writer")]
    acu_min: Annotated[
        float,
        Field(ge=0, le=ACU_MAX, description="Aurora capacity units, 0 (pauses when idle) to 256 in steps of 0.5"),
        AfterValidator(_is_half_step),
    ]
    acu_max: Annotated[
        float,
        Field(ge=1, le=ACU_MAX, description="Aurora capacity units, 1 to 256 in steps of 0.5"),
        AfterValidator(_is_half_step),
    ]
    proxy: Annotated[bool, Field(description="true or false: whether RDS Proxy pools connections; it keeps 0 awake")]
    backup_retention_days: Annotated[
        int, Field(ge=1, le=KEEP_DAYS_MAX, description="days, 1 to 35, that any second can be brought back (REQ-R1)")
    ]

    @property
    def members(self) -> int:
        """Instances where the writer is."""
        return 1 + self.readers

    @property
    def members_elsewhere(self) -> int:
        """Instances of the region that reads: as many as there are readers where the writer is, so never none."""
        return max(1, self.readers)

    @model_validator(mode="after")
    def _capacity_fits(self) -> Self:
        if self.acu_min > self.acu_max:
            raise PydanticCustomError("range", "has acu_min above acu_max; give acu_max as the larger of the two")
        if self.proxy and self.acu_min == 0 and self.instance_class == SERVERLESS:
            raise PydanticCustomError(
                "never_pauses", "has acu_min 0 beside a proxy, whose open connections keep it awake; give 0.5 or more"
            )
        return self


class CacheSize(Strict):
    """Valkey (REQ-S6): sessions, hot reads, rate limits."""

    node_type: Annotated[
        str,
        Field(pattern=r"^cache\.[a-z]+\d+g[a-z]*\.[a-z0-9]+$", description="a Graviton type, such as cache.t4g.micro"),
    ]
    # Cluster mode is on from the first day, so that growing is a number and never a new cache.
    shards: Annotated[int, Field(ge=1, le=500, description="shards, 1 to 500")]
    replicas: Annotated[
        int, Field(ge=0, le=CACHE_REPLICAS_MAX, description="replicas, 0 to 5, of each primary; 0 has no failover")
    ]
    snapshot_retention_days: Annotated[
        int, Field(ge=0, le=KEEP_DAYS_MAX, description="days, 0 to 35, that daily snapshots are kept; 0 turns them off")
    ]


class MessagingSize(Strict):
    """Asynchronous work (REQ-S4)."""

    archive_days: Annotated[
        int, Field(ge=1, le=3650, description="days, 1 to 3650, that events on the bus can be replayed")
    ]


class IdentitySize(Strict):
    """Users (REQ-S3)."""

    threat_protection: Annotated[
        Literal["OFF", "AUDIT", "ENFORCED"],
        Field(
            description="OFF, AUDIT or ENFORCED: what Cognito does about a risky sign-in; above OFF it costs per user"
        ),
    ]


class StreamingSize(Strict):
    """The stream of events and its way into the lake (REQ-S9)."""

    shards: Annotated[
        int | None,
        Field(
            ge=1, le=500, description="shards, 1 to 500, or null: on demand, as many as it takes, at twice the price"
        ),
    ]
    retention_hours: Annotated[
        int, Field(ge=24, le=8760, description="hours, 24 to 8760, that an event can be read again")
    ]


class LakeSize(Strict):
    """What the lake keeps, and what a question to it may cost (REQ-S7)."""

    event_days: Annotated[
        int, Field(ge=180, le=3650, description="days, 180 to 3650, that events stay queryable in the lake (REQ-T3)")
    ]
    snapshot_days: Annotated[
        int, Field(ge=2, le=400, description="days, 2 to 400, that each day's snapshot of the database is kept")
    ]
    log_days: Annotated[
        int, Field(ge=30, le=3650, description="days, 30 to 3650, that logs stay queryable in the lake (REQ-O3)")
    ]
    result_days: Annotated[int, Field(ge=1, le=90, description="days, 1 to 90, that results of queries are kept")]
    scan_gigabytes: Annotated[
        int, Field(ge=1, le=10_000, description="gigabytes, 1 to 10000, that one query may scan; a thousand cost 5 USD")
    ]


class AuditSize(Strict):
    """What is written down of who did what in the account (REQ-Y4)."""

    trail_days: Annotated[
        int,
        Field(
            ge=90,
            le=3650,
            description="days, 90 to 3650, that the trail is kept and locked; where the stage is protected, nobody can "
            "end that sooner",
        ),
    ]
    data_events: Annotated[
        bool,
        Field(description="true or false: whether each use of an object of the lake and the site is, too"),
    ]
    insights: Annotated[
        bool, Field(description="true or false: whether CloudTrail tells unusual rates of calls and errors")
    ]


class ConfigSize(Strict):
    """What Config remembers of the account, and what it holds against it (REQ-Y6)."""

    history_days: Annotated[
        int, Field(ge=365, le=3650, description="days, 365 to 3650, that what everything looked like is kept")
    ]
    packs: Annotated[
        bool,
        Field(description="true or false: whether conformance packs watch what the stage's audits ask for (REQ-P4)"),
    ]


class IntelligenceSize(Strict):
    """Models, ours and others' (REQ-S8, REQ-P3)."""

    tokens_per_hour: Annotated[
        int,
        Field(
            ge=10_000,
            le=10_000_000_000,
            description="tokens, 10000 to 10000000000, in and out of Bedrock in an hour, above which somebody is told",
        ),
    ]
    # Of the architecture that training has, so that one image does both.
    endpoint_instance_type: Annotated[
        str,
        Field(
            pattern=r"^ml\.[a-z0-9-]+\.\d*x?large$", description="machine that serves our model, such as ml.m5.large"
        ),
    ]
    endpoint_at_least: Annotated[
        int, Field(ge=1, le=100, description="machines, 1 to 100, that always serve it; 2 are in two zones")
    ]
    endpoint_at_most: Annotated[int, Field(ge=1, le=100, description="machines, 1 to 100, that a peak may take")]

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.endpoint_at_least > self.endpoint_at_most:
            raise PydanticCustomError(
                "range",
                "has endpoint_at_least above endpoint_at_most; give endpoint_at_most as the larger of the two",
            )
        return self


class DetectionSize(Strict):
    """Who looks for attackers and weaknesses beside GuardDuty's base and what outsiders may enter (REQ-S15)."""

    protections: Annotated[
        bool,
        Field(
            description="true or false: whether GuardDuty also looks at objects, the cluster, logins to the database, "
            "functions and what runs on nodes"
        ),
    ]
    vulnerabilities: Annotated[
        bool, Field(description="true or false: whether Inspector looks at machines, images and functions")
    ]
    standards: Annotated[
        tuple[Literal["cis", "fsbp"], ...],
        Field(
            description="standards that Security Hub holds resources against, any of cis, fsbp (AWS's own); [] for no "
            "Security Hub. Its checks need `config`"
        ),
    ]
    unused_access: Annotated[
        bool, Field(description="true or false: whether Access Analyzer looks for rights that nobody uses")
    ]


class AddOnsSize(Strict):
    """What runs in the cluster for everybody (REQ-C5)."""

    replicas: Annotated[
        int, Field(ge=1, le=5, description="replicas, 1 to 5, of each controller that can have several")
    ]
    gateway_at_least: Annotated[int, Field(ge=1, le=100, description="pods, 1 to 100, of the gateway that always run")]
    gateway_at_most: Annotated[int, Field(ge=1, le=100, description="pods, 1 to 100, of the gateway at a peak")]
    requests_per_ip_second: Annotated[
        int, Field(ge=1, le=10_000, description="requests, 1 to 10000, a second from one address at each gateway pod")
    ]
    node_vcpus: Annotated[
        int, Field(ge=8, le=10_000, description="vCPUs, 8 to 10000, that nodes for services may have together")
    ]
    inference_vcpus: Annotated[
        int, Field(ge=0, le=10_000, description="vCPUs, 0 to 10000, of nodes with accelerators; 0 has none (REQ-X3)")
    ]
    traces_kept_percent: Annotated[
        int, Field(ge=1, le=100, description="percent, 1 to 100, of traces that are neither slow nor failed")
    ]
    metrics_retention_days: Annotated[
        RetentionDays,
        Field(description="days that the metrics' log group is kept, one of those CloudWatch Logs offers"),
    ]

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.gateway_at_least > self.gateway_at_most:
            raise PydanticCustomError(
                "range", "has gateway_at_least above gateway_at_most; give gateway_at_most as the larger of the two"
            )
        return self


class Sizes(Strict):
    """Every tier's size; a tier whose size is null does not exist."""

    network: Annotated[NetworkSize, Field(description="ways out of the VPC")]
    edge: Annotated[EdgeSize, Field(description="CloudFront, firewall, load balancer")]
    identity: Annotated[IdentitySize, Field(description="users")]
    instances: Annotated[InstancesSize | None, Field(description="EC2 instances; null where the cluster has it all")]
    cluster: Annotated[ClusterSize | None, Field(description="EKS; null where instances have it all")]
    add_ons: Annotated[AddOnsSize | None, Field(description="what runs in the cluster; null where there is none")]
    database: Annotated[DatabaseSize, Field(description="Aurora MySQL")]
    cache: Annotated[CacheSize, Field(description="Valkey")]
    messaging: Annotated[MessagingSize, Field(description="queues and the event bus")]
    streaming: Annotated[StreamingSize | None, Field(description="events on their way to the lake; null for none")]
    lake: Annotated[LakeSize | None, Field(description="the data lake; null for none, and then no stream either")]
    audit: Annotated[AuditSize, Field(description="the account's trail, where the stage owns it")]
    config: Annotated[
        ConfigSize | None, Field(description="the account's Config, where the stage owns it; null for none")
    ]
    intelligence: Annotated[
        IntelligenceSize | None, Field(description="models; null for none, and only beside a lake and a cluster")
    ]
    detection: Annotated[
        DetectionSize, Field(description="GuardDuty, Security Hub, Inspector, analyzers, where the stage owns them")
    ]

    @model_validator(mode="after")
    def _somebody_answers(self) -> Self:
        if self.instances is None and self.edge.cluster_weight != 100:
            raise PydanticCustomError(
                "nobody_answers", "has no instances, and edge.cluster_weight below 100 sends requests to them; give 100"
            )
        if self.cluster is None and self.edge.cluster_weight != 0:
            raise PydanticCustomError(
                "no_cluster", "has no cluster, and edge.cluster_weight above 0 sends requests to it; give 0"
            )
        return self

    @model_validator(mode="after")
    def _a_cluster_is_furnished(self) -> Self:
        if (self.cluster is None) != (self.add_ons is None):
            raise PydanticCustomError(
                "cluster_and_add_ons", "has one of cluster and add_ons without the other; give both, or null for both"
            )
        return self

    @model_validator(mode="after")
    def _checks_see_something(self) -> Self:
        if self.detection.standards and self.config is None:
            raise PydanticCustomError(
                "standards_without_config",
                "has detection.standards without config, by which Security Hub sees resources; give config, or [] for "
                "standards",
            )
        return self

    @model_validator(mode="after")
    def _events_arrive_somewhere(self) -> Self:
        if (self.streaming is None) != (self.lake is None):
            raise PydanticCustomError(
                "stream_and_lake", "has one of streaming and lake without the other; give both, or null for both"
            )
        return self

    @model_validator(mode="after")
    def _models_are_asked_and_written_down(self) -> Self:
        if self.intelligence is not None and (self.lake is None or self.cluster is None):
            raise PydanticCustomError(
                "intelligence_alone",
                "has intelligence without both a lake, which keeps what models are asked, and a cluster, which asks "
                "them; give both, or null for intelligence",
            )
        return self
