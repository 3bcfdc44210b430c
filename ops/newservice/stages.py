"""What a service's files say of each stage: its account from the platform's own stage file, the rest from its contract.

No credential is asked for: of the contract only limits are wanted, and the committed one has them
(services/contract.fixture.json). Where things are, a service reads of its stage's own contract when it starts.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from components.foundation import addressing
from components.foundation.acls import MYSQL_PORT, REDIS_PORT
from components.service.contract import Platform
from components.service.needs import queue
from components.service.place import Place
from components.service.spec import STAGES, Kind, Spec
from components.settings import Settings
from ops.errors import OpsError
from ops.growth.errors import GrowthError
from ops.growth.stage_file import settings_of

FIXTURE = "services/contract.fixture.json"
_PORTS: Mapping[str, tuple[int, str]] = {
    "mysql": (MYSQL_PORT, "Aurora and its proxy"),
    "redis": (REDIS_PORT, "the cache"),
}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What the template is told of a stage."""

    name: str
    account_id: str
    region: str
    budget_usd: str
    p95_ms: int  # promised to callers there
    data_cidrs: Sequence[str]  # where stores are
    ports: Mapping[int, str]  # of stores that the service needs: what is behind each
    queue_url: str  # empty without
    phase: str
    has_room: bool  # for pods: there is a cluster (docs/adr/0032)

    def told(self) -> Mapping[str, Any]:
        """For the template."""
        return asdict(self)


def stages_of(spec: Spec, budgets: Mapping[str, float], project: Path) -> list[Stage]:
    """Each stage that the platform has a file for.

    Raises:
        OpsError: a stage's file is missing or wrong, or what is wanted is more than a stage gives.
    """
    platforms = {stage: _platform(project, stage) for stage in STAGES}
    made = [_stage(spec, budgets[stage], settings, platform) for stage, (settings, platform) in platforms.items()]
    if troubles := list(_too_much(spec, budgets, {stage: each for stage, (_, each) in platforms.items()})):
        raise OpsError("\n".join(troubles))
    if spec.kind is not Kind.WEB and not any(each.has_room for each in made):
        raise OpsError(
            f"KIND = {spec.kind} runs in a cluster, and no stage has one in phase {made[0].phase}; bring one into "
            "phase growth first (docs/growth.md), or give web"
        )
    return made


def _platform(project: Path, stage: str) -> tuple[Settings, Platform]:
    try:
        settings = settings_of(project, stage)
    except GrowthError as problem:
        raise OpsError(str(problem)) from None
    try:
        fixture: Any = json.loads((project / FIXTURE).read_text(encoding="utf-8"))[stage]
    except (OSError, ValueError, KeyError) as problem:
        raise OpsError(f"{FIXTURE} has no contract of stage {stage}; make generated writes it: {problem}") from None
    place = {"stage": stage, "account_id": settings.account_id, "region": settings.region}
    return settings, Platform.model_validate(fixture | place)


def _too_much(spec: Spec, budgets: Mapping[str, float], platforms: Mapping[str, Platform]) -> Iterator[str]:
    """The same limits as the service's stack has in a preview, said for all stages before a file is written."""
    for stage, platform in platforms.items():
        if budgets[stage] > platform.budget_usd:
            yield (
                f"BUDGET = {stage}:{budgets[stage]:g} is more than the whole stage may spend; "
                f"give at most {platform.budget_usd:g}"
            )
    promised, least = spec.slo.availability_percent, min(each.availability_percent for each in platforms.values())
    if promised is not None and promised > least:
        yield f"AVAILABILITY = {promised:g} is above what the platform promises in each stage; give at most {least:g}"


def _stage(spec: Spec, budget_usd: float, settings: Settings, platform: Platform) -> Stage:
    place = Place(spec=spec, platform=platform)
    return Stage(
        name=platform.stage,
        account_id=platform.account_id,
        region=platform.region,
        budget_usd=f"{budget_usd:g}",
        p95_ms=platform.p95_ms,
        data_cidrs=[str(each.data) for each in addressing.cut(settings.network.cidr)],
        ports={port: what for need, (port, what) in _PORTS.items() if need in spec.needs.named},
        queue_url=_queue_url(place) if spec.needs.queue else "",
        phase=settings.phase.value,
        has_room=settings.growth.sizes.cluster is not None,
    )


def _queue_url(place: Place) -> str:
    scope = place.scope
    return f"https://sqs.{scope.region}.amazonaws.com/{scope.account_id}/{place.name(queue.WORK)}"
