"""What the template makes of each kind and need is clean, works, and would say so if it did not (REQ-V1 to V5)."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.servicekit.rendering import ROOT, answers, own_tests, render

POSTS = {"posts": {"source": "api", "type": "post."}}
EVERYTHING: Mapping[str, Any] = {
    "mysql": "write",
    "redis": True,
    "queue": True,
    "events": {"publishes": ["post.published", "post.deleted"], "subscribes": POSTS},
    "stream": "produce",
    "bucket": True,
    "table": {"sort_key": True},
    "feature_group": True,
    "model": True,
    "llm": True,
    "login": True,
}
CASES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "everything": ("http", EVERYTHING),
    "nothing": ("http", {}),
    "reads": ("http", {"mysql": "read", "mysql_reads": ["of-others"], "redis": True}),
    "uncached": ("http", {"mysql": "write"}),
    "keeps": ("http", {"table": {"sort_key": False}, "login": True, "bucket": True}),
    "pays": ("http", {"secret": {"stripe": {}, "toss": {}}}),
    "notification-ws": ("websocket", {"redis": True, "queue": True, "events": {"subscribes": POSTS}}),
    "live": ("websocket", EVERYTHING),
    "alone": ("websocket", {}),
    "works-off": ("worker", {"queue": True, "mysql": "write", "redis": True}),
    "recommendation-worker": (
        "worker",
        {"stream": "consume", "feature_group": True, "model": True, "table": {"sort_key": False}},
    ),
    "asks": ("worker", {"stream": "consume", "model": True, "redis": True}),
    "hears": ("worker", {"stream": "consume"}),
    "ranking": ("grpc", {"mysql": "read", "redis": True}),
    "plain-rpc": ("grpc", {"queue": True, "stream": "consume"}),
    "rpc-with-features": ("grpc", {"stream": "consume", "feature_group": True}),
    "rpc-that-asks": ("grpc", {"stream": "consume", "model": True, "table": {"sort_key": True}}),
    "web": ("web", {}),
}
# A handler, broken; the generated test that must see it. (kind's case, file, what is there, what is put, test file)
BROKEN = [
    ("everything", "items.py", "if found is None:", "if False:", "test_items.py"),
    ("everything", "items.py", "await self._cache.read(", "await self._cache.skip(", "test_items.py"),
    ("everything", "items.py", "await self._cache.invalidate", "self._cache.read", "test_items.py"),
    ("reads", "items.py", '"of_others"', '"reads"', "test_items.py"),
    ("reads", "items.py", '"id": id', '"id": id + 1', "test_items.py"),
    ("everything", "records.py", "KEY: user, ", "KEY: 'x', ", "test_records.py"),
    ("keeps", "records.py", "{user}/", "", "test_records.py"),
    ("everything", "files.py", "{user.id}/", "", "test_files.py"),
    ("everything", "happenings.py", "OPERATORS not in user.groups", "False", "test_happenings.py"),
    ("everything", "activity.py", "number(user.id)", "0", "test_activity.py"),
    ("everything", "features.py", "503", "500", "test_features.py"),
    ("everything", "features.py", "str(number)", "user.id", "test_features.py"),
    ("everything", "scores.py", '"user": user.id', '"user": ""', "test_scores.py"),
    ("everything", "scores.py", "(AwayError, NotYetError)", "NotYetError", "test_scores.py"),
    ("everything", "answers.py", "(AwayError, NotYetError)", "NotYetError", "test_answers.py"),
    ("everything", "scores.py", "not self._toggles.is_on(FEATURE)", "False", "test_scores.py"),
    ("everything", "answers.py", "not self._toggles.is_on(FEATURE)", "False", "test_answers.py"),
    ("everything", "account.py", "self._people.get(user.id)", "None", "test_account.py"),
    ("everything", "work.py", "operations().add", "print", "test_work.py"),
    ("pays", "partners.py", "if missing:", "if False:", "test_partners.py"),
    ("notification-ws", "work.py", "self._hub.publish(str(user)", "self._hub.publish('u-2'", "test_work.py"),
    ("notification-ws", "main.py", "hub.serve(socket)", "socket.close()", "test_live.py"),
    ("notification-ws", "main.py", "hub.stream", "hub.drain", "test_live.py"),
    ("recommendation-worker", "heard.py", '> record["ts"]', '< record["ts"]', "test_heard.py"),
    ("recommendation-worker", "heard.py", "self._features.put(latest)", "print()", "test_heard.py"),
    ("recommendation-worker", "heard.py", "self._model.ask(record)", "self._model.ask({})", "test_heard.py"),
    ("recommendation-worker", "heard.py", "self._table.put(", "print(", "test_heard.py"),
    ("asks", "heard.py", "(NotYetError, AwayError)", "NotYetError", "test_heard.py"),
    ("asks", "heard.py", "not self._toggles.is_on(FEATURE)", "False", "test_heard.py"),
    ("hears", "heard.py", 'int(event["user_id"])', "0", "test_heard.py"),
    ("works-off", "work.py", "message.type or", "", "test_work.py"),
    ("ranking", "main.py", "if found is None:", "if False:", "test_calls.py"),
    ("plain-rpc", "main.py", "service=NAME, ", "", "test_calls.py"),
]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every case as a service of one checkout."""
    place = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "pyproject.toml", place)
    for name, (kind, needs) in CASES.items():
        render(place, answers(name, kind, needs))
    return place


def test_what_is_made_is_in_the_projects_format_and_has_no_template_left_in_it(project: Path) -> None:
    for command in (["check", "--quiet"], ["format", "--check", "--quiet"]):
        done = subprocess.run(
            [ROOT / ".venv" / "bin" / "ruff", *command, "--no-cache", "services"],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
    for file in (file for file in project.glob("services/**/*") if file.is_file()):
        assert not {"{%", "{{ ", "{#"} & set(file.read_text().split()), file
        assert "{%" not in str(file)


def test_a_front_end_is_files_and_everything_else_is_an_image(project: Path) -> None:
    for name, (kind, _) in CASES.items():
        files = {path.name for path in (project / "services" / name / "app").iterdir()}
        assert files == {"site"} if kind == "web" else {"main.py", "Dockerfile", "load", "tests"} <= files


def test_each_service_of_this_repository_works_as_its_own_tests_say() -> None:
    services = [path.parents[1].name for path in (ROOT / "services").glob("*/app/tests")]
    assert len(services) > 4
    done = own_tests(ROOT, *services)
    assert done.returncode == 0, done.stdout


@pytest.mark.nightly
def test_all_that_is_made_works_as_its_own_tests_say(project: Path) -> None:
    done = own_tests(project, *[name for name, (kind, _) in CASES.items() if kind != "web"])
    assert done.returncode == 0, done.stdout


@pytest.mark.nightly
def test_a_handler_that_is_broken_turns_its_own_test_red(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    tests: dict[str, str] = {}
    for number, (case, file, there, put, test) in enumerate(BROKEN):
        kind, needs = CASES[case]
        source = render(tmp_path, answers(f"broken-{number}", kind, needs)) / "app" / file
        said = source.read_text()
        assert there in said, f"{case}: {file}"
        source.write_text(said.replace(there, put))
        tests[f"broken-{number}"] = test
    done = own_tests(tmp_path, *[f"{service}/app/tests/{test}" for service, test in tests.items()])
    red = {
        line.split("/")[1]
        for line in done.stdout.splitlines()
        if line.startswith(("FAILED services/", "ERROR services/"))
    }
    assert {BROKEN[int(service.removeprefix("broken-"))] for service in tests.keys() - red} == set(), done.stdout
