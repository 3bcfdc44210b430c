"""Items: the second look is answered by the cache."""

from collections.abc import Iterator
from typing import Any

import pymysql
import pytest
from fastapi.testclient import TestClient

from ops.dev.stage import Stage

from ..main import PATH


@pytest.fixture
def database(stage: Stage) -> Iterator[pymysql.Connection]:
    """As whose the items are; its migration has made the table."""
    port = int(stage.environment["DATABASE_PORT"])
    user, schema = "api", "api"
    with pymysql.connect(host="127.0.0.1", port=port, user=user, database=schema, autocommit=True) as found:
        yield found


def row(database: pymysql.Connection, title: str) -> int:
    """A new item's number."""
    with database.cursor() as cursor:
        cursor.execute("INSERT INTO items (title) VALUES (%s)", (title,))
        return cursor.lastrowid


def test_who_has_no_good_token_gets_nothing(client: TestClient, stage: Stage, database: pymysql.Connection) -> None:
    path = f"{PATH}/v1/items/{row(database, 'first')}"
    assert client.get(path).status_code == 401
    wrongs: list[dict[str, Any]] = [{"client_id": "another"}, {"exp": 1}, {"token_use": "id"}]
    for wrong in wrongs:
        token = stage.issuer.token("u-1", **wrong)
        assert client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_an_item_is_found_and_what_is_not_there_is_not(
    client: TestClient, bearer: dict[str, str], database: pymysql.Connection
) -> None:
    number = row(database, "first 🥕")
    answer = client.get(f"{PATH}/v1/items/{number}", headers=bearer)
    assert (answer.status_code, answer.json()) == (200, {"id": number, "title": "first 🥕"})
    assert client.get(f"{PATH}/v1/items/{number + 1000}", headers=bearer).status_code == 404
    assert client.get(f"{PATH}/v1/items/0", headers=bearer).status_code == 422


def test_the_second_look_is_answered_by_the_cache(
    client: TestClient, bearer: dict[str, str], database: pymysql.Connection
) -> None:
    number = row(database, "before")
    first = client.get(f"{PATH}/v1/items/{number}", headers=bearer)
    with database.cursor() as cursor:
        cursor.execute("UPDATE items SET title = 'after' WHERE id = %s", (number,))  # behind the cache's back
    assert client.get(f"{PATH}/v1/items/{number}", headers=bearer).json() == first.json()


def test_an_item_is_made_and_found_also_by_who_looked_too_early(
    client: TestClient, bearer: dict[str, str], database: pymysql.Connection
) -> None:
    early = f"{PATH}/v1/items/{row(database, 'the one before') + 1}"
    assert client.get(early, headers=bearer).status_code == 404
    made = client.post(f"{PATH}/v1/items", json={"title": "new"}, headers=bearer)
    assert (made.status_code, made.json()["title"]) == (201, "new")
    path = f"{PATH}/v1/items/{made.json()['id']}"
    assert path == early
    assert client.get(path, headers=bearer).json() == made.json()
    assert client.post(f"{PATH}/v1/items", json={"title": ""}, headers=bearer).status_code == 422
    assert client.post(f"{PATH}/v1/items", json={"title": "new"}).status_code == 401
