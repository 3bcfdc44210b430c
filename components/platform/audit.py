"""What watches the account: made by the stage where the account is its own, and by the organisation otherwise.

An account has one of each, so two stages in one account, or a stage below an organisation that has them already, would
fight over them. Who owns them is a setting, and nothing is guessed.
"""

from collections.abc import Sequence

import pulumi

from components.naming import Scope
from components.operations import packs
from components.operations.audit import Audit, AuditArgs
from components.operations.detection import Detection, DetectionArgs
from components.operations.recorder import ConfigHistory, ConfigHistoryArgs, Recorder, RecorderArgs
from components.platform.region import Region
from components.settings import Settings
from components.sizes import ConfigSize


class AccountAudit(pulumi.ComponentResource):
    """The trail, and in each region a recorder and detection. Where the organisation has them, nothing."""

    def __init__(self, name: str, settings: Settings, regions: Sequence[Region], opts: pulumi.ResourceOptions) -> None:
        super().__init__("startup-platform:index:AccountAudit", name, None, opts)
        self._settings, self._regions, self._scope = settings, regions, settings.scope()
        self._primary = regions[0]
        self._child = pulumi.ResourceOptions(parent=self)
        if settings.audit_owner == "stage":
            self._trail()
            config = settings.growth.sizes.config
            self._detection(self._recorders(config) if config else [])
        else:
            pulumi.log.info(
                "the organisation owns this account's trail, Config and detection; the stage makes none", self
            )
        self.register_outputs({"owner": settings.audit_owner})

    def _trail(self) -> None:
        scope, keys = self._scope, self._primary.encryption
        Audit(
            "audit",
            AuditArgs(
                scope=scope,
                size=self._settings.growth.sizes.audit,
                bucket=trail_bucket(scope),
                watched_buckets=(scope.name("lake-"), scope.name("site-")),
                access_log_bucket=self._primary.access_logs.bucket,
                key_arn=keys.key_arns["audit"],
                key_alias=keys.key_aliases["audit"],
                event_data_store_arn=self._settings.event_data_store,
                destroy_protection=self._settings.destroy_protection,
            ),
            self._child,
        )

    def _recorders(self, size: ConfigSize) -> list[Recorder]:
        """One a region, in the order of regions."""
        key_arn = self._primary.encryption.key_arns["audit"]
        history = ConfigHistory(
            "config-history",
            ConfigHistoryArgs(
                scope=self._scope,
                account_ids=[self._scope.account_id],
                history_days=size.history_days,
                access_log_bucket=self._primary.access_logs.bucket,
                key_arn=key_arn,
                destroy_protection=self._settings.destroy_protection,
            ),
            self._child,
        )
        titles = packs.OF_COMPLIANCE[self._settings.compliance] if size.packs else ()
        return [
            Recorder(
                region.named("recorder"),
                RecorderArgs(
                    scope=region.scope,
                    bucket=history.bucket,
                    role=history.role,
                    key_arn=key_arn,
                    with_global_types=region is self._primary,
                    packs={title: packs.template(title) for title in titles},
                ),
                pulumi.ResourceOptions(parent=region),  # whose provider it then has
            )
            for region in self._regions
        ]

    def _detection(self, recorders: Sequence[Recorder]) -> None:
        for region in self._regions:
            Detection(
                region.named("detection"),
                DetectionArgs(
                    scope=region.scope,
                    size=self._settings.growth.sizes.detection,
                    is_first=region is self._primary,
                    recording=[each.recording for each in recorders],
                    topic_arn=region.alerts.topic_arn,
                    undelivered_arn=region.stores.messaging.undelivered_arn,
                ),
                pulumi.ResourceOptions(parent=region),
            )


def trail_bucket(scope: Scope) -> str:
    """The bucket that the trail writes, where the stage owns it."""
    return scope.name("audit-trail", scope.account_id, scope.region)
