"""Which changes replace a resource: Terraform's ForceNew where it is known, CloudFormation's create-only elsewhere.

pulumi-aws runs the Terraform provider, so its ForceNew decides. CloudFormation's schemas, which can be read whole, come
close but not for stateful types; those, and what CloudFormation has no type for, are kept by hand in `force_new.py`.
"""

from collections.abc import Callable, Collection, Mapping

from sandbox.schema.cloudformation import CloudFormation
from sandbox.schema.force_new import FORCE_NEW
from sandbox.schema.types import ResourceSchema
from sandbox.schema.values import Bag, Value, reveal, text

ALWAYS = frozenset({"region", "namePrefix"})  # ForceNew wherever a resource has them


def _vpc(olds: Bag, news: Bag) -> Collection[str]:
    """Only from dedicated to default can the tenancy change in place (`resourceVPCCustomizeDiff`)."""
    tenancies = text(olds, "instanceTenancy"), text(news, "instanceTenancy") or "default"
    return () if tenancies == ("dedicated", "default") else {"instanceTenancy"}


def _vpc_endpoint(_: Bag, news: Bag) -> Collection[str]:
    return () if text(news, "vpcEndpointType") == "Interface" else {"privateDnsEnabled"}


def _cache(olds: Bag, news: Bag) -> Collection[str]:
    """Only a downgrade: back from Valkey to Redis, or to an older version."""
    if (text(olds, "engine"), text(news, "engine") or "redis") == ("valkey", "redis"):
        return {"engine"}
    old, new = _version(text(olds, "engineVersion")), _version(text(news, "engineVersion"))
    return {"engineVersion"} if new and new < old[: len(new)] else ()


def _database_cluster(_: Bag, news: Bag) -> Collection[str]:
    """Aurora changes its storage type in place, a Multi-AZ cluster does not; a snapshot's name may be taken away."""
    storage = set[str]() if (text(news, "engine") or "").startswith("aurora") else {"storageType"}
    return storage | ({"snapshotIdentifier"} if news.get("snapshotIdentifier") else set[str]())


def _parameter(olds: Bag, news: Bag) -> Collection[str]:
    """An advanced parameter does not become a standard one."""
    return {"tier"} if (text(olds, "tier"), text(news, "tier")) == ("Advanced", "Standard") else ()


def _log_destination(olds: Bag, news: Bag) -> Collection[str]:
    """Another bucket can be taken in place, another service cannot."""
    place = "deliveryDestinationConfiguration.destinationResourceArn"
    old, new = (_service(bag.get("deliveryDestinationConfiguration")) for bag in (olds, news))
    return () if new is not None and old == new else {place}


def _service(configuration: Value) -> str | None:
    """The service in the ARN of a log's destination; None while it is not known."""
    found = reveal(configuration)
    arn = found.get("destinationResourceArn") if isinstance(found, dict) else None
    return arn.split(":")[2] if isinstance(arn, str) and arn.count(":") > 4 else None


def _version(version: str | None) -> tuple[int, ...]:
    return tuple(int(part) for part in (version or "").split(".") if part.isdecimal())


# CustomizeDiff of the files that `force_new.py` names: what replaces only for some values.
CONDITIONAL: Mapping[str, Callable[[Bag, Bag], Collection[str]]] = {
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": _log_destination,
    "aws:ec2/vpc:Vpc": _vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _vpc_endpoint,
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:rds/cluster:Cluster": _database_cluster,
    "aws:ssm/parameter:Parameter": _parameter,
}


def replace_on(schema: ResourceSchema, cloudformation: CloudFormation, olds: Bag, news: Bag) -> frozenset[str]:
    """Return the property paths whose change, from `olds` to `news`, replaces the resource."""
    fixed = FORCE_NEW.get(schema.token)
    if fixed is None:
        fixed = cloudformation.create_only(schema.token, list(schema.inputs))
    condition = CONDITIONAL.get(schema.token)
    return ALWAYS | fixed | frozenset(condition(olds, news) if condition else ())


# Types that cannot exist twice, so that the old one goes first (`DeleteBeforeReplace` in pulumi-aws's
# provider/resources*.go).
DELETE_FIRST = frozenset(
    {
        "aws:apigateway/integration:Integration",
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws:efs/mountTarget:MountTarget",
        "aws:iam/accountAlias:AccountAlias",
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
        "aws:iam/policyAttachment:PolicyAttachment",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    }
)
