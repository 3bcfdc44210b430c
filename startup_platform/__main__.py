"""Hosts the package's components for the engine: `PulumiPlugin.yaml` leads here."""

import sys

from pulumi import InputPropertyError, Inputs, ResourceOptions, RunError
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from startup_platform.project import NAME, version
from startup_platform.service import Service


class Host(ComponentProvider):
    """Pulumi's own host of components, with one sentence for a user's mistake where it would show a trace."""

    def construct(
        self, name: str, resource_type: str, inputs: Inputs, options: ResourceOptions | None = None
    ) -> ConstructResult:
        """Make one component."""
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as problem:
            if isinstance(problem.inner, RunError):
                raise InputPropertyError("", str(problem.inner)) from None
            raise


if __name__ == "__main__":
    main(Host([Service], NAME, None, version()), sys.argv[1:])
