"""Names for what the program leaves unnamed, as the Terraform bridge makes them.

`<logical name><separator><random>`, the random part from the engine's seed, so that a replacement gets another name
while the old resource still has its own. The rules are those of pulumi-aws's provider/resources*.go: any optional
`name` is made up, of at most 255 characters, except where a row below says otherwise.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.schema.types import ResourceSchema, Scalar
from sandbox.schema.values import Bag

_TEXT = Scalar(name="string")
_HEX = "0123456789abcdef"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_FIFO = ".fifo"  # the end of every FIFO queue's and topic's name


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How one property is named: `property` is its wire name, `longest` counts characters."""

    property: str = "name"
    longest: int = 255
    separator: str = "-"
    lower: bool = False
    prefix: str = ""  # put before a name that lacks it, and not counted
    random: int = 7
    alphabet: str = _HEX


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What Pulumi's own autonaming configuration (`pulumi:autonaming`) says about one resource."""

    name: str  # empty: no wish
    is_off: bool  # no automatic names: one must be given


_CATALOG = Rule(separator="_", lower=True, random=8, alphabet=_LETTERS)
_RULES: Mapping[str, Rule] = {
    "aws:appsync/dataSource:DataSource": Rule(separator="_"),
    "aws:appsync/function:Function": Rule(separator="_"),
    "aws:athena/database:Database": Rule(separator="_"),
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": Rule(separator="_"),
    "aws:cloudwatch/eventRule:EventRule": Rule(longest=64),
    "aws:cloudwatch/eventTarget:EventTarget": Rule(property="targetId"),
    "aws:codedeploy/deploymentConfig:DeploymentConfig": Rule(
        property="deploymentConfigName", longest=100, separator="_"
    ),
    "aws:ec2/keyPair:KeyPair": Rule(property="keyName"),
    "aws:efs/fileSystem:FileSystem": Rule(property="creationToken"),
    "aws:eks/fargateProfile:FargateProfile": Rule(property="fargateProfileName"),
    "aws:eks/nodeGroup:NodeGroup": Rule(property="nodeGroupName"),
    "aws:elasticache/cluster:Cluster": Rule(property="clusterId", longest=50, lower=True),
    "aws:elasticache/replicationGroup:ReplicationGroup": Rule(property="replicationGroupId", longest=40, lower=True),
    "aws:elasticbeanstalk/environment:Environment": Rule(longest=40),
    "aws:glue/catalogDatabase:CatalogDatabase": _CATALOG,
    "aws:glue/catalogTable:CatalogTable": _CATALOG,
    "aws:iam/role:Role": Rule(longest=64),
    "aws:kms/alias:Alias": Rule(longest=238, prefix="alias/"),
    "aws:lambda/function:Function": Rule(longest=64),
    "aws:lambda/permission:Permission": Rule(property="statementId", longest=100),
    "aws:mq/broker:Broker": Rule(property="brokerName", longest=55),
    "aws:msk/cluster:Cluster": Rule(property="clusterName"),
    "aws:msk/serverlessCluster:ServerlessCluster": Rule(property="clusterName"),
    "aws:opensearch/domain:Domain": Rule(property="domainName"),
    "aws:rds/instance:Instance": Rule(property="identifier", separator=""),
    "aws:s3/bucket:Bucket": Rule(property="bucket", longest=63, lower=True),
    "aws:sns/topic:Topic": Rule(longest=80),
    "aws:sqs/queue:Queue": Rule(longest=80),
    # AWS's own limit; pulumi-aws sets it outside its table of overrides.
    "aws:alb/loadBalancer:LoadBalancer": Rule(longest=32),
    "aws:alb/targetGroup:TargetGroup": Rule(longest=32),
    "aws:lb/loadBalancer:LoadBalancer": Rule(longest=32),
    "aws:lb/targetGroup:TargetGroup": Rule(longest=32),
}
_DEFAULT = Rule()
# Their `name` says what they are about, not what they are called.
_NEVER = frozenset({"aws:route53/record:Record", "aws:directoryservice/directory:Directory"})


def rule_for(schema: ResourceSchema) -> Rule | None:
    """Return how a type is named; None for a type without a name of its own, or with one that must be given."""
    rule = _RULES.get(schema.token, _DEFAULT)
    named = schema.inputs.get(rule.property)
    if schema.token in _NEVER or named is None or named.type != _TEXT or named.required:
        return None
    return rule


def made_up(rule: Rule, inputs: Bag, *, logical: str, seed: bytes, proposal: Proposal | None) -> str:
    """Make a name.

    Raises:
        ValueError: it would be longer than AWS allows, or automatic naming is switched off.
    """
    if proposal is not None and proposal.is_off:
        raise ValueError(f"automatic naming is switched off: set {rule.property!r}")
    name = proposal.name if proposal is not None and proposal.name else _random_name(rule, logical, seed)
    prefix = "" if name.startswith(rule.prefix) else rule.prefix
    return prefix + name + (_FIFO if inputs.get("fifoQueue") is True or inputs.get("fifoTopic") is True else "")


def _random_name(rule: Rule, logical: str, seed: bytes) -> str:
    stem = (logical.lower() if rule.lower else logical) + rule.separator
    if len(stem) + rule.random > rule.longest:
        raise ValueError(
            f"the name {stem!r} plus {rule.random} random characters is longer than the {rule.longest} allowed: "
            f"choose a shorter logical name, or set {rule.property!r}"
        )
    digest = hashlib.sha256(seed).digest()
    return stem + "".join(rule.alphabet[byte % len(rule.alphabet)] for byte in digest[: rule.random])
