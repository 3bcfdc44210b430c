"""The copy of pulumi-eks's component, held against the record of its published source and the installed SDK."""

import inspect
import json
from types import SimpleNamespace
from typing import Any, cast

import pulumi_eks
import pytest
from pulumi.runtime.proto import provider_pb2 as protocol
from pulumi.runtime.proto import resource_pb2

from sandbox.errors import SandboxError
from sandbox.provider import eks_cluster
from sandbox.provider.construction import Site
from sandbox.provider.wire import decode, encode, reference
from sandbox.schema.values import UNKNOWN, Bag
from tools.record_eks import RECORD

RECORDED: dict[str, Any] = json.loads(RECORD.read_text())
ROLE = "urn:pulumi:dev::p::aws:iam/role:Role::role"
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
INPUTS: Bag = {
    "accessEntries": {
        "team": {
            "principalArn": "arn:aws:iam::111122223333:role/team",
            "accessPolicies": {"view": {"policyArn": POLICY, "accessScope": {"type": "cluster"}}},
        }
    },
    "authenticationMode": "API",
    "deletionProtection": True,
    "enabledClusterLogTypes": ["api"],
    "encryptionConfigKeyArn": "arn:key",
    "kubeProxyAddonOptions": {"enabled": False, "resolveConflictsOnCreate": "OVERWRITE"},
    "name": "main",
    "privateSubnetIds": ["subnet-1"],
    "serviceRole": reference(ROLE, "role", "7.51.1"),
    "skipDefaultNodeGroup": True,
    "skipDefaultSecurityGroups": True,
    "upgradePolicy": {"supportType": "STANDARD"},
    "useDefaultVpcCni": True,
    "version": "1.36",
    "vpcId": "vpc-1",
}
COMPUTED: Bag = {
    "arn": "arn:aws:eks:ap-northeast-2:111122223333:cluster/main",
    "certificateAuthority": {"data": "Q0E="},
    "endpoint": "https://api.example",
    "identities": [{"oidcs": [{"issuer": "https://oidc.example/id/1"}]}],
    "vpcConfig": {"clusterSecurityGroupId": "sg-1"},
}


class Engine:
    """Keeps what it is asked to register, and answers as after a deployment."""

    def __init__(self, computed: Bag) -> None:
        self.asked: list[resource_pb2.RegisterResourceRequest] = []
        self._computed = computed

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:  # noqa: N802
        self.asked.append(request)
        outputs = {**decode(request.object), **(self._computed if "eks/cluster" in request.type else {})}
        return SimpleNamespace(urn=f"urn::{request.type}::{request.name}", id="id", object=encode(outputs))

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> Any:  # noqa: N802
        assert decode(request.args) == {"urn": ROLE}
        return SimpleNamespace(**{"return": encode({"state": {"arn": "arn:role"}})})


def constructed(inputs: Bag, computed: Bag = COMPUTED) -> tuple[Engine, Bag]:
    engine = Engine(computed)
    request = protocol.ConstructRequest(
        type=eks_cluster.CLUSTER, name="c", inputs=encode(inputs), providers={"aws": "urn::aws::id"}, protect=True
    )
    site = Site(
        monitor=cast("Any", engine), request=request, inputs=decode(request.inputs), versions=eks_cluster.VERSIONS
    )
    _, outputs, _ = eks_cluster.construct(site)
    return engine, outputs


def as_typescript(token: str) -> str:
    """`aws:eks/cluster:Cluster` as the source spells it."""
    if token.startswith("pulumi:providers:kubernetes"):
        return "k8s.Provider"
    package, module, name = token.split(":")
    return f"{package}.{module.partition('/')[0]}.{name}"


def test_each_child_has_the_type_the_name_and_the_inputs_of_the_real_one() -> None:
    engine, _ = constructed(INPUTS)
    recorded = {child["type"]: child for child in RECORDED["children"]}
    children = [one for one in engine.asked if one.custom]
    assert [one.name for one in children] == ["c-eksCluster", "c-eks-k8s", "c-team", "c-team-view"]
    names = {"name": "c", "componentName": "c", "associationName": "view"}
    for one in children:
        child = recorded[as_typescript(one.type)]
        made = child["name"].format(**(names | ({"name": "team"} if "access" in one.type else {})))
        assert one.name == made
        spread = ["principalArn", "kubernetesGroups", "tags", "type"] if "...accessEntry" in child["inputs"] else []
        assert decode(one.object).keys() <= {*child["inputs"], *spread}
    cluster = decode(children[0].object)
    assert cluster["roleArn"] == "arn:role"
    assert cluster["tags"] == {"Name": "c-eksCluster"}
    assert cluster["encryptionConfig"] == {"provider": {"keyArn": "arn:key"}, "resources": ["secrets"]}


def test_it_knows_every_argument_of_the_installed_release_and_copies_none_that_it_has_not() -> None:
    taken = set(inspect.signature(pulumi_eks.ClusterArgs.__init__).parameters) - {"__self__"}
    wire = {"".join([head, *(each.title() for each in rest)]) for head, *rest in (name.split("_") for name in taken)}
    # The schema of the release leaves out two that are for programs in Node only.
    assert set(RECORDED["arguments"]) - wire == {"customInstanceRolePolicy", "deployDashboard"}
    assert wire <= set(RECORDED["arguments"])
    assert eks_cluster.COPIED.keys() <= wire


def test_its_outputs_are_those_of_the_real_one_that_such_a_cluster_has() -> None:
    _, outputs = constructed(INPUTS)
    without = {"clusterSecurityGroup", "defaultNodeGroup", "eksClusterIngressRule", "nodeSecurityGroup"}
    assert set(outputs) == set(RECORDED["outputs"]) - without
    assert outputs["clusterSecurityGroupId"] == "sg-1"
    assert outputs["oidcIssuer"] == "oidc.example/id/1"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"fargate": True}, "does not copy what fargate makes"),
        ({"skipDefaultNodeGroup": False}, "skipDefaultNodeGroup = false; the sandbox copies true only"),
        ({"kubeProxyAddonOptions": {"enabled": True}}, "kubeProxyAddonOptions = "),
        ({"authenticationMode": "CONFIG_MAP"}, 'authenticationMode = "CONFIG_MAP"'),
        ({"createOidcProvider": True}, "createOidcProvider = true; the sandbox copies false only"),
        ({"serviceRole": "role"}, "service_role is no resource"),
        ({"vpcId": None}, "with a vpcId of the program's only"),
        ({"privateSubnetIds": None}, "the sandbox has no default VPC"),
        ({"endpointPublicAccess": False, "publicAccessCidrs": ["203.0.113.0/24"]}, "public_access_cidrs goes with"),
    ],
)
def test_what_is_not_copied_is_refused_by_its_name(change: Bag, says: str) -> None:
    with pytest.raises(SandboxError, match=says):
        constructed({**INPUTS, **change})


def test_its_children_are_protected_as_it_is_and_go_to_the_programs_own_provider() -> None:
    engine, _ = constructed(INPUTS)
    assert all(one.protect for one in engine.asked)
    assert {one.provider for one in engine.asked if one.type.startswith("aws:")} == {"urn::aws::id"}


def test_the_kubeconfig_asks_the_aws_cli_for_a_token_and_names_no_profile() -> None:
    _, outputs = constructed({**INPUTS, "providerCredentialOpts": {"profileName": "mine", "roleArn": "arn:deploy"}})
    config = json.loads(cast("str", outputs["kubeconfigJson"]))
    (user,) = config["users"]
    assert user["user"]["exec"]["command"] == "aws"
    assert user["user"]["exec"]["args"][-2:] == ["--role", "arn:deploy"]
    assert "mine" not in json.dumps(outputs["kubeconfigJson"])
    assert config["clusters"][0]["cluster"]["server"] == "https://api.example"


def test_nothing_is_invented_before_the_cluster_is_there() -> None:
    _, outputs = constructed(INPUTS, computed={"endpoint": UNKNOWN})
    assert outputs["kubeconfigJson"] is UNKNOWN
    assert outputs["clusterSecurityGroupId"] is UNKNOWN
