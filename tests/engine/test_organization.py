"""The organisation under the real engine, with the policies, whoever owns the audit."""

import pytest

from tests.engine.conftest import PACK, ROOT, Sandbox

pytestmark = pytest.mark.engine

HERE = ROOT / "organization"
PREVIEW = ("preview", "--stack", "management", "--policy-pack", PACK)
KEY = "startup-platform-organization:audit_owner"


@pytest.mark.parametrize("owner", ["organization", "stage"])
def test_the_organisation_previews_with_nothing_that_blocks(sandbox: Sandbox, owner: str) -> None:
    committed = {path: path.read_bytes() for path in HERE.glob("Pulumi*.yaml")}
    done = sandbox.pulumi(*PREVIEW, "--config", f"{KEY}={owner}", cwd=HERE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "startup-platform" in done.stdout.split("Policies:")[1]
    assert "mandatory" not in done.stdout
    assert "can't run policy" not in done.stdout
    assert ("watch-strangers" in done.stdout) is (owner == "organization")
    assert {path: path.read_bytes() for path in HERE.glob("Pulumi*.yaml")} == committed


def test_it_comes_up_changes_nothing_the_second_time_and_keeps_accounts_that_are_to_go(sandbox: Sandbox) -> None:
    up = sandbox.pulumi("up", "--stack", "management", "--yes", cwd=HERE)
    assert up.returncode == 0, up.stdout + up.stderr
    again = sandbox.pulumi("up", "--stack", "management", "--yes", "--expect-no-changes", cwd=HERE)
    assert again.returncode == 0, again.stdout + again.stderr
    gone = sandbox.pulumi("destroy", "--stack", "management", "--yes", cwd=HERE)
    assert gone.returncode != 0
    assert "protected" in gone.stdout + gone.stderr


def test_a_wrong_setting_is_one_sentence_and_no_trace(sandbox: Sandbox) -> None:
    done = sandbox.pulumi(*PREVIEW, "--config", f"{KEY}=both", cwd=HERE)
    assert done.returncode != 0
    assert f'organization/Pulumi.management.yaml: {KEY} = "both" is not allowed; give who owns' in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
