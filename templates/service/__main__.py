"""The service of this folder in one stage: described by service.yaml, on the platform that the contract names."""

import sys
from pathlib import Path

import pulumi

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))  # the components of this repository

from components.service.stack import build  # noqa: E402

for name, value in build(HERE).items():
    pulumi.export(name, value)
