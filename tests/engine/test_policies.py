"""The policy pack as the engine runs it: a violation blocks, and is found in text and JSON."""

import json
from pathlib import Path

import pytest

from tests.engine.conftest import PACK, Project

pytestmark = pytest.mark.engine

UNTAGGED = """
bucket = aws.s3.Bucket("assets", opts=own)
"""


def test_an_untagged_bucket_blocks_with_its_urn_and_rule_in_text_and_json(project: Project, tmp_path: Path) -> None:
    project.program(UNTAGGED)
    out = tmp_path / "preview.json"
    done = project.sandbox.run(
        "--out", str(out), "--", "pulumi", "preview", "-s", "dev", "--policy-pack", PACK, cwd=project.place
    )
    assert done.returncode != 0
    assert "mandatory" in done.stdout
    assert "TAG-001" in done.stdout
    assert "assets" in done.stdout
    violations = json.loads(out.read_text())["policyViolations"]
    blocking = [one for one in violations if one["level"] == "mandatory" and "TAG-001" in one["message"]]
    assert {one["urn"] for one in blocking} == {"urn:pulumi:dev::small::aws:s3/bucket:Bucket::assets"}
    assert any("Owner" in one["message"] for one in blocking)


def test_a_bucket_without_a_provider_of_its_own_is_judged_too(project: Project) -> None:
    done = project.program('aws.s3.Bucket("planted")').pulumi("preview", "-s", "dev", "--policy-pack", PACK)
    assert done.returncode != 0
    assert "TAG-001[Owner]" in done.stdout
    assert "planted" in done.stdout


def test_a_violation_stops_up_before_the_resource_is_made(project: Project) -> None:
    done = project.program(UNTAGGED).pulumi("up", "-s", "dev", "--policy-pack", PACK, "--yes")
    assert done.returncode != 0
    state = json.loads(project.pulumi("stack", "export", "-s", "dev").stdout)
    types = {one["type"] for one in state["deployment"].get("resources", [])}
    assert "aws:s3/bucket:Bucket" not in types


def test_an_unknown_value_does_not_silence_a_mandatory_rule(project: Project) -> None:
    done = project.program(
        """
        topic = aws.sns.Topic("topic", kms_master_key_id="alias/own", tags=TAGS, opts=own)
        partly = {key: value for key, value in TAGS.items() if key not in ("CostCenter",)}
        aws.sns.Topic("other", kms_master_key_id="alias/own", tags={**partly, "Application": topic.arn}, opts=own)
        """
    ).pulumi("preview", "-s", "dev", "--policy-pack", PACK)
    assert done.returncode != 0, done.stdout
    assert "TAG-001" in done.stdout
    assert "CostCenter" in done.stdout
    assert "can't run policy" not in done.stdout


def test_an_administrators_policy_is_blocked(project: Project) -> None:
    done = project.program(
        """
        import json
        aws.iam.Policy("all", tags=TAGS, opts=own, policy=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
        }))
        """
    ).pulumi("preview", "-s", "dev", "--policy-pack", PACK)
    assert done.returncode != 0
    assert "IAM-00" in done.stdout


def test_a_stack_that_says_it_is_in_its_first_phase_has_no_cluster(project: Project) -> None:
    done = project.program(
        """
        pulumi.export("phase", "mvp")
        aws.eks.Cluster("early", role_arn="arn:aws:iam::111122223333:role/eks", tags=TAGS, opts=own,
            vpc_config={"subnet_ids": ["subnet-1", "subnet-2"], "endpoint_public_access": False})
        """
    ).pulumi("preview", "-s", "dev", "--policy-pack", PACK)
    assert done.returncode != 0
    assert "SIZ-004[phase]" in done.stdout
