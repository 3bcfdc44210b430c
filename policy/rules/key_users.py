"""Keys that services write with (Y2): a key whose policy does not know the service makes it fail, often in silence."""

from __future__ import annotations

from collections.abc import Iterator

from policy.catalog import (
    ADVISORY_EVERYWHERE,
    MANDATORY_EVERYWHERE,
    Finding,
    Frame,
    Outcome,
    Severity,
    judge_each,
    stack_rule,
)
from policy.key_users import WRITERS, Use, admits, policy_of, uses
from policy.view import Resource, Stack

WRITING: Frame = {
    "isms_p": ["2.7.2"],
    "soc2": ["CC6.1"],
    "severity": Severity.HIGH,
    "level": MANDATORY_EVERYWHERE,
}
SUGGESTED: Frame = {**WRITING, "severity": Severity.MEDIUM, "level": ADVISORY_EVERYWHERE}


@stack_rule(
    "KMS-006",
    on=WRITERS,
    says="a service that writes with a key of ours is let in by the key's policy",
    fix="let the service's principal call kms:GenerateDataKey* and kms:Decrypt, for aws:SourceAccount",
    requirements=["REQ-Y2", "REQ-N3"],
    **WRITING,
)
def services_may_use_their_key(writer: Resource, stack: Stack) -> Iterator[Outcome]:
    """An alarm that cannot reach its topic is heard by nobody, and CloudWatch does not say so."""

    def is_admitted(use: Use) -> Iterator[Outcome]:
        policy = policy_of(use.key, stack)
        if policy.has("") and not admits(policy, use.service):
            detail = f"its key does not let {use.service}.amazonaws.com in"
            yield Finding(path=use.place, key=f"{use.place}::{use.service}", seen="with a key", detail=detail)

    yield from judge_each(uses(writer, stack), is_admitted)


@stack_rule(
    "KMS-007",
    on=WRITERS,
    says="a key that a service writes with has a policy of its own",
    fix="give the key a policy with the account's root and the service's principal",
    requirements=["REQ-Y2"],
    **SUGGESTED,
)
def written_keys_have_a_policy(writer: Resource, stack: Stack) -> Iterator[Outcome]:
    """KMS's default policy knows the account only. At a preview it is unknown whether one will be there."""
    for use in uses(writer, stack):
        if not policy_of(use.key, stack).has(""):
            yield Finding(path=use.place, key=f"{use.place}::{use.service}", seen="with a key without a policy")
