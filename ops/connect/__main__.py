"""`python -m ops.connect open --stage dev --to aurora`: says how it would connect; with `--do`, connects."""

import os
import socket
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast

import boto3
import typer
from rich.console import Console

from ops import account
from ops.connect import cache_token, finding, forwarding, telling
from ops.connect.errors import told
from ops.errors import OpsError

ROOT = Path(__file__).resolve().parents[2]
app = typer.Typer(help=__doc__, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
_STAGE = typer.Option(help="the stage, such as dev")
_REGION = typer.Option(help="another region of the stage than its first")


class Destination(StrEnum):
    """Where one may want to get to."""

    AURORA = "aurora"
    REDIS = "redis"
    CLUSTER = "cluster"


@app.command(name="open")
def connect(
    stage: Annotated[str, _STAGE],
    to: Annotated[Destination, typer.Option(help="aurora, redis or cluster")],
    do: Annotated[bool, typer.Option("--do/--dry-run", help="open it; without: say what would be opened")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="on this machine; 0: any free one")] = 0,
    minutes: Annotated[int, typer.Option(min=1, max=480, help="after which it is closed, 1 to 480")] = 60,
    user: Annotated[str, typer.Option(help="with --to aurora: the database user that you log in as")] = "developer",
    region: Annotated[str | None, _REGION] = None,
) -> None:
    """Open a way to what is private, or say how it would be opened."""
    session = _session()
    way = finding.find(session, account.stage_scope(ROOT, stage, region), to.value)
    if do:
        forwarding.plugin()  # before anything is opened
    chosen = port or _free_port()
    console = Console(highlight=False, soft_wrap=True)
    for title, said in telling.terms(way, minutes=minutes):
        console.print(f"  {title:<10}{said}", markup=False)
    console.print("\nIn another terminal:" if do else "\nOnce it is open, in another terminal:")
    for line in telling.usage(way, port=chosen, user=user):
        console.print(f"  {line}", markup=False)
    console.print(f"\n{telling.NOTES[to.value]}", markup=False)
    if not do:
        console.print("Nothing was opened. DO=yes (or --do) opens it.")
        return
    console.print("Ctrl-C closes it.\n")
    raise SystemExit(forwarding.hold(session, way, port=chosen, seconds=minutes * 60, environment=dict(os.environ)))


@app.command()
def token(stage: Annotated[str, _STAGE], region: Annotated[str | None, _REGION] = None) -> None:
    """Print what stands in for a password to the cache; good for 15 minutes."""
    session, scope = _session(), account.stage_scope(ROOT, stage, region)
    known = account.contract_of(session, scope, told)
    cache = known["cache_arns"][0].rpartition(":")[2]
    sys.stdout.write(cache_token.token(session, region=scope.region, cache=cache, user=known["cache_user"]) + "\n")


def _session() -> Any:
    with told("begin"):
        return cast("Any", boto3).Session()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main() -> None:
    """A mistake is a sentence and exit code 1."""
    try:
        app()
    except OpsError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
