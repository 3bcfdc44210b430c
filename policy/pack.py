"""The few policies that the SDK sees: one a level, not one a rule, and one judgement a request behind them.

The SDK re-reads every resource for each of its policies, so there are few of them. They all report from what the first
one found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Generic, TypeVar

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyProviderResource,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policy.catalog import Catalogue, Level
from policy.dispatch import Judgement, judge_resource, judge_stack
from policy.exemptions import Register
from policy.view import UNKNOWN, Node, Reading, Resource, Stack, Unseen

_DESCRIPTIONS = {
    Level.MANDATORY: "Controls that every resource must meet",
    Level.ADVISORY: "Controls that a resource should meet, and what could not be judged yet",
}
_BEFORE: Mapping[Level, Level] = MappingProxyType({after: before for before, after in pairwise(Level)})

Args = TypeVar("Args", ResourceValidationArgs, StackValidationArgs)


def sdk_policies(catalogue: Catalogue, register: Register, *, is_update: bool) -> list[Policy]:
    """The pack's policies: per level, one over each resource and one over the stack.

    The register fills while resources are judged, and is judged itself with the stack: one list of policies, one run.

    Args:
        catalogue: the rules.
        register: the exemptions.
        is_update: whether the engine said that this run changes the cloud; it says so to a pack that it starts without
            a language host, and to no other. Nothing is unknown then, except what went wrong.
    """
    bench = _Bench(catalogue=catalogue, register=register, is_update=is_update)
    resource = _Once("resource", bench.judge_resource)
    stack = _Once("stack", bench.judge_stack)
    return [
        *(
            ResourceValidationPolicy(
                name=f"{level}-controls",
                description=_DESCRIPTIONS[level],
                enforcement_level=EnforcementLevel(level.value),
                validate=resource.validation(level),
            )
            for level in Level
        ),
        *(
            StackValidationPolicy(
                name=f"{level}-stack-controls",
                description=_DESCRIPTIONS[level],
                enforcement_level=EnforcementLevel(level.value),
                validate=stack.validation(level),
            )
            for level in Level
        ),
    ]


class _Once(Generic[Args]):
    """Judges a request once for the policies of all levels.

    The SDK runs them in their order within one call. What the first finds is kept in that call's context: gRPC gives
    each call one of its own, and where it did not, the first policy would still judge anew and the others take away
    what it left. So no call ever sees another one's.
    """

    def __init__(self, name: str, judge: Callable[[Args], list[Judgement]]) -> None:
        self._judge = judge
        self._left: ContextVar[tuple[Level | None, list[Judgement]]] = ContextVar(name, default=(None, []))

    def validation(self, level: Level) -> Callable[[Args, ReportViolation], None]:
        """What the SDK calls for the policy of a level."""

        def validate(args: Args, report: ReportViolation) -> None:
            for judgement in self._judgements(level, args):
                if judgement.level is level:
                    report(judgement.message, judgement.urn)

        return validate

    def _judgements(self, level: Level, args: Args) -> list[Judgement]:
        """What was left for this level by the one before it; a policy that a user disabled leaves nothing."""
        after, judgements = self._left.get()
        if after is None or after is not _BEFORE.get(level):
            judgements = self._judge(args)
        self._left.set((level, judgements))
        return judgements


@dataclass(frozen=True, kw_only=True)
class _Bench:
    """Judges what the SDK hands out."""

    catalogue: Catalogue
    register: Register
    is_update: bool

    def judge_resource(self, args: ResourceValidationArgs) -> list[Judgement]:
        """A resource as it is registered, by its inputs."""
        reading = Reading()
        value, provider = reading.plain(args.props), _provider(args.provider, reading)
        resource = Resource(
            path="",
            value=value,
            type=args.resource_type,
            urn=args.urn,
            provider=provider,
            depends={},
            unseen=self._unseen(reading),
        )
        return [self.register.apply(judgement) for judgement in judge_resource(resource, self.catalogue)]

    def judge_stack(self, args: StackValidationArgs) -> list[Judgement]:
        """All resources with their outputs; what one hides may be what another is judged by."""
        reading = Reading()
        resources = [_deployed(resource, reading) for resource in args.resources]
        stack = Stack.of(replace(resource, unseen=self._unseen(reading)) for resource in resources)
        judgements = [self.register.apply(judgement) for judgement in judge_stack(stack, self.catalogue)]
        return [*judgements, *self.register.judge(stack, self.catalogue)]

    def _unseen(self, reading: Reading) -> Unseen:
        if reading.hides_secrets:
            return Unseen.HIDDEN
        return Unseen.STILL if self.is_update else Unseen.YET


def _deployed(resource: PolicyResource, reading: Reading) -> Resource:
    """A resource with its outputs, and where they come from.

    While a provider's own configuration is not known yet, as that of a cluster which does not exist, the engine asks it
    nothing and shows no property of what goes through it: not even those that the program states.
    """
    value, provider = reading.plain(resource.props), _provider(resource.provider, reading)
    was_not_asked = value == {} and isinstance(provider.value, dict) and UNKNOWN in provider.value.values()
    return Resource(
        path="",
        value=UNKNOWN if was_not_asked else value,
        type=resource.resource_type,
        urn=resource.urn,
        provider=provider,
        depends={
            name: frozenset(source.urn for source in sources)
            for name, sources in resource.property_dependencies.items()
        },
    )


def _provider(provider: PolicyProviderResource | None, reading: Reading) -> Node:
    return Node(path="provider", value=reading.plain(provider.props) if provider else {})
