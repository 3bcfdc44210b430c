"""What watches the account: made by the stage where the account is its own, and by the organisation otherwise.

An account has one of each, so two stages in one account, or a stage below an organisation that has them already, would
fight over them. Who owns them is a setting, and nothing is guessed.
"""

import pulumi

from components.naming import Scope
from components.operations.audit import Audit, AuditArgs
from components.platform.region import Region
from components.settings import Settings


class AccountAudit(pulumi.ComponentResource):
    """The trail of the account. Nothing where the organisation owns it, which is said."""

    def __init__(self, name: str, settings: Settings, primary: Region, opts: pulumi.ResourceOptions) -> None:
        super().__init__("startup-platform:index:AccountAudit", name, None, opts)
        self._settings, self._primary, self._scope = settings, primary, settings.scope()
        self._child = pulumi.ResourceOptions(parent=self)
        if settings.audit_owner == "stage":
            self._trail()
        else:
            pulumi.log.info("the organisation owns this account's trail; the stage makes none", self)
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
                destroy_protection=self._settings.destroy_protection,
            ),
            self._child,
        )


def trail_bucket(scope: Scope) -> str:
    """The bucket that the trail writes, where the stage owns it."""
    return scope.name("audit-trail", scope.account_id, scope.region)
