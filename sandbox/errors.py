"""What a user did or lacks, said in one sentence; the command line prints it and exits, never with a trace."""


class SandboxError(Exception):
    """One clear sentence: what is wrong, where, and what to do about it."""
