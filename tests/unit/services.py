"""A service on the fixture's platform, for tests to look at."""

import json
from collections.abc import Mapping
from typing import Any

from components.naming import Scope
from components.service import contract
from components.service.contract import Platform
from components.service.place import Place
from components.service.service import Service, ServiceArgs
from components.service.spec import FILE, Spec, parse
from tests.unit.recording import Recorded, record
from tools import contract_fixture

LEAST: Mapping[str, Any] = {
    "name": "feed",
    "team": "discovery",
    "cost_center": "CC-2001",
    "classification": "confidential",
    "kind": "http",
    "exposure": "public",
}


def platform(stage: str = "dev", **otherwise: object) -> Platform:
    """The fixture's platform, with what is otherwise than it says."""
    given = json.loads(contract_fixture.FILE.read_text(encoding="utf-8"))[stage] | otherwise
    scope = Scope(stage=given["stage"], account_id=given["account_id"], region=given["region"])
    return contract.parse(json.dumps(given), scope)


def described(needs: Mapping[str, Any] | None = None, **otherwise: object) -> Spec:
    """The least service, with needs and with what is otherwise."""
    return parse({**LEAST, "needs": needs or {}, **otherwise}, FILE)


def place(needs: Mapping[str, Any], on: Platform | None = None, **otherwise: object) -> Place:
    """Where that service is."""
    return Place(spec=described(needs, **otherwise), platform=on or platform())


def built(spec: Spec, on: Platform | None = None, budget_usd: float = 60) -> Recorded:
    """All that is registered for a service."""
    args = ServiceArgs(spec=spec, platform=on or platform(), budget_usd=budget_usd)
    return record(lambda: Service(spec.name, args))
