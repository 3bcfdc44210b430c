"""The service as a component that finds its platform itself: what a program of another repository makes."""

from typing import Any

import pulumi

from components.service import spec, stack
from startup_platform.arguments import ServiceArgs

OF_STAGE = tuple(spec.Stage.model_fields)


class Service(pulumi.ComponentResource):
    """A service of the platform: identity, needs, release, flags, alarms, budget, on its contract."""

    repository_url: pulumi.Output[str]
    """Where its images are pushed, without a tag; empty for a front end."""
    release_role_arn: pulumi.Output[str]
    """The role that runs of its GitHub environment assume."""
    dashboard_name: pulumi.Output[str | None]
    """Its dashboard; a front end has none."""
    queue_url: pulumi.Output[str | None]
    """Its queue, where it needs one."""

    def __init__(self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:index:Service", name, None, opts)
        where = f"Service {name}"
        given: dict[str, Any] = {"name": name, **args}
        stage = given.pop("stage")
        of_stage = {key: given.pop(key) for key in OF_STAGE}
        described = spec.parse(given, where)
        there = spec.stage_of(stage, {f"{spec.NAMESPACE}:{key}": str(value) for key, value in of_stage.items()})
        built = stack.service_in(described, there, stage, pulumi.ResourceOptions(parent=self))
        self.repository_url, self.release_role_arn = built.repository_url, built.release_role_arn
        self.dashboard_name = pulumi.Output.from_input(built.dashboard_name)
        self.queue_url = built.queue_url or pulumi.Output.from_input(None)
        self.register_outputs(
            {
                "repositoryUrl": self.repository_url,
                "releaseRoleArn": self.release_role_arn,
                "dashboardName": self.dashboard_name,
                "queueUrl": self.queue_url,
            }
        )
