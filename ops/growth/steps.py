"""What a step can be: an `up`, a call, a check, or something that a person does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ops.growth.calls import Call
from ops.growth.checks import Check
from ops.growth.move import Move, Scalar, Side

NONE = "none"


class Felt(StrEnum):
    """What users feel of an `up`, by the property that changes; the value is what they feel."""

    WAYS_OUT = (
        "calls to others that are open break once in two of three zones, and come from more addresses than before"
    )
    INSTANCES = "none: a new instance serves before an old one goes; an open WebSocket reconnects"
    CACHE_NODES = "a few seconds of errors a shard, in the maintenance window, when its nodes are exchanged"
    SHARE = "none: new requests go elsewhere, those under way end where they are"
    DATABASE_CLASS = "none now: the new class waits for the maintenance window, or for the next step"
    STREAM_MODE = "none: producers and consumers go on; AWS takes two changes of it in 24 hours"


# Which property of which type is what; held by a test against what the program registers.
FELT_BY: Mapping[tuple[str, str], Felt] = {
    ("aws:autoscaling/group:Group", ""): Felt.INSTANCES,
    ("aws:ec2/launchTemplate:LaunchTemplate", "instanceType"): Felt.INSTANCES,
    ("aws:ec2/route:Route", "natGatewayId"): Felt.WAYS_OUT,
    ("aws:elasticache/replicationGroup:ReplicationGroup", "nodeType"): Felt.CACHE_NODES,
    ("aws:kinesis/stream:Stream", "streamModeDetails"): Felt.STREAM_MODE,
    ("aws:lb/listenerRule:ListenerRule", "actions"): Felt.SHARE,
    ("aws:rds/clusterInstance:ClusterInstance", "instanceClass"): Felt.DATABASE_CLASS,
}


# In which stages a way brings it: an `up` says what it can bring, and a stage may have less to change.
FELT_WHEN: Mapping[Felt, Callable[[Move], bool]] = {
    Felt.WAYS_OUT: lambda move: move.differs("network.nat_gateways"),
    Felt.INSTANCES: lambda move: move.leaves_instances or move.differs("instances.instance_type"),
    Felt.CACHE_NODES: lambda move: move.differs("cache.node_type"),
    Felt.SHARE: lambda move: move.leaves_instances,
    Felt.DATABASE_CLASS: lambda move: move.resizes_database,
    Felt.STREAM_MODE: lambda move: move.changes_stream_mode,
}


def always(_: Move) -> bool:
    """A step of every stage."""
    return True


@dataclass(frozen=True, kw_only=True)
class Step:
    """What every step says of itself. Its key is for ever: journals name it."""

    key: str
    title: str
    back: str  # the way back
    downtime: str = NONE
    irreversible: str = ""  # what cannot be had again; empty for nothing
    when: Callable[[Move], bool] = always


@dataclass(frozen=True, kw_only=True)
class Up(Step):
    """`pulumi up` with a phase, and sizes that are not that phase's for now."""

    side: Side
    other: Sequence[str] = ()  # sizes that are the other phase's: ahead of it, or still as they were
    sets: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    felt: frozenset[Felt] = frozenset()  # at most

    def felt_in(self, move: Move) -> list[Felt]:
        """What users of a stage feel of it."""
        return sorted(each for each in self.felt if FELT_WHEN[each](move))

    def config(self, move: Move) -> dict[str, str]:
        """What the engine is told."""
        return move.config(self.side, other=self.other, sets=self.sets)


@dataclass(frozen=True, kw_only=True)
class Api(Step):
    """A call to AWS."""

    call: Callable[[Move], Call]
    within: int  # seconds, until it is given up


@dataclass(frozen=True, kw_only=True)
class Checked(Step):
    """A look that must find what it wants."""

    check: Callable[[Move], Check]
    back: str = "nothing to take back"
    for_seconds: int = 0  # that it must stay so
    within: int = 900  # seconds, until it is given up


@dataclass(frozen=True, kw_only=True)
class Manual(Step):
    """What a person does; `commands` say how, with {stage}, {region}, {other}, {account} and {phase} filled in."""

    commands: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Transition:
    """The way from a phase to its neighbour: every step in order, of which a stage takes those that concern it."""

    title: str
    back: str  # from the far end
    steps: Sequence[Step]

    def of(self, move: Move) -> list[Step]:
        """Return the steps that a stage takes."""
        return [step for step in self.steps if step.when(move)]
