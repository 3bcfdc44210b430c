"""Our Helm values against the keys that each chart's own values file has."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8s import versions
from tools.record_chart import dotted, record

K8S = Path(versions.__file__).parent
OURS = {
    **{chart.name: [chart.name] for chart in versions.CHARTS if chart is not versions.COLLECTOR},
    versions.COLLECTOR.name: ["opentelemetry-agent", "opentelemetry-gateway"],
}


def recorded(chart: versions.Chart) -> dict[str, Any]:
    return json.loads((K8S / "recorded" / f"{chart.name}-{chart.version}.json").read_text())


def unknown(values: Any, known: dict[str, Any], at: tuple[str, ...] = ()) -> Iterator[str]:
    """Paths of ours that the chart has no use for."""
    for key, value in values.items():
        path = dotted((*at, str(key)))
        if path in known["open"]:
            continue
        if path not in known["keys"]:
            yield path
        elif isinstance(value, dict):
            yield from unknown(value, known, (*at, str(key)))


def values(name: str) -> dict[str, Any]:
    return yaml.safe_load((K8S / "values" / f"{name}.yaml").read_text())


@pytest.mark.parametrize("chart", versions.CHARTS, ids=lambda chart: chart.name)
def test_every_key_of_ours_means_something_to_the_chart(chart: versions.Chart) -> None:
    for name in OURS[chart.name]:
        assert list(unknown(values(name), recorded(chart))) == [], name


@pytest.mark.parametrize("chart", versions.CHARTS, ids=lambda chart: chart.name)
def test_an_invented_key_is_caught(chart: versions.Chart) -> None:
    assert list(unknown({"replicaCuont": 2}, recorded(chart))) == ["replicaCuont"]


def test_an_invented_key_is_caught_below_one_that_exists() -> None:
    known = recorded(versions.KARPENTER)
    assert list(unknown({"settings": {"clusterNme": "x"}, "controller": {"resources": {"limits": {}}}}, known)) == [
        "settings.clusterNme"
    ]


def test_there_is_one_record_a_pin_and_it_says_what_it_is_of() -> None:
    files = {path.name for path in (K8S / "recorded").iterdir()}
    assert files == {f"{chart.name}-{chart.version}.json" for chart in versions.CHARTS}
    for chart in versions.CHARTS:
        known = recorded(chart)
        assert (known["chart"], known["version"]) == (chart.name, chart.version)
        assert known["source"].startswith("https://github.com/")
        assert len(known["digest"]) == 64


def test_a_record_keeps_keys_and_no_text() -> None:
    text = "a: {b: text, c: {}}\nd: []\nresources: {limits: {cpu: 1}}\n'x.y': 1\n"
    made = record("one", "1.0.0", "https://example.com", text)
    assert made["keys"] == ["a", "a.b", "a.c", "d", "resources", "resources.limits", "resources.limits.cpu", "x\\.y"]
    assert made["open"] == ["a.c", "d", "resources"]


def test_every_values_file_belongs_to_a_pin() -> None:
    assert {path.stem for path in (K8S / "values").iterdir()} == {name for names in OURS.values() for name in names}
