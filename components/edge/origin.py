"""What CloudFront and the load balancers say to each other (REQ-D1): where, and by which secret. Pure.

CloudFront's addresses are those of all its customers. That a request came through *our* distribution, past our
firewall, is shown by a header that only the two know. docs/adr/0014 says how it rotates.
"""

import pulumi

SECRET_HEADER = "x-origin-verify"  # noqa: S105 - a header's name
# What says who somebody is; no log or sample of a firewall shows it.
SECRET_HEADERS = ("authorization", "cookie", SECRET_HEADER)


def name(domain: str) -> str:
    """Under which name CloudFront finds the load balancers."""
    return f"origin.{domain}"


def accepted_epochs(current: int) -> tuple[int, ...]:
    """Numbers of the secrets that are taken: the one that is sent, then the one before it, which edges still send."""
    return tuple(epoch for epoch in (current, current - 1) if epoch > 0)


def once(secret: pulumi.Input[str], takes_it: pulumi.Input[str]) -> pulumi.Output[str]:
    """The secret, not before what takes it does: whoever sends it is changed after whoever must know it."""
    return pulumi.Output.secret(pulumi.Output.all(secret, takes_it).apply(lambda known: str(known[0])))
