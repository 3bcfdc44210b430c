"""History: what everything in an account looked like, kept where nobody whom it shows can change it (REQ-S15, REQ-Y6).

Only where the organisation owns the audit: a stage that owns its own records itself, and an account has one recorder a
region. All of them deliver into one bucket of the security account.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.naming import Scope
from components.operations.recorder import Recorder, RecorderArgs, looking_role


@dataclass(frozen=True, kw_only=True)
class HistoryArgs:
    """One account; made by a provider of its own."""

    scope: Scope
    regions: Sequence[str]  # every one that may be used; the first records what has no region
    bucket: pulumi.Input[str]  # once Config of this account may write
    key_arn: pulumi.Input[str]
    role: pulumi.Resource | None  # by which Config looks, in the account whose bucket came with it


class History(pulumi.ComponentResource):
    """A recorder of everything in each region of one account."""

    def __init__(self, name: str, args: HistoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:organization:History", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = args.role or looking_role(name, child)
        for region in args.regions:
            Recorder(
                f"{name}-{region}",
                RecorderArgs(
                    scope=args.scope,
                    bucket=args.bucket,
                    role=role,
                    key_arn=args.key_arn,
                    with_global_types=region == args.regions[0],
                    packs={},
                    region=region,
                ),
                child,
            )
        self.register_outputs({})
