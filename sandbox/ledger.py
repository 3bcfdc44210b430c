"""What exists in the sandbox's account, told apart from what a state says: the record of every create and delete.

A state is what the engine believes. After a kill, or an error that hid a success, the two differ, and only somebody who
looks into the account knows. The stand-in writes each event here before the engine hears of it: a file a stack,
`.sandbox/ledger/<project>.<stack>.jsonl`, one JSON object a line. An import reads there what was made, as it does
in AWS: with the secrets that AWS shows to who may see them, such as a parameter's value, and without passwords. None
of them is anybody's own: the sandbox puts a fixed text in the place of each secret of a stage file (docs/sandbox.md).
"""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.provider.wire import is_secret

Properties = dict[str, Any]  # as JSON has them


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One object that exists, or did."""

    urn: str  # of the resource it was made for
    id: str
    inputs: Properties
    outputs: Properties
    earlier: tuple[Properties, Properties] | None = None  # inputs and outputs before the last update

    @property
    def type(self) -> str:
        """The type token, such as `aws:sqs/queue:Queue`."""
        return type_of(self.urn)


def type_of(urn: str) -> str:
    """The type token that a URN ends its type path with."""
    return urn.split("::")[2].rpartition("$")[2]


class Ledger:
    """One account's objects, by stack. Safe to use from several threads; one process writes at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._stacks: dict[str, _Stack] = {}  # by the name of their file

    def created(self, urn: str, identifier: str, inputs: Properties, outputs: Properties) -> None:
        """Record that an object was made, or put in place of the one with its id."""
        self._write(urn, {"did": "create", "id": identifier, "inputs": shown(inputs), "outputs": shown(outputs)})

    def updated(self, urn: str, identifier: str, inputs: Properties, outputs: Properties) -> None:
        """Record what an object has become."""
        self._write(urn, {"did": "update", "id": identifier, "inputs": shown(inputs), "outputs": shown(outputs)})

    def deleted(self, urn: str, identifier: str) -> None:
        """Record that an object is gone."""
        self._write(urn, {"did": "delete", "id": identifier})

    def find(self, urn: str, identifier: str) -> Thing | None:
        """The living object with an id, of the URN's type, whatever its URN was when it was made."""
        with self._lock:
            return self._stack(urn).find(urn, identifier)

    def is_gone(self, urn: str, identifier: str) -> bool:
        """Whether it was here and is no more. What was never recorded is not gone."""
        with self._lock:
            stack = self._stack(urn)
            return stack.find(urn, identifier) is None and (type_of(urn), identifier) in stack.dead

    def living(self, urn: str) -> list[Thing]:
        """Every living object of the stack that a URN belongs to."""
        with self._lock:
            return list(self._stack(urn).living.values())

    def ids(self, urn: str) -> set[str]:
        """The ids that a URN has, or ever had."""
        with self._lock:
            return set(self._stack(urn).ids.get(urn, ()))

    def _stack(self, urn: str) -> "_Stack":
        name = _file_of(urn)
        if name not in self._stacks:
            self._stacks[name] = _Stack(read_events(self._folder / name))
        return self._stacks[name]

    def _write(self, urn: str, event: Mapping[str, Any]) -> None:
        event = {"urn": urn, **event}
        with self._lock:
            self._stack(urn).apply(event)
            self._folder.mkdir(parents=True, exist_ok=True)
            # One write of the whole line: a kill leaves it or does not.
            line = json.dumps(event, ensure_ascii=False, sort_keys=True) + "\n"
            place = os.open(self._folder / _file_of(urn), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(place, line.encode())
            finally:
                os.close(place)


class _Stack:
    """What the events of one stack come to."""

    def __init__(self, events: Iterator[Mapping[str, Any]]) -> None:
        self.living: dict[tuple[str, str], Thing] = {}  # by type and id, then URN where several share both
        self.dead: set[tuple[str, str]] = set()
        self.ids: dict[str, set[str]] = {}
        for event in events:
            self.apply(event)

    def apply(self, event: Mapping[str, Any]) -> None:
        urn, identifier = event["urn"], event["id"]
        before = self.find(urn, identifier)
        key = (before.urn if before else urn, identifier)
        self.ids.setdefault(urn, set()).add(identifier)
        if event["did"] == "delete":
            self.living.pop(key, None)
            self.dead.add((type_of(urn), identifier))
            return
        thing = Thing(urn=urn, id=identifier, inputs=event["inputs"], outputs=event["outputs"])
        if before and event["did"] == "update":
            thing = replace(thing, earlier=(before.inputs, before.outputs))
            del self.living[key]  # an alias may have renamed it
        self.living[urn, identifier] = thing
        self.dead.discard((type_of(urn), identifier))

    def find(self, urn: str, identifier: str) -> Thing | None:
        exact = self.living.get((urn, identifier))
        if exact:
            return exact
        same = (each for each in self.living.values() if each.id == identifier and each.type == type_of(urn))
        return next(same, None)


def read_events(path: Path) -> Iterator[Mapping[str, Any]]:
    """The events of a stack's file; a last line that a kill cut short never happened."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    for line in lines:
        if line.endswith("\n"):
            yield json.loads(line)


def shown(value: Any, name: str = "") -> Any:
    """A property as AWS shows it: a secret stays one, and one that AWS takes and never tells is left out."""
    if isinstance(value, dict):
        if is_secret(value) and _is_write_only(name):  # pyright: ignore[reportUnknownArgumentType]
            return None
        kept: Properties = {key: shown(item, key) for key, item in value.items()}  # pyright: ignore
        return {key: item for key, item in kept.items() if item is not None}
    if isinstance(value, list):
        return [shown(item, name) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def _is_write_only(name: str) -> bool:
    """By its name: Terraform's arguments that are never stored end in `_wo`, and no API tells a password."""
    return name.endswith("Wo") or "password" in name.lower()


def _file_of(urn: str) -> str:
    stack, project = urn.removeprefix("urn:pulumi:").split("::")[:2]
    return f"{project}.{stack}.jsonl"
