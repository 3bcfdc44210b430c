"""Serves the stand-in on a port of this machine, in this process."""
# grpc's stubs leave the handlers of a server untyped.
# pyright: reportUnknownMemberType=false

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.errors import SandboxError
from sandbox.provider.aws import Provider
from sandbox.schema.cloudformation import CloudFormation
from sandbox.schema.sdk import Sdk

_HOST = "127.0.0.1"  # never reachable from outside
_THREADS = 16  # the engine's default parallelism per provider instance is 16
_GRACE = 1.0  # seconds that calls under way get to finish
_OPTIONS = (
    ("grpc.so_reuseport", 0),  # two servers on one port would share its calls
    ("grpc.max_receive_message_length", -1),  # as the engine: a state can be large
    ("grpc.max_send_message_length", -1),
)


@dataclass(frozen=True, kw_only=True)
class Serving:
    """A running stand-in."""

    port: int
    server: grpc.Server

    def stop(self) -> None:
        """End it; calls under way get a second."""
        self.server.stop(_GRACE).wait()


def serve(port: int = 0, environment: Mapping[str, str] = os.environ) -> Serving:
    """Start the AWS stand-in; port 0 takes any free one. A provider may take its region from the environment.

    Raises:
        SandboxError: the port is taken, or the SDK or cfn-lint is not installed.
    """
    server = grpc.server(ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="aws"), options=_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(
        Provider(Sdk.installed("aws"), CloudFormation.installed(), environment), server
    )
    try:
        bound = server.add_insecure_port(f"{_HOST}:{port}")
    except RuntimeError:
        bound = 0
    if bound == 0:
        raise SandboxError(f"port {port} is taken: stop what listens there, or let the sandbox choose one")
    server.start()
    return Serving(port=bound, server=server)
