"""What a service stack reads of its platform, and what it says where there is none to build on."""

import json
from dataclasses import fields
from typing import Any

import pytest

from components.contract import VERSION, Contract
from components.naming import Scope
from components.service.contract import ContractError, Platform, parse
from sandbox.provider import invokes
from tests.unit.conftest import STAGES
from tools import contract_fixture

FIXTURE: dict[str, dict[str, Any]] = json.loads(contract_fixture.FILE.read_text(encoding="utf-8"))
SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")


def refused(**otherwise: object) -> str:
    with pytest.raises(ContractError) as problem:
        parse(json.dumps({**FIXTURE["dev"], **otherwise}), SCOPE)
    return str(problem.value)


def test_a_service_reads_nothing_that_the_platform_does_not_write() -> None:
    assert set(Platform.model_fields) <= {field.name for field in fields(Contract)}


@pytest.mark.parametrize("stage", STAGES)
def test_the_fixture_is_a_contract_of_every_stage(stage: str) -> None:
    given = FIXTURE[stage]
    assert set(given) == {"contract_version", *(field.name for field in fields(Contract))}
    scope = Scope(stage=stage, account_id=given["account_id"], region=given["region"])
    assert parse(json.dumps(given), scope).scope == scope


def test_the_fixture_is_what_the_platform_would_publish_today() -> None:
    assert contract_fixture.FILE.read_text(encoding="utf-8") == contract_fixture.fixture()


def test_another_version_names_the_platforms_stack_and_the_version_needed() -> None:
    assert refused(contract_version=0) == (
        f"startup-platform's stack dev has contract version 0, and this service needs {VERSION}; update it"
    )


def test_an_older_contract_names_what_it_lacks() -> None:
    older = {name: value for name, value in FIXTURE["dev"].items() if name not in ("cache_user_group", "compliance")}
    with pytest.raises(ContractError) as problem:
        parse(json.dumps(older), SCOPE)
    assert str(problem.value) == (
        "the contract of startup-platform's stack dev has version 1 without cache_user_group, compliance as needed: "
        "it is older than this service; update that stack first"
    )


def test_a_contract_of_another_stage_is_none_of_this_service() -> None:
    assert "is about stage prod in 111122223333" in refused(stage="prod")


def test_what_is_no_object_is_no_contract() -> None:
    with pytest.raises(ContractError, match="no JSON object"):
        parse("[]", SCOPE)


def test_the_sandbox_answers_with_the_file_that_is_made() -> None:
    assert invokes.CONTRACTS.samefile(contract_fixture.FILE)
