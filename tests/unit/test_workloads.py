from components.foundation.workloads import Workloads, WorkloadsArgs
from components.naming import Scope
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
ARGS = WorkloadsArgs(
    scope=SCOPE, vpc_id="vpc-1", logs_key_arn="arn:logs-key", log_retention_days=365, destroy_protection=True
)


def workloads() -> Recorded:
    return record(lambda: Workloads("workloads", ARGS))


def test_workloads_reach_https_and_nobody_reaches_them_by_this_group_alone() -> None:
    run = workloads()
    (out,) = run.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert (out["ipProtocol"], int(out["fromPort"]), int(out["toPort"])) == ("tcp", 443, 443)
    assert (out["securityGroupId"], out["cidrIpv4"]) == ("workloads-group-id", "0.0.0.0/0")
    assert not run.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    group = run.named("workloads-group", "aws:ec2/securityGroup:SecurityGroup")
    assert (group["vpcId"], group.get("ingress"), group.get("egress")) == ("vpc-1", None, None)


def test_services_log_in_one_place_that_outlives_what_runs_them() -> None:
    (group,) = workloads().of_type("aws:cloudwatch/logGroup:LogGroup")
    assert group["name"] == "/startup-platform/dev/services"
    assert (int(group["retentionInDays"]), group["kmsKeyId"], group.protect) == (365, "arn:logs-key", True)
