"""The whole of the organisation: the only module here that knows all the others."""

import pulumi
import pulumi_aws as aws

from components.settings.stage import REGION
from organization.guardrails import Guardrail, resource_control_policy, service_control_policies
from organization.guards import Guards, GuardsArgs
from organization.people import People, PeopleArgs
from organization.permissions import MANAGEMENT, permission_sets
from organization.settings import ENVIRONMENT, STAGES, Settings
from organization.tree import Member, Tree, TreeArgs


class Landscape(pulumi.ComponentResource):
    """Accounts, guard rails, people, and who watches."""

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:organization:Landscape", name, None, opts)
        here = self._in("management", settings.account_id, settings)
        tree = Tree("tree", TreeArgs(members=_members(settings)), here)
        units = {"": tree.root_id, **tree.unit_ids}
        Guards("guards", GuardsArgs(guardrails=_guardrails(settings), unit_ids=units), here)
        People("people", _people(settings, tree), here)
        self.register_outputs({})

    def _in(self, account: str, account_id: str, settings: Settings) -> pulumi.ResourceOptions:
        """What makes resources in the management account: a provider for it alone."""
        provider = aws.Provider(
            f"aws-{account}",
            region=REGION,
            allowed_account_ids=[account_id],
            default_tags=aws.ProviderDefaultTagsArgs(tags=settings.tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return pulumi.ResourceOptions(parent=self, providers={"aws": provider})


def _members(settings: Settings) -> dict[str, Member]:
    return {
        name: Member(name=each.name, email=each.email, environment=name if name in STAGES else ENVIRONMENT)
        for name, each in settings.accounts.by_name().items()
    }


def _guardrails(settings: Settings) -> list[Guardrail]:
    policies = service_control_policies(stages_own_audit=settings.audit_owner == "stage")
    if settings.organization_id is None:
        return policies
    perimeter = resource_control_policy(
        organization_id=settings.organization_id, partner_accounts=settings.partner_accounts
    )
    return [*policies, perimeter]


def _people(settings: Settings, tree: Tree) -> PeopleArgs:
    center = settings.identity_center
    return PeopleArgs(
        instance_arn=center.instance_arn,
        sets=permission_sets(management=settings.account_id, accounts=settings.known_accounts),
        groups=center.groups.model_dump(),
        account_ids={**tree.account_ids, MANAGEMENT: settings.account_id},
    )
