"""The processes that a fault ends: the engine on the other side of a connection, the provider on this one."""

import contextlib
import os
import socket

import grpc
import psutil

from sandbox.errors import SandboxError


def engine_of(context: grpc.ServicerContext) -> psutil.Process:
    """The process that asks.

    Raises:
        SandboxError: it is none that this run started.
    """
    port = _port_of(context)
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it ended by itself meanwhile
            if any(each.laddr and each.laddr.port == port for each in process.net_connections("tcp")):
                return process
    raise SandboxError("the process that asks is none of this run's: kill works in `python -m sandbox` only")


def kill(process: psutil.Process) -> None:
    """End a process at once, unless it has ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def _port_of(context: grpc.ServicerContext) -> int:
    return int(context.peer().rpartition(":")[2])


def die(server: grpc.Server, port: int) -> None:
    """End a server as the death of its process would: every connection of its port breaks, and no new one is taken."""
    for connection in psutil.Process().net_connections("tcp"):
        if connection.laddr and connection.laddr.port == port and connection.status != psutil.CONN_LISTEN:
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fd)) as ours:
                ours.shutdown(socket.SHUT_RDWR)
    server.stop(None)
