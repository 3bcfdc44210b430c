"""A service's stack on the real engine: found by its folder, on the fixture's platform, judged by the same policies."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.engine.conftest import PACK, ROOT, Sandbox

pytestmark = pytest.mark.engine


def preview(sandbox: Sandbox, service: str, stage: str, *more: str) -> tuple[int, str]:
    folder = str(ROOT / "services" / service)
    ran = sandbox.pulumi("-C", folder, "preview", "--stack", stage, "--policy-pack", PACK, *more)
    return ran.returncode, ran.stdout + ran.stderr


def test_a_clean_clone_previews_a_service_against_the_fixture_and_says_so(sandbox: Sandbox) -> None:
    code, said = preview(sandbox, "api", "prod")
    assert code == 0, said
    assert "fixture: the contract of startup-platform's stack prod is services/contract.fixture.json" in said
    assert "violation" not in said.lower()


def test_the_user_in_the_database_is_asked_for_changed_and_taken_away_with_the_description(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "services" / "feed"
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")  # which its project names
    shutil.copytree(ROOT / "services" / "feed", folder)
    described = (folder / "service.yaml").read_text()

    def done(service: str) -> set[tuple[str, str]]:
        """What an `up` does with calls of the function and with the role's right to log in."""
        (folder / "service.yaml").write_text(service)
        ran = sandbox.pulumi("-C", str(folder), "up", "--yes", "--skip-preview", "--stack", "dev", "--json")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        events = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
        steps = [each["resOutputsEvent"]["metadata"] for each in events if "resOutputsEvent" in each]
        mine = [each for each in steps if each["urn"].endswith(("::feed-mysql-made", "::feed-may-mysql"))]
        return {(each["urn"].rpartition("::")[2], each["op"]) for each in mine}

    assert "mysql_reads: [api]" in described
    assert done(described) == {("feed-mysql-made", "create"), ("feed-may-mysql", "create")}
    more = done(described.replace("mysql_reads: [api]", "mysql_reads: [api, auth]"))
    assert more == {("feed-mysql-made", "update"), ("feed-may-mysql", "same")}
    without = re.sub(r"  mysql(_reads)?: .*\n", "", described)
    assert done(without) == {("feed-mysql-made", "delete"), ("feed-may-mysql", "delete")}


def test_a_service_without_a_platform_names_the_stack_and_the_version_in_one_sentence(sandbox: Sandbox) -> None:
    code, said = preview(sandbox, "feed", "dev", "--config", "service:account_id=999988887777")
    assert code != 0
    assert (
        "error: the contract of startup-platform's stack dev cannot be read (/startup-platform/dev/contract/v1 in "
        "account 999988887777, ap-northeast-2); bring that stack up first, with contract version 1: ParameterNotFound"
    ) in said
    assert "Traceback" not in said


def test_every_role_of_a_service_is_made_below_the_accounts_boundary(sandbox: Sandbox, tmp_path: Path) -> None:
    """A deployment may make no other (docs/adr/0029)."""
    out = tmp_path / "preview.json"
    done = sandbox.run("--out", str(out), "--", "pulumi", "-C", str(ROOT / "services" / "api"), "preview", "-s", "dev")
    assert done.returncode == 0, done.stdout + done.stderr
    states = [step["newState"] for step in json.loads(out.read_text())["steps"]]
    roles = [state for state in states if state["type"] == "aws:iam/role:Role"]
    assert {role["urn"].rpartition("::")[2] for role in roles} == {
        "api-flags-rollback", "api-migration-job", "api-pod", "api-releasing-role", "api-secret-renewal",
    }  # fmt: skip
    limits = {role["inputs"].get("permissionsBoundary") for role in roles}
    assert limits == {"arn:aws:iam::111122223333:policy/startup-platform-dev-boundary"}
