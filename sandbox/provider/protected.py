"""What AWS refuses to delete because its own properties say so, beside what Pulumi's `protect` keeps.

The words are those of the services' errors, as the AWS provider passes them on; the names of operations are those of
the services' API references. The database's last snapshot is the Terraform provider's own condition.
"""

from collections.abc import Mapping
from typing import Any

PROTECTED: Mapping[str, tuple[str, Any, str]] = {
    # type: the property, the value that protects, what AWS says
    "aws:cognito/userPool:UserPool": (
        "deletionProtection",
        "ACTIVE",
        (
            "DeleteUserPool: InvalidParameterException: The user pool cannot be deleted because deletion protection is "
            "activated. Deletion protection must be inactivated first."
        ),
    ),
    "aws:dynamodb/table:Table": (
        "deletionProtectionEnabled",
        True,
        (
            "DeleteTable: ValidationException: Resource cannot be deleted as it is currently protected against "
            "deletion. Disable deletion protection first."
        ),
    ),
    "aws:ec2/instance:Instance": (
        "disableApiTermination",
        True,
        (
            "TerminateInstances: OperationNotPermitted: The instance may not be terminated. Modify its "
            "'disableApiTermination' instance attribute and try again."
        ),
    ),
    "aws:eks/cluster:Cluster": (
        "deletionProtection",
        True,
        (
            "DeleteCluster: InvalidRequestException: Cluster has deletion protection enabled. Disable deletion "
            "protection and try again."
        ),
    ),
    "aws:lb/loadBalancer:LoadBalancer": (
        "enableDeletionProtection",
        True,
        (
            "DeleteLoadBalancer: OperationNotPermitted: Load balancer cannot be deleted because deletion protection is "
            "enabled."
        ),
    ),
    "aws:rds/cluster:Cluster": (
        "deletionProtection",
        True,
        (
            "DeleteDBCluster: InvalidParameterCombination: Cannot delete protected Cluster, please disable deletion "
            "protection and try again."
        ),
    ),
    "aws:rds/globalCluster:GlobalCluster": (
        "deletionProtection",
        True,
        (
            "DeleteGlobalCluster: InvalidParameterCombination: Cannot delete protected Global Cluster, please disable "
            "deletion protection and try again."
        ),
    ),
}
DATABASE = "aws:rds/cluster:Cluster"


def refusal(token: str, properties: Mapping[str, Any]) -> str | None:
    """Why AWS would not delete what has these properties; None if it would."""
    if token in PROTECTED:
        name, value, said = PROTECTED[token]
        if properties.get(name) == value:
            return f"{said} ({name} is {value!r}: an `up` that changes it comes first)"
    if token == DATABASE and not properties.get("skipFinalSnapshot") and not properties.get("finalSnapshotIdentifier"):
        return "a final snapshot is wanted, and finalSnapshotIdentifier does not name it"
    return None
