"""Makes services/contract.fixture.json: the contract of each stage, as its platform would publish it.

The platform runs on mocks, and the sandbox's table of identities says which ids and ARNs AWS would draw: they have
AWS's form and stay the same from run to run. A service that has no platform yet previews against it.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any, cast

from pulumi.runtime import mocks

from components import settings
from components.contract import parameter_name
from components.platform import Platform
from sandbox.provider.configuration import Configuration
from sandbox.provider.identity import Scope
from sandbox.provider.outputs import identity_of, settled
from sandbox.schema.cloudformation import CloudFormation
from sandbox.schema.sdk import Sdk
from sandbox.schema.values import reveal
from tests.unit.conftest import STAGES, stage_config
from tests.unit.recording import COMPUTED, record, revealed

FILE = Path(__file__).resolve().parents[1] / "services" / "contract.fixture.json"


class _Identified(mocks.Mocks):
    """Computed values as the sandbox makes them."""

    def __init__(self, stage: str, account_id: str) -> None:
        self._stage, self._account_id = stage, account_id
        self._sdk, self._cloudformation = Sdk.installed("aws"), CloudFormation.installed()

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.typ.startswith("aws:"):
            given = cast("dict[str, Any]", args.inputs)
            return f"{args.name}-id", {**given, **COMPUTED.get(args.typ, {})}
        schema = self._sdk.resource(args.typ)
        region = re.search(r"aws-([a-z]+-[a-z]+-\d)", args.provider or "")
        configuration = Configuration(
            region=region[1] if region else "ap-northeast-2", account=self._account_id, default_tags={}
        )
        inputs = {name: revealed(value) for name, value in cast("dict[str, Any]", args.inputs).items()}
        scope = Scope(
            token=args.typ,
            urn=f"urn:pulumi:{self._stage}::startup-platform::{args.typ}::{args.name}",
            generation=0,
            inputs=inputs,
            configuration=configuration,
            known={},
        )
        identifier, outputs = settled(schema, identity_of(schema, self._cloudformation, inputs), scope)
        return identifier, {name: reveal(value) for name, value in outputs.items()}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], None]:
        raise AssertionError(f"nobody planned the look-up {args.token}")


def fixture() -> str:
    """The file's text."""
    contracts = {stage: _contract(stage) for stage in STAGES}
    return json.dumps(contracts, indent=2, sort_keys=True) + "\n"


def _contract(stage: str) -> dict[str, Any]:
    loaded = settings.load(stage=stage, config=stage_config(stage))
    answers = _Identified(stage, loaded.account_id)
    run = record(lambda: Platform("startup-platform", loaded), stack=stage, answers=answers)
    parameters = {each["name"]: each["value"] for each in run.of_type("aws:ssm/parameter:Parameter")}
    return json.loads(revealed(parameters[parameter_name(loaded.scope())]))


if __name__ == "__main__":
    sys.stdout.write(fixture())
