"""The policy pack: judges each resource that the engine registers; imports nothing of ours outside this directory.

The engine runs `__main__.py` by its directory, which may be a copy under another name in another repository. So
`__main__.py` makes the directory importable as the package `policy`, whatever it is called, and every module says
`from policy.catalog import ...`: one spelling for the engine, the tests and the type checker.
"""
