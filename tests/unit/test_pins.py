"""Pins against the compatibility table, on days that are given."""

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer import Typer
from typer.testing import CliRunner

from k8s import pins, versions
from k8s.pins import Verdict
from k8s.versions import Chart

TABLE: dict[str, Any] = yaml.safe_load(pins.TABLE.read_text())
TODAY = datetime.date(2026, 11, 26)


def verdicts(found: list[pins.Pin]) -> dict[str, Verdict]:
    return {pin.name: pin.verdict for pin in found}


def chart(version: str, name: str = "karpenter") -> Chart:
    return Chart(name=name, repository="oci://example", version=version)


def test_what_is_pinned_is_supported_together() -> None:
    unsupported = [pin for pin in pins.check(TABLE, today=TODAY) if pin.verdict is Verdict.UNSUPPORTED]
    assert unsupported == []


def test_the_end_of_a_support_is_announced_ninety_days_ahead() -> None:
    ends = datetime.date(2027, 8, 2)
    for days, verdict in ((91, Verdict.SUPPORTED), (90, Verdict.ENDS_SOON), (0, Verdict.ENDS_SOON)):
        (pin,) = pins.check(TABLE, charts=(), today=ends - datetime.timedelta(days=days))
        assert pin.verdict is verdict, days
    (past,) = pins.check(TABLE, charts=(), today=ends + datetime.timedelta(days=1))
    assert (past.verdict, past.says) == (Verdict.UNSUPPORTED, "standard support ended on 2027-08-02")


def test_a_karpenter_older_than_the_cluster_allows_is_refused() -> None:
    old = pins.check(TABLE, charts=[chart("1.12.9")], today=TODAY)[1]
    assert old.verdict is Verdict.UNSUPPORTED
    assert old.says == "goes with Kubernetes 1.30 to 1.35, and 1.36 is pinned"
    assert pins.check(TABLE, charts=[chart("1.13.0")], today=TODAY)[1].verdict is Verdict.SUPPORTED


def test_the_definitions_are_judged_as_their_controller() -> None:
    assert pins.check(TABLE, charts=[chart("1.12.9", "karpenter-crd")], today=TODAY)[1].verdict is Verdict.UNSUPPORTED


def test_what_nobody_looked_up_is_refused() -> None:
    found = pins.check(TABLE, kubernetes="1.99", charts=[chart("1.0.0", "unheard-of"), chart("0.1.0")], today=TODAY)
    assert [pin.verdict for pin in found] == [Verdict.UNSUPPORTED] * 3


def test_a_chart_whose_support_ended_is_refused() -> None:
    found = pins.check(TABLE, kubernetes="1.35", charts=[chart("v1.8.3", "gateway-helm")], today=TODAY)[1]
    assert (found.verdict, found.says) == (Verdict.UNSUPPORTED, "support ended on 2026-11-08")


def test_every_entry_of_the_table_names_its_source_and_every_pin_has_one() -> None:
    assert {one.name for one in versions.CHARTS} == set(TABLE["charts"])
    for name, entry in TABLE["charts"].items():
        assert entry.get("same_as") in TABLE["charts"] or entry["source"].startswith("https://"), name


@pytest.fixture
def command() -> Typer:
    app = Typer()
    app.command()(pins.main)
    return app


def test_the_command_ends_well_while_all_is_supported_and_badly_after(command: Typer, tmp_path: Path) -> None:
    good = CliRunner().invoke(command, ["--on", "2026-11-26"])
    assert good.exit_code == 0
    bad = CliRunner().invoke(command, ["--on", "2027-08-03"])
    assert bad.exit_code == 1
    assert "k8s/versions.py: Kubernetes on EKS 1.36 standard support ended on 2027-08-02" in bad.output
    table = tmp_path / "table.yaml"
    table.write_text(yaml.safe_dump({**TABLE, "charts": {}}))
    assert CliRunner().invoke(command, ["--on", "2026-11-26", "--table", str(table)]).exit_code == 1


def test_each_pin_has_a_renovate_marker_above_it() -> None:
    lines = Path(versions.__file__).read_text().splitlines()
    pinned = [
        at
        for at, line in enumerate(lines)
        if line.strip().startswith(
            (
                'version="',
                "KUBERNETES =",
                "NODE_IMAGE =",
                "ACCELERATED_NODE_IMAGE =",
                "COLLECTOR_IMAGE_TAG =",
                "ROLLOUTS_PLUGIN =",
            )
        )
    ]
    assert len(pinned) == len(versions.CHARTS) + 5
    for at in pinned:
        assert lines[at - 1].strip().startswith("# renovate: datasource="), lines[at]
