"""Who gets into the cluster, and who a pod is in AWS: access entries and trust policies, as data (REQ-S10, REQ-Y2).

EKS takes IAM principals for granted by access entries alone: there is no aws-auth ConfigMap to lock oneself out with,
and who created the cluster is nobody special.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from components import iam
from components.naming import Scope

# https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
ADMINISTRATOR = "AmazonEKSClusterAdminPolicy"
VIEWER = "AmazonEKSViewPolicy"  # everything but secrets
# A group of Kubernetes has no rights until something in the cluster binds it: k8s/addons/preview.py.
PREVIEWERS = "startup-platform:preview"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One principal's way in."""

    principal_arn: str
    policy: str  # of EKS's own, for the whole cluster
    groups: tuple[str, ...] = ()  # of Kubernetes, which in-cluster bindings name


def entries(scope: Scope) -> Mapping[str, Entry]:
    """The three roles that may enter; what an account needs before its first `up` has them.

    A deployment installs definitions and controllers, and so is an administrator. A preview looks, and asks the API
    server what it would do (server-side dry-run). That is a write to RBAC, which cannot tell the two apart: an
    admission policy in the cluster refuses whatever of the group's is no dry-run. Break-glass is for
    people, when GitOps and Pulumi are both of no help.
    """

    def role(title: str) -> str:
        return scope.arn("iam", f"role/{scope.name(title)}", region="")

    return {
        "deploy": Entry(principal_arn=role("deploy"), policy=ADMINISTRATOR),
        "preview": Entry(principal_arn=role("preview"), policy=VIEWER, groups=(PREVIEWERS,)),
        "break-glass": Entry(principal_arn=role("break-glass"), policy=ADMINISTRATOR),
    }


def policy_arn(name: str) -> str:
    """An access policy of EKS."""
    return f"arn:aws:eks::aws:cluster-access-policy/{name}"


def cluster_trust(scope: Scope, cluster_name: str) -> str:
    """EKS itself, and for this one cluster."""
    return iam.service_trust(
        "eks.amazonaws.com",
        account_id=scope.account_id,
        source_arn=scope.arn("eks", f"cluster/{cluster_name}"),
    )
