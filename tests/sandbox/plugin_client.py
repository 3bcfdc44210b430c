"""One provider instance's connection to a stand-in, as the engine keeps it."""
# The protocol's generated code carries no types that a checker could follow through grpc.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2 as protocol
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.provider.wire import decode, encode
from sandbox.schema.values import Bag


class Engine:
    """Speaks to a stand-in as the engine does."""

    def __init__(self, port: int, configuration: Bag | None) -> None:
        # Without a pool of its own a second channel would share the first one's connection.
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)])
        self.provider: Any = provider_pb2_grpc.ResourceProviderStub(self.channel)
        if configuration is not None:
            self.provider.Configure(protocol.ConfigureRequest(args=encode(configuration)))

    def check(
        self, token: str, news: Bag, olds: Bag | None = None, seed: bytes = b"seed"
    ) -> tuple[Bag, dict[str, str]]:
        """The inputs as the provider will use them, and the reason of each refused path."""
        request = protocol.CheckRequest(
            urn=urn(token), news=encode(news), olds=encode(olds or {}), randomSeed=seed, name="main", type=token
        )
        response = self.provider.Check(request)
        return decode(response.inputs), {each.property: each.reason for each in response.failures}

    def create(self, token: str, inputs: Bag, *, preview: bool = False) -> tuple[str, Bag]:
        response = self.provider.Create(
            protocol.CreateRequest(urn=urn(token), properties=encode(inputs), preview=preview, type=token)
        )
        return response.id, decode(response.properties)

    def diff(self, token: str, identifier: str, *, before: Bag, after: Bag) -> Any:
        request = protocol.DiffRequest(
            id=identifier,
            urn=urn(token),
            olds=encode(before),
            old_inputs=encode(before),
            news=encode(after),
            type=token,
        )
        return self.provider.Diff(request)

    def close(self) -> None:
        self.channel.close()


def urn(token: str) -> str:
    return f"urn:pulumi:dev::project::{token}::main"
