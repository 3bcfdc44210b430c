"""What careful engineers write is let pass: a false alarm is a lost afternoon."""

import pytest

from tests.policy.case import KEY, TAGS
from tests.policy.cases_encryption import BUCKET, CONFIGURATION, balancer, by_default, log_bucket, plain_bucket
from tests.policy.cases_iam import OBJECTS, ROOT, allow, deny, document
from tests.policy.server import UNKNOWN, Pack, Registered, secret, urn


def role_policy(*statements: object) -> Registered:
    return Registered(type="aws:iam/rolePolicy:RolePolicy", props={"role": UNKNOWN, "policy": document(*statements)})


def resource_policy(token: str, *statements: object) -> Registered:
    return Registered(type=token, props={"policy": document(*statements)})


def configured(bucket: Registered, algorithm: str, key_id: str | None) -> Registered:
    return Registered(
        type=CONFIGURATION,
        name=bucket.name,
        props={"bucket": UNKNOWN, "rules": [by_default(algorithm, key_id)]},
        depends={"bucket": [bucket.urn]},
    )


FAIR: dict[str, list[Registered]] = {
    "a bucket whose KMS configuration stands beside it, its own property being S3's echo": [
        Registered(
            type=BUCKET,
            name="assets",
            props={
                "bucket": "assets",
                "serverSideEncryptionConfiguration": {"rule": by_default("AES256", None)},
                "tags": TAGS,
            },
        ),
        configured(plain_bucket, "aws:kms:dsse", UNKNOWN),
    ],
    "a log bucket with SSE-S3 that a load balancer writes to": [
        log_bucket,
        configured(log_bucket, "AES256", None),
        balancer,
    ],
    "a log bucket with SSE-S3 whose policy admits the delivery service": [
        log_bucket,
        configured(log_bucket, "AES256", None),
        Registered(
            type="aws:s3/bucketPolicy:BucketPolicy",
            props={
                "bucket": "logs",
                "policy": document(
                    allow("s3:PutObject", Principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"})
                ),
            },
        ),
    ],
    "a key that is not known yet": [
        Registered(type="aws:sns/topic:Topic", props={"kmsMasterKeyId": UNKNOWN, "tags": TAGS}),
    ],
    "a secret key id": [
        Registered(type="aws:sns/topic:Topic", props={"kmsMasterKeyId": secret(KEY), "tags": secret(TAGS)}),
    ],
    "an interruption queue with SQS's own key": [
        Registered(
            type="aws:sqs/queue:Queue",
            props={"sqsManagedSseEnabled": True, "tags": {**TAGS, "DataClassification": "internal"}},
        ),
    ],
    "a function's logs, traces and metrics": [
        role_policy(
            allow(
                ["logs:CreateLogStream", "logs:PutLogEvents"],
                "arn:aws:logs:ap-northeast-2:111122223333:log-group:/feed:*",
            ),
            allow(["xray:PutTraceSegments", "cloudwatch:PutMetricData", "logs:DescribeLogGroups"], "*"),
        ),
    ],
    "reading by verb": [role_policy(allow(["s3:Get*", "s3:List*"], ["arn:aws:s3:::assets", OBJECTS]))],
    "pulling images": [
        role_policy(
            allow("ecr:GetAuthorizationToken", "*"),
            allow(["ecr:BatchGetImage"], "arn:aws:ecr:ap-northeast-2:111122223333:repository/feed"),
        ),
    ],
    "a refusal of everything that is not encrypted in transit": [
        resource_policy(
            "aws:s3/bucketPolicy:BucketPolicy",
            deny(Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
        ),
    ],
    "a bucket behind CloudFront": [
        resource_policy(
            "aws:s3/bucketPolicy:BucketPolicy",
            allow(
                "s3:GetObject",
                Principal={"Service": "cloudfront.amazonaws.com"},
                Condition={"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::111122223333:distribution/E1"}},
            ),
        ),
    ],
    "a topic as AWS makes its policy": [
        resource_policy(
            "aws:sns/topicPolicy:TopicPolicy",
            allow(
                ["SNS:Publish", "SNS:Subscribe"],
                "*",
                Principal={"AWS": "*"},
                Condition={"StringEquals": {"AWS:SourceOwner": "111122223333"}},
            ),
        ),
    ],
    "a source whose account is known and whose ARN is not": [
        resource_policy(
            "aws:sqs/queuePolicy:QueuePolicy",
            allow(
                "sqs:SendMessage",
                "*",
                Principal="*",
                Condition={"ArnEquals": {"aws:SourceArn": UNKNOWN}, "StringEquals": {"aws:SourceAccount": "1" * 12}},
            ),
        ),
    ],
    "a role that GitHub assumes": [
        Registered(
            type="aws:iam/role:Role",
            props={
                "assumeRolePolicy": document(
                    {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRoleWithWebIdentity",
                        "Principal": {
                            "Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
                        },
                        "Condition": {
                            "StringEquals": {
                                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                                "token.actions.githubusercontent.com:sub": "repo:team/feed:environment:prod",
                            }
                        },
                    }
                ),
                "tags": TAGS,
            },
        ),
    ],
    "a key for its account": [
        Registered(
            type="aws:kms/key:Key",
            props={
                "enableKeyRotation": True,
                "policy": document(allow("kms:*", "*", Principal=ROOT)),
                "tags": TAGS,
            },
        ),
    ],
    "a key that cannot rotate": [
        Registered(
            type="aws:kms/key:Key",
            props={"customerMasterKeySpec": "HMAC_256", "keyUsage": "GENERATE_VERIFY_MAC", "tags": TAGS},
        ),
    ],
    "a key in a key store of one's own": [
        Registered(type="aws:kms/key:Key", props={"customKeyStoreId": "cks-1234567890abcdef0", "tags": TAGS}),
    ],
    "an Aurora Serverless v1 cluster, which is always encrypted": [
        Registered(type="aws:rds/cluster:Cluster", props={"engineMode": "serverless", "tags": TAGS}),
    ],
    "a replica in its source's region": [
        Registered(type="aws:rds/instance:Instance", props={"replicateSourceDb": UNKNOWN, "tags": TAGS}),
    ],
    "an instance whose disks a launch template describes": [
        Registered(type="aws:ec2/instance:Instance", props={"launchTemplate": {"id": UNKNOWN}, "tags": TAGS}),
    ],
    "a selection by tags": [
        Registered(type="aws:inspector/resourceGroup:ResourceGroup", props={"tags": {"Application": "feed"}}),
    ],
    "what is no AWS resource": [
        Registered(type="startup-platform:data:Cache", props={}),
        Registered(type="pulumi:providers:aws", props={"defaultTags": '{"tags": {}}'}),
        Registered(type="pulumi:pulumi:Stack", props={}),
    ],
}


@pytest.mark.parametrize("name", FAIR)
def test_what_is_right_is_let_pass_without_a_word(name: str, pack: Pack) -> None:
    assert [each.message for each in pack.judge(*FAIR[name])] == []


def test_a_log_bucket_is_known_by_its_writers_and_not_by_its_neighbours(pack: Pack) -> None:
    elsewhere = Registered(type=balancer.type, props=balancer.props, depends={"accessLogs": [urn(BUCKET, "another")]})
    found = pack.judge(log_bucket, configured(log_bucket, "AES256", None), elsewhere)
    assert [(each.id.partition("[")[0], each.level, each.urn) for each in found] == [
        ("ENC-014", "mandatory", urn(CONFIGURATION, "logs"))
    ]
