"""Each kind with each need, and each need with each other: made, read, and clean. Nightly previews them all."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest
import yaml

from components.service import spec as specs
from components.service.spec import STAGES, Kind
from ops.newservice.wanted import Wanted, needs_of
from tests.unit.newservice import ROOT, make, repository
from tests.unit.pairs import pairs_of, possible_pairs, rows, services

CHART = ROOT / "k8s" / "charts" / "service"
SERVICES = services()
# What main.py makes of a need, where some handler uses it.
USED: Mapping[str, Sequence[str]] = {
    "mysql": ["Database("],
    "redis": ["Cache(", "Hub("],
    "queue": ["Queue("],
    "stream": ["Producer(", "Reader("],
    "bucket": ["Bucket("],
    "table": ["Table("],
    "secret": ["partners.keys("],
    "feature_group": ["Features("],
    "model": ["Model("],
    "llm": ["Assistant("],
    "login": ["People("],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = repository(tmp_path_factory.mktemp("pairs"))
    for each in SERVICES:
        make(here, name=each.name, kind=each.kind, needs=",".join(each.needs), budget="dev:1,stg:1,prod:1")
    return here


def test_every_pair_that_can_be_is_in_one_of_them() -> None:
    there = {pair for row in rows() for pair in pairs_of(row)}
    assert possible_pairs() == there
    assert (("kind", "worker"), ("mysql", "mysql:read")) in there
    assert (("kind", "web"), ("redis", "redis")) not in there
    assert len(SERVICES) < 40


def test_a_service_of_each_pair_is_read_as_it_was_wanted_taken_by_the_chart_and_clean(made: Path) -> None:
    for each in SERVICES:  # in one test: two workers would each have to make them all
        _is_right(made / "services" / each.name, each)
    _ruff_says_nothing(made)


def _is_right(folder: Path, service: Wanted) -> None:
    assert specs.read(folder).needs.named == list(needs_of(service))
    schema = json.loads((CHART / "values.schema.json").read_text())
    default = yaml.safe_load((CHART / "values.yaml").read_text())
    checker = cast("Any", jsonschema).Draft7Validator(schema)
    values = {path.stem: yaml.safe_load(path.read_text()) for path in (folder / "deploy").glob("*.yaml")}
    assert set(values) == (set() if service.kind == Kind.WEB else set(STAGES))
    for each in values.values():
        assert list(checker.iter_errors(default | each)) == []
    for path in folder.rglob("*.yaml"):
        yaml.safe_load(path.read_text())
    for line in (folder / "runbook.md").read_text().splitlines():
        assert "{{" not in line
        assert "{%" not in line

    if service.kind != Kind.WEB:
        _says_what_no_handler_uses(folder, needs_of(service))


def _says_what_no_handler_uses(folder: Path, needs: Mapping[str, Any]) -> None:
    program, own = (folder / "app" / "main.py").read_text(), (folder / "runbook-own.md").read_text()
    said = {need for need in needs if re.search(rf"uses: .*\b{need}\b", own)}
    unused = {need for need in needs if not any(made in program for made in USED.get(need, [""]))}
    if "publishes" in needs.get("events", {}) and "Events(" not in program:
        unused.add("events")
    others, items = needs.get("mysql_reads", []), folder / "app" / "items.py"
    if others and not (items.exists() and f'SCHEMA = "{others[0]}"' in items.read_text()):
        unused.add("mysql_reads")
    assert said == unused, folder.name


def _ruff_says_nothing(made: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", made / "pyproject.toml")  # whose rules for tests are about places below it
    ruff = str(Path(sys.executable).with_name("ruff"))
    for words in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        done = subprocess.run([ruff, *words, "services"], cwd=made, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
