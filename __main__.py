"""The platform of one stage: settings in, tiers built, contract out. Run it with `make preview` or `pulumi preview`."""

from pathlib import Path

import pulumi

from components import contract, settings
from components.platform import Platform

stack = pulumi.get_stack()
stage = settings.load(
    stage=stack,
    config=pulumi.runtime.get_config_env(),
    beside=settings.cidrs_beside(stack, Path(__file__).parent),
)
platform = Platform("startup-platform", stage)
for name, value in contract.exports(platform.contract).items():
    pulumi.export(name, value)
