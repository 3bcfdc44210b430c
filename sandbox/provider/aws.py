"""The AWS provider's side of the engine's protocol: requests in, responses out, and what must be remembered between.

One process serves every provider instance of a program, and every program that the engine runs. Each instance has a
connection of its own, so what was configured is kept by the connection's peer address.
"""
# The protocol's generated code carries no types that a checker could follow through grpc.
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportUntypedBaseClass=false
# pyright: reportMissingParameterType=false, reportIncompatibleMethodOverride=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# ruff: noqa: N802, ARG002, D102 -- the protocol names the methods and their parameters, and documents them

import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

import grpc
from google.protobuf import empty_pb2

from sandbox.errors import SandboxError
from sandbox.protocol import provider_pb2 as protocol
from sandbox.provider import invokes, plugin, protected
from sandbox.provider.census import Census
from sandbox.provider.configuration import Configuration, configured, problems_of
from sandbox.provider.defaults import NOTE, TAGS_ALL
from sandbox.provider.diff import Plan, differences
from sandbox.provider.identity import Identity, Scope
from sandbox.provider.outputs import foreseen, identity_of, settled
from sandbox.provider.plugin import Plugin, answers
from sandbox.provider.principals import refusal
from sandbox.provider.requests import checked, planned
from sandbox.provider.states import backend_of
from sandbox.provider.tampering import Tampering
from sandbox.provider.wire import decode, encode
from sandbox.schema.cloudformation import CloudFormation
from sandbox.schema.sdk import PROVIDER, Sdk
from sandbox.schema.types import ResourceSchema
from sandbox.schema.values import Bag

Taken: TypeAlias = Callable[[str], Collection[str]]


def nothing(_: str) -> Collection[str]:
    """Say of every URN that it has no ids but those that this process gave it."""
    return ()


class Provider(Plugin):
    """Answers the engine for every `aws` provider instance."""

    name = "aws"

    def __init__(
        self, sdk: Sdk, cloudformation: CloudFormation, environment: Mapping[str, str], taken: Taken = nothing
    ) -> None:
        super().__init__()
        self.version = sdk.version
        self._sdk = sdk
        self._taken_before = taken
        self._environment = environment
        self._cloudformation = cloudformation
        self._lock = threading.Lock()
        self._instances: dict[str, Configuration] = {}  # by peer address
        self._taken: dict[str, set[str]] = {}  # URN -> ids that it has, or had while this process runs
        backend = backend_of(environment)
        self._census = Census(backend)
        self._tampering = Tampering(backend)

    # One provider instance

    @answers
    def CheckConfig(self, request, context):
        problems = problems_of(decode(request.news), self._sdk.resource(PROVIDER))
        return protocol.CheckResponse(inputs=request.news, failures=plugin.failures(problems))

    @answers
    def DiffConfig(self, request, context):
        found = differences(decode(request.old_inputs) or decode(request.olds), decode(request.news))
        return plugin.diff_response(Plan(differences=found, replaces=frozenset(), delete_first=False))

    @answers
    def Configure(self, request, context):
        configuration = configured(decode(request.args), self._sdk.resource(PROVIDER), self._environment)
        with self._lock:
            self._instances[context.peer()] = configuration
        return protocol.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    @answers
    def Invoke(self, request, context):
        result = invokes.answer(request.tok, decode(request.args), self._configuration(context))
        response = protocol.InvokeResponse()
        getattr(response, "return").CopyFrom(encode(result))  # a word that Python keeps to itself
        return response

    # One resource

    @answers
    def Check(self, request, context):
        result = checked(
            self._schema(request),
            self._cloudformation,
            self._configuration(context),
            news=decode(request.news),
            olds=decode(request.olds),
            logical=_name(request),
            seed=request.randomSeed,
            proposal=plugin.proposal(request),
        )
        return protocol.CheckResponse(inputs=encode(result.inputs), failures=plugin.failures(result.problems))

    @answers
    def Diff(self, request, context):
        schema = self._schema(request)
        self._take(request.urn, request.id)
        olds = decode(request.old_inputs) or _inputs_of(schema, decode(request.olds))
        news = decode(request.news)
        return plugin.diff_response(
            planned(schema, self._cloudformation, olds=olds, news=news, ignored=request.ignoreChanges)
        )

    @answers
    def Create(self, request, context):
        schema, inputs = self._schema(request), decode(request.properties)
        configuration = self._configuration(context)
        identity = identity_of(schema, self._cloudformation, inputs)
        if request.preview:
            return protocol.CreateResponse(properties=encode(foreseen(schema, identity, inputs, configuration)))
        self._look_up_principals(schema, inputs, configuration)
        identifier, outputs = self._new(identity, _scope(schema, request.urn, inputs, configuration), schema)
        self._take(request.urn, identifier)
        self._census.born(schema.token, outputs)
        self._tampering.ended(request.urn)
        return protocol.CreateResponse(id=identifier, properties=encode(outputs))

    @answers
    def Update(self, request, context):
        schema, inputs, olds = self._schema(request), decode(request.news), decode(request.olds)
        self._take(request.urn, request.id)
        configuration = self._configuration(context)
        if not request.preview:
            self._change(schema, request, inputs, configuration)
        scope = _scope(schema, request.urn, inputs, configuration).knowing(id=request.id)
        _, outputs = settled(schema, identity_of(schema, self._cloudformation, inputs), scope)
        # What AWS computed at creation stays as it was.
        kept = {name: olds[name] for name in schema.computed - {TAGS_ALL} if name in olds}
        return protocol.UpdateResponse(properties=encode({**outputs, **kept}))

    @answers
    def Read(self, request, context):
        schema = self._schema(request)
        self._take(request.urn, request.id)
        hand, known = self._tampering.of(request.urn), decode(request.properties)
        if hand and hand.is_deleted:
            return protocol.ReadResponse()  # an empty id: there is no such thing
        if known:
            self._census.born(schema.token, known)
            properties = encode(hand.applied(known)) if hand else request.properties
            inputs = encode(hand.applied(decode(request.inputs))) if hand else request.inputs
            return protocol.ReadResponse(id=request.id, properties=properties, inputs=inputs)
        # An import, or `Resource.get`: there is no account to look into, so it is taken to exist.
        scope = _scope(schema, request.urn, {}, self._configuration(context)).knowing(id=request.id)
        _, outputs = settled(schema, identity_of(schema, self._cloudformation, {}), scope)
        self._census.born(schema.token, outputs)
        return protocol.ReadResponse(
            id=request.id, properties=encode(outputs), inputs=encode(_inputs_of(schema, outputs))
        )

    @answers
    def Delete(self, request, context):
        self._take(request.urn, request.id)
        token, made = self._schema(request).token, decode(request.properties)
        said = protected.refusal(token, made)
        if said:
            raise SandboxError(f"deleting {request.id}: {said}")
        self._census.died(token, made)
        self._tampering.ended(request.urn)
        return empty_pb2.Empty()

    def _look_up_principals(self, schema: ResourceSchema, inputs: Bag, configuration: Configuration) -> None:
        said = refusal(schema.token, inputs, configuration.account, self._census.living)
        if said:
            raise SandboxError(said)

    def _change(self, schema: ResourceSchema, request: Any, inputs: Bag, configuration: Configuration) -> None:
        """A change in AWS: it needs something to change, and it puts right what somebody did by hand."""
        hand = self._tampering.of(request.urn)
        if hand and hand.is_deleted:
            raise SandboxError(
                f"{request.id} does not exist: somebody deleted it (`pulumi refresh` takes note of that)"
            )
        self._look_up_principals(schema, inputs, configuration)
        self._tampering.ended(request.urn)

    def _schema(self, request: Any) -> ResourceSchema:
        token = plugin.token_of(request)
        if token not in self._sdk:
            raise SandboxError(f"{self._sdk.name} has no resource type {token}")
        return self._sdk.resource(token)

    def _configuration(self, context: grpc.ServicerContext) -> Configuration:
        with self._lock:
            found = self._instances.get(context.peer())
        if found is None:
            raise SandboxError("this AWS provider instance was not configured; the engine configures each before use")
        return found

    def _take(self, urn: str, identifier: str) -> None:
        with self._lock:
            self._taken.setdefault(urn, set()).add(identifier)

    def _new(self, identity: Identity, scope: Scope, schema: ResourceSchema) -> tuple[str, Bag]:
        """Make a resource whose id is not taken; an id that is a name stays what it is."""
        with self._lock:
            taken = frozenset(self._taken.get(scope.urn, ())) | frozenset(self._taken_before(scope.urn))
        made = [settled(schema, identity, scope.in_generation(number)) for number in range(len(taken) + 1)]
        return next((each for each in made if each[0] not in taken), made[0])


def _scope(schema: ResourceSchema, urn: str, inputs: Bag, configuration: Configuration) -> Scope:
    return Scope(token=schema.token, urn=urn, generation=0, inputs=inputs, configuration=configuration, known={})


def _name(request: Any) -> str:
    return request.name or request.urn.rpartition("::")[2]


def _inputs_of(schema: ResourceSchema, outputs: Bag) -> Bag:
    """What of a state came from the program, where the state does not say so itself."""
    return {name: value for name, value in outputs.items() if name in schema.inputs or name in (NOTE, TAGS_ALL)}
