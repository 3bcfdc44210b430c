"""The database proxy: how one logs in, who may, and what it may do."""

import json

import pytest

from components.data.proxy import Proxy, ProxyArgs
from components.naming import Scope
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
ENDPOINT = "aws:rds/proxyEndpoint:ProxyEndpoint"


def proxy(*, has_readers: bool = True, is_global: bool = False, forwards_writes: bool = False) -> Recorded:
    args = ProxyArgs(
        scope=SCOPE,
        cluster_identifier="startup-platform-dev-database",
        cluster_resource_id="cluster-RESOURCE",
        reader_endpoint="reader.example",
        has_readers=has_readers,
        is_global=is_global,
        forwards_writes=forwards_writes,
        vpc_id="vpc-1",
        subnet_ids=["private-a", "private-b"],
        callers={"workloads": "sg-workloads"},
        database_security_group_id="sg-database",
    )
    return record(lambda: Proxy("proxy", args))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return proxy()


def test_clients_log_in_by_iam_and_tls_and_no_password_lies_behind(run: Recorded) -> None:
    made = run.named("proxy-proxy", "aws:rds/proxy:Proxy")
    assert (made["engineFamily"], made["defaultAuthScheme"], made["requireTls"]) == ("MYSQL", "IAM_AUTH", True)
    assert "auths" not in made.inputs


def test_its_role_logs_in_to_this_database_only(run: Recorded) -> None:
    role = run.named("proxy-role", "aws:iam/role:Role")
    (trust,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "rds.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:rds:ap-northeast-2:111122223333:db-proxy:*"},
    }
    (right,) = json.loads(run.named("proxy-role", "aws:iam/rolePolicy:RolePolicy")["policy"])["Statement"]
    assert right["Action"] == ["rds-db:connect"]
    assert right["Resource"] == ["arn:aws:rds-db:ap-northeast-2:111122223333:dbuser:cluster-RESOURCE/*"]


def test_callers_reach_the_proxy_and_the_proxy_reaches_the_database(run: Recorded) -> None:
    lines = {
        (one["referencedSecurityGroupId"], one["securityGroupId"], int(one["fromPort"]), int(one["toPort"]))
        for one in run.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    }
    assert lines == {
        ("sg-workloads", "proxy-group-id", 3306, 3306),
        ("proxy-group-id", "sg-database", 3306, 3306),
    }


def test_some_connections_are_left_for_the_master(run: Recorded) -> None:
    targets = run.named("proxy-targets", "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup")
    assert int(targets["connectionPoolConfig"]["maxConnectionsPercent"]) == 90
    assert "initQuery" not in targets["connectionPoolConfig"]


def test_with_another_region_a_tenth_of_the_connections_is_left_for_writes_from_there() -> None:
    (targets,) = proxy(is_global=True).of_type("aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup")
    assert int(targets["connectionPoolConfig"]["maxConnectionsPercent"]) == 80


def test_a_session_in_the_region_that_reads_can_write_since_the_proxy_says_how_fresh_its_reads_are() -> None:
    run = proxy(is_global=True, forwards_writes=True)
    (targets,) = run.of_type("aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup")
    # Without the variable a write is refused; SESSION is a value that the proxy does not take.
    assert targets["connectionPoolConfig"]["initQuery"] == "SET aurora_replica_read_consistency = 'EVENTUAL'"


def test_readers_have_an_endpoint_of_their_own_where_there_are_any(run: Recorded) -> None:
    (endpoint,) = run.of_type(ENDPOINT)
    assert endpoint["targetRole"] == "READ_ONLY"
    assert not proxy(has_readers=False).of_type(ENDPOINT)
