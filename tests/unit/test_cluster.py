import json
from typing import Any

import pulumi
import pytest

from components.compute.cluster import Cluster, ClusterArgs, access, basics, pin
from components.naming import Scope
from components.operations import sessions
from components.sizes import ClusterSize
from k8s import versions
from tests.unit.recording import Recorded, Registration, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
SIZE = ClusterSize(system_instance_type="m7g.large", nodes_at_least=2, nodes_at_most=4, log_retention_days=365)
STAGE_TAGS = {"Environment": "dev", "Owner": "platform-team", "CostCenter": "CC-1001", "Compliance": "none"}
SIX = {*STAGE_TAGS, "Application", "DataClassification"}
ADDON = "aws:eks/addon:Addon"
NAME = "startup-platform-dev-cluster"


def cluster(*, public_cidrs: tuple[str, ...] = (), destroy_protection: bool = True) -> Recorded:
    args = ClusterArgs(
        scope=SCOPE,
        size=SIZE,
        versions=versions.EKS,
        vpc_id="vpc-1",
        subnet_ids=["subnet-a", "subnet-b", "subnet-c"],
        public_cidrs=public_cidrs,
        callers={"runner": "sg-runner"},
        visitors={"runner-a": "10.30.0.0/18"},
        workloads_group_id="sg-workloads",
        cluster_key_arn="arn:cluster-key",
        storage_key_arn="arn:storage-key",
        storage_key_alias="alias/startup-platform-dev-storage",
        logs_key_arn="arn:logs-key",
        sessions=sessions.relay_statements(SCOPE),
        stage_tags=STAGE_TAGS,
        destroy_protection=destroy_protection,
    )
    return record(lambda: Cluster("cluster", args))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return cluster()


def control_plane(run: Recorded) -> Registration:
    return run.named("cluster-control-plane", "eks:index:Cluster")


def after(run: Recorded, one: Registration) -> set[str]:
    """Names of everything that a registration comes after, through whatever stands between."""
    found: set[str] = set()
    waiting = [*one.dependencies, one.parent]
    by_name = {each.name: each for each in run.registrations}
    while waiting:
        name = waiting.pop().rsplit("::", 1)[-1]
        if name in by_name and name not in found:
            found.add(name)
            waiting += [*by_name[name].dependencies, by_name[name].parent]
    return found


def test_the_control_plane_is_asked_for_with_exactly_this(run: Recorded) -> None:
    asked = dict(control_plane(run).inputs)
    entries = asked.pop("accessEntries")
    assert set(entries) == {"deploy", "preview", "break-glass"}
    assert asked.pop("serviceRole").endswith("::cluster-role")
    assert asked == {
        "name": NAME,
        "version": "1.36",
        "vpcId": "vpc-1",
        "privateSubnetIds": ["subnet-a", "subnet-b", "subnet-c"],
        "authenticationMode": "API",
        "endpointPrivateAccess": True,
        "endpointPublicAccess": False,
        "enabledClusterLogTypes": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        "encryptionConfigKeyArn": "arn:cluster-key",
        "upgradePolicy": {"supportType": "STANDARD"},
        "deletionProtection": True,
        "bootstrapSelfManagedAddons": False,
        "kubeProxyAddonOptions": {
            "enabled": False,
            "resolveConflictsOnCreate": "OVERWRITE",
            "resolveConflictsOnUpdate": "OVERWRITE",
        },
        "useDefaultVpcCni": True,
        "skipDefaultNodeGroup": True,
        "skipDefaultSecurityGroups": True,
        "providerCredentialOpts": {},
        "clusterTags": {"Application": "cluster", "DataClassification": "confidential", "Name": NAME},
    }
    assert control_plane(run).protect


def test_a_public_endpoint_is_open_to_the_networks_that_are_named() -> None:
    asked = control_plane(cluster(public_cidrs=("203.0.113.0/24",), destroy_protection=False))
    assert asked["endpointPublicAccess"] is True
    assert asked["endpointPrivateAccess"] is True
    assert asked["publicAccessCidrs"] == ["203.0.113.0/24"]
    assert not asked.protect


def test_what_the_component_does_not_offer_is_set_on_its_child() -> None:
    def change(token: str) -> Any:
        given = pulumi.ResourceTransformArgs(
            custom=True,
            type_=token,
            name="n",
            props={"name": "main", "accessConfig": {"authenticationMode": "API"}},
            opts=pulumi.ResourceOptions(),
        )
        return pin(given)

    assert change("aws:eks/cluster:Cluster").props == {
        "name": "main",
        "zonalShiftConfig": {"enabled": True},
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
    }
    assert change("aws:eks/accessEntry:AccessEntry") is None


def test_three_roles_get_in_and_a_preview_sees_no_secret(run: Recorded) -> None:
    entries = control_plane(run)["accessEntries"]
    everywhere = {"type": "cluster"}

    def policies(title: str) -> Any:
        return entries[title]["accessPolicies"]["policy"]

    for title, policy in {
        "deploy": "AmazonEKSClusterAdminPolicy",
        "preview": "AmazonEKSViewPolicy",
        "break-glass": "AmazonEKSClusterAdminPolicy",
    }.items():
        assert entries[title]["principalArn"] == f"arn:aws:iam::111122223333:role/startup-platform-dev-{title}"
        assert policies(title) == {"policyArn": access.policy_arn(policy), "accessScope": everywhere}
    assert entries["preview"]["kubernetesGroups"] == ["startup-platform:preview"]
    assert "kubernetesGroups" not in entries["deploy"]


def test_control_plane_logs_are_encrypted_and_end_and_their_group_is_there_first(run: Recorded) -> None:
    group = run.named("cluster-logs", "aws:cloudwatch/logGroup:LogGroup")
    assert group["name"] == f"/aws/eks/{NAME}/cluster"
    assert int(group["retentionInDays"]) == 365
    assert group["kmsKeyId"] == "arn:logs-key"
    assert group.protect
    assert {"cluster-logs", "cluster-role"} <= after(run, control_plane(run))


def test_the_role_of_the_control_plane_is_for_eks_and_this_cluster_only(run: Recorded) -> None:
    role = run.named("cluster-role", "aws:iam/role:Role")
    (statement,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "eks.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": f"arn:aws:eks:ap-northeast-2:111122223333:cluster/{NAME}"},
    }


def test_every_add_on_is_pinned_and_configured_as_here(run: Recorded) -> None:
    found = {one["addonName"]: one for one in run.of_type(ADDON)}
    assert {name: one["addonVersion"] for name, one in found.items()} == {
        "eks-pod-identity-agent": versions.EKS.pod_identity_agent,
        "vpc-cni": versions.EKS.vpc_cni,
        "kube-proxy": versions.EKS.kube_proxy,
        "coredns": versions.EKS.coredns,
        "aws-ebs-csi-driver": versions.EKS.ebs_csi_driver,
    }
    assert json.loads(found["vpc-cni"]["configurationValues"]) == {
        "enableNetworkPolicy": "true",
        "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
    }
    for name in ("coredns", "aws-ebs-csi-driver"):  # else nothing of theirs would run on tainted nodes
        assert "CriticalAddonsOnly" in found[name]["configurationValues"]
    assert {one["clusterName"] for one in found.values()} == {NAME}


def test_network_and_identity_come_before_the_nodes_and_names_after_them(run: Recorded) -> None:
    nodes = run.named("cluster-system-group", "aws:eks/nodeGroup:NodeGroup")
    before = after(run, nodes)
    assert {
        "cluster-control-plane",
        "cluster-vpc-cni",
        "cluster-eks-pod-identity-agent",
        "cluster-kube-proxy",
    } <= before
    for name in ("cluster-coredns", "cluster-aws-ebs-csi-driver"):
        assert name not in before
        assert "cluster-system-group" in after(run, run.named(name, ADDON))
    for name in ("cluster-vpc-cni", "cluster-eks-pod-identity-agent", "cluster-kube-proxy"):
        assert "cluster-control-plane" in after(run, run.named(name, ADDON))


@pytest.mark.parametrize(
    ("add_on", "account"), [("vpc-cni", "aws-node"), ("aws-ebs-csi-driver", "ebs-csi-controller-sa")]
)
def test_an_add_on_that_calls_aws_has_a_role_that_one_service_account_gets(
    add_on: str, account: str, run: Recorded
) -> None:
    (association,) = run.named(f"cluster-{add_on}", ADDON)["podIdentityAssociations"]
    assert association == {"roleArn": f"arn:mock:cluster-{add_on}-role", "serviceAccount": account}
    trust = json.loads(run.named(f"cluster-{add_on}-role", "aws:iam/role:Role")["assumeRolePolicy"])
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert statement["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": "111122223333",
            "aws:RequestTag/eks-cluster-name": NAME,
            "aws:RequestTag/kubernetes-namespace": "kube-system",
            "aws:RequestTag/kubernetes-service-account": account,
        },
        "ArnEquals": {"aws:SourceArn": f"arn:aws:eks:ap-northeast-2:111122223333:cluster/{NAME}"},
    }
    assert f"cluster-{add_on}-role" in after(run, run.named(f"cluster-{add_on}", ADDON))


def statements(run: Recorded, role: str) -> dict[str, dict[str, Any]]:
    document = json.loads(run.named(role, "aws:iam/rolePolicy:RolePolicy")["policy"])
    return {one["Sid"]: one for one in document["Statement"]}


def test_the_network_add_on_changes_interfaces_of_this_account_and_region_only(run: Recorded) -> None:
    found = statements(run, "cluster-vpc-cni-role")
    here = "arn:aws:ec2:ap-northeast-2:111122223333:"
    assert {sid: one["Resource"] for sid, one in found.items()} == {
        "GiveAddressesToInterfacesOfNodes": [f"{here}network-interface/*"],
        "AddInterfacesToNodes": [
            f"{here}{kind}/*" for kind in ("instance", "network-interface", "security-group", "subnet")
        ],
        "TagInterfacesThatItMakes": [f"{here}network-interface/*"],
        "SeeNodesAndTheirInterfaces": ["*"],  # what describes takes no resource
    }
    assert all(action.startswith("ec2:Describe") for action in found["SeeNodesAndTheirInterfaces"]["Action"])


def test_the_disk_add_on_uses_the_storage_key_by_way_of_ec2_only(run: Recorded) -> None:
    for one in statements(run, "cluster-aws-ebs-csi-driver-role").values():
        assert one["Condition"]["StringEquals"] == {"kms:ViaService": "ec2.ap-northeast-2.amazonaws.com"}
        assert one["Condition"]["ForAnyValue:StringEquals"] == {
            "kms:ResourceAliases": ["alias/startup-platform-dev-storage"]
        }
    grant = statements(run, "cluster-aws-ebs-csi-driver-role")["LetEc2UseTheStorageKeyForDisks"]
    assert grant["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


def test_system_nodes_are_graviton_tainted_and_of_one_image(run: Recorded) -> None:
    group = run.named("cluster-system-group", "aws:eks/nodeGroup:NodeGroup")
    assert group["amiType"] == "AL2023_ARM_64_STANDARD"
    assert (group["version"], group["releaseVersion"]) == ("1.36", versions.EKS.node_release)
    assert group["instanceTypes"] == ["m7g.large"]
    assert group["subnetIds"] == ["subnet-a", "subnet-b", "subnet-c"]
    assert group["scalingConfig"] == {"minSize": 2, "desiredSize": 2, "maxSize": 4}
    assert group["taints"] == [{"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}]
    assert group.get("remoteAccess") is None


def test_pods_cannot_take_the_role_of_their_node_and_disks_are_encrypted(run: Recorded) -> None:
    template = run.named("cluster-system-template", "aws:ec2/launchTemplate:LaunchTemplate")
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
        "instanceMetadataTags": "disabled",
    }
    (disk,) = template["blockDeviceMappings"]
    assert (disk["ebs"]["encrypted"], disk["ebs"]["kmsKeyId"]) == ("true", "arn:storage-key")
    assert template["vpcSecurityGroupIds"] == ["sg-cluster", "sg-workloads"]
    specifications = template["tagSpecifications"]
    assert {one["resourceType"] for one in specifications} == {"instance", "volume", "network-interface"}
    assert all(set(one["tags"]) >= SIX for one in specifications)


def test_a_node_may_join_pull_images_and_open_a_shell_and_nothing_else(run: Recorded) -> None:
    attached = {
        one["policyArn"]
        for one in run.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if one.name.startswith("cluster-system")
    }
    assert attached == {
        "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
        "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    }
    found = statements(run, "cluster-system-shell")
    assert set(found) == {
        "BeReachedBySessionManager",
        "DecryptShells",
        "RecordShells",
        "SeeThatTheRecordIsEncrypted",
        "TellSessionManagerThatItIsThere",
    }


def test_kubernetes_is_reached_by_a_secret_kubeconfig_and_known_by_the_clusters_arn(run: Recorded) -> None:
    provider = run.named("cluster-kubernetes", "pulumi:providers:kubernetes")
    assert provider["clusterIdentifier"] == f"arn:aws:eks:ap-northeast-2:111122223333:cluster/{NAME}"
    assert provider["kubeconfig"]["value"] == '{"users": []}'  # in the envelope of a secret
    assert json.loads(provider["deleteUnreachable"]) is False
    assert "cluster-control-plane" in after(run, provider)


def test_the_seeded_order_is_that_of_the_table() -> None:
    order = [one.before_nodes for one in basics.add_ons(SCOPE, versions.EKS, storage_key_alias="alias/s")]
    assert order == sorted(order, reverse=True)
