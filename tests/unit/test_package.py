"""What the package takes is what service.yaml takes: a key that one of them lacks would be lost on the way."""

import tomllib
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import BaseModel

from components.service import spec
from startup_platform import arguments
from startup_platform import project as host
from tests.unit.conftest import ROOT

PAIRS: Mapping[type[BaseModel], type[Any]] = {
    spec.Subscription: arguments.SubscriptionArgs,
    spec.Events: arguments.EventsArgs,
    spec.Table: arguments.TableArgs,
    spec.Secret: arguments.SecretArgs,
    spec.Needs: arguments.NeedsArgs,
    spec.Flag: arguments.FlagArgs,
    spec.Slo: arguments.SloArgs,
}


@pytest.mark.parametrize("part", PAIRS, ids=lambda part: part.__name__)
def test_a_part_has_the_same_keys_in_both_and_the_same_may_be_left_out(part: type[BaseModel]) -> None:
    args = PAIRS[part]
    assert set(args.__annotations__) == set(part.model_fields)
    assert args.__required_keys__ == {name for name, field in part.model_fields.items() if field.is_required()}


def test_the_whole_has_those_of_the_service_but_its_name_and_those_of_the_stage() -> None:
    of_service = set(spec.Spec.model_fields) - {"name"}
    assert set(arguments.ServiceArgs.__annotations__) == {"stage", *of_service, *spec.Stage.model_fields}


def test_it_bears_the_name_and_the_version_of_the_project() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (declared["name"], declared["version"]) == (host.NAME, host.version())


def test_every_package_that_it_imports_is_installed_with_it() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    there = {path.parent.relative_to(ROOT).as_posix().replace("/", ".") for path in (ROOT / "components").rglob("*.py")}
    assert there | {"startup_platform"} <= listed
