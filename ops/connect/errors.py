"""What keeps a connection from being opened, as one sentence."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from ops.errors import OpsError
from ops.refusals import Refusal, explained

_LOG_IN = "no AWS credentials to {doing}: log in (`aws sso login`), and name the profile in AWS_PROFILE"
_SAYS = {
    Refusal.DENIED: "your role may not {doing}: it needs the stage's policy platform or developer (docs/access.md)",
    Refusal.EXPIRED: "your AWS credentials are no longer valid to {doing}: log in again",
    Refusal.NOBODY: _LOG_IN,
    Refusal.PROFILE: _LOG_IN,
    Refusal.UNREACHABLE: "AWS could not be asked to {doing}: {error}",
    Refusal.OTHER: "AWS refused to {doing}: {error}",
}


class ConnectError(OpsError):
    """A sentence for whoever asked."""


def told(doing: str, *, otherwise: Mapping[str, str] | None = None) -> AbstractContextManager[None]:
    """AWS's refusals while `doing`, as sentences; `otherwise` has those of an error code that means something here."""
    return explained(doing, _SAYS, codes=otherwise or {}, kind=ConnectError)
