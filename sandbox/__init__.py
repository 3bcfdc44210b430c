"""The local cloud: the real Pulumi engine over stand-in providers, with no account and no credential.

Nothing here is part of the platform. The program, the policies and the stage files are the same ones that run on the
official plugins; `python -m sandbox -- pulumi ...` only changes what answers at the other end of the engine's wire.
"""
