"""The whole of the organisation: the only module here that knows all the others."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.foundation.access_logs import AccessLogs, AccessLogsArgs
from components.naming import Scope
from components.operations.recorder import ConfigHistory, ConfigHistoryArgs
from components.settings.stage import REGION
from organization.baseline import Baseline, BaselineArgs, Contact
from organization.glass import Glass, GlassArgs
from organization.guardrails import REGIONS, Guardrail, resource_control_policy, service_control_policies
from organization.guards import Guards, GuardsArgs
from organization.history import History, HistoryArgs
from organization.people import People, PeopleArgs
from organization.permissions import MANAGEMENT, permission_sets
from organization.settings import Settings, environment_of
from organization.trail import KEPT_DAYS, Trail, TrailArgs
from organization.tree import MANAGED_BY, Member, Tree, TreeArgs
from organization.watch import Watch, WatchArgs


class Landscape(pulumi.ComponentResource):
    """Accounts, guard rails, people, and who watches."""

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:organization:Landscape", name, None, opts)
        here = self._in("management", settings.account_id, settings)
        tree = Tree("tree", TreeArgs(members=_members(settings)), here)
        units = {"": tree.root_id, **tree.unit_ids}
        Guards("guards", GuardsArgs(guardrails=_guardrails(settings), unit_ids=units), here)
        people = _people(settings, tree)
        People("people", people, here)
        Glass("glass", _glass(settings, people), here)
        members = {
            name: self._in(name, number, settings, after=tree) for name, number in settings.known_accounts.items()
        }
        for account, there in {MANAGEMENT: here, **members}.items():
            Baseline(f"{account}-baseline", _baseline(settings), there)
        if settings.accounts.security.account_id:
            scope = scope_of(settings.accounts.security.account_id)
            Watch("watch", _watch(settings, scope, here, after=tree), members["security"])
            logs = AccessLogs(
                "security-access-logs",
                AccessLogsArgs(scope=scope, retention_days=KEPT_DAYS, destroy_protection=True),
                members["security"],
            )
            trail = Trail("audit", _trail(settings, scope, logs, members["security"]), here)
            if settings.owns_audit:
                self._remember(settings, trail, logs, {MANAGEMENT: here, **members})
        self.register_outputs({})

    def _remember(
        self, settings: Settings, trail: Trail, logs: AccessLogs, accounts: Mapping[str, pulumi.ResourceOptions]
    ) -> None:
        """What every account looked like, in the security account."""
        numbers = _numbers(settings)
        kept = ConfigHistory(
            "config-history",
            ConfigHistoryArgs(
                scope=scope_of(numbers["security"]),
                account_ids=list(numbers.values()),
                history_days=KEPT_DAYS,
                access_log_bucket=logs.bucket,
                key_arn=trail.key_arn,
                destroy_protection=True,
            ),
            accounts["security"],
        )
        for account, there in accounts.items():
            History(
                f"{account}-history",
                HistoryArgs(
                    scope=scope_of(numbers[account]),
                    regions=REGIONS,
                    bucket=kept.bucket,
                    key_arn=trail.key_arn,
                    role=kept.role if account == "security" else None,
                ),
                there,
            )

    def _in(
        self, account: str, account_id: str, settings: Settings, *, after: Tree | None = None
    ) -> pulumi.ResourceOptions:
        """What makes resources in an account: a provider for it alone, by the role that it was made with.

        Args:
            account: its name here.
            account_id: its number.
            settings: of the organisation.
            after: what has to be there before: the account. None for the management account, where this runs.
        """
        role = aws.ProviderAssumeRoleArgs(
            role_arn=f"arn:aws:iam::{account_id}:role/{MANAGED_BY}", session_name="startup-platform-organization"
        )
        provider = aws.Provider(
            f"aws-{account}",
            region=REGION,
            allowed_account_ids=[account_id],
            assume_roles=[role] if after else None,
            default_tags=aws.ProviderDefaultTagsArgs(tags=settings.tags_of(account)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return pulumi.ResourceOptions(parent=self, providers={"aws": provider}, depends_on=[after] if after else None)


def _numbers(settings: Settings) -> dict[str, str]:
    """Every account that can be looked after from here, by name."""
    return {MANAGEMENT: settings.account_id, **settings.known_accounts}


def _members(settings: Settings) -> dict[str, Member]:
    return {
        name: Member(name=each.name, email=each.email, environment=environment_of(name))
        for name, each in settings.accounts.by_name().items()
    }


def _guardrails(settings: Settings) -> list[Guardrail]:
    policies = service_control_policies(stages_own_audit=not settings.owns_audit)
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


def _glass(settings: Settings, people: PeopleArgs) -> GlassArgs:
    """Whoever breaks it is seen by those whom AWS turns to about security and operations."""
    given = settings.contacts
    return GlassArgs(
        scope=scope_of(settings.account_id),
        title=people.sets["break_glass"].title,
        regions=REGIONS,
        emails={"security": given.security.email, "operations": given.operations.email},
    )


def _baseline(settings: Settings) -> BaselineArgs:
    given = settings.contacts
    contacts = {"security": given.security, "operations": given.operations, "billing": given.billing}
    return BaselineArgs(
        regions=REGIONS, contacts={kind: Contact(**contact.model_dump()) for kind, contact in contacts.items()}
    )


def scope_of(account_id: str) -> Scope:
    """Where names of the organisation live, in one of its accounts."""
    return Scope(stage="org", account_id=account_id, region=REGION)  # a bucket has 63 characters


def _watch(settings: Settings, scope: Scope, here: pulumi.ResourceOptions, *, after: Tree) -> WatchArgs:
    return WatchArgs(
        scope=scope,
        regions=REGIONS,
        for_all_accounts=settings.owns_audit,
        management=pulumi.ResourceOptions.merge(here, pulumi.ResourceOptions(depends_on=[after])),
    )


def _trail(settings: Settings, security: Scope, logs: AccessLogs, there: pulumi.ResourceOptions) -> TrailArgs:
    return TrailArgs(
        management=scope_of(settings.account_id),
        security=security,
        organization_id=settings.organization_id,
        for_all_accounts=settings.owns_audit,
        account_ids=list(_numbers(settings).values()),
        access_log_bucket=logs.bucket,
        there=there,
    )
