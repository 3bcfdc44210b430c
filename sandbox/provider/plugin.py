"""What every stand-in answers alike, whatever it stands in for: who it is, and how a failure is said."""
# The protocol's generated code carries no types that a checker could follow through grpc.
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportUntypedBaseClass=false
# pyright: reportMissingParameterType=false, reportIncompatibleMethodOverride=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportAttributeAccessIssue=false
# ruff: noqa: N802, ARG002, D102 -- the protocol names the methods and their parameters, and documents them

import functools
import json
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import grpc
from google.protobuf import empty_pb2

from sandbox.errors import SandboxError
from sandbox.protocol import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2_grpc
from sandbox.protocol import provider_pb2 as protocol
from sandbox.provider.autoname import Proposal
from sandbox.provider.diff import Plan
from sandbox.schema.check import Problem

_Method = TypeVar("_Method", bound=Callable[..., Any])


def answers(method: _Method) -> _Method:
    """Turn what goes wrong into one sentence for the engine, never a trace."""

    @functools.wraps(method)
    def answering(self: "Plugin", request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except SandboxError as refusal:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal))
        except Exception as defect:
            about = next((found for each in ("type", "tok", "urn") if (found := getattr(request, each, ""))), self.name)
            context.abort(
                grpc.StatusCode.INTERNAL,
                f"the sandbox itself failed in {method.__name__} of {about} ({type(defect).__name__}: {defect}); "
                "this is a defect of the sandbox, not of your program",
            )

    return answering  # pyright: ignore[reportReturnType]


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """One provider's stand-in; a subclass adds its configuration and its resources.

    One process serves every provider instance of a program. Each instance has a connection of its own, so what was
    configured is kept by the connection's peer address, never in a global.
    """

    name: str
    version: str

    def __init__(self) -> None:
        self._engine: str = ""  # its address, to which warnings go
        self._said: set[tuple[str, str]] = set()
        self._saying = threading.Lock()

    @answers
    def Handshake(self, request, context):
        self._engine = request.engine_address or self._engine
        return protocol.ProviderHandshakeResponse(accept_secrets=True, supports_autonaming_configuration=True)

    @answers
    def Attach(self, request, context):
        self._engine = request.address or self._engine
        return empty_pb2.Empty()

    @answers
    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version=self.version)

    @answers
    def GetSchema(self, request, context):
        return protocol.GetSchemaResponse(schema=json.dumps({"name": self.name, "version": self.version}))

    @answers
    def Cancel(self, request, context):
        return empty_pb2.Empty()

    def warn(self, sentence: str) -> None:
        """Say something among the engine's diagnostics, once a run however many resources it is true of."""
        with self._saying:
            key = (self._engine, sentence)
            if not self._engine or key in self._said:
                return
            self._said.add(key)
        with grpc.insecure_channel(self._engine) as channel:
            engine_pb2_grpc.EngineStub(channel).Log(
                engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=sentence, streamId=0)
            )


def token_of(request: Any) -> str:
    """The type of the resource that a request is about; older engines say it in the URN alone."""
    return request.type or request.urn.split("::")[2].split("$")[-1]


def proposal(request: Any) -> Proposal | None:
    """The name that the engine has chosen, or its word that it chooses none."""
    if not request.HasField("autonaming"):
        return None
    disabled = protocol.CheckRequest.AutonamingOptions.DISABLE
    return Proposal(name=request.autonaming.proposed_name, is_off=request.autonaming.mode == disabled)


def failures(problems: list[Problem]) -> list[protocol.CheckFailure]:
    """What a check found, in the engine's words."""
    return [protocol.CheckFailure(property=each.path, reason=each.reason) for each in problems]


def diff_response(plan: Plan) -> protocol.DiffResponse:
    """A plan in the engine's words."""
    kinds = protocol.PropertyDiff
    detailed = {
        each.path: kinds(
            kind=kinds.Kind.Value(f"{each.change.value}_REPLACE" if each.path in plan.replaces else each.change.value),
            inputDiff=True,
        )
        for each in plan.differences
    }
    response = protocol.DiffResponse
    return response(
        changes=response.DIFF_SOME if plan.differences else response.DIFF_NONE,
        diffs=sorted({each.top for each in plan.differences}),
        replaces=sorted(plan.replaces),
        deleteBeforeReplace=plan.delete_first,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )
