"""Starts moto on loopback and fills it from a state."""

import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from sandbox.errors import SandboxError
from sandbox.launch import ROOT, command
from sandbox.mirror import access, delivery, messages, network, stores
from sandbox.mirror.filler import Filler, Made, World
from sandbox.provider.configuration import ACCOUNT
from sandbox.provider.states import Stored, of_resources
from sandbox.workspace import REGION, Workspace

HOST = "127.0.0.1"
ACCOUNT_VARIABLE = "MOTO_ACCOUNT_ID"  # moto's own: which account answers
FILLERS: Mapping[str, Filler] = {**access.ROWS, **delivery.ROWS, **messages.ROWS, **network.ROWS, **stores.ROWS}


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What went into moto, by type, and what did not."""

    made: Counter[str] = field(default_factory=Counter[str])
    left_out: Counter[str] = field(default_factory=Counter[str])  # no filler
    failed: Mapping[str, str] = field(default_factory=dict[str, str])  # URN -> why


@contextmanager
def serving(account: str, port: int = 0) -> Generator[str]:
    """Serve an empty AWS on this machine only; yields its endpoint.

    Raises:
        SandboxError: the port is taken, or moto is not installed.
    """
    try:
        os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"  # roles have some of AWS's own; moto reads it on import
        from moto.moto_api._internal.models import moto_api_backend  # noqa: PLC0415 -- a second of imports, for this alone
        from moto.server import ThreadedMotoServer  # noqa: PLC0415
    except ImportError:
        raise SandboxError("moto is not installed in this environment: run `make setup`") from None
    _refuse_taken(port)
    before = os.environ.get(ACCOUNT_VARIABLE)
    os.environ[ACCOUNT_VARIABLE] = account
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)  # one line a request is for who writes moto
    server = ThreadedMotoServer(ip_address=HOST, port=port, verbose=False)
    moto_api_backend.reset()  # what is there is the process's, and an earlier one may have left something
    server.start()
    try:
        host, bound = server.get_host_and_port()
        with delivery.ending_invalidations(), stores.no_bucket_policy_judges():
            yield f"http://{host}:{bound}"
    finally:
        server.stop()
        if before is None:
            del os.environ[ACCOUNT_VARIABLE]
        else:
            os.environ[ACCOUNT_VARIABLE] = before


def _refuse_taken(port: int) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            raise SandboxError(
                f"port {port} is taken: stop what listens there, or let the sandbox choose one"
            ) from None


def fill(resources: Sequence[Stored], endpoint: str, account: str) -> Filled:
    """Make every resource of a state that has a filler; what moto refuses is reported and does not stop the rest."""
    world = World(endpoint=endpoint, account=account, zones=zones_of(resources))
    _awake(world, resources)
    made, left_out, failed = Counter[str](), Counter[str](), dict[str, str]()
    for stored in resources:
        if not stored.type.startswith("aws:"):
            continue
        filler = FILLERS.get(stored.type)
        if filler is None:
            left_out[stored.type] += 1
            continue
        try:
            filler.make(Made(stored=stored, world=world))
            made[stored.type] += 1
        except Exception as refusal:  # moto raises what it likes
            failed[stored.urn] = f"{type(refusal).__name__}: {refusal}"
    return Filled(made=made, left_out=left_out, failed=failed)


def _awake(world: World, resources: Sequence[Stored]) -> None:
    """Have moto make what every account has (a default VPC, AWS's own policies), so that it takes no id of ours."""
    for region in sorted({str(each.outputs.get("region") or "us-east-1") for each in resources}):
        world.client("ec2", region).describe_vpcs()
    world.client("iam", "us-east-1").list_roles()


def zones_of(resources: Sequence[Stored]) -> dict[str, str]:
    """The name of each DNS zone with records in it: what all of their names end with."""
    zones: dict[str, list[str]] = {}
    for each in resources:
        if each.type == "aws:route53/record:Record":
            labels = str(each.outputs["name"]).rstrip(".").split(".")[::-1]
            known = zones.setdefault(each.outputs["zoneId"], labels)
            same = takewhile(lambda pair: pair[0] == pair[1], zip(known, labels, strict=False))
            zones[each.outputs["zoneId"]] = [label for label, _ in same]
    return {zone: ".".join(reversed(labels)) for zone, labels in zones.items()}


def resources_of(workspace: Workspace, stage: str) -> list[Stored]:
    """The resources of a stage, its parameters decrypted, as the engine exports them.

    Raises:
        SandboxError: the stage was never brought up.
    """
    if not workspace.is_initialised(stage):
        raise SandboxError(f"the stage {stage} was never brought up in the sandbox: make up STAGE={stage}")
    done = subprocess.run(
        [
            *command("sandbox.__main__", "main"),
            *("--", "pulumi", "-C", str(workspace.project), "stack", "export", "--show-secrets", "--stack", stage),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    start = done.stdout.find("{")
    if done.returncode != 0 or start < 0:
        raise SandboxError(f"the state of {stage} could not be read: {done.stderr.strip() or done.stdout.strip()}")
    exported: Any = json.JSONDecoder().raw_decode(done.stdout[start:])[0]
    found = list(of_resources(exported["deployment"].get("resources") or []))
    if not any(each.type.startswith("aws:") for each in found):
        raise SandboxError(f"the stage {stage} has no AWS resource in the sandbox: make up STAGE={stage}")
    return found


def account_of(resources: Sequence[Stored]) -> str:
    """The account that most ARNs of a state are of."""
    found = Counter(
        parts[4]
        for each in resources
        if len(parts := str(each.outputs.get("arn", "")).split(":")) > 5 and parts[4].isdecimal()
    )
    return found.most_common(1)[0][0] if found else ACCOUNT


def run(workspace: Workspace, stage: str, port: int, wait: Callable[[], None] | None = None) -> int:
    """Serve a stage until somebody stops it."""
    resources = resources_of(workspace, stage)
    account = account_of(resources)
    with serving(account, port) as endpoint:
        filled = fill(resources, endpoint, account)
        sys.stdout.write("\n".join([*told(filled, stage, endpoint, account), ""]))
        sys.stdout.flush()
        (wait or _for_ever)()
    return 0


def told(filled: Filled, stage: str, endpoint: str, account: str) -> Iterator[str]:
    """What a user needs to know and to type; all but the environment is a comment, so that a shell can read it."""
    count, kinds = sum(filled.made.values()), len(filled.made)
    yield f"# sandbox: moto with the state of {stage}, account {account}, on this machine only; Ctrl-C ends it"
    yield f"# {count} resources of {kinds} types, with the state's own names, ids and ARNs; not as in the state:"
    for token in sorted(filled.made):
        if FILLERS[token].lost:
            yield f"#   {token.removeprefix('aws:')}: {FILLERS[token].lost}"
    if filled.left_out:
        yield f"# not in it ({len(filled.left_out)} types without a filler in sandbox/mirror): " + ", ".join(
            token.removeprefix("aws:") for token in sorted(filled.left_out)
        )
    for urn, why in filled.failed.items():
        yield f"# moto refused {urn.rpartition('::')[2]}: {' '.join(why.split())}"
    yield f"export AWS_ENDPOINT_URL={endpoint}"
    yield "export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox"
    yield f"export AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}"
    yield f"# aws --endpoint-url {endpoint} sqs list-queues"
    yield f'# boto3.client("sqs", endpoint_url="{endpoint}")'


def _for_ever() -> None:
    while True:
        time.sleep(3600)
