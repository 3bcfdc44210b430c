# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportAttributeAccessIssue=false
# The SDK's generated gRPC modules have no types of their own.
"""The pack as the engine runs it: its own process, asked over gRPC with properties as protobuf structs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

REPOSITORY = Path(__file__).resolve().parents[2]
PACK = REPOSITORY / "policy"

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # what the engine sends for a text that is not known yet


def secret(value: object) -> dict[str, object]:
    """A value as the engine sends it when it is a secret."""
    return {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": value}


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A resource as the engine knows it; only what a test cares about has to be said."""

    type: str
    props: Mapping[str, object]
    name: str = "subject"
    stack: str = "dev"
    provider: Mapping[str, object] | None = None
    depends: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    @property
    def urn(self) -> str:
        return urn(self.type, self.name, self.stack)


def urn(token: str, name: str = "subject", stack: str = "dev") -> str:
    return f"urn:pulumi:{stack}::startup-platform::{token}::{name}"


@dataclass(frozen=True, kw_only=True, order=True)
class Diagnostic:
    """One line that the engine would show.

    Attributes:
        id: what the message starts with, such as `ENC-001[storageEncrypted]`.
    """

    id: str
    level: str
    urn: str
    message: str


class Pack:
    """A running pack."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._stub = analyzer_pb2_grpc.AnalyzerStub(channel)

    def analyze(self, resource: Registered) -> list[Diagnostic]:
        """What the pack says about a resource that is being registered."""
        request = analyzer_pb2.AnalyzeRequest(
            type=resource.type, properties=_struct(resource.props), urn=resource.urn, name=resource.name
        )
        if resource.provider is not None:
            request.provider.CopyFrom(_provider(resource.provider, resource.stack))
        return _diagnostics(self._stub.Analyze(request))

    def analyze_stack(self, resources: Sequence[Registered]) -> list[Diagnostic]:
        """What the pack says about a whole stack at the end."""
        request = analyzer_pb2.AnalyzeStackRequest(resources=[_deployed(each) for each in resources])
        return _diagnostics(self._stub.AnalyzeStack(request))

    def judge(self, *resources: Registered) -> list[Diagnostic]:
        """Both, as a preview does: each resource, then the stack."""
        found = [line for each in resources for line in self.analyze(each)]
        return [*found, *self.analyze_stack(resources)]

    def disable(self, *policies: str) -> None:
        """What `--policy-pack-config` does with a policy whose level is "disabled"."""
        off = analyzer_pb2.PolicyConfig(enforcementLevel=analyzer_pb2.DISABLED, properties=struct_pb2.Struct())
        self._stub.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=dict.fromkeys(policies, off)))

    def info(self) -> Any:
        return self._stub.GetAnalyzerInfo(empty_pb2.Empty())


def findings(diagnostics: Sequence[Diagnostic], level: str = "mandatory") -> set[str]:
    """The ids at one level."""
    return {each.id for each in diagnostics if each.level == level}


@contextmanager
def running(directory: Path = PACK, **environment: str) -> Generator[Pack]:
    """Starts a pack as the language host does; the first line it prints must be its port."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(directory)]
    env = {**os.environ, **environment}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=directory.parent, env=env, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Pack(channel)
        finally:
            process.terminate()


def _struct(properties: Mapping[str, object]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(properties), struct_pb2.Struct())


def _provider(properties: Mapping[str, object], stack: str) -> Any:
    token = "pulumi:providers:aws"
    return analyzer_pb2.AnalyzerProviderResource(
        type=token, properties=_struct(properties), urn=urn(token, "aws", stack), name="aws"
    )


def _deployed(resource: Registered) -> Any:
    deployed = analyzer_pb2.AnalyzerResource(
        type=resource.type, properties=_struct(resource.props), urn=resource.urn, name=resource.name
    )
    for name, urns in resource.depends.items():
        deployed.propertyDependencies[name].urns.extend(urns)
    if resource.provider is not None:
        deployed.provider.CopyFrom(_provider(resource.provider, resource.stack))
    return deployed


def _diagnostics(response: Any) -> list[Diagnostic]:
    return sorted(_diagnostic(each) for each in response.diagnostics)


def _diagnostic(diagnostic: Any) -> Diagnostic:
    message = diagnostic.message.removeprefix(f"{diagnostic.description}\n")
    level = analyzer_pb2.EnforcementLevel.Name(diagnostic.enforcementLevel).lower()
    return Diagnostic(id=message.split(" ", 1)[0], level=level, urn=diagnostic.urn, message=message)
