"""A service's stack on the real engine: found by its folder, on the fixture's platform, judged by the same policies."""

import json
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
        "api-flags-rollback", "api-pod", "api-releasing-role", "api-secret-renewal",
    }  # fmt: skip
    limits = {role["inputs"].get("permissionsBoundary") for role in roles}
    assert limits == {"arn:aws:iam::111122223333:policy/startup-platform-dev-boundary"}
