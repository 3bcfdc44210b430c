"""The whole in-cluster platform on mocks, as each test of an add-on reads it."""

import json
from collections.abc import Sequence
from typing import Any

from components.compute.cluster import access
from components.naming import Scope
from components.phases import PHASES, PhaseName
from components.sizes import AddOnsSize
from k8s.addons import AddOns, AddOnsArgs, SignOn
from tests.unit.recording import Recorded, Registration, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
HERE = "ap-northeast-2:111122223333"
CLUSTER = "startup-platform-dev"
TARGETS = f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/entrance-cluster-1a2b3c4/0123456789abcdef"
STORAGE_KEY = f"arn:aws:kms:{HERE}:key/00000000-0000-0000-0000-000000000001"
LOGS_KEY = f"arn:aws:kms:{HERE}:key/00000000-0000-0000-0000-000000000002"
REPOSITORY = "https://github.com/example/startup-platform"
SIGN_ON = SignOn(
    url="https://argocd.example.com", issuer="https://id.example.com", client_id="argocd", admins="platform"
)
RELEASE = "kubernetes:helm.sh/v3:Release"


def size(phase: PhaseName) -> AddOnsSize:
    found = PHASES[phase].sizes.add_ons
    assert found is not None
    return found


def arguments(phase: PhaseName, *, sign_on: SignOn | None, datadog: bool) -> AddOnsArgs:
    return AddOnsArgs(
        scope=SCOPE,
        size=size(phase),
        stage_tags={"Environment": "dev", "Owner": "team", "CostCenter": "one", "Compliance": "none"},
        cluster_name=CLUSTER,
        cluster_endpoint="https://endpoint.example",
        cluster_security_group_id="sg-0a1b2c3d4e5f60001",
        previewers=access.PREVIEWERS,
        vpc_id="vpc-0a1b2c3d4e5f60001",
        network_cidr="10.16.0.0/16",
        subnet_ids=[f"subnet-0a1b2c3d4e5f6000{number}" for number in (1, 2, 3)],
        workloads_security_group_id="sg-0a1b2c3d4e5f60002",
        target_group_arn=TARGETS,
        node_role_name="startup-platform-dev-ap-northeast-2-nodes",
        node_role_arn="arn:aws:iam::111122223333:role/startup-platform-dev-ap-northeast-2-nodes",
        queue_name="startup-platform-dev-node-notices",
        queue_arn=f"arn:aws:sqs:{HERE}:startup-platform-dev-node-notices",
        storage_key_arn=STORAGE_KEY,
        storage_key_alias="alias/startup-platform-dev-storage",
        secrets_key_alias="alias/startup-platform-dev-secrets",
        logs_key_arn=LOGS_KEY,
        log_group_name="/startup-platform/dev/services",
        datadog=datadog,
        repository_url=REPOSITORY,
        revision="main",
        sign_on=sign_on,
    )


def add_ons(
    phase: PhaseName = PhaseName.SCALEUP, *, sign_on: SignOn | None = SIGN_ON, datadog: bool = False
) -> Recorded:
    return record(lambda: AddOns("add-ons", arguments(phase, sign_on=sign_on, datadog=datadog)))


def allowed(run: Recorded, add_on: str) -> dict[str, dict[str, Any]]:
    """An add-on's statements by their sid."""
    return {
        statement["Sid"]: statement
        for policy in run.of_type("aws:iam/policy:Policy")
        if policy.name.startswith(f"add-ons-{add_on}-identity-")
        for statement in json.loads(policy["policy"])["Statement"]
    }


def custom(run: Recorded, kind: str) -> list[Registration]:
    """Every object of a kind that is not Kubernetes' own."""
    return [one for one in run.registrations if one.type.startswith("kubernetes:") and one.type.endswith(f":{kind}")]


def before(run: Recorded, name: str) -> set[str]:
    """Names of everything that has to be there first, however far off."""
    by_name = {one.name: one for one in run.registrations}
    seen: set[str] = set()
    waiting: Sequence[str] = [name]
    while waiting:
        found = {urn.rsplit("::", 1)[-1] for each in waiting for urn in by_name[each].dependencies} & by_name.keys()
        waiting = sorted(found - seen)
        seen |= found
    return seen
