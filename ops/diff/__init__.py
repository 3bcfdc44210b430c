"""The difference preview (REQ-C7): what a change does to a stage that stands as its base made it, without an account.

The base commit is brought up in a sandbox of its own, and the checkout is previewed against that state. Peers need
credentials for it (https://github.com/pulumi/pulumi/issues/12289), so a pull request from a fork gets none there.
"""
