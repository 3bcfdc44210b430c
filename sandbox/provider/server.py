"""Serves the stand-ins on ports of this machine, in this process."""
# grpc's stubs leave the handlers of a server untyped.
# pyright: reportUnknownMemberType=false

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import grpc

from sandbox.accounts import Behind
from sandbox.errors import SandboxError
from sandbox.kube.backend import Backend
from sandbox.kube.charts import Charts
from sandbox.protocol import provider_pb2_grpc
from sandbox.provider import aws, eks, kubernetes
from sandbox.provider.calls import Calls
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
class Run:
    """What the stand-ins may know of the run that they serve."""

    environment: Mapping[str, str]  # a provider may take its region from there
    account: Behind
    cluster: Backend
    charts: Charts


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """A servicer, and what it stands behind: that gets its calls first, in that order."""

    servicer: provider_pb2_grpc.ResourceProviderServicer
    behind: Sequence[Calls] = ()


def _aws(environment: Mapping[str, str], taken: aws.Taken = aws.nothing) -> aws.Provider:
    return aws.Provider(Sdk.installed("aws"), CloudFormation.installed(), environment, taken)


# Package of the engine's plugin -> its stand-in. One line each; the session names them all to the engine.
PROVIDERS: Mapping[str, Callable[[Run], StandIn]] = {
    "aws": lambda run: StandIn(servicer=_aws(run.environment, run.account.taken), behind=run.account.calls()),
    "eks": lambda _: StandIn(servicer=eks.Provider(Sdk.installed("eks"))),
    "kubernetes": lambda run: StandIn(
        servicer=kubernetes.Provider(Sdk.installed("kubernetes"), run.cluster, run.charts), behind=run.account.calls()
    ),
}


@dataclass(frozen=True, kw_only=True)
class Serving:
    """A running stand-in."""

    port: int
    server: grpc.Server

    def stop(self) -> None:
        """End it; calls under way get a second."""
        self.server.stop(_GRACE).wait()


def serve_all(run: Run, ending: ExitStack, port: int = 0) -> str:
    """Start every stand-in until `ending` ends; the value of PULUMI_DEBUG_PROVIDERS.

    `port` is the first one's; the others take any free one, as all do with 0.

    Raises:
        SandboxError: the port is taken, or an SDK or its schemas are not installed.
    """
    served: list[str] = []
    for name, stand_in in PROVIDERS.items():
        serving = serve_one(name, stand_in(run), port if not served else 0)
        ending.callback(serving.stop)
        served.append(f"{name}:{serving.port}")
    return ",".join(served)


def serve(port: int = 0, environment: Mapping[str, str] = os.environ) -> Serving:
    """Start the AWS stand-in alone, with nothing before it; port 0 takes any free one.

    Raises:
        SandboxError: the port is taken, or the SDK or cfn-lint is not installed.
    """
    return serve_one("aws", StandIn(servicer=_aws(environment)), port)


def serve_one(name: str, stand_in: StandIn, port: int = 0) -> Serving:
    """Start one stand-in; port 0 takes any free one.

    Raises:
        SandboxError: the port is taken.
    """
    server = grpc.server(
        ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix=name),
        options=_OPTIONS,
        interceptors=list(stand_in.behind),
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(stand_in.servicer, server)
    try:
        bound = server.add_insecure_port(f"{_HOST}:{port}")
    except RuntimeError:
        bound = 0
    if bound == 0:
        raise SandboxError(f"port {port} is taken: stop what listens there, or let the sandbox choose one")
    for each in stand_in.behind:
        each.serves(server, bound)
    server.start()
    return Serving(port=bound, server=server)
