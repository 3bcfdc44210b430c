"""What Checkov is shown is what Terraform would plan: the comparison stands on it."""

import pytest

from bench.manifests import manifests
from bench.terraform import ELSEWHERE, attributes, bare, plan, planned, singular, snake, type_name
from sandbox.schema.sdk import Sdk
from tests.policy.server import UNKNOWN, Registered, secret


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("aws:s3/bucket:Bucket", "aws_s3_bucket"),
        ("aws:s3/bucketV2:BucketV2", "aws_s3_bucket"),
        ("aws:ec2/securityGroup:SecurityGroup", "aws_security_group"),
        ("aws:ec2/serialConsoleAccess:SerialConsoleAccess", "aws_ec2_serial_console_access"),
        ("aws:rds/instance:Instance", "aws_db_instance"),
        ("aws:rds/cluster:Cluster", "aws_rds_cluster"),
        ("aws:apigateway/method:Method", "aws_api_gateway_method"),
        ("aws:apigatewayv2/route:Route", "aws_apigatewayv2_route"),
        ("aws:cfg/recorderStatus:RecorderStatus", "aws_config_configuration_recorder_status"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws_vpc_security_group_ingress_rule"),
    ],
)
def test_a_token_has_terraforms_name(token: str, name: str) -> None:
    assert type_name(token) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kmsKeyId", "kms_key_id"),
        ("enableResourceNameDnsARecord", "enable_resource_name_dns_a_record"),
        ("ipv6CidrBlocks", "ipv6_cidr_blocks"),
        ("s3Encryption", "s3_encryption"),
    ],
)
def test_names_are_in_snake_case(name: str, expected: str) -> None:
    assert snake(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("policies", "policy"), ("devices", "device"), ("accesses", "access"), ("access", "access")],
)
def test_plurals_are_undone_as_pulumi_made_them(name: str, expected: str) -> None:
    assert singular(name) == expected


def test_blocks_are_lists_of_a_singular_name_and_defaults_are_filled_in(sdk: Sdk) -> None:
    resource = Registered(
        type="aws:ec2/instance:Instance",
        props={
            "ami": "ami-1",
            "rootBlockDevice": {"encrypted": True},
            "ebsBlockDevices": [{"deviceName": "/dev/sdf", "encrypted": False}],
            "tags": {"camelCase": "kept"},
        },
    )
    (made,) = planned([resource], "c1_", sdk)
    values = made.attributes.values
    assert made.address == "aws_instance.c1_subject"
    assert bare(made).attributes.values["root_block_device"] == [{"delete_on_termination": True, "encrypted": True}]
    assert bare(made).attributes.values["ebs_block_device"] == [
        {"delete_on_termination": True, "device_name": "/dev/sdf", "encrypted": False, "volume_type": "gp2"}
    ]
    assert values["tags"] == values["tags_all"] == {"camelCase": "kept"}
    assert values["user_data"] is None
    assert "user_data" not in bare(made).attributes.values


def test_irregular_names_and_defaults_are_terraforms_own(sdk: Sdk) -> None:
    template, database, method = planned(
        [
            Registered(
                type="aws:ec2/launchTemplate:LaunchTemplate",
                props={"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true"}}]},
            ),
            Registered(type="aws:rds/instance:Instance", props={"instanceClass": "db.t4g.medium"}),
            Registered(type="aws:apigateway/method:Method", props={"restApi": "api", "httpMethod": "GET"}),
        ],
        "c1_",
        sdk,
    )
    assert bare(template).attributes.values["block_device_mappings"] == [
        {"device_name": "/dev/xvda", "ebs": [{"encrypted": "true"}]}
    ]
    assert database.attributes.values["auto_minor_version_upgrade"] is True
    assert database.attributes.values["storage_encrypted"] is False
    assert method.attributes.values["rest_api_id"] == "api"
    assert method.attributes.values["api_key_required"] is False


def test_what_is_not_known_yet_is_left_out_and_refers_to_where_it_comes_from(sdk: Sdk) -> None:
    bucket = Registered(type="aws:s3/bucket:Bucket", name="assets", props={})
    block = Registered(
        type="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        props={"bucket": UNKNOWN},
        depends={"bucket": [bucket.urn]},
    )
    topic = Registered(type="aws:sns/topic:Topic", props={"kmsMasterKeyId": UNKNOWN, "displayName": secret("news")})
    group = Registered(type="aws:ec2/securityGroup:SecurityGroup", props={"ingress": [{"securityGroups": [UNKNOWN]}]})
    _, blocked, made, grouped = (each.attributes for each in planned([bucket, block, topic, group], "c1_", sdk))
    assert "bucket" not in blocked.values
    assert blocked.unknown["bucket"] is True
    assert blocked.expressions["bucket"] == {"references": ["aws_s3_bucket.c1_assets.id", "aws_s3_bucket.c1_assets"]}
    assert made.expressions["kms_master_key_id"] == {"references": [ELSEWHERE]}
    assert made.values["display_name"] == "news"
    assert bare(planned([group], "c1_", sdk)[0]).attributes.values["ingress"] == [{"security_groups": [None]}]
    assert grouped.expressions["ingress"] == [{"security_groups": {"references": [ELSEWHERE]}}]


def test_two_resources_of_one_address_are_refused(sdk: Sdk) -> None:
    twice = [Registered(type=token, props={}) for token in ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")]
    with pytest.raises(ValueError, match="one address"):
        planned(twice, "c1_", sdk)


def test_a_plan_says_each_resource_in_all_three_places(sdk: Sdk) -> None:
    made = plan(planned([Registered(type="aws:s3/bucket:Bucket", props={"bucket": "assets"})], "c1_", sdk))
    text = str(made)
    assert text.count("'address': 'aws_s3_bucket.c1_subject'") == 3
    assert text.count("'bucket': 'assets'") == 2
    assert text.count("'bucket': {'constant_value': 'assets'}") == 1


@pytest.mark.parametrize(
    ("token", "path"),  # what checks of Checkov ask for, in its own words
    [
        ("aws:eks/cluster:Cluster", "vpc_config/endpoint_public_access"),
        ("aws:opensearch/domain:Domain", "encrypt_at_rest/enabled"),
        ("aws:msk/cluster:Cluster", "logging_info/broker_logs/cloudwatch_logs/enabled"),
        ("aws:ecr/repository:Repository", "encryption_configuration/encryption_type"),
        ("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", "server_side_encryption/key_arn"),
        ("aws:secretsmanager/secretRotation:SecretRotation", "rotation_rules/automatically_after_days"),
    ],
)
def test_a_plan_can_have_what_checks_read(token: str, path: str, sdk: Sdk) -> None:
    assert path in attributes(sdk.resource(token))


def test_a_manifest_is_of_the_tokens_kind_in_a_namespace_of_its_own() -> None:
    props = {"kind": "Deployment", "metadata": {"name": "api", "namespace": "feed"}, "spec": {"replicas": 2}}
    rollout, pod, namespace = manifests(
        [
            Registered(type="kubernetes:argoproj.io/v1alpha1:Rollout", props=props),
            Registered(type="kubernetes:core/v1:Pod", props={"metadata": {"name": "api", "namespace": "default"}}),
            Registered(type="kubernetes:core/v1:Namespace", props={"metadata": {"name": "feed"}}),
        ],
        "c1_good_",
    )
    assert (rollout["apiVersion"], rollout["kind"], rollout["spec"]) == (
        "argoproj.io/v1alpha1",
        "Rollout",
        props["spec"],
    )
    assert rollout["metadata"] == {"name": "api", "namespace": "c1-good-feed"}
    assert (pod["apiVersion"], pod["metadata"]) == ("v1", {"name": "api", "namespace": "default"})
    assert namespace["metadata"] == {"name": "c1-good-feed"}
    assert props["metadata"] == {"name": "api", "namespace": "feed"}
