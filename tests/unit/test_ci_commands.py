"""The small commands of CI: the comment, an issue, a release, an image's line, and GitHub's settings."""

import base64
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ops import bump, comment, issue, release, settings
from ops.deliver import __main__ as deliver
from ops.deliver import plans
from ops.deliver.troubles import recovery
from ops.diff.__main__ import as_json
from ops.diff.model import Change, Difference, Exit, Findings, Kind
from ops.errors import OpsError
from policy.report import Line, State

ROOT = Path(__file__).resolve().parents[2]
TABLE = "urn:pulumi:dev::small::aws:dynamodb/table:Table::notes"
FOUND = Line(
    rule="TAG-001", key="Owner", state=State.BLOCKS, is_unjudged=False, urn=TABLE, text="absent", until=None, owner=None
)
ONE = Difference(
    stack="dev",
    phase=None,
    base="`main` at abc",
    head="def",
    today=date(2026, 11, 26),
    requirements={"S5": ["delete notes"]},
    changes=(Change(kind=Kind.DELETE, urn=TABLE, is_stateful=True),),
    findings=Findings(new=(FOUND,)),
)
DIGEST = f"sha256:{'a1' * 32}"


class GitHub:
    """Answers what it was told, and keeps what was asked of it."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {key.replace("__", "/"): value for key, value in answers.items()}
        self.told: list[tuple[str, str, Any]] = []

    def __call__(self, path: str, *, method: str = "GET", body: Any = None) -> Any:
        if method != "GET":
            self.told.append((method, path, body))
            return {"number": 7, "html_url": "https://github.example/7"}
        return self.answers[path.partition("?")[0].removeprefix("repos/o/r").strip("/")]


def kept(tmp_path: Path, *found: Difference) -> Path:
    for number, each in enumerate(found):
        (tmp_path / f"difference-{number}").mkdir()
        (tmp_path / f"difference-{number}" / "difference.json").write_text(as_json(each, Exit.FAILED))
    return tmp_path


WHERE = ["--repository", "o/r", "--owner", "somebody", "--branch", "fix/it", "--commit", "abc"]
OPEN = [{"number": 5, "head": {"sha": "abc"}}]


def test_the_comment_is_made_of_what_the_run_left_and_updated_the_next_time(tmp_path: Path) -> None:
    place = kept(tmp_path, ONE, replace(ONE, stack="stg"))
    first = GitHub(pulls=OPEN, issues__5__comments=[])
    comment.run(["--in", str(place), *WHERE, "--run", "https://github.example/run"], first)
    ((method, path, body),) = first.told
    assert (method, path) == ("POST", "repos/o/r/issues/5/comments")
    assert body["body"].startswith(comment.MARK)
    assert "## `dev`: 1 to delete" in body["body"]
    assert "## `stg`: 1 to delete" in body["body"]
    assert "| **`TAG-001[Owner]`**<br>" in body["body"]
    ours = {"id": 9, "user": {"login": comment.AUTHOR}, "body": body["body"]}
    foreign = {"id": 8, "user": {"login": "somebody"}, "body": comment.MARK}
    again = GitHub(pulls=OPEN, issues__5__comments=[foreign, ours])
    comment.run(["--in", str(place), *WHERE], again)
    assert [(method, path) for method, path, _ in again.told] == [("PATCH", "repos/o/r/issues/comments/9")]


def test_a_commit_that_is_no_head_any_more_gets_no_comment(tmp_path: Path) -> None:
    moved = GitHub(pulls=[{"number": 5, "head": {"sha": "newer"}}])
    comment.run(["--in", str(tmp_path), *WHERE], moved)
    assert moved.told == []


def test_a_change_that_touches_no_stack_says_so(tmp_path: Path) -> None:
    none = GitHub(pulls=OPEN, issues__5__comments=[])
    comment.run(["--in", str(tmp_path), *WHERE], none)
    assert comment.NOTHING in none.told[0][2]["body"]


def test_a_run_that_failed_before_it_came_to_a_stack_does_not_say_that_none_is_touched(tmp_path: Path) -> None:
    failed = GitHub(pulls=OPEN, issues__5__comments=[])
    run = ["--run", "https://github.example/run", "--conclusion", "failure"]
    comment.run(["--in", str(tmp_path), *WHERE, *run], failed)
    said = failed.told[0][2]["body"]
    assert comment.NOTHING not in said
    assert (
        "The run ended as `failure`: what is missing here is in its log.\n[The run](https://github.example/run)" in said
    )


@pytest.mark.parametrize("text", ["no json", "[]", '{"stack": 3}', '{"stack": "dev", "script": "<b>"}'])
def test_what_a_run_left_and_is_no_difference_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "difference.json").write_text(text)
    with pytest.raises(OpsError, match="is not what `make diff OUT=` writes"):
        comment.difference(tmp_path / "difference.json")


def test_many_stacks_share_what_github_takes(tmp_path: Path) -> None:
    many = replace(ONE, changes=tuple(Change(kind=Kind.CREATE, urn=f"{TABLE}-{number}") for number in range(2000)))
    assert len(comment.body([many] * 6, "https://github.example/run").encode()) < 65_536


def test_an_issue_is_opened_once_and_then_added_to(tmp_path: Path) -> None:
    said = tmp_path / "drift.txt"
    said.write_text("a queue\n```\nis gone\n")
    given = ["--title", "Drift in dev", "--in", str(said), "--repository", "o/r"]
    first = GitHub(issues=[])
    issue.run(given, first)
    ((_, path, body),) = first.told
    assert (path, body["title"], body["labels"]) == ("repos/o/r/issues", "Drift in dev", ["nightly"])
    assert body["body"] == "```\na queue\n'''\nis gone\n```\n"
    again = GitHub(issues=[{"number": 3, "title": "Drift in dev"}])
    issue.run(given, again)
    assert [path for _, path, _ in again.told] == ["repos/o/r/issues/3/comments"]


@pytest.mark.parametrize(
    ("tags", "step", "version"),
    [
        ([], "major", "v0.1.0"),
        (["v0.9.0", "v0.10.0", "v1.0.0-rc.1", "nightly"], "patch", "v0.10.1"),
        (["v1.2.3"], "minor", "v1.3.0"),
        (["v1.2.3"], "major", "v2.0.0"),
    ],
)
def test_the_next_version_follows_the_highest(tags: list[str], step: str, version: str) -> None:
    assert release.following(release.latest(tags), step) == version


def test_the_changelog_says_since_when_and_what() -> None:
    assert release.changelog("v1.0.1", "v1.0.0", ["Close the port", "Ask less"]) == (
        "## v1.0.1\n\nWhat changed since v1.0.0:\n\n- Close the port\n- Ask less\n"
    )


VALUES = "name: api\n# which build\nimage:\n  # by digest\n  tag: 1.0.0\nroute: {paths: [/api]}\n"


def test_an_image_changes_one_line_and_is_proposed_on_a_branch(tmp_path: Path) -> None:
    file = tmp_path / "services" / "api" / "deploy" / "dev.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(VALUES)
    given = ["--service", "api", "--stage", "dev", "--digest", DIGEST, "--project", str(tmp_path)]
    github = GitHub(
        **{"": {"default_branch": "main"}},
        git__ref__heads__main={"object": {"sha": "tip"}},
        pulls=[],
        contents__services__api__deploy__dev={"sha": "blob"},
    )
    github.answers["contents/services/api/deploy/dev.yaml"] = {"sha": "blob"}
    bump.run([*given, "--repository", "o/r"], github)
    assert [(method, path.removeprefix("repos/o/r/")) for method, path, _ in github.told] == [
        ("POST", "git/refs"),
        ("PUT", "contents/services/api/deploy/dev.yaml"),
        ("POST", "pulls"),
    ]
    expected = VALUES.replace("1.0.0", DIGEST)
    assert base64.b64decode(github.told[1][2]["content"]).decode() == expected
    assert file.read_text() == VALUES
    bump.run(given)
    assert file.read_text() == expected


@pytest.mark.parametrize(
    ("text", "digest", "says"),
    [(VALUES, "latest", "is not sha256:"), ("name: api\n", DIGEST, "has no `image:`")],
)
def test_an_image_that_cannot_be_set_is_refused(text: str, digest: str, says: str) -> None:
    with pytest.raises(OpsError, match=says):
        bump.bumped(text, digest, "dev.yaml")


SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/Pulumi.yaml"))


def gates() -> tuple[dict[str, Any], dict[str, Any]]:
    ruleset, wanted = (
        json.loads((ROOT / ".github" / name).read_text()) for name in ("ruleset.json", "environments.json")
    )
    found = [
        {
            "name": name,
            "deployment_branch_policy": {"custom_branch_policies": True} if one["branches"] == "protected" else None,
            "protection_rules": [
                {"type": "required_reviewers", "reviewers": [{"reviewer": {"slug": each}} for each in one["reviewers"]]}
            ],
        }
        for name, one in settings.gates(wanted, SERVICES).items()
    ]
    return {**ruleset, "id": 1, "created_at": "2026"}, {"environments": found}


def asked(ruleset: Any, environments: Any) -> GitHub:
    return GitHub(rulesets=[{"name": "main", "id": 1}], rulesets__1=ruleset, environments=environments)


def test_github_that_is_set_as_it_should_be_has_no_difference() -> None:
    assert settings.run(["--repository", "o/r"], asked(*gates())) == 0


def test_each_way_around_the_gates_is_a_difference(capsys: pytest.CaptureFixture[str]) -> None:
    ruleset, environments = gates()
    ruleset["enforcement"] = "disabled"
    ruleset["bypass_actors"] = [{"actor_id": 5, "actor_type": "Team"}]
    checks = next(rule for rule in ruleset["rules"] if rule["type"] == "required_status_checks")["parameters"]
    checks["required_status_checks"] = [each for each in checks["required_status_checks"] if each["context"] != "Ready"]
    ruleset["rules"] = [rule for rule in ruleset["rules"] if rule["type"] != "deletion"]
    prod = next(each for each in environments["environments"] if each["name"] == "prod")
    prod["protection_rules"], prod["deployment_branch_policy"] = [], None
    environments["environments"] = [
        each for each in environments["environments"] if each["name"] not in ("stg", "feed-prod")
    ]
    assert settings.run(["--repository", "o/r"], asked(ruleset, environments)) == 1
    assert sorted(capsys.readouterr().out.splitlines()) == sorted(
        [
            'ruleset.enforcement is "disabled"; it should be "active"',
            "ruleset.bypass_actors: actor_id 5 is there and should not",
            "ruleset.rules: type deletion is missing",
            "ruleset.rules[required_status_checks].parameters.required_status_checks: context Ready is missing",
            "there is no environment stg: a job that names it would run without a gate",
            "there is no environment feed-prod: a job that names it would run without a gate",
            "environment prod: reviewers are []; they should be ['platform-team', 'security-team']",
            "environment prod: any branch may deploy; it should be main and version tags only",
        ]
    )


def test_environments_beyond_githubs_first_page_are_found() -> None:
    listed = [{"name": f"service-{number}-dev"} for number in range(100)]
    pages = {1: listed, 2: [{"name": "late-dev", "deployment_branch_policy": {"protected_branches": True}}]}

    def github(path: str) -> Any:
        return {"environments": pages[int(path.rpartition("page=")[2])]}

    wanted: dict[str, Any] = {"{service}-dev": {"reviewers": [], "branches": "protected"}}
    assert list(settings.environments(wanted, ["late"], "o/r", github)) == []
    assert list(settings.environments(wanted, ["none"], "o/r", github)) == [
        "there is no environment none-dev: a job that names it would run without a gate"
    ]


def test_without_the_ruleset_that_is_the_difference() -> None:
    assert settings.run(["--repository", "o/r"], GitHub(rulesets=[], environments=gates()[1])) == 1


OF_THE_PROVIDER = (
    "error: operation error STS: GetCallerIdentity, https response error StatusCode: 403, api error ExpiredToken: "
    "The security token included in the request is expired"
)
OF_THE_BACKEND = (
    'error: read ".pulumi/meta.yaml": blob (key ".pulumi/meta.yaml") (code=Unknown): operation error S3: GetObject, '
    "failed to refresh cached credentials, Not authorized to perform sts:AssumeRoleWithWebIdentity"
)


@pytest.mark.parametrize("printed", [OF_THE_PROVIDER, OF_THE_BACKEND], ids=["of the provider", "of the backend"])
def test_an_expired_credential_is_said_and_neither_a_plan_is_kept_nor_anything_applied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], printed: str
) -> None:
    pulumi = tmp_path / "bin" / "pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text(f'#!/bin/sh\necho "$3" >> {tmp_path}/calls\ncat {tmp_path}/printed >&2\nexit 1\n')
    pulumi.chmod(0o755)
    (tmp_path / "printed").write_text(printed)
    monkeypatch.setenv("PATH", f"{pulumi.parent}:/usr/bin:/bin")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://state")
    kept, where = tmp_path / "plan", ["--stack", "dev", "--plan", str(tmp_path / "plan")]
    kept.mkdir()
    (kept / plans.PLAN).write_text("of an earlier run")
    assert deliver.run(["plan", *where]) == Exit.FAILED
    said = capsys.readouterr()
    assert "> - The preview failed: " in said.out
    assert "## `dev`: nothing to tell" in said.out
    assert said.err.startswith("deliver: credential: the credential for dev is missing or has expired")
    assert not (kept / plans.PLAN).exists()
    with pytest.raises(OpsError, match="holds no plan"):
        deliver.run(["apply", *where])
    assert (tmp_path / "calls").read_text() == "preview\n"


@pytest.mark.parametrize(
    ("printed", "kind", "then"),
    [
        ("error: the stack is currently locked by 1 lock(s). Either wait", "locked", "pulumi cancel --stack dev"),
        ("error: resource urn violates plan: properties changed", "plan", "the plan for dev no longer matches"),
        ("operation error STS: ExpiredToken: The security token", "credential", "has expired"),
        ("Not authorized to perform sts:AssumeRoleWithWebIdentity", "credential", "may not name this environment"),
        ("warning: Attempting to deploy or update resources with 1 pending operations from previous deployment.",
         "interrupted", "pulumi refresh --stack dev"),
        ("error: no stack named 'dev' found", "stack", "make bootstrap STAGE=dev DO=yes"),
        ("error: InternalFailure", "other", "what was done until then stays"),
    ],
)  # fmt: skip
def test_a_failed_run_says_what_it_was_and_what_to_do(printed: str, kind: str, then: str) -> None:
    found, said = recovery(printed, "dev")
    assert found == kind
    assert then in said
