"""An engineer who saves on storage: production's backups live for a week, in a vault that anybody may empty.

Stack: prod
Blocked by: BKP-005, BKP-007, ENC-013
"""

import pulumi_aws as aws

TAGS = {
    "Environment": "prod",
    "Owner": "team-platform",
    "CostCenter": "CC-1001",
    "Application": "backup",
    "DataClassification": "restricted",
    "Compliance": "isms-p+soc2",
}

vault = aws.backup.Vault("main", name="main", force_destroy=True, tags=TAGS)
plan = aws.backup.Plan(
    "nightly",
    name="nightly",
    rules=[
        aws.backup.PlanRuleArgs(
            rule_name="nightly",
            target_vault_name=vault.name,
            schedule="cron(0 17 * * ? *)",
            lifecycle=aws.backup.PlanRuleLifecycleArgs(delete_after=7),
        )
    ],
    tags=TAGS,
)
aws.backup.Selection(
    "tagged",
    name="tagged",
    plan_id=plan.id,
    iam_role_arn="arn:aws:iam::333344445555:role/backup",
    selection_tags=[{"type": "STRINGEQUALS", "key": "Environment", "value": "prod"}],
)
