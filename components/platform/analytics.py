"""The lake of a stage, in its primary region only: what comes into it, the catalogue, and who asks."""

from collections.abc import Mapping

import pulumi

from components.data.analytics import Analytics, AnalyticsArgs
from components.data.catalog import Catalog, CatalogArgs
from components.data.cost_export import CostExport, CostExportArgs
from components.data.lake import Lake, LakeArgs
from components.data.log_lake import LogLake, LogLakeArgs
from components.data.quicksight import QuickSight, QuickSightArgs
from components.data.snapshots import Snapshots, SnapshotsArgs
from components.data.streaming import Streaming, StreamingArgs
from components.edge.firewall_log import log_group_name
from components.operations.incidents import Incidents, IncidentsArgs
from components.platform.audit import trail_bucket
from components.platform.edge import Edge
from components.platform.region import Region
from components.settings import Settings
from components.sizes import LakeSize


class DataLake(pulumi.ComponentResource):
    """Nothing where the phase has no lake yet; what it then says of itself is None."""

    stream_name: str | None = None
    stream_arn: str | None = None
    stream_consumer_arn: pulumi.Output[str] | None = None
    buckets: Mapping[str, pulumi.Input[str]]  # zone -> bucket
    database: str | None = None
    workgroup: str | None = None
    analyst_policy_arn: pulumi.Output[str] | None = None

    def __init__(
        self, name: str, settings: Settings, primary: Region, edge: Edge, opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__("startup-platform:index:DataLake", name, None, opts)
        self._settings, self._scope, self._primary, self._edge = settings, settings.scope(), primary, edge
        self._keys, self._alias = primary.encryption.key_arns, primary.encryption.key_aliases["lake"]
        self._child = pulumi.ResourceOptions(parent=self)
        self.buckets = {}
        size = settings.growth.sizes.lake
        if size is not None:
            self._lake(size)
        self.register_outputs({})

    def _lake(self, size: LakeSize) -> None:
        settings, scope, kept = self._settings, self._scope, self._settings.destroy_protection
        lake = Lake(
            "lake",
            LakeArgs(
                scope=scope,
                size=size,
                access_log_bucket=self._primary.access_logs.bucket,
                key_arn=self._keys["lake"],
                destroy_protection=kept,
            ),
            self._child,
        )
        self.buckets = {"raw": lake.raw, "curated": lake.curated, "results": lake.results}
        catalog = Catalog(
            "catalog",
            CatalogArgs(
                scope=scope,
                access_log_bucket=self._access_log_bucket,
                trail_bucket=trail_bucket(scope) if settings.audit_owner == "stage" else None,
                distribution_id=self._edge.delivery.distribution_id,
                log_titles=list(self._logs()),
                curated_bucket=lake.curated,
                key_arn=self._keys["lake"],
                key_alias=self._alias,
                logs_key_arn=self._keys["logs"],
            ),
            self._child,
        )
        self._arrivals(lake, catalog)
        analytics = Analytics(
            "analytics",
            AnalyticsArgs(
                scope=scope,
                size=size,
                database=catalog.database,
                results_bucket=lake.results,
                access_log_bucket=self._access_log_bucket,
                budget_manwon=settings.growth.budget.total,
                key_arn=self._keys["lake"],
                key_alias=self._alias,
            ),
            self._child,
        )
        if settings.analytics.quicksight_owner is not None:
            QuickSight(
                "quicksight",
                QuickSightArgs(
                    scope=scope,
                    owner_arn=settings.analytics.quicksight_owner,
                    workgroup=analytics.workgroup_name,
                    analyst_policy_arn=analytics.analyst_policy_arn,
                    destroy_protection=kept,
                ),
                self._child,
            )
        self.database, self.workgroup = catalog.database, analytics.workgroup
        self.analyst_policy_arn = analytics.analyst_policy_arn

    @property
    def _access_log_bucket(self) -> str:
        """Its name, which is known before it is there."""
        return self._scope.name("access-logs", self._scope.account_id, self._scope.region)

    def _logs(self) -> dict[str, str]:
        """Which log groups' lines come into the lake: title -> log group.

        CloudFront's firewall logs in us-east-1, and a subscription goes no further than its region: that log is
        searched where it is.
        """
        return {
            "services": self._primary.workloads.log_group_name,
            "firewall": log_group_name(self._scope, "origin"),
        }

    def _arrivals(self, lake: Lake, catalog: Catalog) -> None:
        """Events, the night's snapshot, logs and the bill."""
        settings, primary = self._settings, self._primary
        streaming, retention_days = (
            settings.growth.sizes.streaming,
            settings.growth.sizes.network.flow_log_retention_days,
        )
        if streaming is not None:
            stream = Streaming(
                "streaming",
                StreamingArgs(
                    scope=self._scope,
                    size=streaming,
                    raw_bucket=lake.raw,
                    events_table=catalog.events_table,
                    key_arn=self._keys["lake"],
                    key_alias=self._alias,
                    logs_key_arn=self._keys["logs"],
                    log_retention_days=retention_days,
                    alarm_topic_arn=primary.alerts.topic_arn,
                    destroy_protection=settings.destroy_protection,
                ),
                self._child,
            )
            Incidents(
                "incidents",
                IncidentsArgs(
                    scope=self._scope,
                    alarm_arns=primary.promises.alarm_arns,
                    stream_arn=stream.arn,
                    known_stream_arn=stream.stream_arn,
                    key_alias=self._alias,
                    undelivered_arn=primary.stores.messaging.undelivered_arn,
                ),
                self._child,
            )
            self.stream_name, self.stream_arn = stream.stream_name, stream.stream_arn
            self.stream_consumer_arn = stream.consumer_arn
        Snapshots(
            "snapshots",
            SnapshotsArgs(
                scope=self._scope,
                cluster_arn=self._scope.arn("rds", f"cluster:{self._scope.name('database')}"),
                key_alias=self._alias,
                logs_key_arn=self._keys["logs"],
                log_retention_days=retention_days,
                alarm_topic_arn=primary.alerts.topic_arn,
            ),
            self._child,
        )
        for title, group in self._logs().items():
            LogLake(
                f"{title}-logs",
                LogLakeArgs(
                    scope=self._scope,
                    title=title,
                    log_group_name=group,
                    after=[primary],
                    raw_bucket=lake.raw,
                    key_arn=self._keys["lake"],
                    key_alias=self._alias,
                    logs_key_arn=self._keys["logs"],
                    log_retention_days=retention_days,
                ),
                self._child,
            )
        CostExport("costs", CostExportArgs(scope=self._scope, raw_bucket=lake.raw), self._child)
