"""People: permission sets of Identity Center, and which group has which in which account (REQ-S13, REQ-E2, REQ-N3).

Groups come from the identity provider and are named by id. Changing what a set holds changes its role in every account
where it is assigned.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from organization.permissions import PermissionSet, managed_arn

APPLICATION = "identity-center"


@dataclass(frozen=True, kw_only=True)
class PeopleArgs:
    """Who is who, and what each may do."""

    instance_arn: str  # of Identity Center
    sets: Mapping[str, PermissionSet]  # group -> what it gets
    groups: Mapping[str, str]  # group -> its id in the identity store
    account_ids: Mapping[str, pulumi.Input[str]]  # account -> its number


class People(pulumi.ComponentResource):
    """A permission set for each group, assigned in the accounts that it says."""

    set_arns: Mapping[str, pulumi.Output[str]]  # group -> ARN of its permission set

    def __init__(self, name: str, args: PeopleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:organization:People", name, None, opts)
        self._name, self._args = name, args
        self.set_arns = {group: self._set(group, each) for group, each in args.sets.items()}
        self.register_outputs({"setArns": self.set_arns})

    def _set(self, group: str, each: PermissionSet) -> pulumi.Output[str]:
        name, instance = f"{self._name}-{each.title}", self._args.instance_arn
        made = aws.ssoadmin.PermissionSet(
            name,
            name=each.title,
            description=each.description,
            instance_arn=instance,
            session_duration=f"PT{each.hours}H",
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL),
            opts=pulumi.ResourceOptions(parent=self),
        )
        # A set that loses a policy is provisioned anew where it is assigned, so it loses its assignments first; and it
        # has its boundary before it has anything to be bounded.
        # https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ssoadmin_managed_policy_attachment
        before: list[pulumi.Resource] = [
            aws.ssoadmin.AccountAssignment(
                f"{name}-{account}",
                instance_arn=instance,
                permission_set_arn=made.arn,
                principal_type="GROUP",
                principal_id=self._args.groups[group],
                target_type="AWS_ACCOUNT",
                target_id=self._args.account_ids[account],
                opts=pulumi.ResourceOptions(parent=self),
            )
            for account in each.accounts
        ]
        if each.boundary:
            bound = aws.ssoadmin.PermissionsBoundaryAttachment(
                f"{name}-boundary",
                instance_arn=instance,
                permission_set_arn=made.arn,
                permissions_boundary=aws.ssoadmin.PermissionsBoundaryAttachmentPermissionsBoundaryArgs(
                    managed_policy_arn=managed_arn(each.boundary)
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=before),
            )
            before = [bound]
        after = pulumi.ResourceOptions(parent=self, depends_on=before)
        for policy in each.managed:
            aws.ssoadmin.ManagedPolicyAttachment(
                f"{name}-{policy.rpartition('/')[2]}",
                instance_arn=instance,
                permission_set_arn=made.arn,
                managed_policy_arn=managed_arn(policy),
                opts=after,
            )
        aws.ssoadmin.PermissionSetInlinePolicy(
            f"{name}-inline", instance_arn=instance, permission_set_arn=made.arn, inline_policy=each.inline, opts=after
        )
        return made.arn
