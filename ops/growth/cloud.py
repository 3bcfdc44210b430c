"""What a step sees of AWS: clients, the stage's names, and its contract."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from components.contract import parameter_name
from components.naming import Scope

Client = Any  # boto3 makes its clients at run time: no checker knows their methods


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """One account, by the stage that lives in it."""

    scope: Scope
    other_region: str  # where the stage's second region is, or will be
    client_of: Callable[[str, str], Client]  # of a service in a region
    measures: bool  # whether there are metrics, targets and replicas; the sandbox has none

    def client(self, service: str, region: str | None = None) -> Client:
        """Return a boto3 client; in the stage's own region unless another one is named."""
        return self.client_of(service, region or self.scope.region)

    def contract(self) -> Mapping[str, Any]:
        """What the stage publishes of itself."""
        found = self.client("ssm").get_parameter(Name=parameter_name(self.scope))
        return json.loads(found["Parameter"]["Value"])

    @property
    def database(self) -> str:
        """The database cluster's identifier, in both regions (components/data/aurora.py)."""
        return self.scope.name("database")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a look at the cloud found."""

    done: bool
    says: str  # one sentence, without a full stop
