"""Services as `Stack` resources of the Pulumi Kubernetes Operator (REQ-K3): an engine of others, for hundreds of them.

A resource for each service in a stage, checked against the operator's own definition before it is written. Policies
judge a change before it is merged: the operator runs none (docs/services.md says what else it leaves to others).
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import jsonschema
import yaml

from bootstrap.names import Names
from components.naming import Scope
from ops.errors import OpsError
from ops.services.listing import Listed

RECORD = Path(__file__).with_name("recorded") / "stack.json"  # tools/record_operator.py makes it
NAMESPACE, ACCOUNT = "pulumi", "pulumi"
# Between two looks at the branch. Hundreds that look in the same second would be hundreds of clones in that second.
RESYNC_SECONDS, SPREAD_SECONDS = 300, 300


def stacks(services: Sequence[Listed], scope: Scope, *, repository: str, branch: str) -> list[Mapping[str, Any]]:
    """The resources of a stage, of one that is retired too: whoever takes it down does so on purpose."""
    names = Names(scope=scope)
    return [_stack(one, scope, names, repository, branch) for one in services if scope.stage in one.budget_usd]


def _stack(one: Listed, scope: Scope, names: Names, repository: str, branch: str) -> Mapping[str, Any]:
    name = f"{one.name}-{scope.stage}"
    return {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "labels": {
                "app.kubernetes.io/name": one.name,
                "app.kubernetes.io/part-of": "startup-platform",
                "startup-platform/team": one.team,
                "startup-platform/stage": scope.stage,
            },
        },
        "spec": {
            "serviceAccountName": ACCOUNT,
            "stack": f"organization/{one.name}/{scope.stage}",
            "backend": names.backend,
            "secretsProvider": names.secrets_provider,
            "projectRepo": repository,
            "repoDir": f"services/{one.name}",
            "branch": branch,
            "shallow": True,
            "envRefs": {"AWS_REGION": {"type": "Literal", "literal": {"value": scope.region}}},
            "resyncFrequencySeconds": RESYNC_SECONDS + zlib.crc32(name.encode()) % SPREAD_SECONDS,
            "retryOnUpdateConflict": True,
            # Deleting the resource by mistake takes nothing down.
            "destroyOnFinalize": False,
            # A pod each for hundreds of services, only while there is something to do.
            "workspaceReclaimPolicy": "Delete",
        },
    }


def check(stack: Mapping[str, Any]) -> None:
    """Hold a resource against the operator's definition.

    Raises:
        OpsError: it would refuse it, or drop a field that it does not know.
    """
    record: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    name = str(stack["metadata"]["name"])
    if (stack["apiVersion"], stack["kind"]) != (record["apiVersion"], record["kind"]):
        raise OpsError(f"{name}: the operator knows {record['apiVersion']} {record['kind']} only")
    if len(name) > record["longestName"]:
        raise OpsError(f"{name}: a Stack's name has at most {record['longestName']} letters; name the service shorter")
    validator = jsonschema.Draft202012Validator(record["spec"])
    for problem in cast("Any", validator).iter_errors(stack["spec"]):
        where = ".".join(("spec", *(str(part) for part in problem.absolute_path)))
        raise OpsError(f"{name}: {where}: {problem.message} (Pulumi Kubernetes Operator {record['version']})")


def manifests(stacks: Sequence[Mapping[str, Any]]) -> str:
    """What `kubectl apply -f` or ArgoCD takes.

    Raises:
        OpsError: the operator would refuse one.
    """
    for stack in stacks:
        check(stack)
    return yaml.safe_dump_all(stacks, sort_keys=False, explicit_start=True)
