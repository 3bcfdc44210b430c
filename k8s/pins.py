"""Whether what is pinned goes together, and for how long (REQ-C5, REQ-S10): `make versions`.

The table is data (`compatibility.yaml`) with its sources. An unsupported combination fails; a support that ends within
`WARN_DAYS` warns; a pin that the table does not know fails too, since nobody has looked it up.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console
from rich.table import Table

from k8s import versions
from k8s.versions import Chart

WARN_DAYS = 90
TABLE = Path(__file__).with_name("compatibility.yaml")


class Verdict(StrEnum):
    """What a pin is."""

    SUPPORTED = "supported"
    ENDS_SOON = "ends soon"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One pinned version, judged."""

    name: str
    version: str
    verdict: Verdict
    says: str  # why
    source: str


def number(version: str) -> tuple[int, ...]:
    """A version as numbers that compare: `v1.14.1` and `1.14` alike."""
    return tuple(int(part) for part in version.removeprefix("v").split("-")[0].split("."))


def check(
    table: Mapping[str, Any],
    *,
    kubernetes: str = versions.KUBERNETES,
    charts: Sequence[Chart] = versions.CHARTS,
    today: datetime.date,
) -> list[Pin]:
    """Every pin with what the table says of it on a day."""
    return [_cluster(table["eks"], kubernetes, today), *_charts(table["charts"], kubernetes, charts, today)]


def _cluster(eks: Mapping[str, Any], kubernetes: str, today: datetime.date) -> Pin:
    ends: datetime.date | None = eks["kubernetes"].get(kubernetes)
    if ends is None:
        verdict, says = Verdict.UNSUPPORTED, "not among EKS's versions in the table; look it up and add it"
    else:
        verdict, says = _until(ends, today, "standard support")
    return Pin(name="Kubernetes on EKS", version=kubernetes, verdict=verdict, says=says, source=eks["source"])


def _charts(known: Mapping[str, Any], kubernetes: str, charts: Sequence[Chart], today: datetime.date) -> Iterator[Pin]:
    for chart in charts:
        entry = known.get(chart.name, {})
        entry = known[entry["same_as"]] if "same_as" in entry else entry
        fitting = [one for one in entry.get("lines", ()) if number(str(one["from"])) <= number(chart.version)]
        if not fitting:
            verdict, says = Verdict.UNSUPPORTED, "not in the table at this version; look it up and add it"
        else:
            verdict, says = _judge(fitting[-1], kubernetes, today)
        yield Pin(
            name=chart.name, version=chart.version, verdict=verdict, says=says, source=entry.get("source", "none")
        )


def _judge(line: Mapping[str, Any], kubernetes: str, today: datetime.date) -> tuple[Verdict, str]:
    first, *rest = line["kubernetes"]
    supported = f"Kubernetes {first} to {rest[0]}" if rest else f"Kubernetes {first} or later"
    if number(kubernetes) < number(first) or (rest and number(kubernetes) > number(rest[0])):
        return Verdict.UNSUPPORTED, f"goes with {supported}, and {kubernetes} is pinned"
    if "until" in line:
        return _until(line["until"], today, "support")
    return Verdict.SUPPORTED, supported


def _until(ends: datetime.date, today: datetime.date, what: str) -> tuple[Verdict, str]:
    days = (ends - today).days
    if days < 0:
        return Verdict.UNSUPPORTED, f"{what} ended on {ends}"
    if days <= WARN_DAYS:
        return Verdict.ENDS_SOON, f"{what} ends on {ends}, in {days} days"
    return Verdict.SUPPORTED, f"{what} until {ends}"


def main(
    on: Annotated[str, typer.Option(help="the day to judge, YYYY-MM-DD; today without it")] = "",
    table: Annotated[Path, typer.Option(help="the compatibility table")] = TABLE,
) -> None:
    """Print the pins of k8s/versions.py and what becomes of them; fails on one that is not supported."""
    today = datetime.date.fromisoformat(on) if on else datetime.datetime.now(tz=datetime.UTC).date()
    pins = check(yaml.safe_load(table.read_text()), today=today)
    console = Console()
    shown = Table("", "version", "", "because", title=f"Pins on {today}")
    colours = {Verdict.SUPPORTED: "green", Verdict.ENDS_SOON: "yellow", Verdict.UNSUPPORTED: "red"}
    for pin in pins:
        shown.add_row(pin.name, pin.version, f"[{colours[pin.verdict]}]{pin.verdict.value}[/]", pin.says)
    shown.add_row("node image", versions.NODE_IMAGE, "", "its date is its version")
    console.print(shown)
    bad = [pin for pin in pins if pin.verdict is Verdict.UNSUPPORTED]
    for pin in bad:
        console.print(f"k8s/versions.py: {pin.name} {pin.version} {pin.says} ({pin.source})", soft_wrap=True)
    raise typer.Exit(1 if bad else 0)


if __name__ == "__main__":
    typer.run(main)
