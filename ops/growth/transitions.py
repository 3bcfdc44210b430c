"""The ways between neighbouring phases as data: every step, what it costs users, and the way back (docs/growth.md).

A stage takes the steps that concern it (`when`). Two things hold for every way, and tests hold them: the last `up` is
the next phase and nothing else, and no `up` takes back what a step before it did.
"""

from collections.abc import Mapping
from types import MappingProxyType

from components.phases import PhaseName
from ops.growth.calls import FailOver, Resize, ShiftRequests, Who
from ops.growth.checks import ClusterAnswers, OtherRegionNear, Quiet, ReadersNear, SecondRegionJoined
from ops.growth.move import Move, Side
from ops.growth.steps import Api, Checked, Felt, Manual, Step, Transition, Up

CLASS, PROXY, MACHINE, WEIGHT = (
    "database.instance_class",
    "database.proxy",
    "instances.instance_type",
    "edge.cluster_weight",
)
SHARES = (10, 25, 50, 100)  # percent of requests to the cluster, one after the other
WATCH_SECONDS = 1800  # that alarms stay quiet before the next share; the slow one of a promise looks at half an hour
RESIZE_SECONDS, FAIL_OVER_SECONDS, SHIFT_SECONDS, JOIN_SECONDS = 3600, 900, 300, 7200


def _classes(move: Move) -> tuple[str, str]:
    return str(move.size(Side.BEFORE, CLASS)), str(move.size(Side.AFTER, CLASS))


def _resize(who: Who, move: Move) -> Resize:
    was, becomes = _classes(move)
    return Resize(who=who, becomes=becomes, was=was)


def _fail_over(move: Move) -> FailOver:
    was, becomes = _classes(move)
    return FailOver(becomes=becomes, was=was)


def _beside_readers(move: Move) -> bool:
    return move.resizes_database and move.has_readers


def _alone(move: Move) -> bool:
    return move.resizes_database and not move.has_readers


def _quiet(key: str, title: str, seconds: int = 0) -> Checked:
    return Checked(key=key, title=title, check=lambda _: Quiet(), for_seconds=seconds, within=seconds + 3600)


# In the phase before, so that nothing else changes meanwhile. A Global Database takes no burstable instance, and is
# made after it. https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database.html
DATABASE: tuple[Step, ...] = (
    Up(
        key="database-class",
        title="give the database's instances their next class, to be taken one after the other",
        back="`up` with the phase before: a class that waits is taken back, one that was taken waits for the window",
        when=lambda move: move.resizes_database,
        side=Side.BEFORE,
        other=(CLASS,),
        felt=frozenset({Felt.DATABASE_CLASS}),
    ),
    Api(
        key="readers-resized",
        title="have the readers take it now, one after the other",
        downtime="none: the writer, and readers that are not restarting, answer meanwhile",
        back="the readers take the class before, in the same way",
        when=_beside_readers,
        call=lambda move: _resize(Who.READERS, move),
        within=RESIZE_SECONDS,
    ),
    Checked(
        key="readers-near",
        title="see that no reader is behind the writer",
        when=_beside_readers,
        check=lambda _: ReadersNear(),
    ),
    Api(
        key="failed-over",
        title="make a reader that has the new class the writer",
        downtime="writes fail for up to a minute, usually for less than half of one; services reconnect",
        back="fail over to an instance that still has the class before",
        when=_beside_readers,
        call=_fail_over,
        within=FAIL_OVER_SECONDS,
    ),
    Api(
        key="last-resized",
        title="have the former writer take it, which reads now",
        downtime="none: the writer, and readers that are not restarting, answer meanwhile",
        back="that instance takes the class before, in the same way",
        when=_beside_readers,
        call=lambda move: _resize(Who.EVERYBODY, move),
        within=RESIZE_SECONDS,
    ),
    Api(
        key="only-one-resized",
        title="have the only instance take it now",
        downtime="the database is away for several minutes, since no reader can take over",
        back="the instance takes the class before: away for several minutes again",
        when=_alone,
        call=lambda move: _resize(Who.EVERYBODY, move),
        within=RESIZE_SECONDS,
    ),
)

ANNOUNCED = Manual(
    key="addresses-announced",
    title="ask who lets only our outgoing addresses in: with a way out in each zone there are two more",
    back="nothing to take back",
    when=lambda move: move.differs("network.nat_gateways"),
    commands=(
        "whoever must know them before: network.nat_gateways of this phase in Pulumi.{stage}.yaml is 1 for now",
        "the addresses are nat_addresses of the contract after the phase's first `up`",
    ),
)

SETTLED = Manual(
    key="stage-file",
    title="write the phase into the stage file and commit it, so that the next deployment does not undo all this",
    back="put the phase before there",
    commands=("put `startup-platform:phase: {phase}` into Pulumi.{stage}.yaml, and commit it",),
)

# Streams from one server into the other, so that no copy of people's data lies on a disk in between.
_OLD = "mysqldump --single-transaction --set-gtid-purged=OFF --hex-blob --databases app"
_NEW = "mysql --host 127.0.0.1 --port 13306 --user platform --password --ssl-mode VERIFY_CA --ssl-ca global-bundle.pem"
_COPY = (
    (
        "on the old host, in a shell of its own: "
        "aws ssm start-session --region {region} --target <one of our instances> "
        "--document-name AWS-StartPortForwardingSessionToRemoteHost "
        "--parameters host=<database_endpoint of the contract>,portNumber=3306,localPortNumber=13306"
    ),
    "curl --fail --remote-name https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
    f"{_OLD} --no-data --skip-triggers | {_NEW}",
    f"{_OLD} --no-create-info --skip-triggers | {_NEW}",
    # What runs in the database runs as whoever calls it: its old owner does not exist there.
    f"{_OLD} --no-data --no-create-info --routines --triggers --events "
    "| sed -E 's/DEFINER=`[^`]+`@`[^`]+`//g' | " + _NEW,
    "compare on both, table by table: CHECKSUM TABLE app.<table>;",
)
START = Transition(
    title="from a database on EC2 to Aurora (REQ-X1)",
    back="until users are on the new side: go on with the old one, which nothing here has touched",
    steps=(
        Manual(
            key="old-database-fits",
            title="see whether the old database goes into MySQL 8.4: characters, types, logins, reserved words",
            back="nothing to take back",
            commands=(
                "on the old host: mysqlsh root@localhost -- util check-for-server-upgrade --target-version=8.4.7",
                "mend what it lists as an error, in the old database, by migrations of the service",
            ),
        ),
        Up(
            key="made",
            title="make the stage, with an empty database",
            back="`pulumi destroy`; destroy_protection comes off first (docs/faults.md)",
            side=Side.AFTER,
        ),
        Manual(
            key="import-rehearsed",
            title="copy once while users are on the old side: it tells whether it works, and how long it takes",
            back="drop the schema in Aurora",
            commands=_COPY,
        ),
        Manual(
            key="imported",
            title="stop writes and copy for good",
            downtime="users read only, for as long as the rehearsal took",
            back="on the old database: SET GLOBAL super_read_only = OFF; users never left it",
            commands=(
                "drop the rehearsal's schema in Aurora",
                "on the old database: SET GLOBAL super_read_only = ON;",
                *_COPY,
            ),
        ),
        Manual(
            key="users-moved",
            title="deploy the service here, and lead the domain to it",
            downtime="until names that resolvers keep have run out",
            back="lead the domain back, before anything is written here",
            irreversible="what users write from here on is in Aurora alone: the way back is a copy the other way",
            commands=(
                "release the service, which reads where its database is from the contract",
                "keep the old database read only, with a snapshot of its disk, for a fortnight",
            ),
        ),
        _quiet("quiet-after", "see that alarms stay quiet for half an hour", WATCH_SECONDS),
        SETTLED,
    ),
)

MVP_TO_GROWTH = Transition(
    title="a cluster beside the instances, a provisioned database behind a proxy, three ways out (REQ-P1, REQ-X2)",
    back="`up` with phase mvp, in the reverse order of the steps; the database's class first",
    steps=(
        _quiet("quiet-before", "see that no alarm is on"),
        ANNOUNCED,
        *DATABASE,
        Up(
            key="cluster-beside",
            title="make the cluster, which gets no request yet, and what else the phase brings",
            back="`up` with phase mvp; the cluster's key then waits for its deletion",
            side=Side.AFTER,
            other=(PROXY, MACHINE),
            felt=frozenset({Felt.WAYS_OUT, Felt.CACHE_NODES}),
        ),
        Up(
            key="proxy",
            title="put the proxy before the database, and publish it in the contract",
            back="the same `up` without the proxy; services that have started since are then started anew",
            when=lambda move: move.gains_proxy,
            side=Side.AFTER,
            other=(MACHINE,),
        ),
        # Last, since a service reads the contract when it starts.
        Up(
            key="instances",
            title="exchange the instances for those of the phase; they find the proxy in the contract",
            back="the same `up` with the instance type before",
            side=Side.AFTER,
            felt=frozenset({Felt.INSTANCES}),
        ),
        _quiet("quiet-after", "see that alarms stay quiet for half an hour", WATCH_SECONDS),
        SETTLED,
    ),
)


def _more_than_now(percent: int, move: Move) -> bool:
    return move.leaves_instances and percent > int(move.size(Side.BEFORE, WEIGHT) or 0)


def _share(percent: int, before: int) -> tuple[Step, Step]:
    def call(move: Move) -> ShiftRequests:
        return ShiftRequests(percent=percent, was=max(before, int(move.size(Side.BEFORE, WEIGHT) or 0)))

    return (
        Api(
            key=f"share-{percent}",
            title=f"send {percent} % of requests to the cluster",
            downtime=Felt.SHARE.value,
            back="the share before, within seconds",
            when=lambda move: _more_than_now(percent, move),
            call=call,
            within=SHIFT_SECONDS,
        ),
        Checked(
            key=f"share-{percent}-watched",
            title="see that alarms stay quiet for half an hour",
            when=lambda move: _more_than_now(percent, move),
            check=lambda _: Quiet(),
            for_seconds=WATCH_SECONDS,
            within=2 * WATCH_SECONDS,
        ),
    )


GROWTH_TO_SCALEUP = Transition(
    title="everything in the cluster, events into a lake (REQ-P2, REQ-X3)",
    back="`up` with phase growth and edge.cluster_weight 100, then the shares in reverse; the lake stays",
    steps=(
        _quiet("quiet-before", "see that no alarm is on"),
        ANNOUNCED,
        *DATABASE,
        Manual(
            key="services-in-cluster",
            title="release every service to the cluster, where nobody calls it yet",
            back="nothing to take back",
            when=lambda move: move.leaves_instances,
            commands=("kubectl get applications --namespace argocd", "every application is Synced and Healthy"),
        ),
        Checked(
            key="cluster-answers",
            title="see that the load balancer finds the cluster's gateway healthy",
            when=lambda move: move.leaves_instances,
            check=lambda move: ClusterAnswers(at_least=int(move.size(Side.BEFORE, "add_ons.gateway_at_least") or 1)),
        ),
        *(step for before, percent in zip((0, *SHARES), SHARES, strict=False) for step in _share(percent, before)),
        Up(
            key="share-written",
            title="write the cluster's share down, with the instances still there",
            back="the shares before, from the step before",
            when=lambda move: move.leaves_instances,
            side=Side.BEFORE,
            other=(CLASS,),
            sets={WEIGHT: SHARES[-1]},
            felt=frozenset({Felt.SHARE}),
        ),
        Up(
            key="instances-gone",
            title="take the instances away, and make what else the phase brings: a stream, a lake, more readers",
            back="`up` with phase growth and edge.cluster_weight 100: instances come again, empty of requests",
            irreversible="what the lake holds by then is kept: its buckets refuse to go",
            side=Side.AFTER,
            felt=frozenset({Felt.CACHE_NODES, Felt.INSTANCES, Felt.SHARE, Felt.WAYS_OUT}),
        ),
        _quiet("quiet-after", "see that alarms stay quiet for half an hour", WATCH_SECONDS),
        SETTLED,
    ),
)

SCALEUP_TO_GLOBAL = Transition(
    title="a second region that reads and takes over (REQ-P3, REQ-R4, REQ-X4)",
    back="docs/adr/0022, `How it ends`: the second region leaves in the order that is told there",
    steps=(
        _quiet("quiet-before", "see that no alarm is on"),
        Manual(
            key="quotas-there",
            title="see that the account may have in the other region what it has here",
            back="nothing to take back",
            when=lambda move: move.gains_region,
            commands=(
                (
                    "addresses, 3 and more: aws service-quotas get-service-quota --region {other} --service-code ec2 "
                    "--quota-code L-0263D0A3"
                ),
                (
                    "vCPUs of instances, as many as here: aws service-quotas get-service-quota --region {other} "
                    "--service-code ec2 --quota-code L-1216C47A"
                ),
            ),
        ),
        *DATABASE,
        Up(
            key="second-region",
            title="make the second region, and join database, sessions, secrets, images and site",
            back="docs/adr/0022, `How it ends`",
            irreversible="keys of the second region wait for their deletion, and decrypt nothing meanwhile; AWS raises "
            "no minor version of a Global Database by itself",
            side=Side.AFTER,
            felt=frozenset({Felt.CACHE_NODES, Felt.STREAM_MODE}),
        ),
        Checked(
            key="region-joined",
            title="see that the database's member, the sessions' replica and the secret's follow",
            when=lambda move: move.gains_region,
            check=lambda _: SecondRegionJoined(),
            within=JOIN_SECONDS,
        ),
        Checked(
            key="region-near",
            title="see that the other region's copy of the database is not behind",
            when=lambda move: move.gains_region,
            check=lambda _: OtherRegionNear(),
        ),
        Manual(
            key="released-there",
            title="release every service and the front end once more: what was released before is not copied",
            back="nothing to take back: without healthy targets there, no user is led there",
            when=lambda move: move.gains_region,
            commands=(
                (
                    "after the release: aws ecr describe-images --region {other} "
                    "--repository-name startup-platform/{stage}/api --max-items 1"
                ),
            ),
        ),
        _quiet("quiet-after", "see that alarms stay quiet for half an hour", WATCH_SECONDS),
        SETTLED,
    ),
)

GLOBAL_TO_IPO = Transition(
    title="99.99 % promised, and records kept for two to five years (REQ-P4)",
    back="`up` with phase global",
    steps=(
        _quiet("quiet-before", "see that no alarm is on"),
        *DATABASE,
        Up(
            key="kept-longer",
            title="keep logs, events and snapshots as long as the phase asks, and promise what it promises",
            back="`up` with phase global",
            irreversible="what is deleted already; and on the way back what is older than global keeps is deleted",
            side=Side.AFTER,
        ),
        _quiet("quiet-after", "see that alarms stay quiet for half an hour", WATCH_SECONDS),
        SETTLED,
    ),
)

# To a phase, from the one before it.
TRANSITIONS: Mapping[PhaseName, Transition] = MappingProxyType(
    {
        PhaseName.MVP: START,
        PhaseName.GROWTH: MVP_TO_GROWTH,
        PhaseName.SCALEUP: GROWTH_TO_SCALEUP,
        PhaseName.GLOBAL: SCALEUP_TO_GLOBAL,
        PhaseName.IPO: GLOBAL_TO_IPO,
    }
)
ORDER = tuple(PhaseName)


def before(phase: PhaseName) -> PhaseName | None:
    """The phase that a phase is reached from; None for the first."""
    place = ORDER.index(phase)
    return ORDER[place - 1] if place else None


def next_after(phase: PhaseName | None) -> PhaseName | None:
    """The phase that comes next; None after the last."""
    if phase is None:
        return ORDER[0]
    place = ORDER.index(phase) + 1
    return ORDER[place] if place < len(ORDER) else None
