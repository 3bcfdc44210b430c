"""The few policies that the SDK sees. Each re-reads every resource, so there is one a level, not one a rule."""

from __future__ import annotations

from collections.abc import Callable

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policy.catalog import Catalogue, Level
from policy.dispatch import judge_resource, judge_stack
from policy.exemptions import Register
from policy.view import Node, Resource, Stack, normalise

_DESCRIPTIONS = {
    Level.MANDATORY: "Controls that every resource must meet",
    Level.ADVISORY: "Controls that a resource should meet, and what could not be judged yet",
}


def sdk_policies(catalogue: Catalogue, register: Register) -> list[Policy]:
    """The pack's policies: per level, one over each resource and one over the stack.

    The register fills while resources are judged, and is judged itself with the stack: one list of policies, one run.
    """
    return [
        *(
            ResourceValidationPolicy(
                name=f"{level}-controls",
                description=_DESCRIPTIONS[level],
                enforcement_level=EnforcementLevel(level.value),
                validate=_resource_validation(catalogue, register, level),
            )
            for level in Level
        ),
        *(
            StackValidationPolicy(
                name=f"{level}-stack-controls",
                description=_DESCRIPTIONS[level],
                enforcement_level=EnforcementLevel(level.value),
                validate=_stack_validation(catalogue, register, level),
            )
            for level in Level
        ),
    ]


def _resource_validation(
    catalogue: Catalogue, register: Register, level: Level
) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for judgement in map(register.apply, judge_resource(_registered(args), catalogue)):
            if judgement.level is level:
                report(judgement.message, judgement.urn)

    return validate


def _stack_validation(
    catalogue: Catalogue, register: Register, level: Level
) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = Stack.of(_deployed(resource) for resource in args.resources)
        judgements = [register.apply(judgement) for judgement in judge_stack(stack, catalogue)]
        for judgement in [*judgements, *register.judge(stack, catalogue)]:
            if judgement.level is level:
                report(judgement.message, judgement.urn)

    return validate


def _registered(args: ResourceValidationArgs) -> Resource:
    """A resource with its inputs, as it is registered."""
    return Resource(
        path="",
        value=normalise(args.props),
        type=args.resource_type,
        urn=args.urn,
        provider=Node(path="provider", value=normalise(args.provider.props) if args.provider else {}),
        depends={},
    )


def _deployed(resource: PolicyResource) -> Resource:
    """A resource with its outputs, and where they come from."""
    return Resource(
        path="",
        value=normalise(resource.props),
        type=resource.resource_type,
        urn=resource.urn,
        provider=Node(path="provider", value=normalise(resource.provider.props) if resource.provider else {}),
        depends={
            name: frozenset(source.urn for source in sources)
            for name, sources in resource.property_dependencies.items()
        },
    )
