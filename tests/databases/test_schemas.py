"""What the database lets the users of services do, asked of a real server.

One thing is other than in Aurora: its server has no AWSAuthenticationPlugin, so users log in here by a password. What
is replaced is `LOG_IN` alone; every other word is what Lambda says.
"""

import hashlib
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import boto3
import pymysql
import pytest
from moto import mock_aws

from components.data.schemas import handler, statements
from components.data.schemas.statements import LOG_IN, Request, Right, opening
from tests.databases.server import Server, running

AWS: Any = boto3
CONTRACT = "/startup-platform/dev/contract/v1"
OF_A_SERVICE = "of-a-service"
DENIED = {1044, 1142, 1370}  # to a schema, to a table, to a routine


@pytest.fixture(scope="module")
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

    def here(request: Request, held: Collection[Right]) -> list[str]:
        return opening(request, held, log_in=by_password)

    monkeypatch.setattr(statements, "opening", here)
    as_master(server, "DROP DATABASE IF EXISTS api", "DROP DATABASE IF EXISTS feed", "DROP DATABASE IF EXISTS a_b")
    as_master(server, "DROP DATABASE IF EXISTS axb", *(f"DROP USER IF EXISTS '{user}'@'%'" for user in USERS))
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


def grants(server: Server, user: str) -> list[str]:
    return sorted(line for (line,) in as_master(server, f"SHOW GRANTS FOR '{user}'@'%'"))


def refused(server: Server, user: str, sentence: str) -> None:
    with pytest.raises(pymysql.err.MySQLError) as problem:
        as_service(server, user, sentence)
    assert problem.value.args[0] in DENIED, problem.value


def test_a_service_makes_and_fills_tables_in_its_own_schema(server: Server) -> None:
    asked("api", "write")
    made = as_service(
        server,
        "api",
        "CREATE TABLE api.posts (id INT PRIMARY KEY, text VARCHAR(9))",
        "ALTER TABLE api.posts ADD COLUMN at INT",
        "INSERT INTO api.posts VALUES (1, 'hello', 2)",
        "UPDATE api.posts SET at = 3",
        "SELECT text, at FROM api.posts",
    )
    assert made == [("hello", 3)]


def test_a_service_reaches_no_schema_of_another_and_none_of_mysqls(server: Server) -> None:
    asked("api", "write")
    asked("feed", "write")
    as_service(server, "api", "CREATE TABLE api.posts (id INT)")
    for sentence in (
        "SELECT * FROM api.posts",
        "INSERT INTO api.posts VALUES (1)",
        "DROP DATABASE api",
        "CREATE DATABASE mine",
        "SELECT * FROM mysql.user",
    ):
        refused(server, "feed", sentence)
    assert as_service(server, "feed", "SHOW DATABASES LIKE 'api'") == []


def test_who_reads_a_schema_of_another_does_not_write_it(server: Server) -> None:
    asked("api", "write")
    as_service(server, "api", "CREATE TABLE api.posts (id INT)", "INSERT INTO api.posts VALUES (7)")
    asked("feed", "read", "api")
    assert as_service(server, "feed", "SELECT id FROM api.posts") == [(7,)]
    for sentence in ("INSERT INTO api.posts VALUES (1)", "DELETE FROM api.posts", "CREATE TABLE feed.x (id INT)"):
        refused(server, "feed", sentence)


def test_an_underscore_in_a_schema_is_that_and_no_other_letter(server: Server) -> None:
    asked("axb", "write")
    asked("a-b", "write")
    as_service(server, "axb", "CREATE TABLE axb.t (id INT)")
    as_service(server, "a_b", "CREATE TABLE a_b.t (id INT)")
    refused(server, "a_b", "SELECT * FROM axb.t")


def test_a_second_run_changes_nothing(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    asked("a-b", "write", "api")
    before = grants(server, "a_b")
    asked("a-b", "write", "api", action="update")
    assert grants(server, "a_b") == before
    _, second = capsys.readouterr().out.splitlines()
    assert not [each for each in json.loads(second)["statements"] if each.startswith(("GRANT", "REVOKE"))]


@pytest.mark.parametrize("done", range(5))
def test_a_run_that_broke_off_anywhere_is_finished_by_the_next(
    server: Server, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    asked("feed", "write", "api")
    whole = grants(server, "feed")
    as_master(server, "DROP USER 'feed'@'%'", "DROP DATABASE feed")
    carry_out = handler._carry_out  # pyright: ignore[reportPrivateUsage]

    def broken(connection: Any, sentences: list[str]) -> None:
        assert len(sentences) == 5  # schema, user, its login, and rights at two places
        carry_out(connection, sentences[:done])
        raise pymysql.err.OperationalError(2013, "Lost connection")

    with monkeypatch.context() as patched:
        patched.setattr(handler, "_carry_out", broken)
        with pytest.raises(pymysql.err.OperationalError):
            asked("feed", "write", "api")
    asked("feed", "write", "api")
    assert grants(server, "feed") == whole


def test_a_right_that_is_no_longer_asked_for_goes_and_so_does_one_that_somebody_gave_by_hand(server: Server) -> None:
    asked("api", "write")
    asked("feed", "write", "api")
    as_master(server, "GRANT SELECT ON *.* TO 'feed'@'%' WITH GRANT OPTION", "CREATE TABLE api.one (id INT)")
    as_master(server, "GRANT INSERT ON api.one TO 'feed'@'%'")
    asked("feed", "read", action="update")
    refused(server, "feed", "SELECT * FROM api.one")
    refused(server, "feed", "INSERT INTO api.one VALUES (1)")
    refused(server, "feed", "CREATE TABLE feed.x (id INT)")
    assert as_service(server, "feed", "SELECT 1") == [(1,)]
    assert not [line for line in grants(server, "feed") if "GRANT OPTION" in line]


def test_a_user_that_somebody_made_by_hand_gets_the_services_way_to_log_in(server: Server) -> None:
    as_master(server, "CREATE USER 'api'@'%' IDENTIFIED BY 'known to many'")
    asked("api", "write")
    with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
        said(server, "api", "known to many", "SELECT 1")
    assert as_service(server, "api", "SELECT 1") == [(1,)]


def test_when_the_need_goes_the_user_goes_and_what_it_wrote_stays(server: Server) -> None:
    asked("api", "write")
    as_service(server, "api", "CREATE TABLE api.posts (id INT)", "INSERT INTO api.posts VALUES (7)")
    asked("api", "write", action="delete")
    with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
        as_service(server, "api", "SELECT 1")
    assert as_master(server, "SELECT id FROM api.posts") == [(7,)]
    asked("api", "write", action="delete")  # a run that broke off after it
    asked("api", "write")
    assert as_service(server, "api", "SELECT id FROM api.posts") == [(7,)]


def test_a_server_that_rds_did_not_vouch_for_never_hears_the_password(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "AUTHORITIES", Path(handler.__file__).with_name("authorities.pem"))
    with pytest.raises(pymysql.err.OperationalError, match="self-signed certificate in certificate chain"):
        asked("api", "write")


def test_a_certificate_of_another_host_is_none(server: Server) -> None:
    with pytest.raises(pymysql.err.OperationalError, match="IP address mismatch"):
        handler.connect({**server.master, "host": "127.0.0.1"})


def test_a_password_that_was_rotated_a_moment_ago_is_read_once_more(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = iter(["the one before", server.master["password"]])
    monkeypatch.setattr(handler, "master", lambda: {**server.master, "password": next(passwords)})
    asked("api", "write")
    assert as_service(server, "api", "SELECT 1") == [(1,)]


def test_what_aurora_is_told_differs_from_what_is_told_here_in_how_users_log_in_alone() -> None:
    request = Request(service="api", access="write")
    aurora, here = opening(request, []), opening(request, [], log_in="HERE")
    assert [each.replace(LOG_IN, "HERE") for each in aurora] == here
    assert LOG_IN == "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL"
