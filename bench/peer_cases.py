"""The cases that both tools can be shown, and why each of the others cannot be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.manifests import manifests
from bench.terraform import Planned, planned
from sandbox.schema.sdk import Sdk
from tests.policy.case import Case
from tests.policy.server import UNKNOWN, Registered

NOT_KNOWN = "the change is a value that is not known before the update"
A_CHART = "a Helm release: there is no manifest without its chart"
UNSEEN = "Terraform's plan is the same before and after the change"
PARENT = "parent"  # the name of what a resource configures, where the case does without it

# What a Terraform resource configures, by the property that refers to it: some of Checkov's checks start there.
PARENTS: Mapping[str, tuple[str, str]] = {
    "aws:s3/bucket": ("bucket", "aws:s3/bucket:Bucket"),
    "aws:apigateway/": ("restApi", "aws:apigateway/restApi:RestApi"),
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One stack as Checkov is shown it; exactly one of the two lists has anything in it.

    Attributes:
        name: what all its names begin with; it tells the stacks of one plan apart.
        resources: the same stack as our pack is shown it.
    """

    name: str
    resources: Sequence[Registered]
    plan: Sequence[Planned] = ()
    manifests: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True, kw_only=True)
class Twin:
    """A case as two stacks: what is right, and the same with one change."""

    case: Case
    good: Shown
    changed: Shown

    @property
    def family(self) -> str:
        """The family of the rule that the case is about, such as `ENC`."""
        return family(self.case)

    @property
    def is_kubernetes(self) -> bool:
        """Whether it is compared by manifests."""
        return bool(self.good.manifests)


@dataclass(frozen=True, kw_only=True)
class Apart:
    """A case that is not compared."""

    case: Case
    reason: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Every case, once: compared or apart.

    Attributes:
        fair: stacks that careful engineers write, as far as they have a twin in Terraform.
        fair_apart: names of those that have none.
    """

    twins: Sequence[Twin]
    apart: Sequence[Apart]
    fair: Sequence[Shown]
    fair_apart: Sequence[str]


def comparison(cases: Sequence[Case], fair: Mapping[str, Sequence[Registered]], sdk: Sdk) -> Comparison:
    """Shows each case in both forms, or says why it cannot be shown."""
    made = [_twin(number, case, sdk) for number, case in enumerate(cases)]
    shown = {
        name: _shown(f"f{number:02}_fair_", [each for each in stack if each.type.startswith("aws:")], sdk)
        for number, (name, stack) in enumerate(fair.items())
    }
    return Comparison(
        twins=[each for each in made if isinstance(each, Twin)],
        apart=[each for each in made if isinstance(each, Apart)],
        fair=[each for each in shown.values() if each.resources],
        fair_apart=[name for name, each in shown.items() if not each.resources],
    )


def family(case: Case) -> str:
    """The family of the first finding that names a property; of a case without one, of its first finding."""
    first, *_ = sorted(case.finds, key=lambda found: ("[" not in found, found))
    return first.partition("-")[0]


def _twin(number: int, case: Case, sdk: Sdk) -> Twin | Apart:
    if UNKNOWN in json.dumps([value for value in case.change.values() if isinstance(value, str | dict | list)]):
        return Apart(case=case, reason=NOT_KNOWN)
    if ":helm.sh/" in case.type:
        return Apart(case=case, reason=A_CHART)
    good = _shown(f"c{number:03}_good_", [case.subject, *case.beside], sdk)
    changed = _shown(f"c{number:03}_changed_", [case.changed, *case.beside], sdk)
    if list(_seen(good)) == list(_seen(changed)):
        return Apart(case=case, reason=UNSEEN)
    return Twin(case=case, good=good, changed=changed)


def _shown(name: str, stack: Sequence[Registered], sdk: Sdk) -> Shown:
    if stack and stack[0].type.startswith("kubernetes:"):
        return Shown(name=name, resources=stack, manifests=manifests(stack, name))
    return Shown(name=name, resources=stack, plan=planned(_with_parents(stack), name, sdk))


def _with_parents(stack: Sequence[Registered]) -> list[Registered]:
    """The stack with the bucket or the API that a resource of it configures and that is not in it."""
    made = list(stack)
    for start, (name, token) in PARENTS.items():
        parent = Registered(type=token, name=PARENT, props={}, stack=stack[0].stack if stack else "dev")
        orphans = [
            each for each in stack if each.type.startswith(start) and name in each.props and name not in each.depends
        ]
        if orphans:
            made = [
                replace(each, depends={**each.depends, name: [parent.urn]}) if each in orphans else each
                for each in made
            ]
            made.append(parent)
    return made


def _seen(shown: Shown) -> Iterator[str]:
    """Everything that Checkov is shown, without the name that tells the stacks apart."""
    for each in shown.plan:
        yield each.type
        yield repr(each.attributes).replace(shown.name, "")
    yield repr(shown.manifests).replace(shown.name.replace("_", "-"), "")
