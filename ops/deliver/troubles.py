"""What goes wrong in a run on a real account, as the engine says it, and what a person does then."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A kind of failure.

    Attributes:
        name: for the report and for machines.
        says: how the engine's output betrays it.
        then: what to do, with {stack} for the stack.
    """

    name: str
    says: re.Pattern[str]
    then: str


CANCELLED = "cancelled: somebody ended this run\n"  # said by this command's own, beside the engine's words
TROUBLES = (
    Trouble(
        name="locked",
        # pkg/backend/diy/lock.go: what a cancelled or killed run leaves
        says=re.compile(r"the stack is currently locked by \d+ lock", re.IGNORECASE),
        then=(
            "another run works on {stack}, or one was cancelled and left its lock. See that none runs (the lock names "
            "who and when), then: pulumi cancel --stack {stack} && pulumi refresh --stack {stack}, and make a new plan"
        ),
    ),
    Trouble(
        name="stack",
        # pkg/backend/backenderr/backenderr.go
        says=re.compile(r"no stack named '.*' found", re.IGNORECASE),
        then=(
            "there is no such stack in {stack} yet: the platform's delivery makes those of services (make plan, then "
            "make apply, without PROJECT), and bootstrap the platform's own (make bootstrap STAGE={stack} DO=yes)"
        ),
    ),
    Trouble(
        name="plan",
        # pkg/resource/deploy/step_generator.go and step_executor.go: what a plan does not have
        says=re.compile(r"violates plan|is not allowed by the plan", re.IGNORECASE),
        then=(
            "the plan for {stack} no longer matches: the program, its settings or the state changed since it was made. "
            "What it does not name was not done. Make a new plan and have that one approved"
        ),
    ),
    Trouble(
        name="credential",
        says=re.compile(
            r"ExpiredToken|security token included in the request is (?:expired|invalid)"
            r"|Not authorized to perform sts:AssumeRoleWithWebIdentity|failed to refresh cached credentials"
            r"|no valid credential sources|InvalidClientTokenId",
            re.IGNORECASE,
        ),
        then=(
            "the credential for {stack} is missing or has expired; the role's session may be too short for this run, "
            "or its trust may not name this environment (docs/ci.md). Mend that, then: pulumi refresh --stack {stack}, "
            "and make a new plan"
        ),
    ),
    Trouble(
        name="interrupted",
        says=re.compile(r"has pending operations|pending operations from previous deployment", re.IGNORECASE),
        then=(
            "an earlier run of {stack} ended while AWS worked on something: pulumi refresh --stack {stack} asks what "
            "became of it, then make a new plan"
        ),
    ),
    Trouble(
        name="cancelled",
        # pkg/engine: what the engine says when it was told to stop and has come to its end
        says=re.compile(rf"{CANCELLED.strip()}|update cancell?ed", re.IGNORECASE),
        then=(
            "the run on {stack} was cancelled; what it had begun was ended, what came after was not done, and the "
            "state knows which. Go on by a new plan. Should that say that {stack} is locked: pulumi cancel --stack "
            "{stack} && pulumi refresh --stack {stack} first"
        ),
    ),
    Trouble(
        name="policy",
        says=re.compile(r"\[mandatory\]|mandatory\]? policy|policy violations?:? [1-9]\d* mandatory", re.IGNORECASE),
        then="a policy blocks {stack}; nothing was deployed past it. The report above says which, and how to repair it",
    ),
)
OTHER = (
    "the run on {stack} failed; what was done until then stays, and the state knows it. Mend the reason above, then: "
    "pulumi refresh --stack {stack}, and make a new plan"
)


def recovery(printed: str, stack: str) -> tuple[str, str]:
    """The kind of trouble that a failed run's output betrays, and what to do; the first that fits."""
    for trouble in TROUBLES:
        if trouble.says.search(printed):
            return trouble.name, trouble.then.format(stack=stack)
    return "other", OTHER.format(stack=stack)
