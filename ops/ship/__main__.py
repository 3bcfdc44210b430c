"""`python -m ops.ship --service web --stage dev`: says what a release would change; with `--do`, ships it."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, cast

import boto3
import typer

from components.service import spec
from components.service.spec import Kind, SpecError
from ops.account import stage_scope
from ops.errors import OpsError
from ops.ship import cloud, files
from ops.ship.errors import ShipError, told
from ops.ship.plan import DAYS, Plan, planned

ROOT = Path(__file__).resolve().parents[2]
SITE = "app/site"
_SHOWN = 20  # lines of a step
app = typer.Typer(help=__doc__, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def ship(
    service: Annotated[str, typer.Option(help="a folder of services/, of kind web")],
    stage: Annotated[str, typer.Option(help="the stage, such as dev")],
    folder: Annotated[Path | None, typer.Option("--in", help=f"the files; without: {SITE} of the service")] = None,
    do: Annotated[bool, typer.Option("--do/--dry-run", help="ship; without: say what would change")] = False,
) -> None:
    """Put a release of the front end where CloudFront reads it, or say what that would change."""
    _refuse_others(service)
    scope = stage_scope(ROOT, stage)
    read = files.read(folder or ROOT / "services" / service / SITE, str(folder or f"services/{service}/{SITE}"))
    with told("begin"):
        session: Any = cast("Any", boto3).Session()
    site, now = cloud.found(session, scope), datetime.now(UTC)
    earlier = site.unfinished()
    plan = planned(read, site.stored(), now=now, unfinished=earlier.paths if earlier else ())
    _say(f"{service} in {stage}: s3://{site.bucket}, CloudFront {site.distribution}, by {site.caller}")
    _tell(plan)
    if plan.is_empty:
        _say(f"{service} is out in {stage} already")
        return
    if not do:
        _say("Nothing was changed. DO=yes (or --do) ships it.")
        return
    site.do(plan, earlier, now=now, say=_say)
    _say(f"{service} is out in {stage}")


def _refuse_others(service: str) -> None:
    """Whether it is a front end of this repository.

    Raises:
        ShipError: there is none of that name, or it is none.
    """
    services = ROOT / "services"
    if not (services / service / spec.FILE).is_file():
        there = ", ".join(sorted(path.parent.name for path in services.glob(f"*/{spec.FILE}")))
        raise ShipError(f"SERVICE={service}: there is no services/{service}/{spec.FILE}; there is: {there}")
    known = {path.parent.name: spec.read(path.parent) for path in services.glob(f"*/{spec.FILE}")}
    kind = known[service].kind
    if kind is not Kind.WEB:
        raise ShipError(f"SERVICE={service}: kind = {kind.value} runs as an image; only kind web is files")
    others = sorted(name for name, one in known.items() if one.kind is Kind.WEB and not one.retired and name != service)
    if others:
        raise ShipError(
            f"SERVICE={service}: a stage has one site, and the files of {', '.join(others)} would be removed from it; "
            "say retired: true in the service.yaml of all front ends but one"
        )


def _tell(plan: Plan) -> None:
    """What would be done, step by step."""
    _step("put first, kept for ever", [file.key for file in plan.assets])
    _step("put then", [file.key for file in plan.others])
    _step("put last, pages", [file.key for file in plan.pages])
    _step(f"stays for {DAYS} days, for pages that are open", plan.leaving)
    _step("removed", plan.removed)
    _step("CloudFront forgets", plan.forgotten)
    _say(f"the same: {plan.same}")


def _step(title: str, what: Sequence[str]) -> None:
    if not what:
        return
    _say(f"{title}: {len(what)}")
    for each in what[:_SHOWN]:
        _say(f"  {each}")
    if len(what) > _SHOWN:
        _say(f"  and {len(what) - _SHOWN} more")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """A mistake is a sentence and exit code 1."""
    try:
        app()
    except (OpsError, SpecError) as error:
        sys.stderr.write(f"ship: {error}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
