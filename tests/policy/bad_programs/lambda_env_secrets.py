"""A product engineer with one evening: keys in the environment, an ended runtime, and a URL that asks nobody.

Stack: stg
Blocked by: PAT-001, PUB-009, SEC-001
"""

import json

import pulumi
import pulumi_aws as aws

KEY = "arn:aws:kms:ap-northeast-2:222233334444:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TAGS = {
    "Environment": "stg",
    "Owner": "team-payments",
    "CostCenter": "CC-1500",
    "Application": "payment-webhook",
    "DataClassification": "restricted",
    "Compliance": "isms-p+soc2",
}

trust = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
role = aws.iam.Role("webhook", name="payment-webhook", assume_role_policy=trust, tags=TAGS)

queue = aws.sqs.Queue("payments", kms_master_key_id=KEY, tags=TAGS)
function = aws.lambda_.Function(
    "webhook",
    name="payment-webhook",
    runtime="nodejs18.x",
    handler="index.handler",
    role=role.arn,
    code=pulumi.AssetArchive({"index.js": pulumi.StringAsset("exports.handler = async () => ({statusCode: 204})")}),
    kms_key_arn=KEY,
    environment=aws.lambda_.FunctionEnvironmentArgs(
        variables={
            "LOG_LEVEL": "info",
            "QUEUE_URL": queue.url,
            "LEDGER_SECRET_ARN": "arn:aws:secretsmanager:ap-northeast-2:222233334444:secret:stg/ledger-a1B2c3",
            "PG_WEBHOOK_SECRET": "whsec-9f2c41d07b3e4c",
            "DATABASE_URL": "mysql://payments:Spring2026!@payments.internal:3306/ledger",
        }
    ),
    tags=TAGS,
)

aws.cloudwatch.LogGroup(
    "webhook",
    name=function.name.apply(lambda name: f"/aws/lambda/{name}"),
    retention_in_days=90,
    kms_key_id=KEY,
    tags=TAGS,
)

url = aws.lambda_.FunctionUrl("webhook", function_name=function.name, authorization_type="NONE")
pulumi.export("url", url.function_url)
