"""What a difference preview found, typed: changes, findings, requirement rows, and what follows from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum, StrEnum

from policy.report import Line, State

EXPIRES_SOON = timedelta(days=30)


SANDBOX = "Previewed in the sandbox, where no account is asked; permissions, quotas and prices are not checked there."


class Kind(StrEnum):
    """What becomes of a resource, in the order in which a reader wants to see it."""

    DELETE = "delete"
    REPLACE = "replace"
    UPDATE = "update"
    CREATE = "create"


class Exit(IntEnum):
    """What the command's exit code says."""

    OK = 0
    FAILED = 1  # it could not be told, or the policies block
    DESTROYS = 2  # something that holds data would be deleted or replaced


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property that is other than the base has it; long values are cut, secrets are never read.

    Attributes:
        path: as the engine writes it, such as `tags.Owner`.
        replaces: whether it alone replaces the resource.
    """

    path: str
    was: str
    becomes: str
    replaces: bool


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of one resource.

    Attributes:
        stack: the stack that the URN names.
        is_stateful: it holds data (ops/stateful.py), or the program protects it.
        is_kept: Pulumi forgets it and leaves it in the account (`retain_on_delete`).
    """

    kind: Kind
    urn: str
    properties: tuple[Property, ...] = ()
    is_stateful: bool = False
    is_kept: bool = False

    @property
    def stack(self) -> str:
        """The stack of the URN."""
        return self.urn.split("::")[0].removeprefix("urn:pulumi:")

    @property
    def type(self) -> str:
        """The resource's own type, without its parents'."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]

    @property
    def destroys(self) -> bool:
        """Whether data would go."""
        return self.is_stateful and self.kind in (Kind.DELETE, Kind.REPLACE)


@dataclass(frozen=True, kw_only=True)
class Findings:
    """The lines of the policy pack, held against those of the base.

    Attributes:
        new: not there in the base, or less severe there; what could not be judged apart.
        fixed: there in the base, and no more.
        standing: what blocked the base too and blocks still.
        exempted: what an exemption lets through.
        unjudged: what the pack could not judge, new or not.
    """

    new: tuple[Line, ...] = ()
    fixed: tuple[Line, ...] = ()
    standing: tuple[Line, ...] = ()
    exempted: tuple[Line, ...] = ()
    unjudged: tuple[Line, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether the engine would refuse to deploy this."""
        return bool(self.standing) or any(line.state is State.BLOCKS for line in (*self.new, *self.unjudged))

    def ends_soon(self, line: Line, today: date) -> bool:
        """Whether an exempted line's last day is within 30 days."""
        return line.until is not None and date.fromisoformat(line.until) <= today + EXPIRES_SOON


def compared(base: Sequence[Line], head: Sequence[Line]) -> Findings:
    """What is new and what is gone. A line is the same if rule, key, resource and what becomes of it are."""
    known, now = {_identity(line) for line in base}, {_identity(line) for line in head}
    judged = [line for line in head if not line.is_unjudged and line.state is not State.EXEMPTED]
    return Findings(
        new=tuple(line for line in judged if _identity(line) not in known),
        fixed=tuple(
            line
            for line in base
            if not line.is_unjudged and line.state is not State.EXEMPTED and _identity(line) not in now
        ),
        standing=tuple(line for line in judged if line.state is State.BLOCKS and _identity(line) in known),
        exempted=tuple(line for line in head if line.state is State.EXEMPTED),
        unjudged=tuple(line for line in head if line.is_unjudged),
    )


def _identity(line: Line) -> tuple[str, str | None, str, State]:
    return line.rule, line.key, line.urn, line.state


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Everything that a difference preview says of one stack.

    Attributes:
        project: the project's folder in the repository; empty for the one at its top.
        base: what the change is held against, as a person named it and as a commit.
        head: the commit of the checkout, and whether there is more in it than the commit has.
        where: what a reader should know of where it was previewed.
        changes: by what becomes of them, then by URN.
        requirements: id of a requirement, and what of its row is touched.
        errors: why the result is not whole; empty where it is.
        notes: what a reader should know and what is no error.
    """

    stack: str
    project: str = ""
    phase: str | None
    base: str
    head: str
    today: date
    where: str = SANDBOX
    changes: tuple[Change, ...] = ()
    findings: Findings = Findings()
    requirements: Mapping[str, Sequence[str]]
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, kind: Kind) -> list[Change]:
        """The changes of one kind."""
        return [change for change in self.changes if change.kind is kind]

    @property
    def destroys(self) -> list[Change]:
        """The changes that take data away."""
        return [change for change in self.changes if change.destroys]

    def exit(self, *, accepted: bool = False) -> Exit:
        """The exit code; `accepted` is somebody's word that the data may go."""
        if self.errors or self.findings.blocks:
            return Exit.FAILED
        return Exit.DESTROYS if self.destroys and not accepted else Exit.OK
