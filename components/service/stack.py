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
    stage = spec.stage_of(pulumi.get_stack(), pulumi.runtime.get_config_env())
    teams.refuse(described, stage.budget_usd, pulumi.get_stack(), teams.read(folder.parent))
    scope = Scope(stage=pulumi.get_stack(), account_id=stage.account_id, region=stage.region)
    # What the tags say of compliance is the platform's word, so whoever asks for it has none yet.
    asking = aws.Provider("aws-contract", region=scope.region, allowed_account_ids=[scope.account_id])
    platform = contract.read(scope, pulumi.InvokeOptions(provider=asking))
    life.refuse(described, life.kept(), stage=scope.stage)
    provider = aws.Provider(
        f"aws-{scope.region}",
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
    )
    service = Service(
        described.name,
        ServiceArgs(spec=described, platform=platform, budget_usd=stage.budget_usd),
        pulumi.ResourceOptions(providers={"aws": provider}),
    )
    return {
        "repository_url": service.repository_url,
        "release_role_arn": service.release_role_arn,
        "dashboard_name": service.dashboard_name,
        "queue_url": service.queue_url,
    }
