"""What a resource request means, apart from its wire form: the inputs a resource gets, and how a change is made."""

from collections.abc import Collection
from dataclasses import dataclass

from sandbox.provider.autoname import Proposal
from sandbox.provider.configuration import Configuration
from sandbox.provider.defaults import NOTE, TAGS_ALL, filled, needs_room, tagged
from sandbox.provider.diff import Plan, differences, inside
from sandbox.schema.check import Checker, Problem
from sandbox.schema.cloudformation import CloudFormation
from sandbox.schema.documents import as_text
from sandbox.schema.replacement import DELETE_FIRST, replace_on
from sandbox.schema.types import ResourceSchema
from sandbox.schema.values import Bag


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The inputs as the provider will use them, and what is wrong with them."""

    inputs: Bag
    problems: list[Problem]


def checked(
    schema: ResourceSchema,
    cloudformation: CloudFormation,
    configuration: Configuration,
    *,
    news: Bag,
    olds: Bag,
    logical: str,
    seed: bytes,
    proposal: Proposal | None,
) -> Checked:
    """Fill in what the provider fills in, then look for what it would refuse."""
    given: Bag = {name: value for name, value in news.items() if name not in (NOTE, TAGS_ALL)}
    checker = Checker(schema=schema, constraints=cloudformation.node(schema.token))
    try:
        inputs = filled(schema, given, olds, logical=logical, seed=seed, proposal=proposal)
    except ValueError as refusal:
        return Checked(inputs=given, problems=[Problem(path="", reason=str(refusal)), *checker.problems(given)])
    problems = checker.problems({name: value for name, value in inputs.items() if name != NOTE})
    return Checked(inputs=tagged(schema, as_text(schema.token, inputs), configuration), problems=problems)


def planned(
    schema: ResourceSchema, cloudformation: CloudFormation, *, olds: Bag, news: Bag, ignored: Collection[str]
) -> Plan:
    """Compare the inputs of two states. `ignored` holds what the program ignores the changes of."""
    found = differences(olds, news)
    left_out = inside(found, {NOTE, *ignored})
    found = [each for each in found if each not in left_out]
    replaces = inside(found, replace_on(schema, cloudformation, olds, news))
    delete_first = bool(replaces) and (schema.token in DELETE_FIRST or needs_room(schema, olds, news))
    return Plan(differences=found, replaces=frozenset(each.path for each in replaces), delete_first=delete_first)
