"""An engineer who lets a bucket's notices into a queue: the policy, made of the queue's ARN, lets in everybody.

When: up
Blocked by: PUB-003
"""

import json

import pulumi
import pulumi_aws as aws

TAGS = {
    "Environment": "dev",
    "Owner": "team-media",
    "CostCenter": "CC-1450",
    "Application": "thumbnails",
    "DataClassification": "internal",
    "Compliance": "none",
}

queue = aws.sqs.Queue("uploads", sqs_managed_sse_enabled=True, tags=TAGS)


def lets_notices_in(arn: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sqs:SendMessage", "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


aws.sqs.QueuePolicy("uploads", queue_url=queue.id, policy=queue.arn.apply(lets_notices_in))
pulumi.export("queue", queue.url)
