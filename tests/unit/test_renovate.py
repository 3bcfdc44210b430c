"""Every pin of what runs in the cluster is one that Renovate finds, and finds whole."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from k8s import versions

ROOT = Path(__file__).resolve().parents[2]
SOURCE = (ROOT / "k8s" / "versions.py").read_text(encoding="utf-8")
CONFIGURATION: dict[str, Any] = json.loads((ROOT / "renovate.json").read_text(encoding="utf-8"))
# Fields that are no version; a digest goes with the version above it.
NO_VERSION = {"name", "repository", "_KARPENTER", "ROLLOUTS_PLUGIN_SHA256"}
DATASOURCES = {"aws-eks-addon", "docker", "endoflife-date", "github-releases", "helm"}


def pins(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every version that is written down."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, value = node.targets[0].id, node.value
        elif isinstance(node, ast.keyword) and node.arg:
            name, value = node.arg, node.value
        else:
            continue
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and name not in NO_VERSION:
            yield value.lineno, value.value


def found(source: str) -> dict[int, re.Match[str]]:
    """What Renovate's custom managers find, by the line of the version."""
    at: dict[int, re.Match[str]] = {}
    for manager in CONFIGURATION["customManagers"]:
        for pattern in manager["matchStrings"]:
            for match in re.finditer(pattern.replace("(?<", "(?P<").replace("(?P<!", "(?<!"), source):
                line = source.count("\n", 0, match.start("currentValue")) + 1
                assert line not in at, "two managers would open two requests"
                at[line] = match
    return at


def test_each_pin_has_a_marker_that_a_manager_reads() -> None:
    written, at = dict(pins(SOURCE)), found(SOURCE)
    assert {value for line, value in written.items() if line not in at} == set()
    assert at.keys() == written.keys()
    assert len(written) == len(versions.CHARTS) + 11
    for line, match in at.items():
        assert written[line].endswith(match["currentValue"])
        assert match["datasource"] in DATASOURCES
        if match["datasource"] == "helm":
            assert match["registryUrl"].startswith("https://"), line


def test_a_pin_without_a_marker_is_noticed() -> None:
    planted = f'{SOURCE}\nNEW_TOOL = "1.2.3"\n'
    assert {value for line, value in pins(planted) if line not in found(planted)} == {"1.2.3"}


def test_a_date_or_a_release_is_raised_and_what_stands_before_it_stays() -> None:
    values = {match["currentValue"] for match in found(SOURCE).values()}
    assert versions.NODE_IMAGE.partition("@")[2] in values
    assert versions.ACCELERATED_NODE_IMAGE.partition("@")[2] in values
    assert versions.EKS.node_release.rpartition("-")[2] in values
    assert {versions.EKS.vpc_cni, versions.EKS.coredns, versions.KUBERNETES} <= values


def test_a_charts_marker_names_that_chart() -> None:
    names = {match["depName"].rpartition("/")[2] for match in found(SOURCE).values()}
    assert {chart.name for chart in versions.CHARTS} <= names


def test_add_ons_are_looked_up_for_the_minor_that_is_pinned() -> None:
    (template,) = [
        each["packageNameTemplate"] for each in CONFIGURATION["customManagers"] if "packageNameTemplate" in each
    ]
    asked = json.loads(template.replace("{{{depName}}}", "vpc-cni"))
    assert asked == {
        "kubernetesVersion": versions.KUBERNETES,
        "addonName": "vpc-cni",
        "region": "ap-northeast-2",
    }
