"""Which stacks and services a change touches, so that a pull request hears of these and of no others.

Computed from what programs import and read, never from a list of paths that somebody keeps (monorepos' usual complaint:
https://github.com/pulumi/pulumi/issues/8572). Where it cannot be known, a stack counts as touched.
"""
