"""A database and an account as the function finds them, and ways to ask and to look.

One thing is other than in Aurora: its server has no AWSAuthenticationPlugin, so users log in here by a password. What
is replaced is `LOG_IN` alone; every other word is what Lambda says.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from components.data.schemas import handler, statements
from components.data.schemas.statements import Request, Right, opening
from tests.databases.server import Server, running

AWS: Any = boto3
CONTRACT = "/startup-platform/dev/contract/v1"
OF_A_SERVICE = "of-a-service"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("mariadb")) as one:
        yield one


@pytest.fixture(autouse=True)
def in_lambda(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The account as the function finds it, and a database without a service."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-2")
    place = tmp_path / "place.json"
    place.write_text(json.dumps({"contract": CONTRACT}))
    monkeypatch.setattr(handler, "PLACE", place)
    monkeypatch.setattr(handler, "AUTHORITIES", server.authority)
    by_password = f"IDENTIFIED WITH mysql_native_password USING '{native(OF_A_SERVICE)}' REQUIRE SSL"

    def here(request: Request, held: Mapping[str, Collection[Right]]) -> list[str]:
        return opening(request, held, log_in=by_password)

    monkeypatch.setattr(statements, "opening", here)
    as_master(server, "DROP DATABASE IF EXISTS api", "DROP DATABASE IF EXISTS feed", "DROP DATABASE IF EXISTS a_b")
    users = [name for user in USERS for name in (user, f"{user}_ddl")]
    as_master(server, "DROP DATABASE IF EXISTS axb", *(f"DROP USER IF EXISTS '{user}'@'%'" for user in users))
    with mock_aws():
        secret = AWS.client("secretsmanager").create_secret(Name="master", SecretString=json.dumps(server.master))
        contract = json.dumps({"database_secret_arn": secret["ARN"]})
        AWS.client("ssm").put_parameter(Name=CONTRACT, Value=contract, Type="String")
        yield


USERS = ("api", "feed", "a_b", "axb")


def native(password: str) -> str:
    """What mysql_native_password keeps of a password."""
    return "*" + hashlib.sha1(hashlib.sha1(password.encode()).digest()).hexdigest().upper()  # noqa: S324 (MySQL's own)


def as_master(server: Server, *sentences: str) -> list[Any]:
    return said(server, "platform", server.master["password"], *sentences)


def as_service(server: Server, user: str, *sentences: str) -> list[Any]:
    return said(server, user, OF_A_SERVICE, *sentences)


def said(server: Server, user: str, password: str, *sentences: str) -> list[Any]:
    """What the last sentence answers."""
    with server.log_in(user, password) as connection, connection.cursor() as cursor:
        for sentence in sentences:
            cursor.execute(sentence)
        return list(cursor.fetchall())


def asked(service: str, access: str, *reads: str, action: str = "create") -> None:
    handler.handle({"service": service, "access": access, "reads": list(reads), "tf": {"action": action}}, None)
