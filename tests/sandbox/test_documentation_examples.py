"""The SDK's own documentation has some 2,900 examples: what the check refuses in them is mostly its own mistake."""

import ast
import re
import textwrap
from collections.abc import Iterator

from sandbox.schema.check import Checker
from sandbox.schema.cloudformation import CloudFormation
from sandbox.schema.sdk import Sdk
from sandbox.schema.types import AnyOf, ListOf, ObjectRef, ResourceSchema, Type, parts
from sandbox.schema.values import UNKNOWN, Bag, Value

EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)

# Examples with a made-up value that AWS would refuse too: "stack name", "sample-role-arn", an account of 11 digits.
MADE_UP = {
    "aws:appstream/directoryConfig:DirectoryConfig",
    "aws:appstream/stack:Stack",
    "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase",
    "aws:ecs/service:Service",
    "aws:emrserverless/application:Application",
    "aws:gamelift/fleet:Fleet",
    "aws:imagebuilder/distributionConfiguration:DistributionConfiguration",
    "aws:kendra/dataSource:DataSource",
    "aws:msk/vpcConnection:VpcConnection",
    "aws:odb/cloudAutonomousVmCluster:CloudAutonomousVmCluster",
    "aws:odb/cloudVmCluster:CloudVmCluster",
    "aws:qldb/stream:Stream",
    "aws:redshift/endpointAuthorization:EndpointAuthorization",
    "aws:securitylake/subscriber:Subscriber",
    "aws:synthetics/canary:Canary",
    "aws:transfer/connector:Connector",
    "aws:vpclattice/resourceConfiguration:ResourceConfiguration",
    "aws:vpclattice/resourceGateway:ResourceGateway",
}


def test_no_example_of_the_documentation_is_refused_for_its_values(sdk: Sdk, cloudformation: CloudFormation) -> None:
    refused: list[tuple[str, str, str]] = []
    examples = 0
    for token in sdk.tokens():
        checker = Checker(schema=sdk.resource(token), constraints=cloudformation.node(token))
        for inputs in example_inputs(sdk, token):
            examples += 1
            refused += [
                (token, each.path, each.reason) for each in checker.problems(inputs) if is_about_a_value(each.reason)
            ]
    assert examples > 2500
    assert [each for each in refused if each[0] not in MADE_UP] == []


def is_about_a_value(reason: str) -> bool:
    """Examples leave required properties out, and some name properties of Terraform's."""
    return "missing required" not in reason and "unknown property" not in reason


def example_inputs(sdk: Sdk, token: str) -> Iterator[Bag]:
    file, name = sdk.source(token)
    schema, module = sdk.resource(token), parts(token)[0]
    for block in set(EXAMPLE.findall(file.segment(name))):
        for call in calls(textwrap.dedent(block)):
            if ast.unparse(call.func) in (f"aws.{module}.{name}", f"aws.{module}_.{name}"):
                keywords = {each.arg: literal(each.value) for each in call.keywords if each.arg not in (None, "opts")}
                yield wired({str(key): value for key, value in keywords.items()}, schema)


def calls(source: str) -> Iterator[ast.Call]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # some examples are abridged with "..."
        return
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def literal(node: ast.expr) -> Value:
    """What stands in the example; anything computed is not known yet."""
    match node:
        case ast.Constant(value=str() | bool() | int() | float() as value):
            return value
        case ast.List(elts=items):
            return [literal(item) for item in items]
        case ast.Dict(keys=keys, values=values) if all(isinstance(key, ast.Constant) for key in keys):
            return {str(ast.literal_eval(key)): literal(value) for key, value in zip(keys, values, strict=True) if key}
        case _:
            return UNKNOWN


def wired(inputs: Bag, schema: ResourceSchema) -> Bag:
    """Python names to wire names, as the SDK does it."""
    return named(inputs, {name: each.type for name, each in schema.inputs.items()}, schema)


def named(inputs: Bag, types: dict[str, Type], schema: ResourceSchema) -> Bag:
    wire = {name.lower(): name for name in types}
    pairs = {wire.get(name.replace("_", "").lower(), name): value for name, value in inputs.items()}
    return {name: inner(value, types[name], schema) if name in types else value for name, value in pairs.items()}


def inner(value: Value, shape: Type, schema: ResourceSchema) -> Value:
    match value, shape:
        case dict(), ObjectRef():
            return named(value, {name: each.type for name, each in schema.objects[shape.name].items()}, schema)
        case list(), ListOf():
            return [inner(item, shape.item, schema) for item in value]
        case dict(), AnyOf():
            objects = [option for option in shape.options if isinstance(option, ObjectRef)]
            return inner(value, objects[0], schema) if objects else value
        case _:
            return value
