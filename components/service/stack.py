"""A service's stack: its description read, its platform found, the service built. What `__main__.py` of each calls."""

from collections.abc import Mapping
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components import tagging
from components.naming import Scope
from components.service import contract, life, spec, teams
from components.service.service import Service, ServiceArgs


def build(folder: Path) -> Mapping[str, object]:
    """Build the service that a folder of `services/` describes, in the stage that the stack is; what it exports."""
    described = spec.read(folder)
    stack = pulumi.get_stack()
    stage = spec.stage_of(stack, pulumi.runtime.get_config_env())
    teams.refuse(described, stage.budget_usd, stack, teams.read(folder.parent))
    service = service_in(described, stage, stack)
    return {
        "repository_url": service.repository_url,
        "release_role_arn": service.release_role_arn,
        "dashboard_name": service.dashboard_name,
        "queue_url": service.queue_url,
    }


def service_in(
    described: spec.Spec, stage: spec.Stage, name: str, opts: pulumi.ResourceOptions | None = None
) -> Service:
    """The service in the stage of that name, whose account it asks for the contract."""
    scope = Scope(stage=name, account_id=stage.account_id, region=stage.region)
    suffix = f"-{described.name}" if opts else ""  # beside others of the same stack
    # What the tags say of compliance is the platform's word, so whoever asks for it has none yet.
    asking = aws.Provider(
        f"aws-contract{suffix}", region=scope.region, allowed_account_ids=[scope.account_id], opts=opts
    )
    platform = contract.read(scope, pulumi.InvokeOptions(provider=asking))
    life.refuse(described, life.kept(described.name), stage=scope.stage)
    provider = aws.Provider(
        f"aws-{scope.region}{suffix}",
        region=scope.region,
        allowed_account_ids=[scope.account_id],
        default_tags=aws.ProviderDefaultTagsArgs(
            tags=tagging.stage_tags(
                stage=scope.stage,
                owner=described.team,
                cost_center=described.cost_center,
                compliance=platform.compliance,
            )
        ),
        opts=opts,
    )
    return Service(
        described.name,
        ServiceArgs(spec=described, platform=platform, budget_usd=stage.budget_usd),
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(providers={"aws": provider})),
    )
