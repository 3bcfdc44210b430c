"""Cost tier: what the stage may spend, who hears of it before it is spent, and what stops then (REQ-N6, REQ-F1).

AWS Budgets and Cost Explorer know no region: an account has one of these. What has been spent is known to them up to a
day late, so the forecast warns first. Which tags a bill can be split by is switched on in the account that pays, not
here. Of Savings Plans nothing is bought by code.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.naming import Scope
from components.operations.spending import SERVICES_OF, Allowance, amount

APPLICATION = "cost"
WARN_AT_PERCENT = (80, 90, 100)  # of the month's total as spent, REQ-O4
FORECAST_AT_PERCENT = 100  # of the month's total as AWS foresees it
UNUSUAL_PERCENT = 20  # above what a service usually costs ...
UNUSUAL_SHARE = 0.01  # ... and more than this part of the month's total: less is noise

# What creates or enlarges what costs by the hour. Deleting and shrinking stay allowed.
BRAKED = (
    "ec2:RunInstances",
    "ec2:CreateNatGateway",
    "eks:CreateCluster",
    "eks:CreateNodegroup",
    "elasticache:CreateReplicationGroup",
    "elasticache:IncreaseReplicaCount",
    "kinesis:CreateStream",
    "rds:CreateDBCluster",
    "rds:CreateDBInstance",
    "rds:ModifyDBInstance",
    "sagemaker:CreateEndpoint",
    "sagemaker:CreatePipeline",
    "sagemaker:CreateTrainingJob",
)


@dataclass(frozen=True, kw_only=True)
class CostArgs:
    """How much, who is told, and who may be stopped."""

    scope: Scope
    allowance: Allowance
    topic_arn: pulumi.Input[str]  # lets budgets.amazonaws.com and costalerts.amazonaws.com publish
    email: str  # of whoever approves the brake
    braked_roles: Sequence[str]  # names of roles that exist; none: there is no brake
    anomaly_monitor_arn: str | None  # of the services monitor that the account already has


class Cost(pulumi.ComponentResource):
    """A budget of the stage's total with warnings, one of each line, a look-out for what is unusual, and a brake."""

    def __init__(self, name: str, args: CostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Cost", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL)
        total = self._budget(
            "total",
            args.allowance.total,
            warnings=[
                *[self._warning("ACTUAL", percent) for percent in WARN_AT_PERCENT],
                self._warning("FORECASTED", FORECAST_AT_PERCENT),
            ],
        )
        for line, dollars in args.allowance.lines.items():
            self._budget(line, dollars, warnings=[self._warning("ACTUAL", 100)], services=SERVICES_OF[line])
        self._look_out()
        if args.braked_roles:
            self._brake(total)
        self.register_outputs({})

    def _warning(self, kind: str, percent: int) -> aws.budgets.BudgetNotificationArgs:
        return aws.budgets.BudgetNotificationArgs(
            notification_type=kind,
            comparison_operator="GREATER_THAN",
            threshold=percent,
            threshold_type="PERCENTAGE",
            subscriber_sns_topic_arns=[self._args.topic_arn],
        )

    def _budget(
        self,
        title: str,
        dollars: float,
        *,
        warnings: Sequence[aws.budgets.BudgetNotificationArgs],
        services: Sequence[str] = (),
    ) -> aws.budgets.Budget:
        return aws.budgets.Budget(
            f"{self._name}-{title}",
            name=self._args.scope.name(title),
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=amount(dollars),
            limit_unit="USD",
            # REQ-F1 is before tax, and a credit that ends must not hide what things cost.
            cost_types=aws.budgets.BudgetCostTypesArgs(include_tax=False, include_credit=False, include_refund=False),
            cost_filters=[aws.budgets.BudgetCostFilterArgs(name="Service", values=list(services))] if services else [],
            notifications=list(warnings),
            tags=self._tags,
            opts=self._child,
        )

    def _look_out(self) -> None:
        args, total = self._args, self._args.allowance.total
        monitor_arn: pulumi.Input[str] | None = args.anomaly_monitor_arn
        if monitor_arn is None:
            monitor_arn = aws.costexplorer.AnomalyMonitor(
                f"{self._name}-services",
                name=args.scope.name("services"),
                monitor_type="DIMENSIONAL",
                monitor_dimension="SERVICE",
                tags=self._tags,
                opts=self._child,
            ).arn
        aws.costexplorer.AnomalySubscription(
            f"{self._name}-unusual",
            name=args.scope.name("unusual"),
            frequency="IMMEDIATE",  # the only one that a topic may have
            monitor_arn_lists=[monitor_arn],
            subscribers=[aws.costexplorer.AnomalySubscriptionSubscriberArgs(type="SNS", address=args.topic_arn)],
            threshold_expression=aws.costexplorer.AnomalySubscriptionThresholdExpressionArgs(
                ands=[
                    _at_least("ANOMALY_TOTAL_IMPACT_PERCENTAGE", str(UNUSUAL_PERCENT)),
                    _at_least("ANOMALY_TOTAL_IMPACT_ABSOLUTE", amount(total * UNUSUAL_SHARE)),
                ]
            ),
            tags=self._tags,
            opts=self._child,
        )

    def _brake(self, total: aws.budgets.Budget) -> None:
        """Somebody approves it in the console; until then it only asks. Undoing it there takes the policy off again."""
        args, scope = self._args, self._args.scope
        policy_name = scope.name("spend-no-more")
        policy = aws.iam.Policy(
            f"{self._name}-spend-no-more",
            name=policy_name,
            description="Keeps whom it is attached to from creating what costs by the hour",
            policy=iam.document(
                iam.Statement(sid="CreateNothingThatCosts", effect="Deny", actions=BRAKED, resources=["*"])
            ),
            tags=self._tags,
            opts=self._child,
        )
        role = aws.iam.Role(
            f"{self._name}-brake",
            name=scope.name("budget-brake"),
            assume_role_policy=iam.service_trust(
                "budgets.amazonaws.com",
                account_id=scope.account_id,
                source_arn=scope.arn("budgets", f"budget/{scope.name('total')}", region=""),
            ),
            tags=self._tags,
            opts=self._child,
        )
        permissions = aws.iam.RolePolicy(
            f"{self._name}-brake-permissions",
            role=role.name,
            policy=brake_document(scope, args.braked_roles, policy_name),
            opts=self._child,
        )
        aws.budgets.BudgetAction(
            f"{self._name}-brake-action",
            budget_name=total.name,
            action_type="APPLY_IAM_POLICY",
            approval_model="MANUAL",
            notification_type="ACTUAL",
            action_threshold=aws.budgets.BudgetActionActionThresholdArgs(
                action_threshold_type="PERCENTAGE", action_threshold_value=100
            ),
            definition=aws.budgets.BudgetActionDefinitionArgs(
                iam_action_definition=aws.budgets.BudgetActionDefinitionIamActionDefinitionArgs(
                    policy_arn=policy.arn, roles=list(args.braked_roles)
                )
            ),
            # AWS tries the role when the action is made.
            execution_role_arn=pulumi.Output.all(role.arn, permissions.id).apply(lambda known: known[0]),
            subscribers=[
                aws.budgets.BudgetActionSubscriberArgs(subscription_type="EMAIL", address=args.email),
                aws.budgets.BudgetActionSubscriberArgs(subscription_type="SNS", address=args.topic_arn),
            ],
            tags=self._tags,
            opts=self._child,
        )


def brake_document(scope: Scope, roles: Sequence[str], policy_name: str) -> str:
    """Put this one policy on these roles, and take it off again."""
    return iam.document(
        iam.Statement(
            sid="PutTheBrakeOnTheseRoles",
            actions=["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
            resources=[scope.arn("iam", f"role/{role}", region="") for role in roles],
            condition={"ArnEquals": {"iam:PolicyARN": scope.arn("iam", f"policy/{policy_name}", region="")}},
        )
    )


def _at_least(dimension: str, value: str) -> aws.costexplorer.AnomalySubscriptionThresholdExpressionAndArgs:
    return aws.costexplorer.AnomalySubscriptionThresholdExpressionAndArgs(
        dimension=aws.costexplorer.AnomalySubscriptionThresholdExpressionAndDimensionArgs(
            key=dimension, match_options=["GREATER_THAN_OR_EQUAL"], values=[value]
        )
    )
