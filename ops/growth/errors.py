"""What stops a growth step: a user's mistake, or something that is not so yet."""

from ops.errors import OpsError
from ops.refusals import Refusal

# AWS says otherwise a moment later; a step waits for that.
PASSING = (Refusal.SLOW_DOWN, Refusal.STUMBLED)
REFUSED = {
    Refusal.OTHER: "{doing}: AWS refused {operation}: {code}: {message}; mend that, and run again: it goes on from here"
}


class GrowthError(OpsError):
    """One clear sentence: what is wrong, where, and what to do about it. Never shown with a trace."""


class InterruptionError(GrowthError):
    """Somebody pressed Ctrl-C."""
