"""Tells the engine what a provider is doing, as a provider does: by the engine's own log service."""
# pyright: reportUnknownMemberType=false

import threading

import grpc

from sandbox.protocol import engine_pb2, engine_pb2_grpc


class Voice:
    """Speaks to the engine at the other end of each connection."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engines: dict[str, str] = {}  # address of the engine's log, by peer

    def hears(self, context: grpc.ServicerContext, address: str) -> None:
        """Remember where the engine of this connection listens."""
        if address:
            with self._lock:
                self._engines[context.peer()] = address

    def says(self, context: grpc.ServicerContext, urn: str, sentence: str) -> None:
        """Show a sentence beside a resource."""
        with self._lock:
            address = self._engines.get(context.peer())
        if address is None:
            return
        with grpc.insecure_channel(address) as channel:
            engine_pb2_grpc.EngineStub(channel).Log(
                engine_pb2.LogRequest(severity=engine_pb2.INFO, message=sentence, urn=urn)
            )
