"""Patching (2.10.8): versions that are still mended, and images that are scanned and do not change under a tag."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.catalog import ADVISORY_EVERYWHERE, ADVISORY_IN_DEV, Frame, Outcome, Severity, rule, stack_rule
from policy.demands import Demands, lacks, meets, none_of, on, one_of, when, wrong
from policy.view import Resource, Stack

FUNCTION = "aws:lambda/function:Function"
CLUSTER = "aws:eks/cluster:Cluster"
REPOSITORY = "aws:ecr/repository:Repository"
DATABASE = "aws:rds/cluster:Cluster"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"
SCANNING = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"

GLOBAL: Mapping[str, str] = MappingProxyType({"aws:rds/globalCluster:GlobalCluster": "sourceDbClusterIdentifier"})

PATCHED: Frame = {
    "isms_p": ["2.10.8"],
    "soc2": ["CC7.1"],
    "severity": Severity.MEDIUM,
    "level": ADVISORY_IN_DEV,
}
SCANNED: Frame = {**PATCHED, "isms_p": ["2.10.8", "2.11.2"]}
UNCHANGED: Frame = {**PATCHED, "isms_p": ["2.9.1"], "soc2": ["CC8.1"]}
OF_COST: Frame = {**PATCHED, "severity": Severity.LOW, "level": ADVISORY_EVERYWHERE}

# No security patches any more; https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html (2026-11)
_ENDED_RUNTIMES = re.compile(
    r"nodejs(4\.3(-edge)?|[68]\.10|1[02468]\.x|20\.x)?|python(2\.7|3\.[6-9])|java8|dotnet(core[123]\.[01]|[5678])|go1\.x"
    r"|ruby2\.[57]|ruby3\.2|provided"
)
# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html (2026-11)
PATCHED_KUBERNETES = (1, 32)  # in extended support until March 2027
STANDARD_KUBERNETES = (1, 34)  # in standard support until December 2026

MINOR_UPGRADES: Demands = {
    "aws:rds/instance:Instance": [on("autoMinorVersionUpgrade", unsaid=True)],
    "aws:rds/cluster:Cluster": [when(lacks("globalClusterIdentifier"), on("autoMinorVersionUpgrade", unsaid=True))],
    "aws:docdb/clusterInstance:ClusterInstance": [on("autoMinorVersionUpgrade", unsaid=True)],
    "aws:neptune/clusterInstance:ClusterInstance": [on("autoMinorVersionUpgrade", unsaid=True)],
    "aws:elasticache/replicationGroup:ReplicationGroup": [on("autoMinorVersionUpgrade", unsaid=True)],
    "aws:elasticache/cluster:Cluster": [on("autoMinorVersionUpgrade", unsaid=True)],
    "aws:memorydb/cluster:Cluster": [on("autoMinorVersionUpgrade", unsaid=True)],
    "aws:dms/replicationInstance:ReplicationInstance": [on("autoMinorVersionUpgrade", unsaid=True)],
    "aws:mq/broker:Broker": [on("autoMinorVersionUpgrade")],
    "aws:redshift/cluster:Cluster": [on("allowVersionUpgrade", unsaid=True)],
}
TAGS: Demands = {REPOSITORY: [one_of("imageTagMutability", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", unsaid="MUTABLE")]}
_ENDED_CAS = ("rds-ca-2015", "rds-ca-2019")
CERTIFICATES: Demands = {
    "aws:rds/instance:Instance": [none_of("caCertIdentifier", *_ENDED_CAS)],
    "aws:rds/clusterInstance:ClusterInstance": [none_of("caCertIdentifier", *_ENDED_CAS)],
    "aws:docdb/clusterInstance:ClusterInstance": [none_of("caCertIdentifier", *_ENDED_CAS)],
}
# The oldest major version that is still mended without an extended-support fee, by engine.
_LEAST_MAJOR: Mapping[str, int] = MappingProxyType(
    {"mysql": 8, "aurora-mysql": 8, "postgres": 14, "aurora-postgresql": 14, "mariadb": 10, "redis": 6, "valkey": 7}
)
# No longer patched: https://docs.aws.amazon.com/glue/latest/dg/glue-version-support-policy.html
GLUE_VERSIONS: Demands = {"aws:glue/job:Job": [none_of("glueVersion", "0.9", "1.0", "2.0")]}
ENGINES = (
    "aws:rds/cluster:Cluster",
    "aws:rds/instance:Instance",
    "aws:rds/globalCluster:GlobalCluster",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:elasticache/cluster:Cluster",
)


@rule(
    "PAT-001",
    on=[FUNCTION],
    says="a function's runtime is still patched",
    fix="use a current runtime, such as python3.13 or nodejs22.x",
    requirements=["REQ-Q1"],
    **PATCHED,
)
def runtimes_are_patched(function: Resource) -> Iterator[Outcome]:
    """A function from an image brings its own."""
    runtime = function.known("runtime")
    if isinstance(runtime, str) and _ENDED_RUNTIMES.fullmatch(runtime):
        yield wrong(function, "runtime", "ended")


@rule(
    "PAT-002",
    on=[CLUSTER],
    says="Kubernetes is 1.32 or later, which is still patched",
    fix='set version="1.34" or later',
    requirements=["REQ-S10"],
    **PATCHED,
)
def kubernetes_is_current(cluster: Resource) -> Iterator[Outcome]:
    """Absent is EKS's newest."""
    yield from _at_least(cluster, PATCHED_KUBERNETES)


def _at_least(cluster: Resource, least: tuple[int, int]) -> Iterator[Outcome]:
    version = re.fullmatch(r"(\d+)\.(\d+)", str(cluster.known("version")))
    if version and (int(version[1]), int(version[2])) < least:
        yield wrong(cluster, "version", f"before {least[0]}.{least[1]}")


@rule(
    "PAT-003",
    on=[CLUSTER],
    says="a cluster is not in extended support, and does not slip into it",
    fix='set version="1.34" or later, and upgrade_policy with support_type="STANDARD"',
    requirements=["REQ-S10", "REQ-F2"],
    **OF_COST,
)
def clusters_stay_in_standard_support(cluster: Resource) -> Iterator[Outcome]:
    """It costs six times as much, and nobody is told."""
    yield from _at_least(cluster, STANDARD_KUBERNETES)
    yield from one_of("upgradePolicy.supportType", "STANDARD", unsaid="EXTENDED")(cluster)


@rule(
    "PAT-004",
    on=MINOR_UPGRADES,
    says="stores take minor versions by themselves",
    fix="leave auto_minor_version_upgrade on",
    requirements=["REQ-S5", "REQ-S6"],
    **PATCHED,
)
def stores_take_minor_versions(store: Resource) -> Iterator[Outcome]:
    """Members of a global database are upgraded together, by hand."""
    yield from meets(store, MINOR_UPGRADES)


@stack_rule(
    "PAT-013",
    on=[MEMBER],
    says="a cluster's members take minor versions by themselves",
    fix="leave auto_minor_version_upgrade on",
    requirements=["REQ-S5"],
    **PATCHED,
)
def members_take_minor_versions(member: Resource, stack: Stack) -> Iterator[Outcome]:
    """Unless their cluster is of a global database, which is upgraded by hand: the secondaries first."""
    clusters = [
        each for each in stack.of_type([DATABASE]) if member in stack.users(each, {MEMBER: "clusterIdentifier"})
    ]
    if not any(each.stated("globalClusterIdentifier") or stack.users(each, GLOBAL) for each in clusters):
        yield from on("autoMinorVersionUpgrade", unsaid=True)(member)


@stack_rule(
    "PAT-005",
    on=[REPOSITORY],
    says="images are scanned when they are pushed",
    fix="set image_scanning_configuration with scan_on_push=True, or configure the registry's scanning",
    requirements=["REQ-S10", "REQ-Q1"],
    **SCANNED,
)
def images_are_scanned(repository: Resource, stack: Stack) -> Iterator[Outcome]:
    """The registry may do it for all its repositories."""
    if not any(stack.of_type([SCANNING])):
        yield from on("imageScanningConfiguration.scanOnPush")(repository)


@rule(
    "PAT-006",
    on=TAGS,
    says="an image's tag is for ever",
    fix='set image_tag_mutability="IMMUTABLE"',
    requirements=["REQ-S10", "REQ-Q2"],
    **UNCHANGED,
)
def image_tags_are_immutable(repository: Resource) -> Iterator[Outcome]:
    """What was tested is what runs."""
    yield from meets(repository, TAGS)


@rule(
    "PAT-007",
    on=CERTIFICATES,
    says="a database's certificate comes from an authority that is still valid",
    fix="use rds-ca-rsa2048-g1 or later",
    requirements=["REQ-N3"],
    **PATCHED,
)
def certificates_are_current(database: Resource) -> Iterator[Outcome]:
    """Clients that check it cannot connect."""
    yield from meets(database, CERTIFICATES)


@rule(
    "PAT-008",
    on=ENGINES,
    says="an engine's major version is still mended",
    fix="use MySQL 8, PostgreSQL 14, Redis 6, Valkey 7 or later",
    requirements=["REQ-S5", "REQ-S6"],
    **PATCHED,
)
def engines_are_mended(store: Resource) -> Iterator[Outcome]:
    """Absent is AWS's newest."""
    version = re.match(r"\d+", str(store.known("engineVersion")))
    least = _LEAST_MAJOR.get(str(store.known("engine"))) if version else None
    if version and least and int(version[0]) < least:
        yield wrong(store, "engineVersion", f"before {least}")


@rule(
    "PAT-009",
    on=GLUE_VERSIONS,
    says="a job's Glue version is still patched",
    fix='set glue_version="5.0"',
    requirements=["REQ-S7"],
    **PATCHED,
)
def jobs_are_current(job: Resource) -> Iterator[Outcome]:
    """Each version brings its own Spark and Python."""
    yield from meets(job, GLUE_VERSIONS)
