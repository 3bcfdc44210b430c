"""What keeps a release of the front end from going out, as one sentence."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from ops.errors import OpsError
from ops.refusals import Refusal, explained

_LOG_IN = "no AWS credentials to {doing}: log in (`aws sso login`), and name the profile in AWS_PROFILE"
_AGAIN = "AWS {why} {{doing}}; run the same again: it goes on where it was"
_SAYS = {
    Refusal.DENIED: (
        "your role may not {doing}: release_role_arn of the service's stack may, which its workflow takes; bring that "
        "stack up if it is older than this command"
    ),
    Refusal.EXPIRED: "your AWS credentials are no longer valid to {doing}: log in, and run the same again",
    Refusal.NOBODY: _LOG_IN,
    Refusal.PROFILE: _LOG_IN,
    Refusal.SLOW_DOWN: _AGAIN.format(why="was asked for too much at once, to"),
    Refusal.STUMBLED: _AGAIN.format(why="stumbled when it was to"),
    Refusal.UNREACHABLE: "AWS could not be asked to {doing}: {error}; run the same again: it goes on where it was",
    Refusal.OTHER: "AWS refused to {doing}: {error}",
}


class ShipError(OpsError):
    """A sentence for whoever ships."""


def told(doing: str, *, otherwise: Mapping[str, str] | None = None) -> AbstractContextManager[None]:
    """AWS's refusals while `doing`, as sentences; `otherwise` has those of an error code that means something here."""
    return explained(doing, _SAYS, codes=otherwise or {}, kind=ShipError)
