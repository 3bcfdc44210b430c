"""Karpenter: what it may do, statement by statement; what nodes are; what is installed in which order."""

import json
from typing import Any

import pytest

from components.compute.capacity import NOTICES, Capacity, CapacityArgs
from components.naming import Scope
from components.phases import PHASES, PhaseName
from components.sizes import AddOnsSize
from k8s import versions
from k8s.addons import karpenter_iam
from k8s.addons.karpenter import Karpenter, KarpenterArgs
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
HERE = "ap-northeast-2:111122223333"
CLUSTER = "startup-platform-dev"
NODES = "arn:aws:iam::111122223333:role/startup-platform-dev-ap-northeast-2-nodes"
QUEUE = f"arn:aws:sqs:{HERE}:startup-platform-dev-node-notices"
RELEASE = "kubernetes:helm.sh/v3:Release"
POOL = "kubernetes:karpenter.sh/v1:NodePool"
CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
TAGS = {"Environment": "dev", "Owner": "team", "CostCenter": "one", "Compliance": "none"}


def size(phase: PhaseName) -> AddOnsSize:
    found = PHASES[phase].sizes.add_ons
    assert found is not None
    return found


def karpenter(phase: PhaseName = PhaseName.SCALEUP) -> Recorded:
    args = KarpenterArgs(
        scope=SCOPE,
        size=size(phase),
        stage_tags=TAGS,
        cluster_name=CLUSTER,
        cluster_endpoint="https://endpoint.example",
        subnet_ids=["subnet-1", "subnet-2"],
        security_group_ids=["sg-cluster", "sg-workloads"],
        node_role_name="startup-platform-dev-ap-northeast-2-nodes",
        node_role_arn=NODES,
        queue_name="startup-platform-dev-node-notices",
        queue_arn=QUEUE,
        storage_key_arn="storage-key",
        storage_key_alias="alias/startup-platform-dev-storage",
    )
    return record(lambda: Karpenter("karpenter", args))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return karpenter()


@pytest.fixture(scope="module")
def allowed(run: Recorded) -> dict[str, dict[str, Any]]:
    return {
        statement["Sid"]: statement
        for policy in run.of_type("aws:iam/policy:Policy")
        for statement in json.loads(policy["policy"])["Statement"]
    }


def ec2(*kinds: str) -> list[str]:
    return sorted(f"arn:aws:ec2:{HERE}:{kind}/*" for kind in kinds)


LAUNCHED = ec2("fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request")
OWNED_REQUEST = {
    "aws:RequestTag/kubernetes.io/cluster/startup-platform-dev": "owned",
    "aws:RequestTag/eks:eks-cluster-name": CLUSTER,
}
OWNED = {
    "StringEquals": {"aws:ResourceTag/kubernetes.io/cluster/startup-platform-dev": "owned"},
    "StringLike": {"aws:ResourceTag/karpenter.sh/nodepool": "*"},
}
PROFILES = ["arn:aws:iam::111122223333:instance-profile/*"]


def test_it_has_upstream_six_policies_and_one_for_the_key_of_volumes(run: Recorded) -> None:
    assert {each.name.removeprefix("karpenter-identity-") for each in run.of_type("aws:iam/policy:Policy")} == {
        "node-lifecycle",
        "iam-integration",
        "eks-integration",
        "interruption",
        "zonal-shift",
        "resource-discovery",
        "volumes",
    }
    for policy in run.of_type("aws:iam/policy:Policy"):
        assert len(policy["policy"].replace(" ", "")) <= 6144, "the longest that IAM takes"


def test_it_launches_from_images_and_into_subnets_of_ours(allowed: dict[str, Any]) -> None:
    statement = allowed["AllowScopedEC2InstanceAccessActions"]
    assert statement["Action"] == ["ec2:CreateFleet", "ec2:RunInstances"]
    assert statement["Resource"] == sorted(
        [
            "arn:aws:ec2:ap-northeast-2::image/*",
            "arn:aws:ec2:ap-northeast-2::snapshot/*",
            *ec2("security-group", "subnet", "capacity-reservation", "placement-group"),
        ]
    )
    assert "Condition" not in statement
    template = allowed["AllowScopedEC2LaunchTemplateAccessActions"]
    assert (template["Action"], template["Resource"]) == (statement["Action"], ec2("launch-template"))
    assert template["Condition"] == OWNED


def test_what_it_makes_carries_the_tags_of_cluster_and_pool(allowed: dict[str, Any]) -> None:
    made, tagged = allowed["AllowScopedEC2InstanceActionsWithTags"], allowed["AllowScopedResourceCreationTagging"]
    assert made["Action"] == ["ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:RunInstances"]
    of_a_pool = {"aws:RequestTag/karpenter.sh/nodepool": "*"}
    assert made["Resource"] == tagged["Resource"] == LAUNCHED
    assert made["Condition"] == {"StringEquals": OWNED_REQUEST, "StringLike": of_a_pool}
    assert tagged["Action"] == ["ec2:CreateTags"]
    assert tagged["Condition"] == {
        "StringEquals": {
            **OWNED_REQUEST,
            "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
        },
        "StringLike": of_a_pool,
    }


def test_it_changes_and_ends_only_what_is_the_clusters(allowed: dict[str, Any]) -> None:
    tagging = allowed["AllowScopedResourceTagging"]
    assert (tagging["Action"], tagging["Resource"]) == (["ec2:CreateTags"], ec2("instance"))
    assert tagging["Condition"] == {
        **OWNED,
        "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": CLUSTER},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]},
    }
    ended = allowed["AllowScopedDeletion"]
    assert ended["Action"] == ["ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"]
    assert (ended["Resource"], ended["Condition"]) == (ec2("instance", "launch-template"), OWNED)


def test_it_hands_on_the_nodes_role_and_no_other_and_to_ec2_alone(allowed: dict[str, Any]) -> None:
    statement = allowed["AllowPassingInstanceRole"]
    assert (statement["Action"], statement["Resource"]) == (["iam:PassRole"], [NODES])
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def test_its_instance_profiles_are_the_clusters_in_this_region(allowed: dict[str, Any]) -> None:
    region = "ap-northeast-2"
    requested = {**OWNED_REQUEST, "aws:RequestTag/topology.kubernetes.io/region": region}
    held = {
        "aws:ResourceTag/kubernetes.io/cluster/startup-platform-dev": "owned",
        "aws:ResourceTag/topology.kubernetes.io/region": region,
    }
    created = allowed["AllowScopedInstanceProfileCreationActions"]
    assert (created["Action"], created["Resource"]) == (["iam:CreateInstanceProfile"], PROFILES)
    assert created["Condition"] == {
        "StringEquals": requested,
        "StringLike": {"aws:RequestTag/karpenter.k8s.aws/ec2nodeclass": "*"},
    }
    tagged = allowed["AllowScopedInstanceProfileTagActions"]
    assert (tagged["Action"], tagged["Resource"]) == (["iam:TagInstanceProfile"], PROFILES)
    assert tagged["Condition"]["StringEquals"] == {**held, **requested}
    used = allowed["AllowScopedInstanceProfileActions"]
    assert used["Action"] == [
        "iam:AddRoleToInstanceProfile",
        "iam:DeleteInstanceProfile",
        "iam:RemoveRoleFromInstanceProfile",
    ]
    assert used["Condition"] == {
        "StringEquals": held,
        "StringLike": {"aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass": "*"},
    }


def test_it_reads_its_own_queue_and_its_own_cluster(allowed: dict[str, Any]) -> None:
    queue, cluster = allowed["AllowInterruptionQueueActions"], allowed["AllowAPIServerEndpointDiscovery"]
    assert (queue["Action"], queue["Resource"]) == (
        ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
        [QUEUE],
    )
    arn = f"arn:aws:eks:{HERE}:cluster/startup-platform-dev"
    assert (cluster["Action"], cluster["Resource"]) == (["eks:DescribeCluster"], [arn])
    shift = allowed["AllowZonalShiftStatusReadOnly"]
    assert shift["Action"] == ["arc-zonal-shift:GetManagedResource"]
    assert shift["Condition"] == {"StringEquals": {"arc-zonal-shift:ResourceIdentifier": arn}}


def test_what_names_no_resource_is_what_aws_lists_without_one(allowed: dict[str, Any]) -> None:
    unscoped = {sid for sid, statement in allowed.items() if statement["Resource"] == ["*"]}
    assert unscoped == {
        "AllowZonalShiftStatusReadOnly",
        "AllowRegionalReadActions",
        "AllowPricingReadActions",
        "AllowUnscopedInstanceProfileListAction",
    }
    read = allowed["AllowRegionalReadActions"]
    assert read["Condition"] == {"StringEquals": {"aws:RequestedRegion": "ap-northeast-2"}}
    assert all(action.startswith("ec2:Describe") for action in read["Action"])
    assert {"ec2:DescribeInstanceStatus", "ec2:DescribePlacementGroups"} <= set(read["Action"])
    assert allowed["AllowPricingReadActions"]["Action"] == ["pricing:GetProducts"]
    assert allowed["AllowUnscopedInstanceProfileListAction"]["Action"] == ["iam:ListInstanceProfiles"]
    assert allowed["AllowInstanceProfileReadActions"]["Resource"] == PROFILES
    assert allowed["AllowSSMReadActions"]["Resource"] == ["arn:aws:ssm:ap-northeast-2::parameter/aws/service/*"]


def test_it_uses_the_key_of_volumes_through_ec2_alone(allowed: dict[str, Any]) -> None:
    used, granted = allowed["UseTheKeyOfVolumesThroughEc2"], allowed["LetEc2KeepUsingTheKeyOfVolumes"]
    through = {
        "StringEquals": {"kms:ViaService": "ec2.ap-northeast-2.amazonaws.com"},
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/startup-platform-dev-storage"},
    }
    assert used["Condition"] == through
    assert granted["Condition"] == {**through, "Bool": {"kms:GrantIsForAWSResource": "true"}}
    assert granted["Action"] == ["kms:CreateGrant"]
    assert used["Resource"] == granted["Resource"] == [f"arn:aws:kms:{HERE}:key/*"]


def test_only_karpenters_service_account_of_this_cluster_is_it(run: Recorded) -> None:
    (role,) = run.of_type("aws:iam/role:Role")
    (trust,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trust["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": "111122223333",
            "aws:RequestTag/eks-cluster-name": CLUSTER,
            "aws:RequestTag/kubernetes-namespace": "kube-system",
            "aws:RequestTag/kubernetes-service-account": "karpenter",
        },
        "ArnEquals": {"aws:SourceArn": f"arn:aws:eks:{HERE}:cluster/startup-platform-dev"},
    }
    (association,) = run.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation")
    assert (association["namespace"], association["serviceAccount"]) == ("kube-system", "karpenter")


def test_definitions_come_first_then_the_controller_then_pools(run: Recorded) -> None:
    definitions, controller = run.named("karpenter-definitions", RELEASE), run.named("karpenter-controller", RELEASE)
    for release, chart in ((definitions, versions.KARPENTER_CRD), (controller, versions.KARPENTER)):
        assert release["chart"] == f"oci://public.ecr.aws/karpenter/{chart.name}"
        assert (release["version"], release["namespace"]) == (chart.version, "kube-system")
    assert controller["skipCrds"] is True
    assert any(urn.endswith("::karpenter-definitions") for urn in controller.dependencies)
    for each in (*run.of_type(POOL), *run.of_type(CLASS)):
        assert any(urn.endswith("::karpenter-controller") for urn in each.dependencies), each.name


def test_the_controller_knows_its_cluster_and_keeps_our_values(run: Recorded) -> None:
    values = run.named("karpenter-controller", RELEASE)["values"]
    assert values["settings"]["clusterName"] == CLUSTER
    assert values["settings"]["clusterEndpoint"] == "https://endpoint.example"
    assert values["settings"]["interruptionQueue"] == "startup-platform-dev-node-notices"
    assert values["settings"]["eksControlPlane"] is True
    assert (values["dnsPolicy"], values["serviceAccount"]["name"]) == ("Default", "karpenter")


def test_nodes_are_pinned_encrypted_tagged_and_ask_for_tokens(run: Recorded) -> None:
    for title, image in (("nodes", versions.NODE_IMAGE), ("inference", versions.ACCELERATED_NODE_IMAGE)):
        spec = run.named(f"karpenter-class-{title}", CLASS)["spec"]
        assert spec["amiSelectorTerms"] == [{"alias": image}]
        assert spec["role"] == "startup-platform-dev-ap-northeast-2-nodes"
        assert spec["metadataOptions"]["httpTokens"] == "required"
        assert spec["metadataOptions"]["httpPutResponseHopLimit"] == 1
        assert spec["associatePublicIPAddress"] is False
        assert spec["tags"] == {**TAGS, "Application": "nodes", "DataClassification": "confidential"}
        assert all(disk["ebs"]["encrypted"] for disk in spec["blockDeviceMappings"])
        assert {disk["ebs"]["kmsKeyID"] for disk in spec["blockDeviceMappings"]} == {"storage-key"}
        assert spec["subnetSelectorTerms"] == [{"id": "subnet-1"}, {"id": "subnet-2"}]
        assert spec["securityGroupSelectorTerms"] == [{"id": "sg-cluster"}, {"id": "sg-workloads"}]


def requirement(pool: Any, key: str) -> list[str]:
    found = {each["key"]: each["values"] for each in pool["spec"]["template"]["spec"]["requirements"]}
    return found[key]


def test_services_get_graviton_spot_first_and_the_gateway_gets_on_demand(run: Recorded) -> None:
    general, critical = run.named("karpenter-pool-general", POOL), run.named("karpenter-pool-critical", POOL)
    for pool in (general, critical):
        assert requirement(pool, "kubernetes.io/arch") == ["arm64"]
        spec = pool["spec"]["template"]["spec"]
        assert (spec["expireAfter"], spec["terminationGracePeriod"]) == ("336h", "1h")
        assert {"cpu", "memory"} == set(pool["spec"]["limits"])
    assert requirement(general, "karpenter.sh/capacity-type") == ["spot", "on-demand"]
    assert requirement(critical, "karpenter.sh/capacity-type") == ["on-demand"]
    assert critical["spec"]["template"]["spec"]["taints"] == [
        {"key": "critical", "value": "true", "effect": "NoSchedule"}
    ]
    assert "taints" not in general["spec"]["template"]["spec"]


def test_a_new_image_is_rolled_out_at_night_and_a_few_nodes_at_a_time(run: Recorded) -> None:
    budgets = run.named("karpenter-pool-general", POOL)["spec"]["disruption"]["budgets"]
    assert budgets[0] == {"nodes": "10%"}
    assert budgets[1] == {"nodes": "0", "schedule": "0 0 * * 1-5", "duration": "10h", "reasons": ["Drifted"]}


def test_accelerators_come_with_scale_up_and_only_for_what_tolerates_them(run: Recorded) -> None:
    inference = run.named("karpenter-pool-inference", POOL)
    assert requirement(inference, "karpenter.k8s.aws/instance-gpu-manufacturer") == ["nvidia"]
    assert inference["spec"]["template"]["spec"]["taints"] == [
        {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}
    ]
    assert inference["spec"]["template"]["spec"]["nodeClassRef"]["name"] == "inference"
    growth = karpenter(PhaseName.GROWTH)
    assert {each.name for each in growth.of_type(POOL)} == {"karpenter-pool-general", "karpenter-pool-critical"}


def test_five_kinds_of_notice_reach_the_queue_and_nothing_else_sends_there() -> None:
    run = record(
        lambda: Capacity("capacity", CapacityArgs(scope=SCOPE, cluster_name=CLUSTER, alarm_topic_arn="alarms"))
    )
    rules = run.of_type("aws:cloudwatch/eventRule:EventRule")
    assert {json.loads(rule["eventPattern"])["detail-type"][0] for rule in rules} == {
        "AWS Health Event",
        "EC2 Spot Instance Interruption Warning",
        "EC2 Instance Rebalance Recommendation",
        "EC2 Instance State-change Notification",
        "EC2 Capacity Reservation Instance Interruption Warning",
    }
    queue = run.named("capacity-notices", "aws:sqs/queue:Queue")
    assert (queue["sqsManagedSseEnabled"], int(queue["messageRetentionSeconds"])) == (True, 300)
    assert json.loads(queue["redrivePolicy"]) == {"deadLetterTargetArn": f"{QUEUE}-aside", "maxReceiveCount": 3}
    policy = run.named("capacity-notices", "aws:sqs/queuePolicy:QueuePolicy")
    sent, plain = json.loads(policy["policy"])["Statement"]
    assert sent["Principal"] == {"Service": "events.amazonaws.com"}
    assert sorted(sent["Condition"]["ArnEquals"]["aws:SourceArn"]) == sorted(
        f"arn:aws:events:{HERE}:rule/startup-platform-dev-node-{title}" for title in NOTICES
    )
    assert (plain["Effect"], plain["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_notices_that_nobody_reads_are_an_alarm() -> None:
    args = CapacityArgs(scope=SCOPE, cluster_name=CLUSTER, alarm_topic_arn="alarms")
    run = record(lambda: Capacity("capacity", args))
    alarm = run.named("capacity-unread", "aws:cloudwatch/metricAlarm:MetricAlarm")
    (query,) = alarm["metricQueries"]
    assert query["metric"]["metricName"] == "ApproximateAgeOfOldestMessage"
    assert query["metric"]["dimensions"] == {"QueueName": "startup-platform-dev-node-notices"}
    assert (int(alarm["threshold"]), alarm["alarmActions"]) == (150, ["alarms"])


def test_nodes_join_by_an_entry_of_their_own_and_cannot_change_the_network() -> None:
    run = record(
        lambda: Capacity("capacity", CapacityArgs(scope=SCOPE, cluster_name=CLUSTER, alarm_topic_arn="alarms"))
    )
    (entry,) = run.of_type("aws:eks/accessEntry:AccessEntry")
    assert (entry["type"], entry["clusterName"]) == ("EC2_LINUX", CLUSTER)
    (role,) = run.of_type("aws:iam/role:Role")
    assert role["name"] == "startup-platform-dev-ap-northeast-2-nodes"
    assert {
        each["policyArn"].split("/")[-1] for each in run.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    } == {
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEKSWorkerNodePolicy",
        "AmazonSSMManagedInstanceCore",
    }


def test_policies_are_the_same_whoever_asks() -> None:
    made = karpenter_iam.policies(
        SCOPE, cluster=CLUSTER, node_role_arn=NODES, queue_arn=QUEUE, storage_key_alias="alias/x"
    )
    sids = [statement.sid for statements in made.values() for statement in statements]
    assert len(sids) == len(set(sids))
