"""What a preview may do in the cluster: look, and ask what would happen (REQ-S10, REQ-C5).

A preview asks the API server for a server-side dry-run, which RBAC cannot tell from a write. So the group's role takes
writes of the kinds that Pulumi applies, and an admission policy refuses each of the group's writes that is no dry-run.
The rights are bound last and taken away first: there is no moment with the one and without the other.

The API server asks no admission policy about admission policies themselves, nor about RBAC's checks of rights. Both
kinds the group may therefore only read: a change to what is in this file is previewed by whoever deploys.
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

NAME = "startup-platform-preview"
RBAC = "rbac.authorization.k8s.io"
LOOK = ("get", "list", "watch")
# Server-side apply is a patch, and where the object is not there yet, a create as well.
ASK = ("create", "patch")
# What Pulumi applies by itself, by API group; what charts bring is Helm's, whose preview asks the cluster nothing.
APPLIED: Mapping[str, Sequence[str]] = {
    "": ("namespaces",),
    "argoproj.io": ("applications", "appprojects"),
    "elbv2.k8s.aws": ("targetgroupbindings",),
    "external-secrets.io": ("clustersecretstores", "externalsecrets"),
    "gateway.envoyproxy.io": ("backendtrafficpolicies", "clienttrafficpolicies", "envoyproxies"),
    "gateway.networking.k8s.io": ("gatewayclasses", "gateways"),
    "karpenter.k8s.aws": ("ec2nodeclasses",),
    "karpenter.sh": ("nodepools",),
    "keda.sh": ("clustertriggerauthentications",),
    "networking.k8s.io": ("networkpolicies",),
}
# What EKS's view policy leaves out and a refresh reads.
READ: Mapping[str, Sequence[str]] = {
    "admissionregistration.k8s.io": ("validatingadmissionpolicies", "validatingadmissionpolicybindings"),
    "apiextensions.k8s.io": ("customresourcedefinitions",),
    RBAC: ("clusterroles", "clusterrolebindings"),
}


@dataclass(frozen=True, kw_only=True)
class PreviewArgs:
    """Who previews."""

    group: str  # of Kubernetes, which the access entry of the preview role puts it into


class Preview(pulumi.ComponentResource):
    """The rights of a preview, and what keeps them from being more."""

    def __init__(self, name: str, args: PreviewArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:addons:Preview", name, None, opts)
        admission, rbac = kubernetes.admissionregistration.v1, kubernetes.rbac.v1
        child = pulumi.ResourceOptions(parent=self)
        policy = admission.ValidatingAdmissionPolicy(
            f"{name}-policy", metadata={"name": NAME}, spec=policy_spec(args.group), opts=child
        )
        in_force = admission.ValidatingAdmissionPolicyBinding(
            f"{name}-in-force",
            metadata={"name": NAME},
            spec={"policy_name": NAME, "validation_actions": ["Deny"]},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        role = rbac.ClusterRole(f"{name}-role", metadata={"name": NAME}, rules=rules(), opts=child)
        rbac.ClusterRoleBinding(
            f"{name}-rights",
            metadata={"name": NAME},
            role_ref={"api_group": RBAC, "kind": "ClusterRole", "name": NAME},
            subjects=[{"api_group": RBAC, "kind": "Group", "name": args.group}],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role, in_force]),
        )
        self.register_outputs({})


def rules() -> list[Any]:
    """Look at all of these, ask about what Pulumi applies; no secret, no shell in a pod, nobody else's rights."""
    ask = [_rule(group, kinds, (*LOOK, *ASK)) for group, kinds in APPLIED.items()]
    return [*ask, *(_rule(group, kinds, LOOK) for group, kinds in READ.items())]


def _rule(group: str, kinds: Sequence[str], verbs: Sequence[str]) -> dict[str, list[str]]:
    return {"apiGroups": [group], "resources": list(kinds), "verbs": list(verbs)}


def policy_spec(group: str) -> dict[str, Any]:
    """Refuses the group's writes, whatever else may come to allow them, unless they are dry-runs."""
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": [
                {
                    "apiGroups": ["*"],
                    "apiVersions": ["*"],
                    "operations": ["CREATE", "UPDATE", "DELETE", "CONNECT"],
                    "resources": ["*/*"],
                    "scope": "*",
                }
            ]
        },
        "matchConditions": [{"name": "previewers", "expression": f"'{group}' in request.userInfo.groups"}],
        "validations": [
            {
                "expression": "has(request.dryRun) && request.dryRun",
                "message": f"the group {group} looks and asks: only a dry-run is let through",
                "reason": "Forbidden",
            }
        ],
    }
