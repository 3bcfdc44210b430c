"""What the cluster asks."""

from fastapi.testclient import TestClient


def test_it_is_alive_and_ready_once_it_has_started(client: TestClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
