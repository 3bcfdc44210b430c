"""From a clean clone to a preview, by each door: what was made needs no edit, and the same policies judge it."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.engine.conftest import ROOT, Sandbox
from tests.unit.pairs import services

LITTLE = "BUDGET=dev:1,stg:1,prod:1"  # all of a team have to fit into what it may spend

pytestmark = pytest.mark.engine


@dataclass(frozen=True, kw_only=True)
class Clone:
    """A copy of what git tracks, on this checkout's environment."""

    top: Path
    sandbox: Sandbox

    def make(self, *words: str) -> str:
        """What `make WORDS` says; it must succeed."""
        return self._run(["make", *words], self.top)

    def pulumi(self, *words: str, at: Path) -> str:
        """The same of `pulumi WORDS` in the sandbox."""
        return self._run([sys.executable, "-m", "sandbox", "--", "pulumi", *words], at, PYTHONPATH=str(self.top))

    def python(self, *words: str) -> str:
        """The same of `python WORDS` at the top."""
        return self._run([str(self.top / ".venv" / "bin" / "python"), *words], self.top)

    def _run(self, command: list[str], at: Path, **more: str) -> str:
        # The copy's own modules are what runs, and no variable of a `make test` around this reaches its `make`.
        kept = {
            key: value
            for key, value in self.sandbox.environment().items()
            if key != "PYTHONPATH" and not key.startswith("MAKE")
        }
        done = subprocess.run(
            command, cwd=at, env=kept | more, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def clone(tmp_path: Path, sandbox: Sandbox) -> Clone:
    top = tmp_path / "clone"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for each in (name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()):
        (top / each).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / each, top / each)
    (top / ".venv").symlink_to(ROOT / ".venv")
    return Clone(top=top, sandbox=sandbox)


def is_clean(said: str) -> None:
    assert "violation" not in said.lower()
    assert "create" in said
    assert "fixture: the contract of startup-platform's stack dev" in said


def test_a_few_words_and_no_edit_make_a_service_whose_tests_pass_and_whose_preview_is_clean(clone: Clone) -> None:
    said = clone.make("new-service", "NAME=demo", "TEAM=growth", "KIND=http", "NEEDS=mysql,redis,queue")
    assert "services/demo/service.yaml" in said
    assert said.rstrip().endswith("Next: make preview SERVICE=demo STAGE=dev")
    clone.python("-m", "pytest", "-q", "services/demo")
    previewed = clone.make("preview", "SERVICE=demo", "STAGE=dev")
    is_clean(previewed)
    job = "aws:eks:PodIdentityAssociation demo-migration-job"
    for resource in (
        "aws:iam:RolePolicy demo-may-mysql",
        job,
        "aws:elasticache:User demo-redis-user",
        "demo-queue-queue",
    ):
        assert resource in previewed
    assert "nothing is other than the template makes it" in clone.make("update-service", "SERVICE=demo")


@pytest.mark.nightly
def test_pulumi_new_makes_the_same_service_from_the_same_source(clone: Clone) -> None:
    folder = clone.top / "services" / "shop"
    folder.mkdir()
    template = str(clone.top / "templates" / "service")
    clone.pulumi("new", template, "--generate-only", "--yes", "--name", "shop", "--description", "A shop", at=folder)
    about = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    assert (about["name"], about["description"], "template" in about) == ("shop", "A shop", False)
    is_clean(clone.make("preview", "SERVICE=shop", "STAGE=dev"))
    # What Pulumi cannot ask for is said in service.yaml, and the rest follows.
    said = folder / "service.yaml"
    text = said.read_text().replace("team: core", "team: growth").replace("CC-2001", "CC-2003")
    said.write_text(text + "needs:\n  queue: true\n")
    clone.make("update-service", "SERVICE=shop")
    assert "`shop-queue-failed`" in (folder / "runbook.md").read_text()
    assert "/services/shop/" in (clone.top / ".github" / "CODEOWNERS").read_text()
    is_clean(clone.make("preview", "SERVICE=shop", "STAGE=dev"))


@pytest.mark.nightly
def test_each_kind_with_each_need_and_each_two_needs_preview_clean(clone: Clone) -> None:
    failed: dict[str, str] = {}
    for each in services():
        needs = ",".join(each.needs)
        clone.make("new-service", f"NAME={each.name}", "TEAM=growth", f"KIND={each.kind}", f"NEEDS={needs}", LITTLE)
        try:
            said = clone.make("preview", f"SERVICE={each.name}", "STAGE=prod")  # its phase has what all needs want
        except AssertionError as problem:
            said = str(problem)
        if "violation" in said.lower() or f"startup-platform:service:Service {each.name} create" not in said:
            failed[f"{each.kind} {needs}"] = said
    assert failed == {}
