"""What stops a growth step: a user's mistake, or something that is not so yet."""


class GrowthError(Exception):
    """One clear sentence: what is wrong, where, and what to do about it. Never shown with a trace."""


class InterruptionError(GrowthError):
    """Somebody pressed Ctrl-C."""
