"""An engineer who lists the services in a loop: what people typed is kept for ever, or for a day, and in plain text.

Stack: stg
Blocked by: ENC-011, LOG-001
"""

import pulumi_aws as aws

SERVICES = {"api": None, "worker": None, "gateway": 1}

for service, days in SERVICES.items():
    aws.cloudwatch.LogGroup(
        service,
        name=f"/feedline/stg/{service}",
        retention_in_days=days,
        tags={
            "Environment": "stg",
            "Owner": "team-feed",
            "CostCenter": "CC-1234",
            "Application": f"feed-{service}",
            "DataClassification": "confidential",
            "Compliance": "isms-p",
        },
    )
