"""gRPC inside (REQ-S2): a server with the health service that probes ask, its durations, and an end on SIGTERM.

The Python of a service's .proto is made when it is loaded, from the file itself: nothing generated is kept.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownParameterType=false
# pyright: reportUnknownArgumentType=false, reportUntypedBaseClass=false, reportAttributeAccessIssue=false
# Neither grpc.aio nor what comes with the health service has types.

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from opentelemetry.instrumentation.grpc import aio_server_interceptor

from servicekit import telemetry
from servicekit.lifecycle import Lifecycle
from servicekit.settings import Settings

_log = logging.getLogger("request")


def load(proto: Path) -> tuple[Any, Any]:
    """Messages and services of a .proto file; of two with one name a process can have only one."""
    folder = str(proto.parent)
    sys.path.insert(0, folder)  # where the compiler looks
    try:
        return grpc.protos_and_services(proto.name)  # type: ignore[attr-defined]
    finally:
        sys.path.remove(folder)


def server(settings: Settings, *, host: str = "0.0.0.0") -> tuple[aio.Server, int]:  # noqa: S104 -- as in http.py
    """A server without services of its own, and the port that it listens on."""
    made = aio.server(interceptors=[aio_server_interceptor(), _Measured()])
    return made, made.add_insecure_port(f"{host}:{settings.grpc_port}")


async def serve(made: aio.Server, lifecycle: Lifecycle, settings: Settings, ended: asyncio.Event | None = None) -> None:
    """Serve until SIGTERM (or `ended`), then drain: not serving, notice given, what runs ended."""
    ended = ended or asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, ended.set)
    probes = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(probes, made)
    async with lifecycle.running():
        await made.start()
        await probes.set("", health_pb2.HealthCheckResponse.SERVING)
        _log.info("serving")
        await ended.wait()
        await probes.enter_graceful_shutdown()
        await lifecycle.drain()
        await made.stop(settings.drain_seconds)


class _Measured(aio.ServerInterceptor):
    """One line and one duration a call; probes have none."""

    async def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]], handler_call_details: Any
    ) -> Any:
        handler, method = await continuation(handler_call_details), handler_call_details.method.lstrip("/")
        if handler is None or handler.unary_unary is None or method.startswith("grpc.health."):
            return handler

        async def measured(request: Any, context: aio.ServicerContext[Any, Any]) -> Any:
            began, failed = time.perf_counter(), False
            try:
                return await handler.unary_unary(request, context)
            except aio.AbortError:
                raise
            except Exception:
                failed = True
                _log.exception("unhandled")
                raise
            finally:
                _say(method, "UNKNOWN" if failed else _code(context), time.perf_counter() - began)

        return grpc.unary_unary_rpc_method_handler(
            measured,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )


def _code(context: aio.ServicerContext[Any, Any]) -> str:
    code: Any = context.code()
    return code.name if isinstance(code, grpc.StatusCode) else grpc.StatusCode(code).name if code else "OK"


def _say(method: str, code: str, seconds: float) -> None:
    said = {"rpc.system.name": "grpc", "rpc.method": method, "rpc.response.status_code": code}
    telemetry.rpc_duration().record(seconds, said)
    level = logging.INFO if code == "OK" else logging.WARNING
    _log.log(level, "call", extra={"method": method, "status": code, "milliseconds": round(seconds * 1000, 1)})
