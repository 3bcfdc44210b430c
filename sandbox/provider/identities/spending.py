"""Budgets and the look-out for unusual cost: an account has them, a region has not."""

from collections.abc import Mapping

from sandbox.provider.identity import Identity, Row, global_arn

_MONITOR = global_arn("ce", "anomalymonitor/{uuid}")
_SUBSCRIPTION = global_arn("ce", "anomalysubscription/{uuid}")
_ACTION = "{uuid}"

ROWS: Mapping[str, Row] = {
    "aws:budgets/budget:Budget": Identity(
        id="{account}:{name}", arn=global_arn("budgets", "budget/{name}"), outputs={"accountId": "{account}"}
    ),
    "aws:budgets/budgetAction:BudgetAction": Identity(
        id="{account}:" + _ACTION + ":{budgetName}",
        arn=global_arn("budgets", "budget/{budgetName}/action/" + _ACTION),
        outputs={"actionId": _ACTION, "accountId": "{account}", "status": "STANDBY"},
    ),
    "aws:costexplorer/anomalyMonitor:AnomalyMonitor": Identity(id=_MONITOR, arn=_MONITOR),
    "aws:costexplorer/anomalySubscription:AnomalySubscription": Identity(
        id=_SUBSCRIPTION, arn=_SUBSCRIPTION, outputs={"accountId": "{account}"}
    ),
}
