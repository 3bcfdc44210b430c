"""AWS's own client, from asyncio: each call in a thread, with time limits and AWS's own retries.

Credentials come by Pod Identity, the region from the environment (AWS_REGION); neither is ever set here.
"""

import asyncio
import functools
import os
from collections.abc import Callable
from typing import Any

import boto3.session
from botocore.config import Config
from botocore.exceptions import ClientError

CONNECT_SECONDS, READ_SECONDS = 2, 10
POLL_SECONDS = 5  # that SQS waits for a message; 20 at most, and so long the end of a process waits for it
PATIENCE_SECONDS = 60  # for what takes its time: a model's answer


# Attempts are counted in the standard mode, which backs off with jitter and stops while AWS throttles.
def _config(read_seconds: int) -> Config:
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=50,
    )


@functools.cache
def session() -> Any:
    """One for the process: finding credentials is slow, and they renew themselves."""
    return boto3.session.Session(region_name=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"))


@functools.cache
def client(name: str) -> Any:
    """The client of one of AWS's services; safe to use from several threads."""
    return session().client(name, config=_config(READ_SECONDS))


@functools.cache
def patient_client(name: str) -> Any:
    """The same for calls that wait for something to come."""
    return session().client(name, config=_config(PATIENCE_SECONDS))


async def call(function: Callable[..., Any], **given: Any) -> Any:
    """Call one of a client's methods without holding up the others."""
    return await asyncio.to_thread(function, **given)


def is_here(host: str) -> bool:
    """Whether a store runs on this very machine, as in `make dev`: nothing is encrypted, no token is asked for."""
    return host in {"127.0.0.1", "localhost", "::1"}


def error_code(problem: Exception) -> str:
    """AWS's own word for why it refused, such as NoSuchKey; empty for what AWS has not said."""
    said: Any = problem  # botocore has no types
    return said.response["Error"]["Code"] if isinstance(problem, ClientError) else ""
