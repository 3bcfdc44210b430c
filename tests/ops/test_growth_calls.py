"""What growing asks of AWS, against moto."""
# boto3 makes its clients at run time: no checker knows their methods.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from ops.growth.calls import FailOver, Resize, ShiftRequests, Who
from ops.growth.checks import ClusterAnswers, Quiet, ReadersNear, SecondRegionJoined
from ops.growth.cloud import Cloud
from tests.ops.conftest import alarm, client, cloud, database, instance_classes, lag, prod, shares, writer

WAS, BECOMES = "db.serverless", "db.r7g.large"


def test_readers_take_their_class_one_after_the_other_and_the_writer_keeps_its_own(aws: str) -> None:
    database(WAS, 3)
    resize = Resize(who=Who.READERS, was=WAS, becomes=BECOMES)
    assert not resize.look(cloud()).done
    resize.do(cloud())
    assert instance_classes() == {"0": WAS, "1": BECOMES, "2": WAS}
    assert resize.look(cloud()).says.endswith(f"{prod().scope().name('database')}-2 ({WAS})")
    resize.do(cloud())
    assert instance_classes() == {"0": WAS, "1": BECOMES, "2": BECOMES}
    assert resize.look(cloud()).done
    resize.undone().do(cloud())
    assert instance_classes()["1"] == WAS


def test_no_second_reader_restarts_while_one_does(aws: str) -> None:
    database(WAS, 3)
    rds = client("rds", "ap-northeast-2")
    restarting = rds.describe_db_instances()["DBInstances"]
    restarting[1]["DBInstanceStatus"] = "modifying"
    asked: list[str] = []
    slow = SimpleNamespace(
        describe_db_clusters=rds.describe_db_clusters,
        describe_db_instances=lambda **_given: {"DBInstances": restarting},
        modify_db_instance=lambda **given: asked.append(given["DBInstanceIdentifier"]),
    )
    at = with_rds(slow)
    resize = Resize(who=Who.READERS, was=WAS, becomes=BECOMES)
    resize.do(at)
    assert asked == []
    assert not resize.look(at).done


def with_rds(rds: Any) -> Cloud:
    real = cloud()
    return Cloud(
        scope=real.scope,
        other_region=real.other_region,
        client_of=lambda service, region: rds if service == "rds" else client(service, region),
        measures=True,
    )


def test_who_takes_over_has_the_new_class_and_is_first_in_the_order(aws: str) -> None:
    database(WAS, 3)
    fail_over = FailOver(was=WAS, becomes=BECOMES)
    with pytest.raises(LookupError, match="no reader of startup-platform-prod-database is an available db"):
        fail_over.do(cloud())
    assert writer() == "0"
    client("rds", "ap-northeast-2").modify_db_instance(
        DBInstanceIdentifier="startup-platform-prod-database-2", DBInstanceClass=BECOMES, ApplyImmediately=True
    )
    fail_over.do(cloud())
    assert writer() == "2"
    assert fail_over.look(cloud()).done
    fail_over.undone().do(cloud())
    assert writer() in ("0", "1")


def test_a_cluster_that_does_not_stand_still_is_left_alone(aws: str) -> None:
    database(WAS, 2)
    rds = client("rds", "ap-northeast-2")
    (cluster,) = rds.describe_db_clusters()["DBClusters"]
    cluster["Status"] = "failing-over"
    moving = SimpleNamespace(describe_db_clusters=lambda **_given: {"DBClusters": [cluster]})
    FailOver(was=WAS, becomes=BECOMES).do(with_rds(moving))  # would raise: it has no failover_db_cluster
    assert writer() == "0"


def test_a_share_of_requests_moves_and_comes_back(aws: str) -> None:
    shift = ShiftRequests(percent=25, was=10)
    assert (shift.look(cloud()).done, shares()) == (False, {"instances": 100, "cluster": 0})
    shift.do(cloud())
    assert (shift.look(cloud()).done, shares()) == (True, {"instances": 75, "cluster": 25})
    shift.undone().do(cloud())
    assert shares() == {"instances": 90, "cluster": 10}


def test_where_there_are_no_instances_beside_the_cluster_nothing_can_be_shifted(aws: str) -> None:
    elbv2 = client("elbv2", "ap-northeast-2")
    (balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    for rule in elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
        if not rule["IsDefault"]:
            alone = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": aws, "Weight": 100}]}}
            elbv2.modify_rule(RuleArn=rule["RuleArn"], Actions=[alone])
    with pytest.raises(LookupError, match="beside the instances"):
        ShiftRequests(percent=25, was=10).look(cloud())


def test_an_alarm_of_ours_that_is_on_is_named_and_one_of_others_is_not(aws: str) -> None:
    assert Quiet().look(cloud()).done
    alarm("somebody-elses", "ALARM", "arn:aws:sns:ap-northeast-2:123456789012:theirs")
    assert Quiet().look(cloud()).done
    alarm("ours", "ALARM", cloud().contract()["alarm_topic_arn"])
    seen = Quiet().look(cloud())
    assert (seen.done, seen.says) == (False, "in alarm: ours")


def test_readers_are_near_only_if_it_was_measured(aws: str) -> None:
    assert not ReadersNear().look(cloud()).done
    lag(20)
    assert ReadersNear().look(cloud()).done
    lag(2500)
    assert ReadersNear().look(cloud()).says == "AuroraReplicaLag was at most 2500 ms; below 100 is wanted"


def test_the_cluster_answers_when_enough_of_its_targets_are_healthy(aws: str) -> None:
    assert not ClusterAnswers(at_least=2).look(cloud()).done
    targets = [{"Id": f"172.31.0.{place}", "Port": 8080} for place in (4, 5)]
    client("elbv2", "ap-northeast-2").register_targets(TargetGroupArn=aws, Targets=targets)
    assert ClusterAnswers(at_least=2).look(cloud()).done
    assert not ClusterAnswers(at_least=3).look(cloud()).done


JOINED: dict[str, Any] = {
    # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_GlobalClusterMember.html
    "describe_global_clusters": {
        "GlobalClusters": [
            {
                "GlobalClusterMembers": [
                    {"DBClusterArn": "first", "IsWriter": True, "SynchronizationStatus": "connected"},
                    {
                        "DBClusterArn": "second",
                        "IsWriter": False,
                        "SynchronizationStatus": "connected",
                        "GlobalWriteForwardingStatus": "enabled",
                    },
                ]
            }
        ]
    },
    "describe_table": {"Table": {"Replicas": [{"RegionName": "ap-southeast-1", "ReplicaStatus": "ACTIVE"}]}},
    "describe_secret": {"ReplicationStatus": [{"Region": "ap-southeast-1", "Status": "InSync"}]},
    "get_parameter": {"Parameter": {"Value": '{"sessions_table": "sessions", "database_secret_arn": "secret"}'}},
}


def answering(**otherwise: Any) -> Cloud:
    """A cloud that answers with what is joined, and otherwise as said."""
    real = cloud()

    def answer(said: Any) -> Callable[..., Any]:
        return lambda *_, **__: said

    calls = SimpleNamespace(**{name: answer(said) for name, said in {**JOINED, **otherwise}.items()})
    return Cloud(scope=real.scope, other_region=real.other_region, client_of=lambda *_: calls, measures=True)


def member(**otherwise: Any) -> dict[str, Any]:
    first, second = JOINED["describe_global_clusters"]["GlobalClusters"][0]["GlobalClusterMembers"]
    return {"GlobalClusters": [{"GlobalClusterMembers": [first, {**second, **otherwise}]}]}


def test_a_region_has_joined_when_database_sessions_and_secret_have() -> None:
    assert SecondRegionJoined().look(answering()).done


@pytest.mark.parametrize(
    ("otherwise", "says"),
    [
        ({"describe_global_clusters": member(SynchronizationStatus="pending-resync")}, "second is pending-resync"),
        (
            {"describe_global_clusters": member(GlobalWriteForwardingStatus="enabling")},
            "forwarding of writes is enabling",
        ),
        (
            {"describe_global_clusters": {"GlobalClusters": [{"GlobalClusterMembers": [{"IsWriter": True}]}]}},
            "no member in another region",
        ),
        ({"describe_table": {"Table": {}}}, "the replica of sessions is missing"),
        ({"describe_secret": {}}, "secret is missing"),
    ],
)
def test_a_region_has_not_joined_while_one_of_them_is_missing(otherwise: dict[str, Any], says: str) -> None:
    seen = SecondRegionJoined().look(answering(**otherwise))
    assert not seen.done
    assert says in seen.says
