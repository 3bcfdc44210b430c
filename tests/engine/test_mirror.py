"""After an `up` of the platform, boto3 and whatever is built on it sees the stack, by its own names and ids."""
# boto3 makes its clients at run time: no checker knows their methods.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import os
import re
import signal
import subprocess
import sys
from typing import Any, cast

import boto3
import pytest

from tests.engine.conftest import ROOT, Sandbox

pytestmark = [pytest.mark.engine, pytest.mark.nightly]


class Mirror:
    """`python -m sandbox aws` while it runs."""

    def __init__(self, sandbox: Sandbox) -> None:
        command = sandbox.command("aws", "--stage", "dev")
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, env=sandbox.environment(), stdout=pipe, text=True)
        self.said = ""
        for line in self.process.stdout or ():
            self.said += line
            if line.startswith("# boto3"):
                break
        found = re.search(r"AWS_ENDPOINT_URL=(\S+)", self.said)
        assert found, self.said
        self.endpoint = found[1]

    def client(self, service: str, region: str = "ap-northeast-2") -> Any:
        return cast("Any", boto3).client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
        )


def test_boto3_sees_the_stack_that_was_just_brought_up(sandbox: Sandbox) -> None:
    refused = sandbox.run("aws", "--stage", "dev")
    assert (refused.returncode, "was never brought up" in refused.stderr) == (1, True)
    assert sandbox.pulumi("up", "-s", "dev", "--yes").returncode == 0
    outputs = json.loads(sandbox.pulumi("stack", "output", "-s", "dev", "--json").stdout)
    mirror = Mirror(sandbox)
    try:
        assert "moto refused" not in mirror.said
        look(mirror, outputs)
        ship(mirror, outputs)
    finally:
        mirror.process.terminate()
        mirror.process.communicate(timeout=60)
    assert mirror.process.returncode == -signal.SIGTERM


def ship(mirror: Mirror, outputs: dict[str, Any]) -> None:
    """The front end goes where the stack says that it is."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": mirror.endpoint,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
    }
    command = [sys.executable, "-m", "ops.ship", "--service", "web", "--stage", "dev", "--do"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = mirror.client("s3").get_object(Bucket=outputs["site_bucket"], Key="index.html")
    assert page["Body"].read() == (ROOT / "services" / "web" / "app" / "site" / "index.html").read_bytes()
    assert page["CacheControl"] == "public, max-age=0, must-revalidate, s-maxage=60"


def look(mirror: Mirror, outputs: dict[str, Any]) -> None:
    client = mirror.client
    contract = client("ssm").get_parameter(Name="/startup-platform/dev/contract/v1")["Parameter"]["Value"]
    assert json.loads(contract)["vpc_id"] == outputs["vpc_id"]
    ours = [{"Name": "vpc-id", "Values": [outputs["vpc_id"]]}]
    subnets = {each["SubnetId"] for each in client("ec2").describe_subnets(Filters=ours)["Subnets"]}
    assert {*outputs["public_subnet_ids"], *outputs["private_subnet_ids"], *outputs["data_subnet_ids"]} == subnets
    groups = {each["GroupId"] for each in client("ec2").describe_security_groups(Filters=ours)["SecurityGroups"]}
    assert outputs["workloads_security_group_id"] in groups
    assert outputs["site_bucket"] in {each["Name"] for each in client("s3").list_buckets()["Buckets"]}
    assert client("sts").get_caller_identity()["Account"] == outputs["account_id"]
    (pool,) = client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
    assert pool["Id"] == outputs["user_pool_id"]
    topics = {each["TopicArn"] for each in client("sns").list_topics()["Topics"]}
    assert outputs["alarm_topic_arn"] in topics
    alarms = client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert alarms
    assert all(set(alarm["AlarmActions"]) <= topics for alarm in alarms)
    (database,) = client("rds").describe_db_clusters()["DBClusters"]
    assert database["DBClusterIdentifier"] == "startup-platform-dev-database"
    (cache,) = client("elasticache").describe_replication_groups()["ReplicationGroups"]
    assert cache["ARN"] in outputs["cache_arns"]
    (vault,) = client("backup").list_backup_vaults()["BackupVaultList"]
    assert vault["BackupVaultName"] == "startup-platform-dev-backups"
    (fleet,) = client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert len(fleet["Instances"]) == fleet["MinSize"] == 1
    keys = {each["KeyArn"] for each in client("kms").list_keys()["Keys"]}
    assert outputs["key_arns"]["data"] in keys
    (table,) = client("dynamodb").list_tables()["TableNames"]
    assert (
        client("dynamodb")
        .describe_table(TableName=table)["Table"]["TableArn"]
        .endswith(":table/startup-platform-dev-sessions")
    )
    assert {each["repositoryName"] for each in client("ecr").describe_repositories()["repositories"]}
    (balancer,) = client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert client("elbv2").describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    assert client("events").list_rules(EventBusName="startup-platform-dev-events")["Rules"]
    assert client("logs").describe_log_groups()["logGroups"]
    assert client("secretsmanager").list_secrets()["SecretList"]
    assert {each["QueueArn"] for each in queues(client("sqs"))} >= {
        "arn:aws:sqs:ap-northeast-2:111122223333:startup-platform-dev-work"
    }


def queues(sqs: Any) -> list[dict[str, str]]:
    urls = sqs.list_queues()["QueueUrls"]
    return [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"] for url in urls]
