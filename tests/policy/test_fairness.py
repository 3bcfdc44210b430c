"""What careful engineers write is let pass: a false alarm is a lost afternoon."""

import pytest

from tests.policy.case import KEY, TAGS
from tests.policy.cases_encryption import BUCKET, CONFIGURATION, balancer, by_default, log_bucket, plain_bucket
from tests.policy.cases_iam import OBJECTS, ROOT, allow, deny, document
from tests.policy.cases_key_users import key_policy
from tests.policy.good import (
    AS_IT_IS,
    BLOCK,
    BUCKET_POLICY,
    GOOD,
    WEB_ACL,
    beside_bucket,
    firewall_logs,
    vpc,
    vpc_guards,
)
from tests.policy.server import UNKNOWN, Pack, Registered, secret, urn

CLUSTER = "aws:rds/cluster:Cluster"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"


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


# What only takes access logs is neither versioned nor logged.
beside_log_bucket = [each for each in beside_bucket(name="logs") if each.type in (BLOCK, BUCKET_POLICY)]


def without(token: str, *names: str, **props: object) -> Registered:
    """A good resource with properties taken away or given."""
    kept = {name: value for name, value in GOOD[token].items() if name not in names}
    return Registered(type=token, props={**kept, **props})


FAIR: dict[str, list[Registered]] = {
    "a network with its guards": [vpc, *vpc_guards],
    "a group that talks to itself and answers pings": [
        without(
            "aws:ec2/securityGroup:SecurityGroup",
            ingress=[
                {"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True, "description": "members"},
                {
                    "protocol": "tcp",
                    "fromPort": 5432,
                    "toPort": 5432,
                    "securityGroups": [UNKNOWN],
                    "description": "api",
                },
                {"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrBlocks": ["0.0.0.0/0"], "description": "web"},
            ],
        ),
    ],
    "a group that lets all of the company's networks in": [
        without(
            "aws:ec2/securityGroup:SecurityGroup",
            ingress=[
                {
                    "protocol": "tcp",
                    "fromPort": 22,
                    "toPort": 22,
                    "cidrBlocks": ["10.0.0.0/8", "172.16.0.0/12"],
                    "ipv6CidrBlocks": ["fd00::/8"],
                    "description": "the company",
                }
            ],
        ),
    ],
    "a name that CloudFront answers for, in two regions": [
        Registered(
            type="aws:route53/record:Record",
            props={
                "zoneId": UNKNOWN,
                "name": "feed",
                "type": "A",
                "latencyRoutingPolicies": [{"region": "ap-northeast-2"}],
                "aliases": [{"name": UNKNOWN, "zoneId": "Z2FDTNDATAQYW2", "evaluateTargetHealth": False}],
            },
        )
    ],
    "a bucket of internal data with S3's own KMS key": [
        Registered(
            type=BUCKET,
            name="assets",
            props={"bucket": "assets", "tags": {**TAGS, "DataClassification": "internal"}},
        ),
        configured(plain_bucket, "aws:kms", None),
        *beside_bucket(name="assets"),
    ],
    "a log group whose key has its policy beside it": [
        Registered(
            type="aws:cloudwatch/logGroup:LogGroup",
            props={"kmsKeyId": UNKNOWN, "retentionInDays": 365, "tags": TAGS},
            depends={"kmsKeyId": [urn("aws:kms/key:Key", "logs")]},
        ),
        Registered(type="aws:kms/key:Key", name="logs", props=GOOD["aws:kms/key:Key"]),
        Registered(
            type="aws:kms/keyPolicy:KeyPolicy",
            name="logs",
            props={"keyId": UNKNOWN, "policy": key_policy("logs.amazonaws.com")},
            depends={"keyId": [urn("aws:kms/key:Key", "logs")]},
        ),
    ],
    "a rule that lets everything out": [
        Registered(
            type="aws:ec2/securityGroupRule:SecurityGroupRule",
            props={
                "type": "egress",
                "securityGroupId": UNKNOWN,
                "protocol": "-1",
                "fromPort": 0,
                "toPort": 0,
                "cidrBlocks": ["0.0.0.0/0"],
            },
        )
    ],
    "HTTP that is redirected": [
        without(
            "aws:lb/listener:Listener",
            "sslPolicy",
            "certificateArn",
            protocol="HTTP",
            port=80,
            defaultActions=[
                {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}}
            ],
        )
    ],
    "a database that AWS keeps the password of, in a global database": [
        without(
            "aws:rds/cluster:Cluster",
            globalClusterIdentifier="world",
            autoMinorVersionUpgrade=False,
        )
    ],
    "an API server for the office": [
        without(
            "aws:eks/cluster:Cluster",
            vpcConfig={"subnetIds": [UNKNOWN], "endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]},
        )
    ],
    "variables that point to secrets": [
        without(
            "aws:lambda/function:Function",
            environment={
                "variables": {
                    "DB_SECRET_ARN": "arn:aws:secretsmanager:ap-northeast-2:111122223333:secret:feed-AbCdEf",
                    "DB_PASSWORD_PARAMETER": "/dev/feed/password",
                    "STRIPE_SECRET_NAME": "dev/stripe",
                    "TOKEN_TTL_SECONDS": "900",
                    "DATABASE_URL": "mysql://db.internal:3306/feed",
                    "JWT_TOKEN": UNKNOWN,
                    "USE_TOKEN": "true",
                }
            },
        )
    ],
    "a start-up script that fetches its password": [
        without(
            "aws:ec2/instance:Instance",
            userData="#!/bin/sh\nexport DB_PASSWORD=$(aws ssm get-parameter --name /feed/password)\nTOKEN=`curl x`\n",
        )
    ],
    "a start-up script that logs in to a registry": [
        without(
            "aws:ec2/instance:Instance",
            userData="#!/bin/sh\naws ecr get-login-password | docker login --password-stdin 1.ecr.example\n",
        )
    ],
    "a database's members in a global database": [
        Registered(type=CLUSTER, name="world", props=GOOD[CLUSTER]),
        Registered(
            type="aws:rds/globalCluster:GlobalCluster",
            props={
                "globalClusterIdentifier": "world",
                "sourceDbClusterIdentifier": UNKNOWN,
                "deletionProtection": True,
                "tags": TAGS,
            },
            depends={"sourceDbClusterIdentifier": [urn(CLUSTER, "world")]},
        ),
        Registered(
            type=MEMBER,
            props={**GOOD[MEMBER], "clusterIdentifier": UNKNOWN, "autoMinorVersionUpgrade": False},
            depends={"clusterIdentifier": [urn(CLUSTER, "world")]},
        ),
    ],
    "a web ACL that lets in one caller only": [
        Registered(
            type=WEB_ACL,
            props={
                **GOOD[WEB_ACL],
                "defaultAction": {"block": AS_IT_IS},
                "rules": [
                    {
                        "name": "ours",
                        "priority": 1,
                        "action": {"allow": AS_IT_IS},
                        "statement": {
                            "byteMatchStatement": {
                                "searchString": UNKNOWN,
                                "fieldToMatch": {"singleHeader": {"name": "x-origin-verify"}},
                                "positionalConstraint": "EXACTLY",
                                "textTransformations": [{"priority": 0, "type": "NONE"}],
                            }
                        },
                        "visibilityConfig": {
                            "cloudwatchMetricsEnabled": True,
                            "metricName": "ours",
                            "sampledRequestsEnabled": True,
                        },
                    }
                ],
            },
        ),
        firewall_logs,
    ],
    "a container's image without a runtime": [
        without("aws:lambda/function:Function", "runtime", "handler", packageType="Image", imageUri="feed@sha256:0")
    ],
    "a queue for dead letters": [
        without("aws:sqs/queue:Queue", "redrivePolicy", redriveAllowPolicy='{"redrivePermission": "allowAll"}'),
    ],
    "an instance whose template asks for tokens": [
        without("aws:ec2/instance:Instance", "metadataOptions", launchTemplate={"id": UNKNOWN}),
    ],
    "a function's address that IAM guards": [without("aws:lambda/functionUrl:FunctionUrl")],
    "a distribution under CloudFront's own name": [
        without("aws:cloudfront/distribution:Distribution", viewerCertificate={"cloudfrontDefaultCertificate": True})
    ],
    "a region for the edge": [without("aws:dynamodb/table:Table", region="us-east-1")],
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
        *beside_bucket(name="assets"),
    ],
    "a log bucket with SSE-S3 that a load balancer writes to": [
        log_bucket,
        configured(log_bucket, "AES256", None),
        balancer,
        *beside_log_bucket,
    ],
    "a log bucket with SSE-S3 whose policy admits the delivery service": [
        log_bucket,
        configured(log_bucket, "AES256", None),
        beside_log_bucket[0],
        Registered(
            type="aws:s3/bucketPolicy:BucketPolicy",
            props={
                "bucket": "logs",
                "policy": document(
                    deny(Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
                    allow("s3:PutObject", Principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}),
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
            props={
                "sqsManagedSseEnabled": True,
                "redrivePolicy": GOOD["aws:sqs/queue:Queue"]["redrivePolicy"],
                "tags": {**TAGS, "DataClassification": "internal"},
            },
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
        without("aws:rds/cluster:Cluster", "storageEncrypted", "kmsKeyId", engineMode="serverless"),
    ],
    "a replica in its source's region": [
        without(
            "aws:rds/instance:Instance",
            *("storageEncrypted", "kmsKeyId", "backupRetentionPeriod", "skipFinalSnapshot", "multiAz"),
            replicateSourceDb=UNKNOWN,
        ),
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
    assert [(each.id.partition("[")[0], each.urn) for each in found if each.level == "mandatory"] == [
        ("ENC-014", urn(CONFIGURATION, "logs")),
        *(((missing, log_bucket.urn)) for missing in ("PUB-015", "TLS-005")),
    ]
