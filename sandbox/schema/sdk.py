"""The installed Pulumi SDK of a provider: its resource types, read when asked for and then kept on disk."""

import contextlib
import importlib.util
import json
import os
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from sandbox import cache
from sandbox.errors import SandboxError
from sandbox.schema.source import SourceFile
from sandbox.schema.types import (
    AnyOf,
    ListOf,
    MapOf,
    ObjectRef,
    Property,
    ResourceSchema,
    Type,
    parts,
    schema_from_json,
    schema_to_json,
)

_FORMAT = 1  # of the cached files; raise it when the reader reads more or otherwise
_MODULES = re.compile(r'resource_modules="""\n(.*?)\n"""', re.DOTALL)
_RESOURCE = re.compile(r"^class (\w+)\(pulumi\.CustomResource\)", re.MULTILINE)
PROVIDER = "pulumi:providers:aws"  # the token of a provider resource itself


class Sdk:
    """One SDK. Safe to use from several threads."""

    def __init__(self, root: Path, provider: str) -> None:
        self._root = root
        self._provider = provider
        self._lock = threading.RLock()
        self._schemas: dict[str, ResourceSchema] = {}
        self.version: str = json.loads((root / "pulumi-plugin.json").read_text(encoding="utf-8"))["version"]

    @classmethod
    def installed(cls, provider: str) -> "Sdk":
        """Find the SDK of a provider, such as `aws`, in this environment.

        Raises:
            SandboxError: it is not installed.
        """
        found = importlib.util.find_spec(f"pulumi_{provider}")
        if found is None or found.origin is None:
            raise SandboxError(f"pulumi-{provider} is not installed in this environment: run `make preview` once")
        return cls(Path(found.origin).parent, provider)

    @property
    def name(self) -> str:
        """Package and version, such as `pulumi-aws 7.51.1`."""
        return f"pulumi-{self._provider} {self.version}"

    @cached_property
    def _classes(self) -> Mapping[str, tuple[str, str]]:
        """Token -> module directory and class name, as the SDK registers them."""
        registered = _MODULES.search((self._root / "__init__.py").read_text(encoding="utf-8"))
        if registered is None:
            raise ValueError(f"{self.name} does not register its resource modules as expected")
        return {
            token: (".".join(entry["fqn"].split(".")[1:]), name)
            for entry in json.loads(registered[1])
            for token, name in entry["classes"].items()
        }

    def tokens(self) -> Iterator[str]:
        """List every resource type of the SDK, sorted."""
        return iter(sorted(self._classes))

    def __contains__(self, token: str) -> bool:
        return token in self._classes

    def resource(self, token: str) -> ResourceSchema:
        """Return the schema of a resource type; the provider's own is `PROVIDER`.

        Raises:
            KeyError: the SDK has no such type.
        """
        if token != PROVIDER and token not in self._classes:
            raise KeyError(token)
        with self._lock:
            if token not in self._schemas:
                self._schemas[token] = self._cached(token) or self._read_and_keep(token)
            return self._schemas[token]

    def source(self, token: str) -> tuple[SourceFile, str]:
        """Return the file that defines a resource type, and the name of its class.

        Raises:
            KeyError: the SDK has no such type.
        """
        if token == PROVIDER:
            return SourceFile.read(self._root / "provider.py", ""), "Provider"
        module, name = self._classes[token]
        directory = self._root.joinpath(*module.split("."))
        guess = directory / f"{_snake(parts(token)[1])}.py"
        for path in [guess, *sorted(directory.glob("*.py"))]:
            with contextlib.suppress(FileNotFoundError):
                file = SourceFile.read(path, module)
                if any(match[1] == name for match in _RESOURCE.finditer(file.text)):
                    return file, name
        raise KeyError(token)

    def _place(self, token: str) -> Path:
        directory = cache.directory("schema", f"pulumi-{self._provider}-{self.version}")
        return directory / f"{re.sub(r'[^A-Za-z0-9]+', '.', token)}.json"

    def _cached(self, token: str) -> ResourceSchema | None:
        """Return what is on disk, or None where it is absent, of another format or damaged: it is then made anew."""
        try:
            data = json.loads(self._place(token).read_text(encoding="utf-8"))
            return schema_from_json(data["schema"]) if data["format"] == _FORMAT else None
        except (OSError, KeyError, TypeError, AttributeError, ValueError):
            return None

    def _read_and_keep(self, token: str) -> ResourceSchema:
        schema = self._read(token)
        place = self._place(token)
        # Another process may do the same: each writes a file of its own and the rename is one step.
        with tempfile.NamedTemporaryFile("w", dir=place.parent, delete=False, encoding="utf-8") as file:
            json.dump({"format": _FORMAT, "schema": schema_to_json(schema)}, file)
        os.replace(file.name, place)  # noqa: PTH105 -- the name is a string already
        return schema

    def _read(self, token: str) -> ResourceSchema:
        file, name = self.source(token)
        inputs = file.arguments_of(name)
        outputs = file.results(name)
        # Objects inside an input are read once, as inputs; only computed outputs need their own.
        outputs |= {
            each: Property(type=inputs[each].type, required=outputs[each].required)
            for each in inputs.keys() & outputs.keys()
        }
        objects = self._objects([each.type for each in (*inputs.values(), *outputs.values())])
        return ResourceSchema(token=token, inputs=inputs, outputs=outputs, objects=objects, secrets=file.secrets(name))

    def _objects(self, types: list[Type]) -> dict[str, dict[str, Property]]:
        """Read every object that the types mention, and those that they mention in turn."""
        files: dict[str, SourceFile] = {}
        found: dict[str, dict[str, Property]] = {}
        waiting = [reference for shape in types for reference in _references(shape)]
        while waiting:
            reference = waiting.pop()
            if reference in found:
                continue
            found[reference] = self._object(reference, files)
            waiting += [inner for each in found[reference].values() for inner in _references(each.type)]
        return found

    def _object(self, reference: str, files: dict[str, SourceFile]) -> dict[str, Property]:
        home, _, name = reference.rpartition(".")
        if home not in files:
            path = self._root.joinpath(*home.strip(".").split(".")).with_suffix(".py")
            files[home] = SourceFile.read(path, home.rpartition(".")[0])
        return files[home].arguments(name) if home.endswith("_inputs") else files[home].results(name)


def _references(shape: Type) -> Iterator[str]:
    match shape:
        case ObjectRef():
            yield shape.name
        case ListOf():
            yield from _references(shape.item)
        case MapOf():
            yield from _references(shape.value)
        case AnyOf():
            for option in shape.options:
                yield from _references(option)
        case _:
            return


def _snake(camel: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", camel).lower()
