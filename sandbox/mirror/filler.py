"""How one resource of a state is made in moto: by the calls of AWS's own API, with the ids that the state has."""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from unittest import mock  # its patcher is the one that undoes itself whatever happens

import boto3

from sandbox.provider.states import Stored
from sandbox.provider.wire import is_secret

PLACEHOLDER = "sandbox-does-not-tell"  # in place of every secret value
_WORDS = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}  # moto asks for some, and checks none


@dataclass(frozen=True, kw_only=True)
class World:
    """Where the calls go."""

    endpoint: str
    account: str
    zones: Mapping[str, str]  # id -> name of the DNS zones that records are in
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])

    def client(self, service: str, region: str) -> Any:
        """Return a boto3 client of a service in a region."""
        key = service, region
        if key not in self._clients:
            make = cast("Any", boto3).client
            self._clients[key] = make(service, region_name=region, endpoint_url=self.endpoint, **_WORDS)
        return self._clients[key]


@dataclass(frozen=True, kw_only=True)
class Made:
    """One resource of a state, on its way into moto."""

    stored: Stored
    world: World

    def __getitem__(self, name: str) -> Any:
        """Return an output; None where it has none."""
        return plain(self.stored.outputs.get(name))

    def inside(self, name: str) -> dict[str, Any]:
        """Return an output that is an object; an empty one where it is not set."""
        return self[name] or {}

    def items(self, name: str) -> list[dict[str, Any]]:
        """Return an output that is a list of objects; an empty one where it is not set."""
        return self[name] or []

    @property
    def id(self) -> str:
        """The id in the state."""
        return self.stored.id

    @property
    def region(self) -> str:
        """Where the resource lives; a global one's calls go to Virginia."""
        return str(self["region"] or "us-east-1")

    def client(self, service: str) -> Any:
        """Return a client where the resource lives."""
        return self.world.client(service, self.region)

    def only(self, **names: str) -> dict[str, Any]:
        """Return call arguments: `Name="name"` takes the output `name`, and is left out where that is not set."""
        return {argument: self[name] for argument, name in names.items() if self[name] not in (None, "", [], {})}

    @property
    def tags(self) -> dict[str, str]:
        """All tags, the provider's default ones too."""
        return dict(self["tagsAll"] or {})

    @property
    def tag_list(self) -> list[dict[str, str]]:
        """The tags as most of AWS writes them."""
        return [{"Key": key, "Value": value} for key, value in self.tags.items()]

    def ec2_tags(self, kind: str) -> list[dict[str, Any]]:
        """The tags as EC2 writes them."""
        return [{"ResourceType": kind, "Tags": self.tag_list}] if self.tags else []


Said = Callable[[Made], str]


@dataclass(frozen=True, kw_only=True)
class Filler:
    """`fill` makes the resource; `ids` are the functions in which moto invents what the state knows, and what it is."""

    fill: Callable[[Made], object]
    ids: Mapping[str, Said] = field(default_factory=dict[str, Said])
    lost: str = ""  # what moto does not let one say, and answers otherwise than the state

    def make(self, made: Made) -> None:
        """Make the resource in moto."""
        with _inventing({place: said(made) for place, said in self.ids.items()}):
            self.fill(made)


@contextmanager
def _inventing(ids: Mapping[str, str]) -> Generator[None]:
    """Let moto invent the ids that the state has."""
    with ExitStack() as ending:
        for place, value in ids.items():
            ending.enter_context(mock.patch(place, _always(value)))
        yield


def _always(value: str) -> Callable[..., str]:
    return lambda *_, **__: value


def its_id(made: Made) -> str:
    """The id in the state."""
    return made.id


def its(name: str) -> Said:
    """An output."""
    return lambda made: str(made[name])


def end_of_id(separator: str) -> Said:
    """What follows the last separator in the id."""
    return lambda made: made.id.rpartition(separator)[2]


def plain(value: Any) -> Any:
    """A value of a state without the envelopes of secrets."""
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        if is_secret(found):
            return json.loads(found["plaintext"]) if "plaintext" in found else PLACEHOLDER
        return {name: plain(item) for name, item in found.items()}
    return [plain(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def capitalised(value: Any) -> Any:
    """An object with AWS's spelling of its names: `fixedResponse` is `FixedResponse`, at every depth."""
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        return {name[:1].upper() + name[1:]: capitalised(item) for name, item in found.items() if item is not None}
    return [capitalised(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value
