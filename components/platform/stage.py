"""A stage: its regions, what users meet, and the contract in each region."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components import contract, tagging
from components.boundary import below_the_boundary
from components.contract import Contract
from components.operations import sessions
from components.operations.chat import Chat, ChatArgs
from components.operations.cost import Cost, CostArgs
from components.operations.dashboards import Dashboards, DashboardsArgs
from components.platform.analytics import DataLake
from components.platform.audit import AccountAudit
from components.platform.dashboards import pages
from components.platform.deploying import crossing
from components.platform.edge import Edge
from components.platform.intelligence import Intelligence
from components.platform.places import Place, places
from components.platform.region import Region
from components.platform.spending import allowance
from components.settings import Settings
from components.settings.sections import SlackSettings


class Platform(pulumi.ComponentResource):
    """The whole of one stage."""

    contract: Contract

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        bounded = pulumi.ResourceOptions(transforms=[below_the_boundary(settings.scope())])
        super().__init__("startup-platform:index:Platform", name, None, pulumi.ResourceOptions.merge(opts, bounded))
        first, *others = places(settings)
        child = self._in(first, settings)
        primary = Region("primary", settings, first, None, child)
        other = self._other(settings, others, primary)
        regions = [primary, *([other] if other else [])]
        edge = Edge("edge", settings, primary, other, child)
        lake = DataLake("data-lake", settings, primary, edge, child)
        mind = Intelligence("intelligence", settings, primary, lake, child)
        Cost("cost", _cost(settings, primary), child)
        AccountAudit("account-audit", settings, regions, child)
        if settings.contacts.slack:
            Chat("chat", _chat(settings.contacts.slack, regions), child)
        seen = pages(settings, primary, edge, lake)
        Dashboards("dashboards", DashboardsArgs(scope=primary.scope, pages=seen), child)
        self.contract = _contract(settings, primary, edge, lake, mind)
        _publish(primary.named("contract"), self.contract, primary, child)
        if other:
            there = pulumi.ResourceOptions(parent=other)
            seen = pages(settings, other, None, None)
            Dashboards(other.named("dashboards"), DashboardsArgs(scope=other.scope, pages=seen), there)
            _publish(other.named("contract"), _contract(settings, other, edge, lake, mind), other, there)
        self.register_outputs({})

    def _in(self, place: Place, settings: Settings) -> pulumi.ResourceOptions:
        """What makes resources in a region: a provider for it, and for this stage's account alone."""
        provider = aws.Provider(
            f"aws-{place.scope.region}",
            region=place.scope.region,
            allowed_account_ids=[settings.account_id],
            default_tags=aws.ProviderDefaultTagsArgs(tags=settings.stage_tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return pulumi.ResourceOptions(parent=self, providers={"aws": provider})

    def _other(self, settings: Settings, others: Sequence[Place], primary: Region) -> Region | None:
        """The region that joins the first one, if the stage has it; both are furnished then.

        The first one's stores hand copies to the other region, and the other's join them: so that order.
        """
        if not others:
            primary.furnish(refuge=None)
            return None
        (place,) = others
        there = self._in(place, settings)
        other = Region(place.named("region"), settings, place, primary, there)
        primary.furnish(refuge=other.takes_copies())
        ends = [(each.place, each.network) for each in (primary, other)]
        way_in = crossing(settings, ends, opts=pulumi.ResourceOptions(parent=primary), over_there=there)
        other.furnish(refuge=None, way_in=way_in)
        return other


def _chat(slack: SlackSettings, regions: Sequence[Region]) -> ChatArgs:
    return ChatArgs(
        scope=regions[0].scope,
        workspace_id=slack.workspace_id,
        channel_id=slack.channel_id,
        topic_arns=[region.alerts.topic_arn for region in regions],
    )


def _cost(settings: Settings, primary: Region) -> CostArgs:
    return CostArgs(
        scope=settings.scope(),
        allowance=allowance(settings),
        topic_arn=primary.alerts.topic_arn,
        email=settings.contacts.alarms,
        braked_roles=settings.cost.braked_roles,
        anomaly_monitor_arn=settings.cost.anomaly_monitor_arn,
    )


def _subject(settings: Settings) -> str:
    """How tokens of the repository's workflows name it, as bootstrap/ has the stage's own roles trust them."""
    return settings.repository.spelled if settings.repository else ""


def _publish(name: str, content: Contract, region: Region, opts: pulumi.ResourceOptions) -> None:
    """Under the same name in each region, so that a service asks the one that it runs in."""
    aws.ssm.Parameter(
        name,
        name=contract.parameter_name(region.scope),
        description="What service stacks may read of this stage",
        type="String",
        tier="Intelligent-Tiering",  # 4 KB are free, and it may grow past them
        value=pulumi.Output.json_dumps(contract.exports(content)),
        tags=tagging.tier_tags("contract", tagging.Classification.INTERNAL),
        opts=opts,
    )


def _contract(settings: Settings, region: Region, edge: Edge, lake: DataLake, mind: Intelligence) -> Contract:
    network, stores = region.network, region.stores
    return Contract(
        stage=settings.stage,
        account_id=settings.account_id,
        region=region.scope.region,
        regions=[place.scope.region for place in places(settings)],
        phase=settings.phase.value,
        compliance=settings.compliance,
        destroy_protection=settings.destroy_protection,
        availability_percent=settings.growth.slo.availability_percent,
        p95_ms=settings.growth.slo.p95_ms,
        budget_usd=round(allowance(settings).total, 2),
        repository=settings.gitops.repository_url,
        repository_subject=_subject(settings),
        access_log_bucket=region.access_logs.bucket,
        vpc_id=network.vpc_id,
        public_subnet_ids=network.public_subnet_ids,
        private_subnet_ids=network.private_subnet_ids,
        data_subnet_ids=network.data_subnet_ids,
        nat_addresses=network.nat_addresses,
        key_arns=region.encryption.key_arns,
        repository_urls=region.registry.urls,
        workloads_security_group_id=region.workloads.security_group_id,
        service_log_group=region.workloads.log_group_name,
        database_endpoint=stores.database_endpoint,
        database_reader_endpoint=stores.database_reader_endpoint,
        database_login_ids=stores.database_login_ids,
        database_secret_arn=stores.database_secret_arn,
        database_schemas_function=stores.schemas_function,
        cache_endpoint=stores.cache.endpoint,
        cache_user=stores.cache.user_name,
        cache_user_group=stores.cache.user_group_id,
        cache_arns=[stores.cache.cache_arn, stores.cache.user_arn],
        queue_url=stores.messaging.queue_url,
        queue_arn=stores.messaging.queue_arn,
        event_bus_name=stores.messaging.bus_name,
        alarm_topic_arn=region.alerts.topic_arn,
        sessions_table=stores.sessions.table_name,
        cluster_target_group_arn=region.entrance.cluster_target_group_arn,
        cluster_name=region.compute.cluster.cluster_name if region.compute else "",
        cluster_endpoint=region.compute.cluster.endpoint if region.compute else "",
        domain=settings.domain.name,
        site_bucket=edge.site.bucket,
        distribution_id=edge.delivery.distribution_id,
        token_issuer=edge.identity.issuer,
        sign_in_domain=edge.identity.sign_in_domain,
        sign_in_client_id=edge.identity.client_id,
        user_pool_id=edge.identity.user_pool_id,
        toggles_application_id=region.toggles.application_id,
        toggles_environment_id=region.toggles.environment_id,
        toggles_profile_id=region.toggles.profile_id,
        toggles_strategy_ids=region.toggles.strategy_ids,
        access_documents=region.access.document_names,
        access_hosts=region.access.hosts,
        access_relays=sessions.relay_names(region.scope),
        access_log_group=region.access.log_group_name,
        stream_name=lake.stream_name,
        stream_arn=lake.stream_arn,
        stream_consumer_arn=lake.stream_consumer_arn,
        lake_buckets=lake.buckets,
        glue_database=lake.database,
        athena_workgroup=lake.workgroup,
        analyst_policy_arn=lake.analyst_policy_arn,
        assistant_profile_arn=mind.profile_arn,
        assistant_guardrail_id=mind.guardrail_id,
        assistant_guardrail_version=mind.guardrail_version,
        assistant_role_arn=mind.assistant_role_arn,
        model_pipeline=mind.pipeline_name,
        model_package_group=mind.package_group,
        model_endpoint=mind.endpoint_name,
        user_features_group=mind.features_group,
        user_features_policy_arn=mind.features_policy_arn,
    )
