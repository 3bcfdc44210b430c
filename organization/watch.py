"""Watch: the security account looks after all others (REQ-S15, REQ-N3).

What the security account has of its own, and that it may speak for the organisation, is here in any case. That every
account is looked after from there, new ones from their first day, is here where the organisation owns the audit; where
stages do (`audit_owner: stage`), each makes its own and two would fight over what an account has one of.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.naming import Scope

APPLICATION = "security-watch"
# Services whose delegated administrator Organizations itself notes down; the others have an API of their own for it.
DELEGATED = ("access-analyzer.amazonaws.com", "config.amazonaws.com", "config-multiaccountsetup.amazonaws.com")
# What GuardDuty looks at beside the log of events, network flows and names looked up.
# https://docs.aws.amazon.com/guardduty/latest/ug/guardduty-features-activation-model.html
FEATURES = ("EBS_MALWARE_PROTECTION", "EKS_AUDIT_LOGS", "LAMBDA_NETWORK_LOGS", "RDS_LOGIN_EVENTS", "S3_DATA_EVENTS")
AGENTS = ("EC2_AGENT_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EKS_ADDON_MANAGEMENT")


@dataclass(frozen=True, kw_only=True)
class WatchArgs:
    """Where, and for whom."""

    scope: Scope  # of the security account
    regions: Sequence[str]  # every one that may be used; the first is where findings come together
    for_all_accounts: bool  # whether the organisation owns the audit
    management: pulumi.ResourceOptions  # with the management account's provider: it alone delegates


class Watch(pulumi.ComponentResource):
    """Detectors and hubs of the security account, its delegations, and what it does for all accounts."""

    def __init__(self, name: str, args: WatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:organization:Watch", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._delegates = pulumi.ResourceOptions.merge(args.management, self._child)
        delegations = self._delegations()
        for region in args.regions:
            self._region(f"{name}-{region}", region)
        if args.for_all_accounts:
            self._for_all(delegations)
        self.register_outputs({})

    def _delegations(self) -> list[pulumi.Resource]:
        """Who may see all accounts, for the services that are asked once and not in each region."""
        account = self._args.scope.account_id
        services = [
            aws.organizations.DelegatedAdministrator(
                f"{self._name}-{service.partition('.')[0]}",
                account_id=account,
                service_principal=service,
                opts=self._delegates,
            )
            for service in DELEGATED
        ]
        trails = aws.cloudtrail.OrganizationDelegatedAdminAccount(
            f"{self._name}-cloudtrail", account_id=account, opts=self._delegates
        )
        return [*services, trails]

    def _region(self, name: str, region: str) -> None:
        """The account's own first: delegating makes what is not there, and then nobody owns it."""
        account = self._args.scope.account_id
        detector = aws.guardduty.Detector(
            f"{name}-detector",
            enable=True,
            finding_publishing_frequency="FIFTEEN_MINUTES",
            region=region,
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL),
            opts=self._child,
        )
        hub = aws.securityhub.Account(
            f"{name}-hub", enable_default_standards=False, auto_enable_controls=True, region=region, opts=self._child
        )
        guarded = aws.guardduty.OrganizationAdminAccount(
            f"{name}-guardduty", admin_account_id=account, region=region, opts=self._after(detector)
        )
        gathered = aws.securityhub.OrganizationAdminAccount(
            f"{name}-securityhub", admin_account_id=account, region=region, opts=self._after(hub)
        )
        inspected = aws.inspector2.DelegatedAdminAccount(
            f"{name}-inspector", account_id=account, region=region, opts=self._delegates
        )
        if not self._args.for_all_accounts:
            return
        self._guard(name, region, detector, guarded)
        aws.securityhub.OrganizationConfiguration(
            f"{name}-hubs",
            auto_enable=True,
            auto_enable_standards="DEFAULT",  # AWS's own best practices, and CIS's
            region=region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[gathered]),
        )
        aws.inspector2.OrganizationConfiguration(
            f"{name}-inspectors",
            auto_enable=aws.inspector2.OrganizationConfigurationAutoEnableArgs(
                ec2=True, ecr=True, lambda_=True, lambda_code=False
            ),
            region=region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[inspected]),
        )

    def _guard(
        self, name: str, region: str, detector: aws.guardduty.Detector, after: aws.guardduty.OrganizationAdminAccount
    ) -> None:
        """A detector with everything in every account, also in those that are there already."""
        members = aws.guardduty.OrganizationConfiguration(
            f"{name}-detectors",
            detector_id=detector.id,
            auto_enable_organization_members="ALL",
            region=region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[after]),
        )
        one_by_one = pulumi.ResourceOptions(parent=self, depends_on=[members])
        for feature in FEATURES:
            aws.guardduty.OrganizationConfigurationFeature(
                f"{name}-{feature.lower().replace('_', '-')}",
                name=feature,
                auto_enable="ALL",
                detector_id=detector.id,
                region=region,
                opts=one_by_one,
            )
        aws.guardduty.OrganizationConfigurationFeature(
            f"{name}-runtime-monitoring",
            name="RUNTIME_MONITORING",
            auto_enable="ALL",
            additional_configurations=[
                aws.guardduty.OrganizationConfigurationFeatureAdditionalConfigurationArgs(name=agent, auto_enable="ALL")
                for agent in AGENTS
            ],
            detector_id=detector.id,
            region=region,
            opts=one_by_one,
        )

    def _for_all(self, delegations: Sequence[pulumi.Resource]) -> None:
        """What looks at all accounts at once, in the region where findings come together."""
        scope, first = self._args.scope, self._args.regions[0]
        after = pulumi.ResourceOptions(parent=self, depends_on=[*delegations])
        tags = tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL)
        aws.securityhub.FindingAggregator(
            f"{self._name}-findings",
            linking_mode="SPECIFIED_REGIONS",
            specified_regions=[each for each in self._args.regions if each != first],
            region=first,
            opts=self._child,
        )
        aws.accessanalyzer.Analyzer(
            f"{self._name}-strangers",
            analyzer_name=scope.name("strangers"),
            type="ORGANIZATION",
            region=first,
            tags=tags,
            opts=after,
        )
        role = aws.iam.Role(
            f"{self._name}-config",
            name=scope.name("config-aggregator"),
            description="Lets Config know which accounts there are",
            assume_role_policy=iam.service_trust(
                "config.amazonaws.com",
                account_id=scope.account_id,
                source_arn=scope.arn("config", "config-aggregator/*"),
            ),
            tags=tags,
            opts=self._child,
        )
        allowed = aws.iam.RolePolicyAttachment(
            f"{self._name}-config-accounts",
            role=role.name,
            policy_arn="arn:aws:iam::aws:policy/service-role/AWSConfigRoleForOrganizations",
            opts=self._child,
        )
        aws.cfg.ConfigurationAggregator(
            f"{self._name}-configurations",
            name=scope.name("all-accounts"),
            organization_aggregation_source=aws.cfg.ConfigurationAggregatorOrganizationAggregationSourceArgs(
                role_arn=role.arn, regions=list(self._args.regions)
            ),
            region=first,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[allowed, *delegations]),
        )

    def _after(self, there: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(self._delegates, pulumi.ResourceOptions(depends_on=[there]))
