"""What a user did or lacks, said in one sentence; a command prints it and exits, never with a trace."""


class OpsError(Exception):
    """One clear sentence: what is wrong, where, and what to do about it."""
