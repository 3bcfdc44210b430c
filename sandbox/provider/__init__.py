"""The stand-in for the AWS provider plugin: the engine's own wire protocol, with no account behind it."""
