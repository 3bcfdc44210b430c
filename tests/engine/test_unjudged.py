"""What cannot be judged, under the real engine: a first preview passes, an update and a saved state do not."""

import json
from pathlib import Path

import pytest

from tests.engine.conftest import PACK, Project
from tests.engine.test_policy_check import make

pytestmark = pytest.mark.engine

# The document is known when the topic is made, not before.
LATER = """
import json
topic = aws.sns.Topic("topic", kms_master_key_id="alias/own", tags=TAGS, opts=own)
policy = aws.iam.Policy("late", tags=TAGS, opts=own, policy=topic.arn.apply(lambda arn: json.dumps(
    {{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "{action}", "Resource": {resource}}}]}}
)))
"""
GOOD = LATER.format(action="sns:Publish", resource="arn")
BAD = LATER.format(action="*", resource='"*"')

HIDDEN = """
import json
policy = aws.iam.Policy("secret", tags=TAGS, opts=own, policy=pulumi.Output.secret(json.dumps({
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:ap-northeast-2:111122223333:feed",
    }],
})))
"""


def test_a_preview_passes_what_it_cannot_judge_and_says_so(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "preview.json"
    done = project.program(BAD).sandbox.run(
        "--out", str(out), "--", "pulumi", "preview", "-s", "dev", "--policy-pack", PACK, cwd=project.place
    )
    assert done.returncode == 0, done.stdout
    assert "IAM-001 could not judge: policy known only after deployment" in done.stdout
    report = make(project.sandbox, "policy-report", f"IN={out}", "FORMAT=json")
    summary = json.loads(report.stdout)["summary"]
    assert summary["blocks"] == 0
    assert summary["could not judge"] >= 1


def test_an_update_judges_what_the_preview_could_not(project: Project) -> None:
    bad = project.program(BAD).pulumi("up", "-s", "dev", "--policy-pack", PACK, "--yes")
    assert bad.returncode != 0
    assert "IAM-001[" in bad.stdout
    state = json.loads(project.pulumi("stack", "export", "-s", "dev").stdout)
    assert "aws:iam/policy:Policy" not in {one["type"] for one in state["deployment"]["resources"]}
    good = project.program(GOOD).pulumi("up", "-s", "dev", "--policy-pack", PACK, "--yes")
    assert good.returncode == 0, good.stdout


def test_a_saved_state_that_hides_what_a_rule_needs_blocks_until_it_is_shown(project: Project, tmp_path: Path) -> None:
    assert project.program(HIDDEN).pulumi("up", "-s", "dev", "--yes").returncode == 0
    exported = json.loads(project.pulumi("stack", "export", "-s", "dev").stdout)
    exported["deployment"]["secrets_providers"]["state"]["salt"] = "v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAA"
    hidden, shown = tmp_path / "hidden.json", tmp_path / "shown.json"
    hidden.write_text(json.dumps(exported))
    shown.write_text(project.pulumi("stack", "export", "-s", "dev", "--show-secrets").stdout)
    blocked = make(project.sandbox, "policy-check", f"STATE={hidden}")
    assert blocked.returncode != 0
    assert "IAM-001 could not judge: policy hidden by the saved state" in blocked.stdout
    passed = make(project.sandbox, "policy-check", f"STATE={shown}")
    assert passed.returncode == 0, passed.stdout
