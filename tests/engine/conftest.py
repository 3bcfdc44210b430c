"""The real engine over the stand-in, each test with a sandbox of its own."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from sandbox.kube.cluster import CHOICE
from sandbox.workspace import CREDENTIALS, HOME_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
PACK = str(ROOT / "policy")


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """`python -m sandbox` with its state in a folder of the test's own."""

    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        base = {name: value for name, value in os.environ.items() if name not in CREDENTIALS}
        # Whether an API server has been built here must not decide what most tests see.
        fixed = {HOME_VARIABLE: str(self.home), "PYTHONPATH": str(ROOT), CHOICE: "schemas"}
        return {**base, **fixed, **more}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "sandbox", *arguments]

    def run(
        self, *arguments: str, cwd: Path = ROOT, env: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run `python -m sandbox ARGUMENTS`; stdout and stderr are apart."""
        return subprocess.run(
            self.command(*arguments),
            cwd=cwd,
            env=self.environment(**(env or {})),
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    def pulumi(
        self, *arguments: str, cwd: Path = ROOT, env: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run `python -m sandbox -- pulumi ARGUMENTS`."""
        return self.run("--", "pulumi", *arguments, cwd=cwd, env=env)

    def processes(self) -> list[str]:
        """What runs in this sandbox now, by command line."""
        found: list[str] = []
        for process in psutil.process_iter():
            try:
                inside = process.environ().get(HOME_VARIABLE) == str(self.home)
                if inside and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(" ".join(process.cmdline()))
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue  # it ended meanwhile, or is somebody else's
        return found


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> None:
    """What a shell runs in the background ignores Ctrl-C, and so would all that is started here."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    one = Sandbox(home=tmp_path / "sandbox")
    yield one
    assert one.processes() == []


@dataclass(frozen=True, kw_only=True)
class Project:
    """A small Pulumi project beside the platform's."""

    place: Path
    sandbox: Sandbox

    def pulumi(self, *arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        return self.sandbox.pulumi(*arguments, cwd=self.place, env=env)

    def program(self, source: str) -> "Project":
        """Replace the program."""
        (self.place / "__main__.py").write_text(HEAD + textwrap.dedent(source))
        return self


HEAD = """\
import pulumi
import pulumi_aws as aws
provider = aws.Provider("seoul", region="ap-northeast-2", allowed_account_ids=["111122223333"])
own = pulumi.ResourceOptions(provider=provider)
TAGS = {
    "Environment": "dev", "Owner": "platform-team", "CostCenter": "CC-1001", "Application": "test",
    "DataClassification": "internal", "Compliance": "none",
}
"""


def small_project(folder: Path, sandbox: Sandbox) -> Project:
    """A project without a program, in a folder."""
    place = folder / "project"
    place.mkdir()
    (place / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (place / "Pulumi.dev.yaml").write_text("config: {}\n")
    return Project(place=place, sandbox=sandbox)


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox) -> Project:
    return small_project(tmp_path, sandbox)
