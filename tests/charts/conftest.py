"""Helm, once for all tests; without it and without a Go to build it they fail with the sentence that says so."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import helm as helms
from sandbox.helm import Helm
from sandbox.progress import Progress
from tests.charts.render import CHART, Object, objects, rendered

Values = Mapping[str, Any]


@pytest.fixture(scope="session")
def helm() -> Helm:
    return helms.ensure(Progress())


@pytest.fixture
def changed(helm: Helm, tmp_path: Path) -> Callable[..., str]:
    """Renders an example of which some values were changed; the refusal if the chart refuses."""

    def render(example: str, **values: Any) -> str:
        over = tmp_path / "changed.yaml"
        over.write_text(yaml.safe_dump(values), encoding="utf-8")
        return rendered(helm, "--values", str(CHART / "examples" / f"{example}.yaml"), "--values", str(over))

    return render


@pytest.fixture
def made(changed: Callable[..., str]) -> Callable[..., Mapping[tuple[str, str], Object]]:
    """The objects of a changed example by kind and name."""

    def make(example: str, **values: Any) -> Mapping[tuple[str, str], Object]:
        return objects(changed(example, **values))

    return make
