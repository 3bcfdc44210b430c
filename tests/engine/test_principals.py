"""A policy that names a role which does not exist is refused at `up`, as AWS does, and not a moment longer."""

import pytest

from tests.engine.conftest import Project

pytestmark = pytest.mark.engine

ROLE = """
import json
trust = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]}
role = aws.iam.Role("worker", name="worker", assume_role_policy=json.dumps(trust), tags=TAGS, opts=own)
"""
KEY = """
import json
WORKER = "arn:aws:iam::111122223333:role/worker"
def allows(arn):
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*",
         "Principal": {"AWS": ["arn:aws:iam::111122223333:root", arn]}}]}
after = [role] if "role" in dir() else []
aws.kms.Key("key", policy=json.dumps(allows(WORKER)), tags=TAGS,
            opts=pulumi.ResourceOptions(provider=provider, depends_on=after))
"""


def test_a_key_policy_that_names_a_missing_role_fails_at_up_and_passes_once_the_role_is_made_first(
    project: Project,
) -> None:
    alone = project.program(KEY)
    assert alone.pulumi("preview", "-s", "dev").returncode == 0  # AWS sees no document before `up`
    refused = alone.pulumi("up", "-s", "dev", "--yes")
    assert refused.returncode != 0
    assert "policy names arn:aws:iam::111122223333:role/worker, which does not exist" in refused.stdout
    assert "MalformedPolicyDocumentException" in refused.stdout
    both = project.program(ROLE + KEY)
    for command in (["up"], ["up", "--expect-no-changes"], ["refresh", "--expect-no-changes"], ["destroy"]):
        done = both.pulumi(command[0], "-s", "dev", "--yes", *command[1:])
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_role_of_an_earlier_run_lives_and_one_that_was_destroyed_does_not(project: Project) -> None:
    assert project.program(ROLE).pulumi("up", "-s", "dev", "--yes").returncode == 0
    later = project.program(ROLE + KEY.replace("[role] if", "[] if")).pulumi("up", "-s", "dev", "--yes")
    assert later.returncode == 0, later.stdout + later.stderr
    assert project.pulumi("destroy", "-s", "dev", "--yes").returncode == 0
    assert project.program(KEY).pulumi("up", "-s", "dev", "--yes").returncode != 0
