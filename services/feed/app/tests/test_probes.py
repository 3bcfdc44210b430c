"""What the cluster asks."""

from fastapi.testclient import TestClient

from ..main import NAME, PATH


def test_it_is_alive_and_ready_once_it_has_started(client: TestClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_it_says_what_it_answers_where_its_route_leads(client: TestClient) -> None:
    assert client.get(f"{PATH}/openapi.json").json()["info"]["title"] == NAME
