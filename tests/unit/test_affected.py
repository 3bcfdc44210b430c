"""Which stacks and services a change touches, and which it leaves alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ops.affected.__main__ import run
from ops.affected.imports import reached
from ops.affected.stacks import Project, affected, projects, touches

ROOT = Path(__file__).resolve().parents[2]
STAGES = ["dev", "prod", "stg"]


@pytest.fixture(scope="module")
def platform() -> Project:
    (first, *_) = projects(ROOT)
    return first


@pytest.mark.parametrize(
    ("file", "stacks"),
    [
        ("components/data/aurora.py", STAGES),
        ("components/edge/functions/an-invented-one.js", STAGES),
        ("components/data/queries/an-invented-one.sql", STAGES),
        ("k8s/versions.py", STAGES),
        ("k8s/compatibility.yaml", STAGES),
        ("requirements.lock", STAGES),
        ("policy/rules/exemptions.py", STAGES),
        ("policy/exemptions.yaml", STAGES),
        ("Pulumi.yaml", STAGES),
        ("Pulumi.stg.yaml", ["stg"]),
        ("docs/fulfilment.yaml", []),
        ("sandbox/session.py", []),
        ("ops/affected/stacks.py", []),
        ("tests/unit/test_affected.py", []),
        ("bench/checkov.in", []),
        ("Makefile", []),
        ("pyproject.toml", []),
    ],
)
def test_a_file_of_the_platform_touches(platform: Project, file: str, stacks: list[str]) -> None:
    assert platform.stages == tuple(STAGES)
    assert [stage for stage in STAGES if touches(file, platform, stage)] == stacks


@pytest.mark.parametrize(
    ("file", "touched"),
    [
        ("services/contract.fixture.json", ["services"]),
        ("services/feed/service.yaml", ["services/feed"]),
        ("components/service/releasing.py", ["services"]),
        ("components/data/aurora.py", ["."]),
        ("components/naming.py", [".", "organization", "services"]),
    ],
)
def test_a_file_of_this_repository_touches_the_projects_that_read_it(file: str, touched: list[str]) -> None:
    found = {each.project for each in affected(ROOT, [file]).stacks}
    every = {each.folder for each in projects(ROOT) if each.folder.startswith("services/")}
    assert len(every) > 5
    assert found == {each for one in touched for each in (every if one == "services" else {one})}


def test_whatever_the_platform_really_imports_was_seen_in_its_text() -> None:
    script = (
        "import sys, components.contract, components.settings, components.platform; "
        "print('\\n'.join(m.__file__ for m in list(sys.modules.values()) if getattr(m, '__file__', None)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    venv = Path(sys.prefix).resolve()
    ours = {
        path
        for path in (Path(line).resolve() for line in done.stdout.splitlines())
        if path.is_relative_to(ROOT) and not path.is_relative_to(venv)
    }
    assert len(ours) > 50
    assert ours - reached(ROOT / "__main__.py", [ROOT]) == set()


READS = 'import pulumi\npulumi.StackReference(f"organization/platform/{pulumi.get_stack()}")\n'


@pytest.fixture
def monorepo(tmp_path: Path) -> Path:
    files = {
        "Pulumi.yaml": "name: platform",
        "Pulumi.dev.yaml": "",
        "Pulumi.prod.yaml": "",
        "__main__.py": "from lib import network\ndef late():\n    import lib.late\n",
        "lib/__init__.py": "",
        "lib/network.py": "from .deep import shape",
        "lib/deep/__init__.py": "",
        "lib/deep/shape.py": "",
        "lib/late.py": "",
        "lib/unused.py": "",
        "services/api/Pulumi.yaml": "name: api",
        "services/api/Pulumi.dev.yaml": "",
        "services/api/Pulumi.prod.yaml": "",
        "services/api/__main__.py": READS,
        "services/api/deploy/dev.yaml": "",
        "services/api/deploy/prod.yaml": "",
        "services/web/deploy/dev.yaml": "",
        "services/web/Dockerfile": "",
        "organization/Pulumi.yaml": "name: organization",
        "organization/Pulumi.main.yaml": "",
        "organization/__main__.py": "import accounts",
        "organization/accounts.py": "",
        "k8s/charts/service/values.yaml": "",
        "tests/fixture/Pulumi.yaml": "name: fixture",
        "tests/fixture/Pulumi.dev.yaml": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def of(monorepo: Path, *files: str) -> tuple[list[str], list[str]]:
    found = affected(monorepo, files)
    stacks = [f"{each.project}:{each.name}" for each in found.stacks]
    return stacks, [f"{each.name}:{stage}" for each in found.services for stage in each.stages]


PLATFORM = [".:dev", ".:prod"]
API = ["services/api:dev", "services/api:prod"]


@pytest.mark.parametrize(
    ("file", "stacks", "services"),
    [
        ("lib/deep/shape.py", PLATFORM + API, []),  # who reads the platform's outputs is touched with it
        ("lib/late.py", PLATFORM + API, []),
        ("lib/unused.py", [], []),
        ("Pulumi.dev.yaml", [".:dev", "services/api:dev"], []),
        ("services/api/__main__.py", API, ["api:dev", "api:prod"]),
        ("services/api/deploy/dev.yaml", API, ["api:dev"]),
        ("services/web/Dockerfile", [], ["web:dev"]),
        ("k8s/charts/service/values.yaml", [], ["api:dev", "api:prod", "web:dev"]),
        ("organization/accounts.py", ["organization:main"], []),
        ("services/web/README.md", [], []),
        ("tests/fixture/Pulumi.dev.yaml", [], []),
    ],
)
def test_a_file_touches_stacks_and_services(monorepo: Path, file: str, stacks: list[str], services: list[str]) -> None:
    assert of(monorepo, file) == (stacks, services)


def test_each_stack_says_why(monorepo: Path) -> None:
    found = affected(monorepo, ["lib/network.py", "Pulumi.dev.yaml"])
    assert {(each.project, each.name): each.because for each in found.stacks} == {
        (".", "dev"): ("Pulumi.dev.yaml", "lib/network.py"),
        (".", "prod"): ("lib/network.py",),
        ("services/api", "dev"): ("reads platform",),
        ("services/api", "prod"): ("reads platform",),
    }


def test_the_command_sees_what_is_committed_changed_new_and_gone_and_gives_a_matrix(
    monorepo: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    def git(*words: str) -> None:
        names = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *names, *words], cwd=monorepo, check=True, capture_output=True)

    git("init", "--initial-branch", "main")
    git("add", "-A")
    git("commit", "-m", "all")
    git("checkout", "-b", "change")
    (monorepo / "organization" / "accounts.py").unlink()
    git("commit", "-am", "gone")
    (monorepo / "services" / "web" / "new file.txt").write_text("")
    outputs = tmp_path_factory.mktemp("github") / "output"
    run(["--base", "main", "--project", str(monorepo), "--github", str(outputs)])
    said = json.loads(capsys.readouterr().out)
    assert [each["because"] for each in said["services"]] == [["services/web/new file.txt"]]
    given = dict(each.split("=", 1) for each in outputs.read_text().splitlines())
    assert json.loads(given["stacks"]) == [{"project": "organization", "name": "main", "because": 1}]
    assert json.loads(given["real"]) == []  # nobody has a role in the organisation's account
    assert json.loads(given["every"]) == [{"name": "api", "project": "services/api"}]
    assert json.loads(given["services"]) == [{"name": "web", "stages": ["dev"], "because": 1}]


def test_a_pull_request_previews_no_platform_whose_api_it_cannot_reach_and_no_stack_that_is_not_there_yet(
    monorepo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = "config: {'startup-platform:cluster': {endpoint: private, public_cidrs: []}}\n"
    (monorepo / "Pulumi.prod.yaml").write_text(closed)
    words = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    for command in (["init", "--initial-branch", "main"], ["add", "-A"], [*words, "commit", "-m", "all"]):
        subprocess.run(["git", *command], cwd=monorepo, check=True, capture_output=True)
    (monorepo / "lib" / "network.py").write_text("changed = True\n")
    new = monorepo / "services" / "new"
    new.mkdir()
    (new / "Pulumi.yaml").write_text("name: new")
    (new / "Pulumi.dev.yaml").write_text("")
    (new / "__main__.py").write_text(READS)
    outputs = tmp_path / "output"
    run(["--base", "main", "--project", str(monorepo), "--github", str(outputs)])
    capsys.readouterr()
    given = dict(each.split("=", 1) for each in outputs.read_text().splitlines())
    named = {key: [(each["project"], each["name"]) for each in json.loads(given[key])] for key in ("stacks", "real")}
    assert set(named["stacks"]) - set(named["real"]) == {(".", "prod"), ("services/new", "dev")}
    assert (".", "dev") in named["real"]
    assert ("services/api", "prod") in named["real"]  # a service's stack asks no Kubernetes API
