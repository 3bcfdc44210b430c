"""What a provider does, written into the account's ledger; and what the account says where it knows better.

An object that the ledger saw deleted reads as gone, and an import reads what was made. Where runs keep checkpoints the
account is also as strict as AWS: a name that is in use is refused, whoever forgot the object that has it. Without
checkpoints a killed run forgets what it made, so that the next one may make it again.
"""
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportMissingParameterType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# ruff: noqa: N802, D102 -- the protocol names the methods, and documents them

import threading

import grpc
from google.protobuf import json_format, struct_pb2

from sandbox.ledger import Ledger, Properties, Thing
from sandbox.protocol import provider_pb2 as protocol
from sandbox.provider.calls import Calls, Inner
from sandbox.provider.taken import clash


class Account(Calls):
    """Keeps the ledger of whatever servicer it stands before."""

    def __init__(self, ledger: Ledger, *, strict: bool) -> None:
        self._ledger = ledger
        self._strict = strict
        self._lock = threading.Lock()  # looking for a name and taking it is one step

    def taken(self, urn: str) -> set[str]:
        """The ids that a new object of a URN cannot have."""
        return self._ledger.ids(urn) if self._strict else set()

    def Create(self, inner: Inner, request, context: grpc.ServicerContext):
        if request.preview:
            return inner(request, context)
        response = inner(request, context)
        outputs = plain(response.properties)
        with self._lock:
            refusal = clash(request.urn, outputs, self._ledger.living(request.urn)) if self._strict else None
            if refusal:
                context.abort(grpc.StatusCode.UNKNOWN, refusal)
            self._ledger.created(request.urn, response.id, plain(request.properties), outputs)
        return response

    def Update(self, inner: Inner, request, context: grpc.ServicerContext):
        response = inner(request, context)
        if not request.preview:
            self._ledger.updated(request.urn, request.id, plain(request.news), plain(response.properties))
        return response

    def Read(self, inner: Inner, request, context: grpc.ServicerContext):
        if self._ledger.is_gone(request.urn, request.id):
            return protocol.ReadResponse()
        found = self._ledger.find(request.urn, request.id)
        if found and not request.properties.fields:
            return reading(found)
        return inner(request, context)

    def Delete(self, inner: Inner, request, context: grpc.ServicerContext):
        # What is gone already is deleted: the bridge takes NotFound for success.
        response = inner(request, context)
        self._ledger.deleted(request.urn, request.id)
        return response


def reading(thing: Thing) -> protocol.ReadResponse:
    """What a look at an object finds."""
    return protocol.ReadResponse(id=thing.id, properties=struct(thing.outputs), inputs=struct(thing.inputs))


def plain(properties: struct_pb2.Struct) -> Properties:
    """A property bag as JSON has it; the engine's marks stay as they are."""
    return json_format.MessageToDict(properties)


def struct(properties: Properties) -> struct_pb2.Struct:
    """The reverse."""
    return json_format.ParseDict(properties, struct_pb2.Struct())
