"""What the provider fills in for the program before anything is checked: names, texts, and the tags of everything.

Like the Terraform bridge, it notes what it filled in under `__defaults`, so that an update keeps a made-up name, and a
replacement knows that two such resources may stand side by side.
"""

from collections.abc import Mapping

from sandbox.provider import autoname
from sandbox.provider.autoname import Proposal
from sandbox.provider.configuration import Configuration
from sandbox.schema.types import ResourceSchema
from sandbox.schema.values import UNKNOWN, Bag

NOTE = "__defaults"
TAGS_ALL = "tagsAll"
_MANAGED = "Managed by Pulumi"  # AWS wants a text there and cannot change it later

# `managedByPulumi` in pulumi-aws's provider/resources*.go
_TEXTS: Mapping[str, str] = {
    "aws:apigateway/apiKey:ApiKey": "description",
    "aws:appsync/apiKey:ApiKey": "description",
    "aws:docdb/subnetGroup:SubnetGroup": "description",
    "aws:ec2/securityGroup:SecurityGroup": "description",
    "aws:elasticache/parameterGroup:ParameterGroup": "description",
    "aws:elasticache/subnetGroup:SubnetGroup": "description",
    "aws:mediapackage/channel:Channel": "description",
    "aws:neptune/subnetGroup:SubnetGroup": "description",
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": "description",
    "aws:rds/optionGroup:OptionGroup": "optionGroupDescription",
    "aws:rds/parameterGroup:ParameterGroup": "description",
    "aws:rds/subnetGroup:SubnetGroup": "description",
    "aws:redshift/parameterGroup:ParameterGroup": "description",
    "aws:redshift/subnetGroup:SubnetGroup": "description",
    "aws:route53/zone:Zone": "comment",
}


def filled(
    schema: ResourceSchema, inputs: Bag, olds: Bag, *, logical: str, seed: bytes, proposal: Proposal | None
) -> Bag:
    """Return the inputs with a name and a text where they are missing.

    Raises:
        ValueError: no name can be made up.
    """
    made: Bag = {}
    text = _TEXTS.get(schema.token)
    if text is not None and text not in inputs:
        made[text] = _MANAGED
    rule = autoname.rule_for(schema)
    if rule is not None and rule.property not in inputs and f"{rule.property}Prefix" not in inputs:
        kept = olds.get(rule.property) if rule.property in noted(olds) else None
        made[rule.property] = kept or autoname.made_up(rule, inputs, logical=logical, seed=seed, proposal=proposal)
    return {**inputs, **made, NOTE: [*sorted(made)]}


def noted(inputs: Bag) -> frozenset[str]:
    """Return which properties of a checked bag were filled in."""
    names = inputs.get(NOTE)
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()


def tagged(schema: ResourceSchema, inputs: Bag, configuration: Configuration) -> Bag:
    """Return the inputs with `tagsAll`, wholly unknown while any tag is; whoever sets it directly is overruled."""
    if TAGS_ALL not in schema.outputs:
        return inputs
    tags = configuration.tags_all(inputs.get("tags"))
    return {**inputs, TAGS_ALL: UNKNOWN if tags is None else {**tags}}


def needs_room(schema: ResourceSchema, olds: Bag, news: Bag) -> bool:
    """Say whether a replacement would have the same explicit name, so that the old resource must go first."""
    rule = autoname.rule_for(schema)
    if rule is None or rule.property in noted(news):
        return False
    return rule.property in news and news[rule.property] == olds.get(rule.property)
