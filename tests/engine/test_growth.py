"""Growth never loses data: from each phase to the next nothing that holds some is replaced or deleted.

On the real engine, with what Terraform replaces (sandbox/schema/force_new.py) as the stand-in knows
it. What AWS itself does during an update in place is not proved here.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from components.phases import PhaseName
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

# What holds data, or what others have written down (addresses, names, ids). An Aurora instance or a group of machines
# may come and go.
STATEFUL = frozenset(
    {
        "aws:backup/vault:Vault",
        "aws:cloudwatch/eventArchive:EventArchive",
        "aws:cloudwatch/eventBus:EventBus",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:cognito/userPool:UserPool",
        "aws:cognito/userPoolClient:UserPoolClient",
        "aws:dynamodb/table:Table",
        "aws:ec2/eip:Eip",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/vpc:Vpc",
        "aws:ecr/repository:Repository",
        "aws:eks/cluster:Cluster",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:kms/key:Key",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:rds/cluster:Cluster",
        "aws:rds/globalCluster:GlobalCluster",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
        "aws:sqs/queue:Queue",
    }
)
KEEP = frozenset({"same", "create", "update", "read", "refresh"})


def in_phase(phase: PhaseName) -> list[str]:
    return ["--stack", "prod", "--config", f"startup-platform:phase={phase}"]


def steps(sandbox: Sandbox, phase: PhaseName) -> list[Mapping[str, Any]]:
    """What a preview of the phase would do to the stack as it is."""
    done = sandbox.pulumi("preview", "--json", *in_phase(phase))
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)["steps"]


EVERY = list(PhaseName)


@pytest.mark.parametrize(
    "phases", [pytest.param(EVERY[:2], id="the first two"), pytest.param(EVERY, id="all", marks=pytest.mark.nightly)]
)
def test_from_each_phase_to_the_next_nothing_that_holds_data_is_replaced_or_deleted(
    sandbox: Sandbox, phases: list[PhaseName]
) -> None:
    up = sandbox.pulumi("up", "--yes", *in_phase(phases[0]))
    assert up.returncode == 0, up.stdout + up.stderr
    for after in phases[1:]:
        lost = [
            (step["op"], step["urn"])
            for step in steps(sandbox, after)
            if step["op"] not in KEEP and (step.get("oldState") or step["newState"])["type"] in STATEFUL
        ]
        assert lost == [], f"on the way to {after}"
        up = sandbox.pulumi("up", "--yes", *in_phase(after))
        assert up.returncode == 0, up.stdout + up.stderr
