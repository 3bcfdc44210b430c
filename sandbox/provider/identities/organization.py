"""Accounts, units and policies of the organisation."""

from collections.abc import Mapping

from sandbox.provider.identity import Identity, Row, global_arn
from sandbox.schema.values import Bag, text

_ORGANIZATION = "o-{lower10}"


def _below(form: str) -> str:
    """The ARN of something in the organisation, whose id only the organisation itself knows."""
    return global_arn("organizations", f"{form}/" + _ORGANIZATION)


def _policy(inputs: Bag) -> Identity:
    kind = (text(inputs, "type") or "SERVICE_CONTROL_POLICY").lower()
    return Identity(
        id="p-{lower10}", arn=global_arn("organizations", f"policy/{_ORGANIZATION}/{kind}/{{id}}"), outputs={}
    )


ROWS: Mapping[str, Row] = {
    "aws:organizations/account:Account": Identity(
        id="{digits12}",
        arn=_below("account") + "/{id}",
        outputs={"status": "ACTIVE", "state": "ACTIVE", "joinedMethod": "CREATED"},
    ),
    "aws:organizations/organization:Organization": Identity(
        id=_ORGANIZATION,
        arn=global_arn("organizations", "organization/{id}"),
        outputs={
            "masterAccountId": "{account}",
            "masterAccountArn": global_arn("organizations", "account/{id}/{account}"),
            "roots": [
                {
                    "id": "r-{lower4}",
                    "arn": global_arn("organizations", "root/{id}/r-{lower4}"),
                    "name": "Root",
                    "policyTypes": [],
                }
            ],
        },
    ),
    "aws:organizations/organizationalUnit:OrganizationalUnit": Identity(
        id="ou-{lower4}-{lower8}", arn=_below("ou") + "/{id}", outputs={"accounts": []}
    ),
    "aws:organizations/policy:Policy": _policy,
    "aws:organizations/policyAttachment:PolicyAttachment": Identity(id="{targetId}:{policyId}"),
    "aws:iam/organizationsFeatures:OrganizationsFeatures": Identity(id=_ORGANIZATION),
}
