"""Containers on ECS (S10): apart from their host, from an image that stays, and with a log."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from policy.catalog import (
    ADVISORY_EVERYWHERE,
    ADVISORY_IN_DEV,
    MANDATORY_EVERYWHERE,
    Finding,
    Frame,
    Outcome,
    Severity,
    judge_each,
    rule,
)
from policy.demands import Demands, document, meets, none_of, on, one_of, wrong
from policy.view import Node, Resource

TASK = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"

CONTAINED: Frame = {
    "isms_p": ["2.10.2", "2.10.8"],
    "soc2": ["CC6.8"],
    "severity": Severity.HIGH,
    "level": MANDATORY_EVERYWHERE,
}
LATER: Frame = {**CONTAINED, "severity": Severity.MEDIUM, "level": ADVISORY_IN_DEV}
SUGGESTED: Frame = {**CONTAINED, "severity": Severity.LOW, "level": ADVISORY_EVERYWHERE}
LOGGED: Frame = {
    "isms_p": ["2.9.4"],
    "soc2": ["CC7.2"],
    "severity": Severity.MEDIUM,
    "level": ADVISORY_EVERYWHERE,
}

HOSTS: Demands = {TASK: [none_of("networkMode", "host"), none_of("pidMode", "host"), none_of("ipcMode", "host")]}
PLATFORMS: Demands = {SERVICE: [one_of("platformVersion", "LATEST", "1.4.0", unsaid="LATEST")]}
_MOVING_TAG = re.compile(r"([^@]*/)?[^/@:]+(:latest)?")


def _containers(task: Resource) -> list[Node]:
    return document(task, "containerDefinitions").elements("")


def _each_container(task: Resource, check: Callable[[Node], Iterator[Outcome]]) -> Iterator[Outcome]:
    yield from judge_each(_containers(task), check)


@rule(
    "NET-017",
    on=HOSTS,
    says="a task shares neither its host's network, processes nor rights",
    fix='use network_mode="awsvpc"; remove pid_mode, ipc_mode and privileged',
    requirements=["REQ-S16", "REQ-N3"],
    **CONTAINED,
)
def tasks_are_apart(task: Resource) -> Iterator[Outcome]:
    """A privileged container is the host, and has the rights of every task on it."""
    yield from meets(task, HOSTS)
    yield from _each_container(task, none_of("privileged", True))


@rule(
    "PAT-010",
    on=[TASK],
    says="a container runs as a user, from an image that stays",
    fix="name a tag of a release, or a digest; remove user root",
    requirements=["REQ-Q2", "REQ-S10"],
    **LATER,
)
def containers_are_pinned(task: Resource) -> Iterator[Outcome]:
    """What was tested is what runs; an image that says nothing decides about its user itself."""

    def is_pinned(container: Node) -> Iterator[Outcome]:
        if _MOVING_TAG.fullmatch(container.at("image").text() or "@"):
            yield wrong(container, "image", "latest")
        if container.at("user").text().split(":")[0] in ("root", "0"):
            yield Finding(path=container.at("user").path, seen="root")

    yield from _each_container(task, is_pinned)


@rule(
    "PAT-011",
    on=[TASK],
    says="a container cannot write to its own image",
    fix="set readonlyRootFilesystem to true, and mount what is written to",
    requirements=["REQ-S10"],
    **SUGGESTED,
)
def containers_are_read_only(task: Resource) -> Iterator[Outcome]:
    """An intruder leaves nothing where nothing can be left."""
    yield from _each_container(task, on("readonlyRootFilesystem"))


@rule(
    "PAT-012",
    on=PLATFORMS,
    says="tasks run on a platform that is still patched",
    fix='leave platform_version out, or set "LATEST"',
    requirements=["REQ-S10"],
    **LATER,
)
def platforms_are_current(service: Resource) -> Iterator[Outcome]:
    """AWS patches the newest one."""
    yield from meets(service, PLATFORMS)


@rule(
    "LOG-013",
    on=[TASK],
    says="a container writes a log",
    fix="set logConfiguration (firelensConfiguration for a router)",
    requirements=["REQ-O3"],
    **LOGGED,
)
def containers_are_logged(task: Resource) -> Iterator[Outcome]:
    """Without one nothing of a task is left once it ends."""

    def is_logged(container: Node) -> Iterator[Outcome]:
        if not (container.has("logConfiguration") or container.has("firelensConfiguration")):
            yield Finding(path=container.at("logConfiguration").path)

    yield from _each_container(task, is_logged)
