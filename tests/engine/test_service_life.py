"""A service from its birth to its end, on the real engine: what is added comes alone, data goes in two steps."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.conftest import ROOT, Sandbox

pytestmark = [pytest.mark.engine, pytest.mark.nightly]


@dataclass(frozen=True, kw_only=True)
class Life:
    """A copy of feed's folder with a description that a test writes."""

    folder: Path
    sandbox: Sandbox

    def describe(self, **otherwise: Any) -> None:
        least = yaml.safe_load((ROOT / "services" / "feed" / "service.yaml").read_text())
        (self.folder / "service.yaml").write_text(yaml.safe_dump({**least, "name": "ads", "needs": {}, **otherwise}))

    def pulumi(self, *arguments: str) -> tuple[int, str]:
        ran = self.sandbox.pulumi("-C", str(self.folder), *arguments, "--stack", "prod")
        return ran.returncode, ran.stdout + ran.stderr

    def up(self) -> None:
        code, said = self.pulumi("up", "--yes", "--skip-preview")
        assert code == 0, said

    def resources(self) -> set[str]:
        """Type and name of all that the state has."""
        ran = self.sandbox.pulumi("-C", str(self.folder), "stack", "export", "--stack", "prod")
        found = json.loads(ran.stdout)["deployment"].get("resources", [])
        return {"::".join(each["urn"].rsplit("$", 1)[-1].split("::")[-2:]) for each in found}


@pytest.fixture
def life(sandbox: Sandbox, tmp_path: Path) -> Life:
    folder = tmp_path / "services" / "ads"
    shutil.copytree(ROOT / "services" / "feed", folder, ignore=shutil.ignore_patterns("deploy", "__pycache__"))
    project = (folder / "Pulumi.yaml").read_text().replace("name: feed", "name: ads")
    (folder / "Pulumi.yaml").write_text(project.replace("../../.venv", str(ROOT / ".venv")))
    program = (folder / "__main__.py").read_text()
    (folder / "__main__.py").write_text(
        program.replace("HERE.parents[1]", repr(ROOT)).replace(
            "import pulumi\n", "import pulumi\nfrom pathlib import PosixPath\n"
        )
    )
    return Life(folder=folder, sandbox=sandbox)


def test_a_service_is_born_grows_shrinks_and_is_gone_with_nothing_left(life: Life) -> None:
    life.describe()
    life.up()
    born = life.resources()

    life.describe(needs={"queue": True})
    life.up()
    brought = life.resources() - born
    assert born < life.resources()
    assert {each for each in brought if not each.split("::")[-1].startswith(("ads-queue", "ads-may-queue"))} == set()

    life.describe()
    code, said = life.pulumi("up", "--yes", "--skip-preview")
    assert code != 0
    assert (
        "error: services/ads/service.yaml is without needs.queue, whose data stage prod protects; nothing was changed."
        in said
    )
    assert "released: [queue]" in said
    assert "Traceback" not in said
    assert life.resources() - born == brought

    life.describe(needs={"queue": True}, released=["queue"])
    life.up()
    life.describe()
    life.up()
    assert life.resources() == born

    code, said = life.pulumi("destroy", "--yes", "--skip-preview")
    assert code != 0
    assert "cannot be deleted" in said
    assert "because it is protected" in said
    life.describe(retired=True)
    life.up()
    code, said = life.pulumi("destroy", "--yes", "--skip-preview")
    assert code == 0, said
    assert life.resources() == set()


def test_a_service_that_writes_into_the_database_stops_in_two_steps(life: Life) -> None:
    life.describe()
    life.up()
    born = life.resources()
    life.describe(needs={"mysql": "write"})
    life.up()
    brought = life.resources() - born
    assert {"aws:lambda/invocation:Invocation::ads-mysql-made", "aws:iam/role:Role::ads-migration-job"} <= brought

    life.describe(needs={"mysql": "read"})
    code, said = life.pulumi("up", "--yes", "--skip-preview")
    assert code != 0
    assert (
        "error: services/ads/service.yaml is without needs.mysql: write, whose data stage prod protects; nothing was "
        "changed. Data goes in two steps: put it back with released: [mysql] and bring that up; then take both out."
    ) in said
    assert life.resources() - born == brought

    life.describe(needs={"mysql": "write"}, released=["mysql"])
    life.up()
    assert life.resources() - born == brought
    life.describe()
    life.up()
    assert life.resources() == born
