"""What went wrong, in one sentence: what, where, and what to do; never a trace."""

from contextlib import AbstractContextManager

from ops.errors import OpsError
from ops.refusals import Refusal
from ops.refusals import explained as explained_by

_SAYS = {
    Refusal.SLOW_DOWN: (
        "{doing}: AWS asked to slow down ({code}) after several tries; run it again, it goes on from here"
    ),
    Refusal.DENIED: "{doing}: you may not {operation}; log in as who administers the account. {message}",
    Refusal.EXPIRED: "{doing}: the credentials are no longer good ({code}); log in again",
    Refusal.TAKEN: "{doing}: another account has taken the name, and nobody can have it twice; ask AWS whose it is",
    Refusal.NOBODY: "{doing}: nobody is logged in; give credentials of the stage's account, such as AWS_PROFILE",
    Refusal.PROFILE: "{doing}: {error}; log in again with `aws sso login`",
    Refusal.UNREACHABLE: "{doing}: AWS could not be reached ({error}); run it again",
    Refusal.OTHER: "{doing}: AWS refused {operation} ({code}): {message}",
}


class BootstrapError(OpsError):
    """One clear sentence."""


def explained(doing: str) -> AbstractContextManager[None]:
    """AWS's refusals while `doing`, as a BootstrapError."""
    return explained_by(doing, _SAYS, codes={}, kind=BootstrapError)
