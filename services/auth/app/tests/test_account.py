"""The account of the user who asks."""

from fastapi.testclient import TestClient

from servicekit import aws
from servicekit.settings import Settings

from ..main import PATH


def test_a_user_sees_the_own_account_and_signs_out(
    client: TestClient, bearer: dict[str, str], settings: Settings
) -> None:
    assert client.get(f"{PATH}/v1/me", headers=bearer).status_code == 404
    email = {"Name": "email", "Value": "kim@example.com"}
    aws.client("cognito-idp").admin_create_user(
        UserPoolId=settings.user_pool_id, Username="u-1", UserAttributes=[email]
    )
    found = client.get(f"{PATH}/v1/me", headers=bearer).json()
    assert (found["enabled"], found["attributes"]["email"]) == (True, "kim@example.com")
    assert client.post(f"{PATH}/v1/me/sign-out", headers=bearer).status_code == 204
    assert client.post(f"{PATH}/v1/me/sign-out").status_code == 401
