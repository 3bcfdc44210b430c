"""The runner in the VPC: whose jobs it takes, where it stands, what it may, and when the cluster comes after it."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
import yaml

from components.naming import Scope
from components.operations import runner
from components.operations.runner import Runner, RunnerArgs
from components.phases import PhaseName
from tests.unit.conftest import ROOT, platform_of, platforms
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="prod", account_id="777788889999", region="ap-northeast-2")
HERE = "ap-northeast-2:777788889999"
CONNECTION = f"arn:aws:codeconnections:{HERE}:connection/0a1b2c3d-0000-4000-8000-000000000000"
PROJECT = "aws:codebuild/project:Project"
WEBHOOK = "aws:codebuild/webhook:Webhook"
TIER = "startup-platform:operations:Runner"
ARGS = RunnerArgs(
    scope=SCOPE,
    repository_url="https://github.com/example/startup-platform",
    connection_arn=CONNECTION,
    vpc_id="vpc-1",
    subnet_ids=["subnet-a", "subnet-b", "subnet-c"],
    storage_key_arn="arn:storage-key",
    logs_key_arn="arn:logs-key",
    log_retention_days=365,
)
SUBNETS = [f"arn:aws:ec2:{HERE}:subnet/subnet-{zone}" for zone in "abc"]


@pytest.fixture(scope="module")
def run() -> Recorded:
    return record(lambda: Runner("runner", ARGS))


def statements(run: Recorded, name: str) -> dict[str, dict[str, Any]]:
    policy = json.loads(run.named(name, "aws:iam/rolePolicy:RolePolicy")["policy"])
    return {one["Sid"]: one for one in policy["Statement"]}


def workflow(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))


def test_it_takes_queued_jobs_of_the_repository_through_the_connection_and_of_two_workflows(run: Recorded) -> None:
    source = run.named("runner-project", PROJECT)["source"]
    assert source["type"] == "GITHUB"
    assert source["location"] == "https://github.com/example/startup-platform.git"
    assert source["auth"] == {"type": "CODECONNECTIONS", "resource": CONNECTION}
    (group,) = run.named("runner-webhook", WEBHOOK)["filterGroups"]
    assert group["filters"] == [
        {"type": "EVENT", "pattern": "WORKFLOW_JOB_QUEUED"},
        {"type": "WORKFLOW_NAME", "pattern": "^(Delivery|Nightly)$"},
    ]


@pytest.mark.parametrize("spelled", ["https://github.com/a/b", "https://github.com/a/b.git", "https://github.com/a/b/"])
def test_a_repository_is_the_same_however_its_address_is_spelled(spelled: str) -> None:
    found = record(lambda: Runner("runner", replace(ARGS, repository_url=spelled)))
    assert found.named("runner-project", PROJECT)["source"]["location"] == "https://github.com/a/b.git"


def test_the_workflows_that_it_takes_jobs_of_are_called_so() -> None:
    assert {workflow("delivery.yml")["name"], workflow("nightly.yml")["name"]} == set(runner.WORKFLOWS)


def test_it_stands_in_private_subnets_behind_a_group_that_lets_nobody_in_and_https_out(run: Recorded) -> None:
    project = run.named("runner-project", PROJECT)
    assert project["vpcConfig"] == {
        "vpcId": "vpc-1",
        "subnets": ["subnet-a", "subnet-b", "subnet-c"],
        "securityGroupIds": ["runner-group-id"],
    }
    (out,) = run.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert (out["ipProtocol"], int(out["fromPort"]), int(out["toPort"])) == ("tcp", 443, 443)
    assert run.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == []


def test_it_is_a_graviton_without_privileges_whose_log_is_encrypted_and_ends(run: Recorded) -> None:
    project = run.named("runner-project", PROJECT)
    machine = project["environment"]
    assert (machine["type"], machine["image"]) == ("ARM_CONTAINER", "aws/codebuild/amazonlinux-aarch64-standard:3.0")
    assert machine["privilegedMode"] is False
    assert project["encryptionKey"] == "arn:storage-key"
    assert project["projectVisibility"] == "PRIVATE"
    log = run.named("runner-log", "aws:cloudwatch/logGroup:LogGroup")
    assert log["name"] == "/startup-platform/prod/runner"
    assert (log["kmsKeyId"], int(log["retentionInDays"])) == ("arn:logs-key", 365)
    assert project["logsConfig"]["cloudwatchLogs"] == {"status": "ENABLED", "groupName": log["name"]}


def test_it_outlives_the_longest_job_that_it_takes_and_has_the_python_that_others_set_up(run: Recorded) -> None:
    jobs = [*workflow("stage.yml")["jobs"].values(), workflow("nightly.yml")["jobs"]["drift"]]
    longest = max(job["timeout-minutes"] for job in jobs)
    assert int(run.named("runner-project", PROJECT)["buildTimeout"]) > longest
    set_up = yaml.safe_load((ROOT / ".github" / "actions" / "set-up" / "action.yml").read_text(encoding="utf-8"))
    (python,) = [
        one["with"]["python-version"] for one in set_up["runs"]["steps"] if "python-version" in one.get("with", {})
    ]
    (variable,) = run.named("runner-project", PROJECT)["environment"]["environmentVariables"]
    assert variable == {"name": "PYENV_VERSION", "value": python, "type": "PLAINTEXT"}


def test_only_codebuild_takes_its_role_and_for_this_project(run: Recorded) -> None:
    (trust,) = json.loads(run.named("runner-role", "aws:iam/role:Role")["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "codebuild.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "777788889999"},
        "ArnLike": {"aws:SourceArn": f"arn:aws:codebuild:{HERE}:project/startup-platform-prod-runner"},
    }


def test_its_role_logs_registers_through_one_connection_and_sees_where_it_stands_and_nothing_else(
    run: Recorded,
) -> None:
    assert statements(run, "runner-role") == {
        "WriteItsLog": {
            "Sid": "WriteItsLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [f"arn:aws:logs:{HERE}:log-group:/startup-platform/prod/runner:log-stream:*"],
        },
        "RegisterWithGitHubThroughThisConnection": {
            "Sid": "RegisterWithGitHubThroughThisConnection",
            "Effect": "Allow",
            "Action": [
                "codeconnections:GetConnection",
                "codeconnections:GetConnectionToken",
                "codeconnections:UseConnection",
            ],
            "Resource": [CONNECTION],
        },
        "SeeWhereItStands": {
            "Sid": "SeeWhereItStands",
            "Effect": "Allow",
            "Action": [
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            "Resource": ["*"],
        },
    }


def test_it_makes_interfaces_in_the_private_subnets_only_and_lends_them_to_codebuild_only(run: Recorded) -> None:
    found = statements(run, "runner-interfaces")
    assert set(found) == {"StandInThePrivateSubnets", "LeaveThem", "LendInterfacesToCodeBuildOnly"}
    interface = f"arn:aws:ec2:{HERE}:network-interface/*"
    stand = found["StandInThePrivateSubnets"]
    assert stand["Resource"] == sorted([interface, *SUBNETS, f"arn:aws:ec2:{HERE}:security-group/runner-group-id"])
    assert found["LeaveThem"]["Condition"] == {"ArnEquals": {"ec2:Subnet": SUBNETS}}
    lend = found["LendInterfacesToCodeBuildOnly"]
    assert lend["Resource"] == [interface]
    assert lend["Condition"] == {
        "ArnEquals": {"ec2:Subnet": SUBNETS},
        "StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"},
    }


def test_a_job_finds_its_rights_its_log_and_a_way_out_when_it_starts(run: Recorded) -> None:
    waits = {urn.rsplit("::", 1)[-1] for urn in run.named("runner-project", PROJECT).dependencies}
    assert waits >= {"runner-log", "runner-https", "runner-role", "runner-interfaces"}
    # CodeBuild asks with the role when it makes the other end of the webhook in GitHub.
    told = {urn.rsplit("::", 1)[-1] for urn in run.named("runner-webhook", WEBHOOK).dependencies}
    assert told >= {"runner-project", "runner-role", "runner-interfaces"}


def test_a_stage_has_one_where_it_names_a_connection_and_none_in_its_second_region() -> None:
    for (stage, phase), run in platforms().items():
        names = [one.name for one in run.of_type(TIER)]
        assert names == ([] if stage == "dev" else ["runner"]), (stage, phase)


def test_the_cluster_lets_it_in_by_its_group_on_443_and_comes_after_it(prod: Recorded) -> None:
    line = prod.named("cluster-api-from-runner", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert (line["securityGroupId"], line["referencedSecurityGroupId"]) == ("sg-cluster", "runner-group-id")
    assert (int(line["fromPort"]), int(line["toPort"])) == (443, 443)
    waits = {urn.rsplit("::", 1)[-1] for urn in prod.named("cluster-control-plane", "eks:index:Cluster").dependencies}
    tier = {urn.rsplit("::", 1)[-1] for urn in prod.named("cluster", "startup-platform:compute:Cluster").dependencies}
    assert {"runner-project", "runner-webhook"} <= waits | tier


def test_what_runs_in_the_cluster_comes_after_the_way_to_its_api(prod: Recorded) -> None:
    tier = {urn.rsplit("::", 1)[-1] for urn in prod.named("add-ons", "startup-platform:addons:AddOns").dependencies}
    assert {"cluster-api-for-runner", "cluster-api-from-runner"} <= tier


def test_nobody_but_the_runner_is_let_in_to_the_api_where_there_is_none(dev: Recorded) -> None:
    lines = dev.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert [one.name for one in lines if re.match("cluster-api", one.name)] == []


def test_a_stage_without_a_cluster_may_have_its_runner_before_it() -> None:
    run = platform_of("prod", phase=PhaseName.MVP)
    assert [one.name for one in run.of_type(PROJECT)] == ["runner-project"]
    assert [one for one in run.registrations if one.name.startswith("cluster-api")] == []
