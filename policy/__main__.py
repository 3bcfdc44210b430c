"""What the engine starts: serves the pack until it is stopped. Nothing may print before the SDK prints its port."""

import importlib.util
import os
import sys
from datetime import UTC, datetime
from pathlib import Path


def _importable_as_policy(directory: Path) -> None:
    """Binds this directory to the package name `policy`, even when it is a copy called something else."""
    spec = importlib.util.spec_from_file_location(
        "policy", directory / "__init__.py", submodule_search_locations=[str(directory)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{directory} is no policy pack: it has no __init__.py")
    package = importlib.util.module_from_spec(spec)
    sys.modules["policy"] = package
    spec.loader.exec_module(package)


_importable_as_policy(Path(__file__).resolve().parent)

from pulumi_policy import PolicyPack  # noqa: E402 - after the package has its name

from policy.exemptions import Register  # noqa: E402
from policy.pack import sdk_policies  # noqa: E402
from policy.rules import CATALOGUE  # noqa: E402

exemptions = Register.read(
    Path(__file__).resolve().with_name("exemptions.yaml"), CATALOGUE, today=datetime.now(UTC).date()
)
is_update = os.environ.get("PULUMI_DRY_RUN") == "false"
PolicyPack("startup-platform", policies=sdk_policies(CATALOGUE, exemptions, is_update=is_update))
