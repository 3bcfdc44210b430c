"""The AWS that boto3 can talk to, filled from a few resources of a state."""
# boto3 makes its clients at run time: no checker knows their methods.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import socket
from collections.abc import Iterator
from typing import Any, cast

import boto3
import pytest

from components import iam
from sandbox.errors import SandboxError
from sandbox.mirror import serve
from sandbox.mirror.filler import PLACEHOLDER, plain
from sandbox.provider.identities import IDENTITIES
from sandbox.provider.states import Stored

ACCOUNT, REGION = "111122223333", "ap-northeast-2"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
VPC, GROUP = "vpc-0123456789abcdef0", "sg-0123456789abcdef0"
SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:a/b-AbCdEf"


def stored(token: str, identifier: str, **outputs: object) -> Stored:
    urn = f"urn:pulumi:dev::project::{token}::{identifier}"
    return Stored(urn=urn, type=token, id=identifier, inputs={}, outputs={"region": REGION, **outputs}, parent="")


RESOURCES = [
    stored("aws:ec2/vpc:Vpc", VPC, cidrBlock="10.0.0.0/16", enableDnsSupport=True, mainRouteTableId="rtb-1",
           defaultSecurityGroupId="sg-1", defaultNetworkAclId="acl-1", tagsAll={"Name": "ours"}),
    stored("aws:ec2/securityGroup:SecurityGroup", GROUP, name="g", description="d", vpcId=VPC),
    stored("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "sgr-1", securityGroupId=GROUP,
           ipProtocol="tcp", fromPort=443, toPort=443, cidrIpv4="10.0.0.0/8"),
    stored("aws:s3/bucket:Bucket", "files-of-a-test", tagsAll={"Owner": "us"}),
    stored("aws:s3/bucketVersioning:BucketVersioning", "files-of-a-test", bucket="files-of-a-test",
           versioningConfiguration={"status": "Enabled"}),
    stored("aws:s3/bucketPolicy:BucketPolicy", "files-of-a-test", bucket="files-of-a-test",
           policy=iam.document(iam.only_by_tls("files-of-a-test"))),
    stored("aws:ssm/parameter:Parameter", "/contract", name="/contract", type="String",
           value={**SECRET, "plaintext": '"{\\"version\\": 1}"'}),
    stored("aws:ssm/parameter:Parameter", "/seed", name="/seed", type="SecureString",
           value={**SECRET, "plaintext": '"hunter2"'}),
    stored("aws:secretsmanager/secret:Secret", SECRET_ARN, name="a/b", arn=SECRET_ARN),
    stored("aws:kms/key:Key", "mrk-0123456789abcdef0123456789abcdef", multiRegion=True, description="k"),
    stored("aws:kms/alias:Alias", "alias/k", name="alias/k", targetKeyId="mrk-0123456789abcdef0123456789abcdef"),
    stored("aws:route53/record:Record", "r1", zoneId="Z1", name="_a.mail.dev.example.com.", type="TXT", ttl=60,
           records=["v=1"]),
    stored("aws:route53/record:Record", "r2", zoneId="Z1", name="dev.example.com", type="A", ttl=60,
           records=["192.0.2.1"]),
    stored("aws:cloudfront/distribution:Distribution", "E2EXAMPLE", region=None, enabled=True, comment="c",
           aliases=["dev.example.com"], origins=[{"originId": "site", "domainName": "files.s3.amazonaws.com"},
           {"originId": "services", "domainName": "origin.example.com", "customOriginConfig": {"httpPort": 80}}],
           defaultCacheBehavior={"targetOriginId": "site", "viewerProtocolPolicy": "redirect-to-https"}),
    stored("aws:sqs/queue:Queue", "u", name="q"),
    stored("aws:wafv2/webAcl:WebAcl", "w", name="w"),
    stored("aws:sqs/queuePolicy:QueuePolicy", "u", queueUrl="https://sqs/1/absent", policy="{}"),
    Stored(urn="urn:pulumi:dev::p::pulumi:pulumi:Stack::s", type="pulumi:pulumi:Stack", id="", inputs={}, outputs={},
           parent=""),
]  # fmt: skip


@pytest.fixture(scope="module")
def filled() -> Iterator[tuple[str, serve.Filled]]:
    with serve.serving(ACCOUNT) as endpoint:
        yield endpoint, serve.fill(RESOURCES, endpoint, ACCOUNT)


class Clients:
    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def __call__(self, service: str) -> Any:
        return cast("Any", boto3).client(
            service,
            region_name=REGION,
            endpoint_url=self._endpoint,
            aws_access_key_id="any",
            aws_secret_access_key="any",
        )


@pytest.fixture
def client(filled: tuple[str, serve.Filled]) -> Clients:
    return Clients(filled[0])


def test_resources_have_the_ids_of_the_state(client: Clients) -> None:
    vpcs = {each["VpcId"]: each for each in client("ec2").describe_vpcs()["Vpcs"]}
    assert vpcs[VPC]["CidrBlock"] == "10.0.0.0/16"
    assert not vpcs[VPC]["IsDefault"]
    assert client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [VPC]}])["Subnets"] == []
    (group,) = client("ec2").describe_security_groups(GroupIds=[GROUP])["SecurityGroups"]
    assert [each["FromPort"] for each in group["IpPermissions"]] == [443]
    assert group["IpPermissionsEgress"] == []  # Terraform takes AWS's own rule away
    (secret,) = client("secretsmanager").list_secrets()["SecretList"]
    assert secret["ARN"].endswith(":secret:a/b-AbCdEf")
    (zone,) = client("route53").list_hosted_zones()["HostedZones"]
    assert (zone["Id"], zone["Name"]) == ("/hostedzone/Z1", "dev.example.com.")
    assert client("sts").get_caller_identity()["Account"] == ACCOUNT


def test_a_multi_region_key_has_the_digits_of_the_state_and_its_alias_leads_to_it(client: Clients) -> None:
    found = client("kms").describe_key(KeyId="alias/k")["KeyMetadata"]
    assert found["KeyId"].replace("-", "") == "mrk0123456789abcdef0123456789abcdef"


def test_properties_and_tags_are_told(client: Clients) -> None:
    assert client("s3").get_bucket_versioning(Bucket="files-of-a-test")["Status"] == "Enabled"
    assert client("s3").get_bucket_tagging(Bucket="files-of-a-test")["TagSet"] == [{"Key": "Owner", "Value": "us"}]


def test_a_bucket_whose_policy_asks_for_tls_is_read_as_any_other(client: Clients) -> None:
    client("s3").put_object(Bucket="files-of-a-test", Key="a", Body=b"text")
    assert client("s3").get_object(Bucket="files-of-a-test", Key="a")["Body"].read() == b"text"
    assert "SecureTransport" in client("s3").get_bucket_policy(Bucket="files-of-a-test")["Policy"]


def test_the_distribution_forgets_at_once_what_it_is_told_to(client: Clients) -> None:
    cloudfront = client("cloudfront")
    (found,) = cloudfront.list_distributions()["DistributionList"]["Items"]
    assert (found["Id"], found["Aliases"]["Items"]) == ("E2EXAMPLE", ["dev.example.com"])
    batch = {"CallerReference": "r", "Paths": {"Quantity": 1, "Items": ["/a"]}}
    made = cloudfront.create_invalidation(DistributionId="E2EXAMPLE", InvalidationBatch=batch)["Invalidation"]
    told = cloudfront.get_invalidation(DistributionId="E2EXAMPLE", Id=made["Id"])["Invalidation"]
    assert told["Status"] == "Completed"  # as AWS spells it, and boto3's waiter waits for


def test_a_plain_parameter_is_told_and_a_secret_is_a_placeholder(client: Clients) -> None:
    ssm = client("ssm")
    assert ssm.get_parameter(Name="/contract")["Parameter"]["Value"] == '{"version": 1}'
    assert ssm.get_parameter(Name="/seed", WithDecryption=True)["Parameter"]["Value"] == PLACEHOLDER
    assert "hunter2" not in str(client("secretsmanager").get_secret_value(SecretId="a/b"))


def test_what_has_no_filler_and_what_moto_refuses_is_told_and_stops_nothing(filled: tuple[str, serve.Filled]) -> None:
    endpoint, found = filled
    assert found.left_out == {"aws:wafv2/webAcl:WebAcl": 1}
    assert [urn.rpartition("::")[2] for urn in found.failed] == ["u"]
    said = "\n".join(serve.told(found, "dev", endpoint, ACCOUNT))
    assert "wafv2/webAcl:WebAcl" in said
    assert "moto refused u: " in said
    assert f"export AWS_ENDPOINT_URL={endpoint}" in said
    assert "kms/key:Key: ids of multi-Region keys" in said


def test_every_filler_is_of_a_type_that_the_stand_in_makes() -> None:
    assert serve.FILLERS.keys() <= IDENTITIES.keys()


def test_the_account_is_that_of_most_arns() -> None:
    assert serve.account_of(RESOURCES) == ACCOUNT
    assert serve.account_of([]) == "123456789012"


def test_a_secret_that_nobody_decrypted_is_a_placeholder_too() -> None:
    assert plain({"a": [{**SECRET, "ciphertext": "x"}]}) == {"a": [PLACEHOLDER]}


def test_it_listens_on_this_machine_only_and_a_taken_port_is_one_sentence(filled: tuple[str, serve.Filled]) -> None:
    assert filled[0].startswith("http://127.0.0.1:")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=f"port {port} is taken"), serve.serving(ACCOUNT, port):
            pass


def test_a_rule_sends_requests_by_the_weights_of_the_state_and_tells_no_secret() -> None:
    elb = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
    balancer, listener = f"{elb}:loadbalancer/app/ours/1", f"{elb}:listener/app/ours/1/2"
    groups = {f"{elb}:targetgroup/{name}/{name}": weight for name, weight in (("a", 75), ("b", 25))}
    rule = f"{elb}:listener-rule/app/ours/1/2/3"
    hidden = {**SECRET, "plaintext": '"hush"'}
    tags = {"Owner": "us"}
    forward = {"targetGroups": [{"arn": arn, "weight": weight} for arn, weight in groups.items()]}
    resources = [
        RESOURCES[0],
        *(
            stored("aws:ec2/subnet:Subnet", f"subnet-{place}", vpcId=VPC, cidrBlock=f"10.0.{place}.0/24",
                   availabilityZone=f"{REGION}{zone}")
            for place, zone in ((1, "a"), (2, "b"))
        ),
        stored("aws:lb/loadBalancer:LoadBalancer", balancer, name="ours", subnets=["subnet-1", "subnet-2"],
               tagsAll=tags),
        *(
            stored("aws:lb/targetGroup:TargetGroup", arn, name=arn[-1], port=8080, protocol="HTTP", vpcId=VPC,
                   targetType="ip", tagsAll=tags)
            for arn in groups
        ),
        stored("aws:lb/listener:Listener", listener, loadBalancerArn=balancer, port=80, protocol="HTTP",
               defaultActions=[{"type": "fixed-response", "fixedResponse": {"statusCode": "403"}}], tagsAll=tags),
        stored("aws:lb/listenerRule:ListenerRule", rule, listenerArn=listener, priority=1,
               conditions=[{"httpHeader": {"httpHeaderName": "x-origin", "values": [hidden]}}],
               actions=[{"type": "forward", "forward": forward}], tagsAll=tags),
    ]  # fmt: skip
    with serve.serving(ACCOUNT) as endpoint:
        assert serve.fill(resources, endpoint, ACCOUNT).failed == {}
        found = Clients(endpoint)("elbv2").describe_rules(ListenerArn=listener)["Rules"]
    (ours,) = [each for each in found if not each["IsDefault"]]
    assert ours["RuleArn"].rpartition("/")[2] == "3"
    told = ours["Actions"][0]["ForwardConfig"]["TargetGroups"]
    assert {each["TargetGroupArn"]: each["Weight"] for each in told} == groups
    assert ours["Conditions"][0]["HttpHeaderConfig"]["Values"] == [PLACEHOLDER]
