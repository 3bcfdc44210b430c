"""The difference preview as a pull request gets it: a git repository, a base that stands, a change, the comment."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import HEAD, ROOT, Sandbox

pytestmark = pytest.mark.engine

TABLE = "urn:pulumi:dev::small::aws:dynamodb/table:Table::notes"
QUEUE = "urn:pulumi:dev::small::aws:sqs/queue:Queue::jobs"
TOPIC = "urn:pulumi:dev::small::aws:sns/topic:Topic::news"
BUCKET = "urn:pulumi:dev::small::aws:s3/bucket:Bucket::uploads"
PROGRAM = """
aws.sns.Topic("news", kms_master_key_id="alias/own", tags=TAGS, opts=own)
dead = aws.sqs.Queue(
    "dead", name="dead", kms_master_key_id="alias/own",
    redrive_allow_policy='{"redrivePermission": "byQueue", "sourceQueueArns": '
    '["arn:aws:sqs:ap-northeast-2:111122223333:jobs"]}', tags=TAGS, opts=own,
)
aws.sqs.Queue(
    "jobs", name="jobs", kms_master_key_id="alias/own",
    redrive_policy='{"deadLetterTargetArn": "arn:aws:sqs:ap-northeast-2:111122223333:dead", "maxReceiveCount": 3}',
    tags=TAGS, opts=own,
)
"""
TOPIC_MORE = 'aws.sns.Topic("more", kms_master_key_id="alias/own", tags=TAGS, opts=own)\n'
UNTAGGED = 'aws.s3.Bucket("uploads", bucket="uploads-of-a-test", opts=own)\n'


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A git repository with a small Pulumi project and the real policy pack."""

    place: Path
    sandbox: Sandbox

    def git(self, *arguments: str) -> None:
        names = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *names, *arguments], cwd=self.place, check=True, capture_output=True)

    def commit(self, program: str) -> None:
        self.write(program)
        self.git("add", "-A")
        self.git("commit", "-m", "a change")

    def write(self, program: str) -> None:
        (self.place / "__main__.py").write_text(HEAD + program)

    def diff(self, *arguments: str, base: str = "main") -> tuple[int, str, dict[str, Any], str]:
        """The exit code, the comment, the document and what is said on stderr."""
        out = self.place.parent / "out"
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "ops.diff",
                "--project",
                str(self.place),
                "--base",
                base,
                "--out",
                str(out),
                *arguments,
            ],
            cwd=ROOT,
            env=self.sandbox.environment(),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        document = out / "difference.json"
        return done.returncode, done.stdout, json.loads(document.read_text()) if document.exists() else {}, done.stderr


@pytest.fixture
def repository(tmp_path: Path, sandbox: Sandbox) -> Repository:
    place = tmp_path / "repository"
    place.mkdir()
    (place / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (place / "Pulumi.dev.yaml").write_text("config: {}\n")
    (place / ".gitignore").write_text(".venv\n__pycache__/\n")
    (place / ".venv").symlink_to(sys.prefix)
    shutil.copytree(ROOT / "policy", place / "policy", ignore=shutil.ignore_patterns("__pycache__"))
    (place / "docs").mkdir()
    (place / "docs" / "fulfilment.yaml").write_text(
        'S4: {by: ["aws:sqs/queue:Queue {jobs,dead}"], tests: [tests/x.py]}\n'
    )
    one = Repository(place=place, sandbox=sandbox)
    one.git("init", "--initial-branch", "main")
    one.commit(PROGRAM)
    return one


def exempting(urn: str, expires: date) -> str:
    return f"""exemptions:
  - rule: ENC-006
    key: kmsMasterKeyId
    urn: {urn}
    expected: [{urn}]
    reason: The partner cannot use our key before its release in March.
    owner: team-feed
    approved_by: team-security
    expires: {expires.isoformat()}
"""


def test_a_change_of_nothing_that_is_deployed_passes_with_one_sentence(repository: Repository) -> None:
    repository.git("checkout", "-b", "change")
    repository.commit(PROGRAM + "# a comment\n")
    code, comment, document, said = repository.diff()
    assert (code, said) == (0, "")
    assert comment.startswith("## `dev`: no change\n\nBase `main` at ")
    assert "The stack stays as it is." in comment
    assert document["changes"] == []
    assert [(each["new"], each["standing"]) for each in [document["findings"]]] == [([], [])]


def test_an_untagged_bucket_is_created_and_blocks(repository: Repository) -> None:
    repository.write(PROGRAM + UNTAGGED)  # not committed: the checkout is what counts
    code, comment, document, _ = repository.diff()
    assert code == 1
    assert [(each["kind"], each["urn"]) for each in document["changes"]] == [("create", BUCKET)]
    assert "## `dev`: 1 to create" in comment
    assert "Owner]`**<br>`aws:s3/bucket:Bucket uploads` | " in comment
    assert "> Policies block this: " in comment
    assert document["errors"] == []


def test_a_deleted_queue_holds_data_and_needs_somebodys_word(repository: Repository) -> None:
    repository.write(PROGRAM[: PROGRAM.index('aws.sqs.Queue(\n    "jobs"')])
    code, comment, document, _ = repository.diff()
    assert code == 2
    assert document["destroys"] == [QUEUE]
    assert "## `dev`: 1 to delete" in comment
    assert "> **1 that holds data would be deleted or replaced**: **`jobs`**." in comment
    assert "| **`jobs`**<br>`aws:sqs/queue:Queue` | **holds data** |" in comment
    assert "| S4 | delete jobs |" in comment
    accepted, comment, _, _ = repository.diff("--accept-destructive")
    assert accepted == 0
    assert "> Somebody has accepted it." in comment


def test_an_update_and_what_it_fixes_are_said_with_values(repository: Repository) -> None:
    repository.commit(PROGRAM.replace('"alias/own", tags=TAGS', '"alias/own", tags={**TAGS, "Owner": "todo"}', 1))
    repository.write(PROGRAM)
    code, comment, document, _ = repository.diff(base="HEAD")
    assert code == 0
    assert [(each["kind"], each["urn"]) for each in document["changes"]] == [("update", TOPIC)]
    assert "| `news`<br>`aws:sns/topic:Topic` | `tags.Owner`: todo → platform-team |" in comment
    assert "### Policies: fixed (1)" in comment


def test_an_exemption_is_shown_until_it_ends_and_then_blocks(repository: Repository) -> None:
    listed = repository.place / "policy" / "exemptions.yaml"
    listed.write_text(exempting(TOPIC, date.today() + timedelta(days=9)))
    repository.commit(PROGRAM.replace('kms_master_key_id="alias/own", ', "", 1))
    code, comment, _, _ = repository.diff(base="HEAD")
    assert code == 0
    ends = (date.today() + timedelta(days=9)).isoformat()
    assert f"| `ENC-006[kmsMasterKeyId]`<br>`aws:sns/topic:Topic news` | **{ends}: ends soon** | team-feed |" in comment
    listed.write_text(exempting(TOPIC, date.today() - timedelta(days=1)))
    code, comment, _, _ = repository.diff(base="HEAD")
    assert code == 1
    assert "| **`ENC-006[kmsMasterKeyId]`**<br>`aws:sns/topic:Topic news` |" in comment
    assert "EXM-002" in comment


def test_a_base_that_does_not_come_up_is_said_and_nothing_is_compared(repository: Repository) -> None:
    repository.commit(PROGRAM + 'aws.sqs.Queue("broken", visibilty_timeout_seconds=3, opts=own)\n')
    repository.write(PROGRAM)
    code, comment, document, _ = repository.diff(base="HEAD")
    assert code == 1
    assert "## `dev`: nothing to tell" in comment
    assert "> - The base does not come up by itself, so there is nothing to compare with; mend it first." in comment
    assert "unexpected keyword argument 'visibilty\\_timeout\\_seconds'" in comment
    assert "sandbox:" not in comment
    assert document["changes"] == []


def test_a_checkout_whose_program_fails_is_said(repository: Repository) -> None:
    repository.write(PROGRAM + TOPIC_MORE + 'raise RuntimeError("half way")\n')
    code, comment, document, _ = repository.diff()
    assert code == 1
    assert "> This is not whole; what is below is what could be told." in comment
    assert "> - The preview failed: " in comment
    assert "half way" in comment
    assert [each["urn"] for each in document["changes"] if each["kind"] == "delete"] == []
    assert document["exit"] == 1


def test_a_stage_that_the_base_does_not_have_is_new_as_a_whole(repository: Repository) -> None:
    (repository.place / "Pulumi.stg.yaml").write_text("config: {}\n")
    code, comment, document, _ = repository.diff("--stack", "stg", "--pack", "nowhere")
    assert code == 0
    assert {each["kind"] for each in document["changes"]} == {"create"}
    assert "- The base has no Pulumi.stg.yaml: everything is new." in comment
    assert "- there is no policy pack at nowhere: nothing was judged" in comment


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--stack", "live"], "diff: STAGE: there is no Pulumi.live.yaml in repository; stages here: dev\n"),
        (
            ["--base", "mian"],
            "diff: BASE: there is no commit 'mian' in this clone; fetch it, or name one of `git branch -a`\n",
        ),
    ],
)
def test_a_mistake_is_one_sentence(repository: Repository, arguments: list[str], says: str) -> None:
    code, comment, document, said = repository.diff(*arguments)
    assert (code, comment, said) == (1, "", says)
    assert f"diff: {document['errors'][0]}\n" == says  # what the comment on a pull request is made of
    assert document["exit"] == 1


def test_nothing_of_the_run_is_left_in_the_repository(repository: Repository) -> None:
    repository.diff("--pack", "nowhere")
    listed = subprocess.run(
        ["git", "worktree", "list"], cwd=repository.place, capture_output=True, text=True, check=True
    )
    assert len(listed.stdout.splitlines()) == 1
    assert not (repository.place / ".sandbox").exists()
