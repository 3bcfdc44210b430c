"""What `eks.Cluster` of pulumi-eks 4.4 constructs, of the arguments that the sandbox copies.

It is held against a record of the published source (`sandbox/schema/recorded/eks_cluster.json`). An argument that is
not copied is refused by its name, never ignored.

Not the same as the real one: it is no program of Node, so state has no second AWS provider version; it asks AWS for no
partition; it waits for no endpoint and dials no certificate.
"""

import json
from collections.abc import Mapping, Sequence

from sandbox.errors import SandboxError
from sandbox.provider.construction import Child, Site
from sandbox.provider.wire import decode, reference, urn_of
from sandbox.schema.values import UNKNOWN, Bag, Unknown, Value, has_unknown, reveal

CLUSTER = "eks:index:Cluster"
# What the component of release 4.4 is built with, and asks the engine for: nodejs/eks/package.json.
VERSIONS: Mapping[str, str] = {"aws": "7.25.0", "kubernetes": "4.19.0"}

# Arguments that are copied, and for some the only value that is.
COPIED: Mapping[str, Value] = {
    "accessEntries": UNKNOWN,
    "authenticationMode": "API",
    "bootstrapSelfManagedAddons": UNKNOWN,
    "clusterTags": UNKNOWN,
    "createInstanceRole": False,
    "createOidcProvider": False,
    "deletionProtection": UNKNOWN,
    "enabledClusterLogTypes": UNKNOWN,
    "encryptionConfigKeyArn": UNKNOWN,
    "endpointPrivateAccess": UNKNOWN,
    "endpointPublicAccess": UNKNOWN,
    "kubeProxyAddonOptions": {"enabled": False},
    "name": UNKNOWN,
    "privateSubnetIds": UNKNOWN,
    "providerCredentialOpts": UNKNOWN,
    "publicAccessCidrs": UNKNOWN,
    "publicSubnetIds": UNKNOWN,
    "serviceRole": UNKNOWN,
    "skipDefaultNodeGroup": True,
    "skipDefaultSecurityGroups": True,
    "subnetIds": UNKNOWN,
    "tags": UNKNOWN,
    "upgradePolicy": UNKNOWN,
    "useDefaultVpcCni": True,
    "version": UNKNOWN,
    "vpcId": UNKNOWN,
}
# Those without which the component makes what is not copied: node groups, groups, add-ons of its own.
NEEDED = (
    "authenticationMode",
    "kubeProxyAddonOptions",
    "serviceRole",
    "skipDefaultNodeGroup",
    "skipDefaultSecurityGroups",
    "useDefaultVpcCni",
    "vpcId",
)
_IGNORED = ("accessConfig.bootstrapClusterCreatorAdminPermissions", "bootstrapSelfManagedAddons")


def construct(site: Site) -> tuple[str, Bag, Sequence[str]]:
    """Construct an `eks.Cluster`: its URN, its outputs, and the URNs that those come from."""
    _refuse_what_is_not_copied(site.inputs)
    name, inputs = site.request.name, site.inputs
    component = site.component()
    role = _role(site)
    cluster = _cluster(site, component, role.get("arn", UNKNOWN))
    kubeconfig = _kubeconfig(cluster.outputs, inputs, with_profile=False)
    provider = site.resource(
        "pulumi:providers:kubernetes",
        f"{name}-eks-k8s",
        {"kubeconfig": _as_json(_kubeconfig(cluster.outputs, inputs, with_profile=True))},
        parent=component,
        came_from={"kubeconfig": [cluster.urn]},
    )
    entries = _access_entries(site, component, cluster)
    outputs = _outputs(site, cluster=cluster, provider=provider, role_urn=_role_urn(site), kubeconfig=kubeconfig)
    return component, outputs, [cluster.urn, provider.urn, *entries]


def _refuse_what_is_not_copied(inputs: Bag) -> None:
    for name in sorted(inputs.keys() - COPIED.keys()):
        raise SandboxError(
            f"eks.Cluster: the sandbox does not copy what {name} makes of the cluster (docs/sandbox.md, pulumi-eks); "
            f"it copies: {', '.join(COPIED)}"
        )
    for name in sorted({*NEEDED, *inputs}):
        only, given = COPIED[name], reveal(inputs.get(name))
        if only is UNKNOWN:
            if given is None:
                raise SandboxError(f"eks.Cluster: the sandbox copies a cluster with a {name} of the program's only")
        elif not _is(given, only):
            raise SandboxError(
                f"eks.Cluster: {name} = {json.dumps(given, default=str)}; the sandbox copies {json.dumps(only)} only, "
                "as anything else makes resources that it does not know"
            )


def _is(given: Value, only: Value) -> bool:
    """Whether a value is the one that is copied; an object may say more, as the SDK puts its defaults into it."""
    if isinstance(given, dict) and isinstance(only, dict):
        return given.items() >= only.items()
    return given == only or (given is None and only is False)


def _role_urn(site: Site) -> str:
    urn = urn_of(site.request.inputs.fields["serviceRole"])
    if not urn:
        raise SandboxError("eks.Cluster: service_role is no resource; give the aws.iam.Role itself")
    return urn


def _role(site: Site) -> Bag:
    return site.looked_up(_role_urn(site))


def _cluster(site: Site, parent: str, role_arn: Value) -> Child:
    name, inputs = site.request.name, site.inputs
    subnets, subnet_sources = _subnets(site)
    network: Bag = {
        "subnetIds": subnets,
        "endpointPrivateAccess": inputs.get("endpointPrivateAccess"),
        "endpointPublicAccess": inputs.get("endpointPublicAccess"),
        "publicAccessCidrs": inputs.get("publicAccessCidrs"),
    }
    if inputs.get("publicAccessCidrs") and inputs.get("endpointPublicAccess") is False:
        raise SandboxError("eks.Cluster: public_access_cidrs goes with endpoint_public_access=True only")
    key = inputs.get("encryptionConfigKeyArn")
    properties: Bag = {
        "name": inputs.get("name"),
        "roleArn": role_arn,
        "bootstrapSelfManagedAddons": inputs.get("bootstrapSelfManagedAddons", True),
        "vpcConfig": {each: value for each, value in network.items() if value is not None},
        "version": inputs.get("version"),
        "enabledClusterLogTypes": inputs.get("enabledClusterLogTypes"),
        "tags": {"Name": f"{name}-eksCluster", **_object(inputs, "clusterTags"), **_object(inputs, "tags")},
        "encryptionConfig": None if key is None else {"provider": {"keyArn": key}, "resources": ["secrets"]},
        "accessConfig": {
            "authenticationMode": inputs["authenticationMode"],
            "bootstrapClusterCreatorAdminPermissions": True,
        },
        "upgradePolicy": inputs.get("upgradePolicy"),
        "deletionProtection": inputs.get("deletionProtection"),
    }
    same = ("bootstrapSelfManagedAddons", "deletionProtection", "enabledClusterLogTypes", "name", "version")
    came_from = {each: site.origins.get(each, ()) for each in (*same, "upgradePolicy")} | {
        "roleArn": [_role_urn(site)],
        "vpcConfig": subnet_sources,
        "encryptionConfig": site.origins.get("encryptionConfigKeyArn", ()),
        "tags": [*site.origins.get("tags", ()), *site.origins.get("clusterTags", ())],
    }
    return site.resource(
        "aws:eks/cluster:Cluster",
        f"{name}-eksCluster",
        properties,
        parent=parent,
        came_from=came_from,
        ignores=_IGNORED,
    )


def _subnets(site: Site) -> tuple[Value, Sequence[str]]:
    """The subnets that were given, in whichever of the three ways; and where they come from."""
    if "subnetIds" in site.inputs:
        return site.inputs["subnetIds"], site.origins.get("subnetIds", ())
    both: list[Value] = []
    sources: list[str] = []
    for name in ("publicSubnetIds", "privateSubnetIds"):
        given = site.inputs.get(name, [])
        if not isinstance(given, list):
            return UNKNOWN, [*sources, *site.origins.get(name, ())]
        both += given
        sources += site.origins.get(name, ())
    if not both:
        raise SandboxError("eks.Cluster: the sandbox has no default VPC; give subnet_ids")
    return both, sources


def _access_entries(site: Site, parent: str, cluster: Child) -> list[str]:
    """An entry each, and below it an association for each of its policies."""
    made: list[str] = []
    origins = site.origins.get("accessEntries", ())
    cluster_name = cluster.outputs.get("name", UNKNOWN)
    for key, entry in _object(site.inputs, "accessEntries").items():
        if not isinstance(entry, dict):
            raise SandboxError(f"eks.Cluster: access_entries[{key}] is not known when the program runs")
        principal = entry.get("principalArn")
        came_from = {"clusterName": [cluster.urn], "principalArn": origins}
        registered = site.resource(
            "aws:eks/accessEntry:AccessEntry",
            f"{site.request.name}-{key}",
            {
                "principalArn": principal,
                "kubernetesGroups": entry.get("kubernetesGroups"),
                "tags": entry.get("tags"),
                "type": entry.get("type"),
                "clusterName": cluster_name,
                "userName": entry.get("username"),
            },
            parent=parent,
            came_from=came_from,
            after=[cluster.urn],
        )
        made.append(registered.urn)
        for title, association in _object(entry, "accessPolicies").items():
            granted = association if isinstance(association, dict) else {}
            made.append(
                site.resource(
                    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
                    f"{site.request.name}-{key}-{title}",
                    {
                        "accessScope": granted.get("accessScope"),
                        "principalArn": principal,
                        "policyArn": granted.get("policyArn"),
                        "clusterName": cluster_name,
                    },
                    parent=registered.urn,
                    came_from=came_from,
                    after=[registered.urn],
                ).urn
            )
    return made


def _object(bag: Bag, name: str) -> Bag:
    value = reveal(bag.get(name))
    return value if isinstance(value, dict) else {}


def _kubeconfig(cluster: Bag, inputs: Bag, *, with_profile: bool) -> Value:
    """How kubectl finds the cluster, and asks the AWS CLI for a token; not known before the cluster is there."""
    endpoint, authority = cluster.get("endpoint", UNKNOWN), _object(cluster, "certificateAuthority").get("data")
    options = _object(inputs, "providerCredentialOpts")
    needed: list[Value] = [endpoint, authority, cluster.get("arn", UNKNOWN), *options.values()]
    if authority is None or any(has_unknown(each) for each in needed):
        return UNKNOWN
    region = str(reveal(cluster["arn"])).split(":")[3]
    arguments: list[Value] = ["--region", region, "eks", "get-token", "--cluster-name", cluster["name"]]
    arguments += ["--output", "json"]
    if options.get("roleArn"):
        arguments += ["--role", options["roleArn"]]
    if with_profile and options.get("profileName"):
        arguments += ["--profile", options["profileName"]]
    version = "client.authentication.k8s.io/v1beta1"
    return {
        "apiVersion": "v1",
        "clusters": [
            {"cluster": {"server": endpoint, "certificate-authority-data": authority}, "name": "kubernetes"},
        ],
        "contexts": [{"context": {"cluster": "kubernetes", "user": "aws"}, "name": "aws"}],
        "current-context": "aws",
        "kind": "Config",
        "users": [
            {
                "name": "aws",
                "user": {
                    "exec": {
                        "apiVersion": version,
                        "command": "aws",
                        "args": arguments,
                        "env": [{"name": "KUBERNETES_EXEC_INFO", "value": json.dumps({"apiVersion": version})}],
                    }
                },
            }
        ],
    }


def _as_json(value: Value) -> Value:
    return UNKNOWN if isinstance(value, Unknown) else json.dumps(reveal(value), separators=(",", ":"))


def _outputs(site: Site, *, cluster: Child, provider: Child, role_urn: str, kubeconfig: Value) -> Bag:
    network = cluster.outputs.get("vpcConfig")
    group = network.get("clusterSecurityGroupId", UNKNOWN) if isinstance(network, dict) else UNKNOWN
    issuer = _issuer(cluster.outputs)
    role = reference(role_urn, decode(site.request.inputs)["serviceRole"], VERSIONS["aws"])
    core: Bag = {
        "cluster": cluster.reference,
        "clusterIamRole": role,
        "endpoint": cluster.outputs.get("endpoint", UNKNOWN),
        "instanceRoles": [],
        "kubeconfig": kubeconfig,
        "nodeGroupOptions": {"version": site.inputs.get("version")},
        "provider": provider.reference,
        "storageClasses": {},
        "subnetIds": _subnets(site)[0],
        "vpcId": site.inputs.get("vpcId"),
        "publicSubnetIds": site.inputs.get("publicSubnetIds"),
        "privateSubnetIds": site.inputs.get("privateSubnetIds"),
        "encryptionConfig": cluster.outputs.get("encryptionConfig"),
        "tags": site.inputs.get("tags"),
        "accessEntries": list(_object(site.inputs, "accessEntries").values()),
        "autoModeNodeRoleName": "",
    }
    return {
        "autoModeNodeRoleName": "",
        "clusterIngressRuleId": "",
        "clusterSecurityGroupId": group,
        "core": {key: value for key, value in core.items() if value is not None},
        "defaultNodeGroupAsgName": "",
        "eksCluster": cluster.reference,
        "fargateProfileId": "",
        "fargateProfileStatus": "",
        "instanceRoles": [],
        "kubeconfig": kubeconfig,
        "kubeconfigJson": _as_json(kubeconfig),
        "nodeSecurityGroupId": group,
        "oidcIssuer": issuer.removeprefix("https://") if isinstance(issuer, str) else issuer,
        "oidcProviderArn": "",
        "oidcProviderUrl": issuer,
    }


def _issuer(cluster: Bag) -> Value:
    match cluster.get("identities"):
        case [{"oidcs": [{"issuer": issuer}, *_]}, *_]:
            return issuer
        case _:
            return UNKNOWN
