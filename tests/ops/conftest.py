"""A stage in moto, as the calls of growing see it, and a stack that is no engine."""
# boto3 makes its clients at run time: no checker knows their methods.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from components.phases import PhaseName
from components.settings import Settings
from ops.growth.cloud import Cloud
from ops.growth.run import Runner, Voice, way_of
from ops.growth.stacks import ROOT, Steps
from ops.growth.stage_file import settings_of

DATABASE = "startup-platform-prod-database"


@cache
def client(service: str, region: str) -> Any:
    return cast("Any", boto3).client(
        service, region_name=region, aws_access_key_id="nobody", aws_secret_access_key="nothing"
    )


@cache
def prod() -> Settings:
    return settings_of(ROOT, "prod")


def cloud(*, measures: bool = True) -> Cloud:
    settings = prod()
    return Cloud(scope=settings.scope(), other_region=settings.other_region, client_of=client, measures=measures)


class Clock:
    """Hours pass in no time; unless a test says otherwise, ten minutes at each look."""

    pace = 40
    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.now += max(seconds, 1) * self.pace


@dataclass(kw_only=True)
class NoEngine:
    """A stack whose `up` is written down, and changes the stage's phase as an `up` that ended well."""

    journal: Path
    now: PhaseName | None
    settings: Settings = field(default_factory=prod)
    is_real: bool = True
    ups: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])
    previews: int = 0

    def phase(self) -> PhaseName | None:
        return self.now

    def preview(self, config: Mapping[str, str]) -> Steps:
        self.previews += bool(config)
        return []

    def up(self, config: Mapping[str, str]) -> None:
        self.ups.append(config)
        self.now = PhaseName(config["startup-platform:phase"])

    def cloud(self) -> Cloud:
        return cloud()

    def close(self) -> None:
        return


@dataclass(kw_only=True)
class Said:
    """What a run said, and what it asked."""

    lines: list[str] = field(default_factory=list[str])
    asked: list[str] = field(default_factory=list[str])

    def voice(self, answer: Callable[[str], bool] = lambda _: True, *, is_person: bool = True) -> Voice:
        def ask(question: str) -> bool:
            self.asked.append(question)
            return answer(question)

        return Voice(say=self.lines.append, ask=ask, is_person=is_person)


def runner(stack: NoEngine, to: PhaseName, said: Said | None = None) -> Runner:
    way = way_of(stack, to)
    assert way
    return Runner(stack=stack, way=way, voice=(said or Said()).voice(), clock=Clock())


def instance_classes() -> dict[str, str]:
    found = client("rds", "ap-northeast-2").describe_db_instances()["DBInstances"]
    return {each["DBInstanceIdentifier"].removeprefix(f"{DATABASE}-"): each["DBInstanceClass"] for each in found}


def writer() -> str:
    (found,) = client("rds", "ap-northeast-2").describe_db_clusters()["DBClusters"]
    (one,) = [each for each in found["DBClusterMembers"] if each["IsClusterWriter"]]
    return one["DBInstanceIdentifier"].removeprefix(f"{DATABASE}-")


def database(instance_class: str, count: int) -> None:
    rds = client("rds", "ap-northeast-2")
    rds.create_db_cluster(
        DBClusterIdentifier=DATABASE,
        Engine="aurora-mysql",
        MasterUsername="platform",
        MasterUserPassword="not-a-secret",
    )
    for place in range(count):
        rds.create_db_instance(
            DBInstanceIdentifier=f"{DATABASE}-{place}",
            DBClusterIdentifier=DATABASE,
            DBInstanceClass=instance_class,
            Engine="aurora-mysql",
            PromotionTier=place,
        )


def lag(milliseconds: float) -> None:
    client("cloudwatch", "ap-northeast-2").put_metric_data(
        Namespace="AWS/RDS",
        MetricData=[
            {
                "MetricName": "AuroraReplicaLag",
                "Dimensions": [{"Name": "DBClusterIdentifier", "Value": DATABASE}, {"Name": "Role", "Value": "READER"}],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=1),
                "Value": milliseconds,
                "Unit": "Milliseconds",
            }
        ],
    )


def alarm(name: str, state: str, topic: str) -> None:
    cloudwatch = client("cloudwatch", "ap-northeast-2")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="m",
        Namespace="n",
        Period=60,
        Statistic="Sum",
        Threshold=1,
        AlarmActions=[topic],
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")


def shares() -> dict[str, int]:
    elbv2 = client("elbv2", "ap-northeast-2")
    names = {each["TargetGroupArn"]: each["TargetGroupName"] for each in elbv2.describe_target_groups()["TargetGroups"]}
    (balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    rules = elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    (rule,) = [each for each in rules if not each["IsDefault"]]
    groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
    return {names[each["TargetGroupArn"]]: each["Weight"] for each in groups}


def front_door() -> str:
    """A load balancer with instances and a cluster behind it; returns the cluster's target group."""
    ec2, elbv2 = client("ec2", "ap-northeast-2"), client("elbv2", "ap-northeast-2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]][:2]
    arns = {
        name: elbv2.create_target_group(Name=name, Protocol="HTTP", Port=8080, VpcId=vpc, TargetType=kind)[
            "TargetGroups"
        ][0]["TargetGroupArn"]
        for name, kind in (("instances", "instance"), ("cluster", "ip"))
    }
    balancer = elbv2.create_load_balancer(Name="entrance", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    refusal = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}
    listener = elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[refusal])
    forward = [
        {"TargetGroupArn": arns["instances"], "Weight": 100},
        {"TargetGroupArn": arns["cluster"], "Weight": 0},
    ]
    elbv2.create_rule(
        ListenerArn=listener["Listeners"][0]["ListenerArn"],
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": forward}}],
    )
    return arns["cluster"]


@pytest.fixture
def aws() -> Iterator[str]:
    """Prod in moto, in phase mvp or growth as far as calls see it; yields the cluster's target group."""
    with mock_aws():
        group = front_door()
        topic = client("sns", "ap-northeast-2").create_topic(Name="alarms")["TopicArn"]
        contract = {"cluster_target_group_arn": group, "alarm_topic_arn": topic, "sessions_table": "sessions"}
        client("ssm", "ap-northeast-2").put_parameter(
            Name="/startup-platform/prod/contract/v1", Value=json.dumps(contract), Type="String"
        )
        alarm("ours", "OK", topic)
        yield group
