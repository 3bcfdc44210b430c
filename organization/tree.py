"""Tree: the organisation, its units and its accounts (REQ-E2, REQ-A3).

A stage is an account below a unit of its own, so that a guard rail can be tried on dev before prod has it. An account
is never closed from here: taken out of the program, AWS keeps it as it is (`retain_on_delete`, `close_on_deletion`
False), and `protect` has to be lifted before even that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging

APPLICATION = "organization"
# The role that AWS makes in each account that is created from here, and by which it is looked after from here. An
# invited account has none; docs/organization.md says how it gets one.
MANAGED_BY = "OrganizationAccountAccessRole"
# Services that may see all accounts: each is used here, or by whoever is delegated.
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html
TRUSTED_SERVICES = (
    "access-analyzer.amazonaws.com",
    "account.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "config-multiaccountsetup.amazonaws.com",
    "guardduty.amazonaws.com",
    "iam.amazonaws.com",
    "inspector2.amazonaws.com",
    "malware-protection.guardduty.amazonaws.com",
    "securityhub.amazonaws.com",
    "sso.amazonaws.com",
)
POLICY_TYPES = ("RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY")

# unit -> the unit above it; an empty one is the root
UNITS: Mapping[str, str] = {
    "Security": "",
    "Workloads": "",
    "Dev": "Workloads",
    "Stg": "Workloads",
    "Prod": "Workloads",
    "Suspended": "",  # of accounts that are given up: nothing may be done in them
}
UNIT_OF: Mapping[str, str] = {"security": "Security", "dev": "Dev", "stg": "Stg", "prod": "Prod"}


@dataclass(frozen=True, kw_only=True)
class Member:
    """An account to be."""

    name: str
    email: str  # of its root user
    environment: str  # dev, stg or prod: what its tag says


@dataclass(frozen=True, kw_only=True)
class TreeArgs:
    """The accounts, under the names of UNIT_OF."""

    members: Mapping[str, Member]


class Tree(pulumi.ComponentResource):
    """One organisation with six units; each account in the unit of its stage."""

    root_id: pulumi.Output[str]
    unit_ids: Mapping[str, pulumi.Output[str]]  # unit -> its id
    account_ids: Mapping[str, pulumi.Output[str]]  # account -> its number

    def __init__(self, name: str, args: TreeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:organization:Tree", name, None, opts)
        kept = pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True)
        organization = aws.organizations.Organization(
            f"{name}-organization",
            feature_set="ALL",
            aws_service_access_principals=list(TRUSTED_SERVICES),
            enabled_policy_types=list(POLICY_TYPES),
            opts=kept,
        )
        self.root_id = organization.roots.apply(lambda roots: roots[0].id or "")
        # Nobody needs a member's root user then: it has no password, and what only it may do is done from here.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
        aws.iam.OrganizationsFeatures(
            f"{name}-root-access",
            enabled_features=["RootCredentialsManagement", "RootSessions"],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[organization]),
        )
        units: dict[str, pulumi.Output[str]] = {}
        for unit, above in UNITS.items():
            made = aws.organizations.OrganizationalUnit(
                f"{name}-{unit.lower()}",
                name=unit,
                parent_id=units[above] if above else self.root_id,
                tags=tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL),
                opts=pulumi.ResourceOptions(parent=self, protect=True),
            )
            units[unit] = made.id
        self.unit_ids = units
        self.account_ids = {
            each: self._account(f"{name}-{each}", member, units[UNIT_OF[each]], kept)
            for each, member in args.members.items()
        }
        self.register_outputs({"rootId": self.root_id, "unitIds": self.unit_ids, "accountIds": self.account_ids})

    def _account(
        self, name: str, member: Member, unit_id: pulumi.Output[str], opts: pulumi.ResourceOptions
    ) -> pulumi.Output[str]:
        account = aws.organizations.Account(
            name,
            name=member.name,
            email=member.email,
            parent_id=unit_id,
            close_on_deletion=False,
            iam_user_access_to_billing="ALLOW",  # whom it is shown to is the permission sets' to say
            role_name=MANAGED_BY,
            tags={
                **tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL),
                "Environment": member.environment,
            },
            # AWS says neither of an account that is there: without this each adopted one would be made anew.
            opts=pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(ignore_changes=["iamUserAccessToBilling", "roleName"])
            ),
        )
        return account.id
