"""What goes through a provider that cannot be configured yet, as that of a cluster which does not exist."""

from types import SimpleNamespace
from typing import Any, cast

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policy.catalog import Level
from policy.dispatch import judge_stack
from policy.pack import _deployed  # pyright: ignore[reportPrivateUsage]
from policy.rules import CATALOGUE
from policy.view import UNKNOWN, Reading, Resource, Stack


def deployed(kubeconfig: str) -> Resource:
    """A namespace as the engine shows it: without a property, which it is while its provider was asked nothing."""
    namespace = SimpleNamespace(
        props={},
        resource_type="kubernetes:core/v1:Namespace",
        urn="urn:pulumi:prod::project::kubernetes:core/v1:Namespace::space",
        provider=SimpleNamespace(props={"kubeconfig": kubeconfig}),
        property_dependencies={},
    )
    return _deployed(cast("Any", namespace), Reading())


def test_it_is_unknown_and_blocks_nothing() -> None:
    namespace = deployed(UNKNOWN_STRING_VALUE)
    assert namespace.value is UNKNOWN
    judged = list(judge_stack(Stack.of([namespace]), CATALOGUE))
    assert judged
    assert {each.level for each in judged} == {Level.ADVISORY}
    assert all("could not judge: every property" in each.message for each in judged)


def test_with_a_provider_that_was_asked_it_is_judged_as_it_is() -> None:
    assert deployed("a cluster").value == {}
