"""What the program asks for. That the script runs on Amazon Linux is not proved here; its shell syntax is."""

import base64
import json
import subprocess
from typing import Any

import pytest

from components import iam
from components.compute import startup
from components.compute.instances import Instances, InstancesArgs
from components.naming import Scope
from components.phases import PHASES, PhaseName
from components.sizes import InstancesSize
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
STAGE_TAGS = {"Environment": "dev", "Owner": "platform-team", "CostCenter": "CC-1001", "Compliance": "isms-p+soc2"}
SIX = {"Environment", "Owner", "CostCenter", "Application", "DataClassification", "Compliance"}


def instances(size: InstancesSize) -> Recorded:
    args = InstancesArgs(
        scope=SCOPE,
        size=size,
        subnet_ids=["subnet-a", "subnet-b", "subnet-c"],
        security_group_id="sg-workloads",
        target_group_arn="arn:target",
        storage_key_arn="arn:storage-key",
        log_group_name="/startup-platform/dev/services",
        after=[],
        contract_parameter="/startup-platform/dev/contract/v1",
        login="{}",
        toggles="{}",
        permissions=[iam.Statement(sid="SendJobs", actions=["sqs:SendMessage"], resources=["arn:queue"])],
        stage_tags=STAGE_TAGS,
    )
    return record(lambda: Instances("instances", args))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return instances(InstancesSize(instance_type="t4g.small", at_least=1, at_most=2))


def only(run: Recorded, token: str) -> Any:
    (found,) = run.of_type(token)
    return found


TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:autoscaling/group:Group"


@pytest.mark.parametrize("phase", [PhaseName.MVP, PhaseName.GROWTH])
def test_the_phase_decides_type_and_range(phase: PhaseName) -> None:
    size = PHASES[phase].sizes.instances
    assert size
    run = instances(size)
    assert only(run, TEMPLATE)["instanceType"] == size.instance_type
    group = only(run, GROUP)
    assert (group["minSize"], group["maxSize"]) == (size.at_least, size.at_most)
    assert group.get("desiredCapacity") is None


def test_an_instance_hands_out_credentials_to_imdsv2_only_and_has_an_encrypted_disk_and_no_key_pair(
    run: Recorded,
) -> None:
    template = only(run, TEMPLATE)
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 2,
        "instanceMetadataTags": "disabled",
    }
    (disk,) = template["blockDeviceMappings"]
    assert disk["ebs"]["encrypted"] == "true"
    assert disk["ebs"]["kmsKeyId"] == "arn:storage-key"
    assert template.get("keyName") is None
    assert template["vpcSecurityGroupIds"] == ["sg-workloads"]
    assert template.get("networkInterfaces") is None


def test_what_the_group_launches_carries_the_six_tags(run: Recorded) -> None:
    specifications = only(run, TEMPLATE)["tagSpecifications"]
    assert {one["resourceType"] for one in specifications} == {"instance", "volume", "network-interface"}
    assert all(set(one["tags"]) >= SIX for one in specifications)
    tags = only(run, GROUP)["tags"]
    assert {one["key"] for one in tags} >= SIX
    assert all(one["propagateAtLaunch"] for one in tags)


def test_a_change_replaces_instances_by_new_ones_that_are_in_service_first(run: Recorded) -> None:
    group = only(run, GROUP)
    assert group["healthCheckType"] == "ELB"
    assert group["targetGroupArns"] == ["arn:target"]
    assert group["vpcZoneIdentifiers"] == ["subnet-a", "subnet-b", "subnet-c"]
    preferences = group["instanceRefresh"]["preferences"]
    assert (preferences["minHealthyPercentage"], preferences["maxHealthyPercentage"]) == (100, 200)
    assert group["maxInstanceLifetime"] <= 30 * 24 * 3600


def test_aws_is_not_asked_to_roll_back_to_an_image_that_is_looked_up_which_it_refuses(run: Recorded) -> None:
    assert only(run, TEMPLATE)["imageId"].startswith("resolve:ssm:")
    assert not only(run, GROUP)["instanceRefresh"]["preferences"].get("autoRollback")


def test_the_group_scales_on_cpu_at_60_percent(run: Recorded) -> None:
    policy = only(run, "aws:autoscaling/policy:Policy")
    assert policy["policyType"] == "TargetTrackingScaling"
    assert policy["targetTrackingConfiguration"] == {
        "predefinedMetricSpecification": {"predefinedMetricType": "ASGAverageCPUUtilization"},
        "targetValue": 60,
    }


def test_the_role_may_do_this_and_nothing_else(run: Recorded) -> None:
    statements = json.loads(run.named("instances-role", "aws:iam/rolePolicy:RolePolicy")["policy"])["Statement"]
    by_sid = {one["Sid"]: one for one in statements}
    assert set(by_sid) == {
        "PullImagesOfThisStage",
        "LogInToTheRegistry",
        "ReadWhichImageToRunAndTheContract",
        "WriteTheLogsOfServices",
        "BeReachedBySessionManager",
        "TellSessionManagerThatItIsThere",
        "SendJobs",
    }
    unnamed = {sid for sid, one in by_sid.items() if one["Resource"] == ["*"]}
    assert unnamed == {"LogInToTheRegistry", "BeReachedBySessionManager"}  # neither takes a resource
    assert by_sid["PullImagesOfThisStage"]["Resource"] == [
        "arn:aws:ecr:ap-northeast-2:111122223333:repository/startup-platform/dev/*"
    ]
    assert by_sid["ReadWhichImageToRunAndTheContract"]["Resource"] == [
        "arn:aws:ssm:ap-northeast-2:111122223333:parameter/startup-platform/dev/contract/v1",
        "arn:aws:ssm:ap-northeast-2:111122223333:parameter/startup-platform/dev/instances/image",
    ]


def test_which_image_runs_is_left_to_deployments(run: Recorded) -> None:
    parameter = only(run, "aws:ssm/parameter:Parameter")
    assert parameter["value"]["value"] == startup.NO_IMAGE  # the SDK takes every parameter's value for a secret
    assert parameter["name"] == "/startup-platform/dev/instances/image"


def test_the_script_is_a_shell_script_that_names_the_stages_own_registry_logs_and_parameter(run: Recorded) -> None:
    script = base64.b64decode(only(run, TEMPLATE)["userData"]).decode()
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    for wanted in (
        "--name /startup-platform/dev/instances/image ",
        "111122223333.dkr.ecr.ap-northeast-2.amazonaws.com",
        "awslogs-group=/startup-platform/dev/services",
        "--publish 8080:8080",
        "--env CONTRACT=/startup-platform/dev/contract/v1",
        "--cap-drop ALL",
    ):
        assert wanted in script


def test_instances_wait_for_what_their_script_knows_only_by_name(run: Recorded) -> None:
    before = {urn.rsplit("::", 1)[-1] for urn in only(run, GROUP).dependencies}
    assert {"instances-image", "instances-role"} <= before


def test_a_service_on_an_instance_may_read_which_features_are_on(run: Recorded) -> None:
    permission = run.named("instances-toggles", "aws:iam/rolePolicy:RolePolicy")
    assert (permission["role"], permission["policy"]) == ("instances-role-id", "{}")
