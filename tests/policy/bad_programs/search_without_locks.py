"""A search engineer from a hosted trial: an open domain on the internet that speaks HTTP and stores plain text.

Blocked by: ENC-008, PUB-003, PUB-013, TLS-010
"""

import json

import pulumi
import pulumi_aws as aws

domain = aws.opensearch.Domain(
    "posts",
    domain_name="posts",
    engine_version="OpenSearch_2.17",
    cluster_config=aws.opensearch.DomainClusterConfigArgs(instance_type="t3.small.search", instance_count=2),
    ebs_options=aws.opensearch.DomainEbsOptionsArgs(ebs_enabled=True, volume_size=20, volume_type="gp3"),
    access_policies=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": ["es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut"],
                    "Resource": "arn:aws:es:ap-northeast-2:111122223333:domain/posts/*",
                }
            ],
        }
    ),
    tags={
        "Environment": "dev",
        "Owner": "team-search",
        "CostCenter": "CC-1350",
        "Application": "search",
        "DataClassification": "internal",
        "Compliance": "none",
    },
)
pulumi.export("endpoint", domain.endpoint)
