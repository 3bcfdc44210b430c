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
from policy.key_users import KEYS, admits, policy_of, uses
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
    on=KEYS,
    says="a service that writes with a key of ours is let in by the key's policy",
    fix="let the service's principal call kms:GenerateDataKey* and kms:Decrypt, for aws:SourceAccount",
    requirements=["REQ-Y2", "REQ-N3"],
    **WRITING,
)
def services_may_use_their_key(key: Resource, stack: Stack) -> Iterator[Outcome]:
    """An alarm that cannot reach its topic is heard by nobody, and CloudWatch does not say so."""
    policy = policy_of(key, stack)
    if not policy.has(""):
        return

    def is_admitted(service: str) -> Iterator[Outcome]:
        if not admits(policy, service):
            yield _lacks(service, writers[service])

    writers = _writers(key, stack)
    yield from judge_each(writers, is_admitted)


@stack_rule(
    "KMS-007",
    on=KEYS,
    says="a key that a service writes with has a policy of its own",
    fix="give the key a policy with the account's root and the service's principal",
    requirements=["REQ-Y2"],
    **SUGGESTED,
)
def written_keys_have_a_policy(key: Resource, stack: Stack) -> Iterator[Outcome]:
    """KMS's default policy knows the account only. At a preview it is unknown whether one will be there."""
    if not policy_of(key, stack).has(""):
        for service, writer in _writers(key, stack).items():
            yield _lacks(service, writer)


def _writers(key: Resource, stack: Stack) -> dict[str, Resource]:
    """Per service, the last resource that it writes for: one line in the policy lets in all of them."""
    return {use.service: use.writer for use in uses(key, stack)}


def _lacks(service: str, writer: Resource) -> Finding:
    detail = f"a {writer.type.rpartition(':')[2]} needs it"
    return Finding(path="policy", key=f"policy::{service}", seen=f"without {service}.amazonaws.com", detail=detail)
