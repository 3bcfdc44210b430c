"""Roles that AWS's services make for themselves in an account: data, and the step that has them made (REQ-S13).

A service makes its own when it is first used, which is too late in two ways: a key's policy has to name some of them
before, and the very first `up` fails on those that IAM has not spread yet.
"""

from collections.abc import Sequence
from functools import partial

from bootstrap.aws import Aws, unless
from bootstrap.plan import Lack, Step
from components.phases import Phase

# As IAM calls them: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
_ALWAYS = (
    "autoscaling.amazonaws.com",
    "backup.amazonaws.com",
    "elasticache.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "rds.amazonaws.com",
    "spot.amazonaws.com",
)
_WITH_A_CLUSTER = ("eks.amazonaws.com", "eks-nodegroup.amazonaws.com")
_WITH_TWO_REGIONS = ("replication.dynamodb.amazonaws.com",)
# What watches an account has its role made when a deployment turns it on; Config's is a resource of the stack.
_TURNED_ON = (
    "access-analyzer.amazonaws.com",
    "agentless.inspector2.amazonaws.com",
    "config.amazonaws.com",
    "guardduty.amazonaws.com",
    "inspector2.amazonaws.com",
    "malware-protection.guardduty.amazonaws.com",
    "securityhub.amazonaws.com",
)


def linked(phase: Phase) -> Sequence[str]:
    """Services of a phase that have such a role."""
    return [
        *_ALWAYS,
        *(_WITH_A_CLUSTER if phase.sizes.cluster else ()),
        *(_WITH_TWO_REGIONS if phase.regions > 1 else ()),
    ]


def deployable(phase: Phase) -> Sequence[str]:
    """Services whose role a deployment may have made: those of the phase, and those that it turns on."""
    return [*linked(phase), *_TURNED_ON]


def step(aws: Aws, services: Sequence[str]) -> Step:
    """The roles of the services; each has the only one below a path of its own."""
    client = aws.client("iam")

    def make(service: str) -> None:
        # AWS says InvalidInput also where the role is there already, made by the service in between.
        unless(lambda: client.create_service_linked_role(AWSServiceName=service), "InvalidInput")

    def is_away(service: str) -> bool:
        return not client.list_roles(PathPrefix=f"/aws-service-role/{service}/")["Roles"]

    def look() -> Sequence[Lack]:
        away = [service for service in services if is_away(service)]
        return [Lack(say=f"have {service} make its role", do=partial(make, service)) for service in away]

    return Step(
        title="service-linked roles",
        look=look,
        undo="aws iam delete-service-linked-role --role-name NAME  # of each, once its service is not used any more",
    )
