"""The organisation, from its management account. Run it with `make organization` or, in here, `pulumi preview`."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # this folder as a package, beside components/

from organization import settings
from organization.landscape import Landscape

Landscape("organization", settings.load(stack=pulumi.get_stack(), config=pulumi.runtime.get_config_env()))
