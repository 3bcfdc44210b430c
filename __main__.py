"""The platform of one stage: settings in, tiers built, contract out. Run it with `make preview` or `pulumi preview`."""

import pulumi

from components import contract, settings
from components.platform import Platform

stage = settings.load(stage=pulumi.get_stack(), config=pulumi.runtime.get_config_env())
platform = Platform("startup-platform", stage)
for name, value in contract.exports(platform.contract).items():
    pulumi.export(name, value)
