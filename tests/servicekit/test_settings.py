"""A service finds everything by its name, its stage and the contract."""

import json
from collections.abc import Callable

import pytest

from components.contract import VERSION, parameter_name
from components.data.schemas import statements
from components.service.contract import Platform
from components.service.needs import bucket, queue, redis, table
from components.service.place import Place
from components.service.spec import Needs, Spec, Table
from components.tagging import Classification
from servicekit import settings as settings_of
from servicekit.settings import Settings, SettingsError
from tests.servicekit.conftest import CONTRACT


def place(name: str) -> Place:
    spec = Spec.model_validate(
        {
            "name": name,
            "team": "core",
            "cost_center": "CC-2001",
            "classification": Classification.CONFIDENTIAL,
            "kind": "http",
            "exposure": "internal",
            "needs": Needs(mysql="write", redis=True, queue=True, table=Table(sort_key=True), bucket=True),
        }
    )
    return Place(spec=spec, platform=Platform.model_validate(CONTRACT))


def test_what_belongs_to_a_service_has_the_names_that_its_stack_gives_it() -> None:
    stack, own = place("notification-ws"), settings_of.read("notification-ws", {"STAGE": "dev"}, contract())
    login = statements.schema_of("notification-ws")
    assert own.name(queue.WORK) == stack.name(queue.WORK)
    assert f"table/{own.name('table')}" in table.arn(stack)
    assert own.bucket == bucket.bucket_name(stack)
    assert own.cache_user == redis.user(stack)
    assert own.prefix == stack.spec.cache_prefix
    assert (own.database_name, own.database_user) == (login, login)
    assert own.source == stack.source


def contract(**over: object) -> Callable[[str], str]:
    return lambda _: json.dumps(CONTRACT | over)


def test_the_contract_is_asked_for_by_the_name_under_which_the_platform_writes_it() -> None:
    asked: list[str] = []

    def fetch(name: str) -> str:
        asked.append(name)
        return json.dumps(CONTRACT)

    settings_of.read("feed", {"STAGE": "dev"}, fetch)
    settings_of.read("feed", {"CONTRACT": "/startup-platform/dev/contract/v1"}, fetch)  # an instance of phase mvp
    assert asked == [parameter_name(place("feed").scope)] * 2
    assert settings_of.VERSION == VERSION


def test_a_migration_logs_in_as_its_own_user_to_the_services_schema(made: Callable[..., Settings]) -> None:
    found = made({"DATABASE_USER": "demo_ddl"})
    assert (found.database_user, found.database_name) == ("demo_ddl", "demo")


MISTAKES: list[tuple[dict[str, str], Callable[[str], str], str]] = [
    ({}, contract(), "STAGE is not in the environment: the chart of services sets it, and `make dev` does"),
    (
        {"STAGE": "dev", "PORT": "http"},
        contract(),
        "PORT = 'http' in the environment is no whole number",
    ),
    (
        {"STAGE": "dev"},
        contract(contract_version=2),
        "/startup-platform/dev/contract/v1 has version 2, and this service needs 1",
    ),
    (
        {"STAGE": "dev"},
        lambda name: json.dumps({"contract_version": 1} if name else None),
        "the contract has no stage: it is older than this service; update the platform's stack",
    ),
]


@pytest.mark.parametrize(("environment", "fetch", "sentence"), MISTAKES)
def test_what_is_missing_is_one_sentence(
    environment: dict[str, str], fetch: Callable[[str], str], sentence: str
) -> None:
    with pytest.raises(SettingsError) as found:
        settings_of.read("demo", environment, fetch)
    assert str(found.value) == sentence
