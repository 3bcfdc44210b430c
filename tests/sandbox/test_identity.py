"""Ids, ARNs and computed outputs: AWS's forms, the same in every run."""

import re
from dataclasses import replace

import pytest

from sandbox.provider.configuration import Configuration
from sandbox.provider.identities import IDENTITIES
from sandbox.provider.identity import Scope
from sandbox.provider.outputs import foreseen, identity_of, settled
from sandbox.schema.cloudformation import CloudFormation
from sandbox.schema.sdk import Sdk
from sandbox.schema.values import UNKNOWN, Bag, Secret

HERE = "ap-northeast-2:111122223333"
KEY = f"arn:aws:kms:{HERE}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BALANCER = f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/app/main/0123456789abcdef"


class Maker:
    """Makes resources as Create does."""

    def __init__(self, sdk: Sdk, cloudformation: CloudFormation, configuration: Configuration) -> None:
        self.sdk, self.cloudformation, self.configuration = sdk, cloudformation, configuration

    def __call__(
        self, token: str, inputs: Bag | None = None, name: str = "main", generation: int = 0
    ) -> tuple[str, Bag]:
        schema, given = self.sdk.resource(token), inputs or {}
        urn = f"urn:pulumi:dev::project::{token}::{name}"
        scope = Scope(
            token=token, urn=urn, generation=generation, inputs=given, configuration=self.configuration, known={}
        )
        return settled(schema, identity_of(schema, self.cloudformation, given), scope)

    def preview(self, token: str, inputs: Bag) -> Bag:
        schema = self.sdk.resource(token)
        return foreseen(schema, identity_of(schema, self.cloudformation, inputs), inputs, self.configuration)


@pytest.fixture
def make(sdk: Sdk, cloudformation: CloudFormation, seoul: Configuration) -> Maker:
    return Maker(sdk, cloudformation, seoul)


HEX = "[0-9a-f]"
UUID = f"{HEX}{{8}}(-{HEX}{{4}}){{3}}-{HEX}{{12}}"
FORMS: list[tuple[str, Bag, str, str]] = [
    ("aws:ec2/vpc:Vpc", {}, f"vpc-{HEX}{{17}}", f"arn:aws:ec2:{HERE}:vpc/vpc-{HEX}{{17}}"),
    ("aws:ec2/subnet:Subnet", {}, f"subnet-{HEX}{{17}}", f"arn:aws:ec2:{HERE}:subnet/subnet-{HEX}{{17}}"),
    ("aws:ec2/eip:Eip", {}, f"eipalloc-{HEX}{{17}}", f"arn:aws:ec2:{HERE}:elastic-ip/eipalloc-{HEX}{{17}}"),
    ("aws:ec2/flowLog:FlowLog", {}, f"fl-{HEX}{{17}}", f"arn:aws:ec2:{HERE}:vpc-flow-log/fl-{HEX}{{17}}"),
    ("aws:ec2/route:Route", {"routeTableId": "rtb-1"}, r"r-rtb-1\d{10}", ""),
    ("aws:ebs/volume:Volume", {}, f"vol-{HEX}{{17}}", f"arn:aws:ec2:{HERE}:volume/vol-{HEX}{{17}}"),
    (
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {},
        f"sgr-{HEX}{{17}}",
        f".*:security-group-rule/sgr-{HEX}{{17}}",
    ),
    ("aws:iam/role:Role", {"name": "r"}, "r", "arn:aws:iam::111122223333:role/r"),
    ("aws:iam/role:Role", {"name": "r", "path": "/app/"}, "r", "arn:aws:iam::111122223333:role/app/r"),
    (
        "aws:iam/policy:Policy",
        {"name": "p"},
        "arn:aws:iam::111122223333:policy/p",
        "arn:aws:iam::111122223333:policy/p",
    ),
    ("aws:iam/rolePolicy:RolePolicy", {"role": "r", "name": "p"}, "r:p", ""),
    (
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        {"url": "https://a.b/c"},
        ".*",
        "arn:aws:iam::111122223333:oidc-provider/a.b/c",
    ),
    ("aws:kms/key:Key", {}, UUID, f"arn:aws:kms:{HERE}:key/{UUID}"),
    ("aws:kms/key:Key", {"multiRegion": True}, f"mrk-{HEX}{{32}}", f"arn:aws:kms:{HERE}:key/mrk-{HEX}{{32}}"),
    (
        "aws:kms/replicaKey:ReplicaKey",
        {"primaryKeyArn": "arn:aws:kms:us-east-1:1:key/mrk-1"},
        "mrk-1",
        f"arn:aws:kms:{HERE}:key/mrk-1",
    ),
    ("aws:kms/alias:Alias", {"name": "alias/data"}, "alias/data", f"arn:aws:kms:{HERE}:alias/data"),
    ("aws:s3/bucket:Bucket", {"bucket": "b"}, "b", "arn:aws:s3:::b"),
    ("aws:s3/bucketVersioning:BucketVersioning", {"bucket": "b"}, "b", ""),
    (
        "aws:sqs/queue:Queue",
        {"name": "q"},
        "https://sqs.ap-northeast-2.amazonaws.com/111122223333/q",
        f"arn:aws:sqs:{HERE}:q",
    ),
    ("aws:sns/topic:Topic", {"name": "t"}, f"arn:aws:sns:{HERE}:t", f"arn:aws:sns:{HERE}:t"),
    (
        "aws:kinesis/stream:Stream",
        {"name": "s"},
        f"arn:aws:kinesis:{HERE}:stream/s",
        f"arn:aws:kinesis:{HERE}:stream/s",
    ),
    (
        "aws:cloudwatch/logDeliverySource:LogDeliverySource",
        {"name": "s", "region": "us-east-1"},
        "s",
        "arn:aws:logs:us-east-1:111122223333:delivery-source:s",
    ),
    (
        "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
        {"name": "d"},
        "d",
        f"arn:aws:logs:{HERE}:delivery-destination:d",
    ),
    ("aws:cloudwatch/logDelivery:LogDelivery", {}, "[A-Za-z0-9]{16}", f"arn:aws:logs:{HERE}:delivery:.{{16}}"),
    (
        "aws:cognito/identityProvider:IdentityProvider",
        {"userPoolId": "p", "providerName": "Google"},
        "p:Google",
        "",
    ),
    ("aws:cognito/resourceServer:ResourceServer", {"userPoolId": "p", "identifier": "api"}, r"p\|api", ""),
    ("aws:cognito/managedLoginBranding:ManagedLoginBranding", {"userPoolId": "p"}, f"p,{UUID}", ""),
    ("aws:sesv2/emailIdentity:EmailIdentity", {"emailIdentity": "a.b"}, "a.b", f"arn:aws:ses:{HERE}:identity/a.b"),
    ("aws:cloudwatch/logGroup:LogGroup", {"name": "/a/b"}, "/a/b", f"arn:aws:logs:{HERE}:log-group:/a/b"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", {"name": "a"}, "a", f"arn:aws:cloudwatch:{HERE}:alarm:a"),
    (
        "aws:cloudwatch/eventRule:EventRule",
        {"name": "e", "eventBusName": "own"},
        "own/e",
        f"arn:aws:events:{HERE}:rule/own/e",
    ),
    ("aws:rds/cluster:Cluster", {"clusterIdentifier": "c"}, "c", f"arn:aws:rds:{HERE}:cluster:c"),
    ("aws:elasticache/user:User", {"userId": "u"}, "u", f"arn:aws:elasticache:{HERE}:user:u"),
    ("aws:elasticache/userGroup:UserGroup", {"userGroupId": "g"}, "g", f"arn:aws:elasticache:{HERE}:usergroup:g"),
    ("aws:dynamodb/resourcePolicy:ResourcePolicy", {"resourceArn": "arn:t"}, "arn:t", ""),
    ("aws:cloudwatch/eventArchive:EventArchive", {"name": "e"}, "e", f"arn:aws:events:{HERE}:archive/e"),
    (
        "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
        {"name": "s"},
        f"arn:aws:cloudformation:{HERE}:stack/serverlessrepo-s/{UUID}",
        "",
    ),
    ("aws:rds/cluster:Cluster", {}, r"tf-\d{26}", f"arn:aws:rds:{HERE}:cluster:tf-" + r"\d{26}"),
    ("aws:rds/clusterInstance:ClusterInstance", {"identifierPrefix": "c-"}, r"c-\d{26}", ".*:db:c-.*"),
    ("aws:rds/instance:Instance", {"identifier": "d"}, "db-[A-Z0-9]{26}", f"arn:aws:rds:{HERE}:db:d"),
    ("aws:dynamodb/table:Table", {"name": "t"}, "t", f"arn:aws:dynamodb:{HERE}:table/t"),
    (
        "aws:secretsmanager/secret:Secret",
        {"name": "a/b"},
        f"arn:aws:secretsmanager:{HERE}:secret:a/b-[A-Za-z0-9]{{6}}",
        ".*:secret:a/b-.{6}",
    ),
    ("aws:ssm/parameter:Parameter", {"name": "/a/b"}, "/a/b", f"arn:aws:ssm:{HERE}:parameter/a/b"),
    ("aws:ssm/parameter:Parameter", {"name": "a"}, "a", f"arn:aws:ssm:{HERE}:parameter/a"),
    ("aws:ecr/repository:Repository", {"name": "api"}, "api", f"arn:aws:ecr:{HERE}:repository/api"),
    (
        "aws:elasticache/replicationGroup:ReplicationGroup",
        {"replicationGroupId": "c"},
        "c",
        f"arn:aws:elasticache:{HERE}:replicationgroup:c",
    ),
    (
        "aws:lb/loadBalancer:LoadBalancer",
        {"name": "l"},
        ".*",
        f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/app/l/{HEX}{{16}}",
    ),
    (
        "aws:lb/loadBalancer:LoadBalancer",
        {"name": "l", "loadBalancerType": "network"},
        ".*",
        f".*:loadbalancer/net/l/{HEX}{{16}}",
    ),
    (
        "aws:lb/targetGroup:TargetGroup",
        {"name": "t"},
        ".*",
        f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/t/{HEX}{{16}}",
    ),
    (
        "aws:lb/listener:Listener",
        {"loadBalancerArn": BALANCER},
        ".*",
        f".*:listener/app/main/0123456789abcdef/{HEX}{{16}}",
    ),
    (
        "aws:autoscaling/group:Group",
        {"name": "g"},
        "g",
        f"arn:aws:autoscaling:{HERE}:autoScalingGroup:{UUID}:autoScalingGroupName/g",
    ),
    ("aws:lambda/function:Function", {"name": "f"}, "f", f"arn:aws:lambda:{HERE}:function:f"),
    ("aws:eks/cluster:Cluster", {"name": "k"}, "k", f"arn:aws:eks:{HERE}:cluster/k"),
    (
        "aws:cloudfront/distribution:Distribution",
        {},
        "E[A-Z0-9]{13}",
        "arn:aws:cloudfront::111122223333:distribution/E[A-Z0-9]{13}",
    ),
    (
        "aws:wafv2/webAcl:WebAcl",
        {"name": "w", "scope": "CLOUDFRONT"},
        UUID,
        f"arn:aws:wafv2:{HERE}:global/webacl/w/{UUID}",
    ),
    ("aws:cognito/userPool:UserPool", {}, "ap-northeast-2_[A-Za-z0-9]{9}", ".*:userpool/ap-northeast-2_.{9}"),
]


@pytest.mark.parametrize(("token", "inputs", "identifier", "arn"), FORMS)
def test_ids_and_arns_have_the_form_that_aws_gives_them(
    make: Maker, token: str, inputs: Bag, identifier: str, arn: str
) -> None:
    found, outputs = make(token, inputs)
    assert re.fullmatch(identifier, found)
    assert re.fullmatch(arn, str(outputs.get("arn", "")))


@pytest.mark.parametrize("token", sorted(IDENTITIES))
def test_every_row_of_the_table_is_a_type_and_only_names_outputs_and_inputs_it_has(
    make: Maker, cloudformation: CloudFormation, token: str
) -> None:
    schema = make.sdk.resource(token)
    identity = identity_of(schema, cloudformation, {})
    assert set(identity.outputs or {}) <= schema.outputs.keys()
    assert identity.arn is None or "arn" in schema.outputs
    assert "{" not in make(token)[0]


def test_two_runs_agree_and_a_replacement_gets_another_id(make: Maker) -> None:
    token = "aws:ec2/vpc:Vpc"
    assert make(token) == make(token)
    assert make(token)[0] != make(token, generation=1)[0]
    assert make(token)[0] != make(token, name="other")[0]


def test_a_vpc_and_its_default_security_group_agree(make: Maker) -> None:
    vpc, outputs = make("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"})
    group, _ = make("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", {"vpcId": vpc})
    assert group == outputs["defaultSecurityGroupId"]
    assert outputs["mainRouteTableId"] == outputs["defaultRouteTableId"]
    assert outputs["ownerId"] == "111122223333"
    assert outputs["enableDnsSupport"] is True


def test_well_known_outputs_are_right(make: Maker) -> None:
    _, subnet = make("aws:ec2/subnet:Subnet", {"availabilityZone": "ap-northeast-2c"})
    assert subnet["availabilityZoneId"] == "apne2-az3"
    _, repository = make("aws:ecr/repository:Repository", {"name": "api"})
    assert repository["repositoryUrl"] == "111122223333.dkr.ecr.ap-northeast-2.amazonaws.com/api"
    address, eip = make("aws:ec2/eip:Eip")
    assert eip["allocationId"] == address
    assert re.fullmatch(r"198\.18\.\d+\.\d+", str(eip["publicIp"]))
    _, alias = make("aws:kms/alias:Alias", {"name": "alias/a", "targetKeyId": KEY})
    assert alias["targetKeyArn"] == KEY
    _, cluster = make("aws:eks/cluster:Cluster", {"name": "k", "vpcConfig": {"subnetIds": ["subnet-1"]}})
    assert isinstance(cluster["vpcConfig"], dict)
    assert cluster["vpcConfig"]["subnetIds"] == ["subnet-1"]
    assert str(cluster["vpcConfig"]["clusterSecurityGroupId"]).startswith("sg-")
    _, certificate = make(
        "aws:acm/certificate:Certificate", {"domainName": "a.b", "subjectAlternativeNames": ["*.a.b"]}
    )
    assert isinstance(certificate["domainValidationOptions"], list)
    proofs = [each for each in certificate["domainValidationOptions"] if isinstance(each, dict)]
    assert [each["domainName"] for each in proofs] == ["a.b", "*.a.b"]
    assert (
        len({str(each["resourceRecordName"]) for each in proofs}) == 1
    )  # ACM proves a name and its wildcard by one record
    _, mail = make("aws:sesv2/emailIdentity:EmailIdentity", {"emailIdentity": "a.b"})
    assert mail["arn"] == f"arn:aws:ses:{HERE}:identity/a.b"
    assert isinstance(mail["dkimSigningAttributes"], dict)
    tokens = mail["dkimSigningAttributes"]["tokens"]
    assert isinstance(tokens, list)
    assert len({str(token) for token in tokens}) == 3
    _, sign_in = make("aws:cognito/userPoolDomain:UserPoolDomain", {"domain": "auth.a.b"})
    assert sign_in["cloudfrontDistributionZoneId"] == "Z2FDTNDATAQYW2"


def test_the_region_of_a_resource_wins_over_its_providers(make: Maker) -> None:
    _, outputs = make("aws:sqs/queue:Queue", {"name": "q", "region": "us-east-1"})
    assert outputs["arn"] == "arn:aws:sqs:us-east-1:111122223333:q"
    _, outputs = make("aws:sqs/queue:Queue", {"name": "q"})
    assert outputs["region"] == "ap-northeast-2"


def test_other_partitions_have_their_own_arns(make: Maker) -> None:
    make.configuration = replace(make.configuration, region="cn-north-1")
    assert str(make("aws:s3/bucket:Bucket", {"bucket": "b"})[1]["arn"]) == "arn:aws-cn:s3:::b"


def test_a_type_without_a_row_is_identified_approximately(make: Maker) -> None:
    identifier, outputs = make("aws:synthetics/canary:Canary", {"name": "probe"})
    assert identifier == "probe"
    assert outputs["arn"] == f"arn:aws:synthetics:{HERE}:canary/probe"


def test_every_type_can_be_created_without_a_crash(make: Maker) -> None:
    for token in list(make.sdk.tokens())[::7]:
        identifier, _ = make(token)
        assert identifier


def test_secret_outputs_of_the_sdk_are_secret_and_secret_inputs_stay_so(make: Maker) -> None:
    _, key = make("aws:iam/accessKey:AccessKey", {"user": "u"})
    assert isinstance(key["secret"], Secret)
    _, parameter = make("aws:ssm/parameter:Parameter", {"name": "p", "value": Secret(value="x")})
    assert parameter["value"] == Secret(value="x")


def test_a_preview_knows_inputs_and_documented_defaults_and_nothing_that_aws_computes(
    make: Maker,
) -> None:
    outputs = make.preview("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"})
    assert outputs["cidrBlock"] == "10.0.0.0/16"
    assert outputs["enableDnsSupport"] is True
    assert outputs["region"] == "ap-northeast-2"
    assert outputs["arn"] is UNKNOWN
    assert outputs["mainRouteTableId"] is UNKNOWN
    inside = make.preview("aws:eks/cluster:Cluster", {"vpcConfig": {"subnetIds": ["subnet-1"]}})["vpcConfig"]
    assert inside == {"subnetIds": ["subnet-1"], "clusterSecurityGroupId": UNKNOWN, "vpcId": UNKNOWN}
