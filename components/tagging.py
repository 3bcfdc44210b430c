"""The six tags (REQ-A2), from one place.

Four say whose stage it is and are defaults of the AWS provider. Two say what a resource is for and what it holds, so
each tier gives them for its own. The policy pack has its own list of the keys; a test holds the two together.
"""

from enum import StrEnum

KEYS = ("Environment", "Owner", "CostCenter", "Application", "DataClassification", "Compliance")


class Classification(StrEnum):
    """What a resource holds or carries at worst; the stricter, the stricter the policies."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"  # a customer's data, or a way to it
    RESTRICTED = "restricted"  # personal data in the sense of ISMS-P, credentials, keys


def stage_tags(*, stage: str, owner: str, cost_center: str, compliance: str) -> dict[str, str]:
    """The four that are the same for everything in a stage."""
    return {"Environment": stage, "Owner": owner, "CostCenter": cost_center, "Compliance": compliance}


def tier_tags(application: str, classification: Classification, *, name: str | None = None) -> dict[str, str]:
    """The two that a tier gives its resources, and the name that the console shows for those that have no other."""
    tags = {"Application": application, "DataClassification": classification.value}
    return {**tags, "Name": name} if name else tags
