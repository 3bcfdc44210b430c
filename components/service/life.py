"""What becomes of a service after its birth: what holds data goes in two steps, released and then removed.

What a stage keeps is in the stack's own state: each component that keeps something says so in its outputs, and the
program asks the engine for them before it makes anything. So a need that was taken out of service.yaml in one step is
refused in one sentence, with nothing changed; the engine's own `protect` stands behind it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import pulumi

from components.service.spec import FILE, Spec, SpecError

KEEPS = "keeps"  # the output in which a component names what it keeps: the service, /, and what `released` calls it

_AS_WRITTEN = {"mysql": "mysql: write"}  # who only reads keeps nothing

# A function of the engine itself, which needs no provider:
# https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/builtins.go
_STATE = "pulumi:pulumi:readStackResourceOutputs"


def kept(service: str) -> frozenset[str]:
    """What the stack's last update left protected of a service, as its state says; nothing where there was none."""
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    answer = cast("Mapping[str, Any] | None", cast("Any", pulumi.runtime.invoke(_STATE, {"stackName": name})).value)
    return named_in(cast("Mapping[str, Mapping[str, Any]]", (answer or {}).get("outputs") or {}), service)


def named_in(resources: Mapping[str, Mapping[str, Any]], service: str) -> frozenset[str]:
    """What the outputs of a state's resources name of a service; URN -> the type and the outputs."""
    outputs = [cast("Mapping[str, Any]", each.get("outputs") or {}) for each in resources.values()]
    names = [name.partition("/") for each in outputs for name in cast("Sequence[str]", each.get(KEEPS) or ())]
    return frozenset(what for of, _, what in names if of == service)


def refuse(spec: Spec, before: Iterable[str], *, stage: str) -> None:
    """Say what was taken out too soon.

    Raises:
        SpecError: something that the stage protects is needed no more, and was not released.
    """
    gone = sorted(set(before) - set(spec.holding))
    if not gone:
        return
    these = ", ".join(f"needs.{_AS_WRITTEN.get(each, each)}" for each in gone)
    raise SpecError(
        f"services/{spec.name}/{FILE} is without {these}, whose data stage {stage} protects; nothing was changed. "
        f"Data goes in two steps: put it back with released: [{', '.join(gone)}] and bring that up; then take "
        "both out. Copy before that what is still wanted"
    )
