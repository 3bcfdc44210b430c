"""A developer who pushes `latest` by hand: a repository whose tags move, that nobody scans, deleted with its images.

Stack: prod
Blocked by: BKP-007, ENC-012, PAT-005, PAT-006
"""

import pulumi
import pulumi_aws as aws

repositories = {
    name: aws.ecr.Repository(
        name,
        name=f"feedline/{name}",
        force_delete=True,
        image_tag_mutability="MUTABLE",
        tags={
            "Environment": "prod",
            "Owner": "team-feed",
            "CostCenter": "CC-1234",
            "Application": f"feed-{name}",
            "DataClassification": "internal",
            "Compliance": "soc2",
        },
    )
    for name in ("api", "worker")
}
pulumi.export("urls", {name: made.repository_url for name, made in repositories.items()})
