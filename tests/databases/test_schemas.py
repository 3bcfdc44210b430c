"""What the database lets the users of services do, asked of a real server (conftest.py: what differs from Aurora)."""

import json
from pathlib import Path
from typing import Any

import pymysql
import pytest

from components.data.schemas import handler
from components.data.schemas.statements import LOG_IN, Request, opening
from tests.databases.conftest import as_master, as_service, asked, said
from tests.databases.server import Server

DENIED = {1044, 1142, 1227, 1370}  # to a schema, to a table, to what concerns all, to a routine


def grants(server: Server, user: str) -> list[str]:
    return sorted(line for (line,) in as_master(server, f"SHOW GRANTS FOR '{user}'@'%'"))


def refused(server: Server, user: str, sentence: str) -> None:
    with pytest.raises(pymysql.err.MySQLError) as problem:
        as_service(server, user, sentence)
    assert problem.value.args[0] in DENIED, problem.value


def test_migrations_make_tables_and_the_service_fills_them(server: Server) -> None:
    asked("api", "write")
    as_service(
        server,
        "api_ddl",
        "CREATE TABLE api.posts (id INT PRIMARY KEY, text VARCHAR(9))",
        "ALTER TABLE api.posts ADD COLUMN at INT",
        "CREATE INDEX newest ON api.posts (at)",
        "CREATE VIEW api.texts AS SELECT text FROM api.posts",
        "INSERT INTO api.posts VALUES (0, 'first', 1)",
    )
    made = as_service(
        server,
        "api",
        "INSERT INTO api.posts VALUES (1, 'hello', 2)",
        "UPDATE api.posts SET at = 3 WHERE id = 1",
        "DELETE FROM api.posts WHERE id = 0",
        "SELECT text, at FROM api.posts JOIN api.texts USING (text)",
    )
    assert made == [("hello", 3)]


def test_a_service_changes_no_table_of_its_own(server: Server) -> None:
    asked("api", "write")
    as_service(server, "api_ddl", "CREATE TABLE api.posts (id INT)", "INSERT INTO api.posts VALUES (7)")
    for sentence in (
        "ALTER TABLE api.posts ADD COLUMN x INT",
        "CREATE TABLE api.more (id INT)",
        "CREATE INDEX one ON api.posts (id)",
        "CREATE VIEW api.all_of_them AS SELECT * FROM api.posts",
        "CREATE TRIGGER api.each BEFORE INSERT ON api.posts FOR EACH ROW SET NEW.id = 1",
        "TRUNCATE api.posts",
        "DROP TABLE api.posts",
        "DROP DATABASE api",
    ):
        refused(server, "api", sentence)
    assert as_service(server, "api", "SELECT id FROM api.posts") == [(7,)]


def test_who_migrates_a_schema_touches_no_other(server: Server) -> None:
    asked("api", "write")
    asked("feed", "write", "api")
    as_service(server, "api_ddl", "CREATE TABLE api.posts (id INT)")
    for sentence in (
        "SELECT * FROM api.posts",  # which feed itself may
        "ALTER TABLE api.posts ADD COLUMN x INT",
        "DROP TABLE api.posts",
        "CREATE TABLE api.more (id INT)",
        "CREATE DATABASE mine",
        "SELECT * FROM mysql.user",
        "CREATE USER 'me'@'%'",
    ):
        refused(server, "feed_ddl", sentence)
    refused(server, "feed_ddl", "GRANT SELECT ON feed.* TO 'api'@'%'")


def test_a_service_reaches_no_schema_of_another_and_none_of_mysqls(server: Server) -> None:
    asked("api", "write")
    asked("feed", "write")
    as_service(server, "api_ddl", "CREATE TABLE api.posts (id INT)")
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
    as_service(server, "api_ddl", "CREATE TABLE api.posts (id INT)", "INSERT INTO api.posts VALUES (7)")
    asked("feed", "read", "api")
    assert as_service(server, "feed", "SELECT id FROM api.posts") == [(7,)]
    for sentence in ("INSERT INTO api.posts VALUES (1)", "DELETE FROM api.posts", "CREATE TABLE feed.x (id INT)"):
        refused(server, "feed", sentence)


def test_an_underscore_in_a_schema_is_that_and_no_other_letter(server: Server) -> None:
    asked("axb", "write")
    asked("a-b", "write")
    as_service(server, "axb_ddl", "CREATE TABLE axb.t (id INT)")
    as_service(server, "a_b_ddl", "CREATE TABLE a_b.t (id INT)")
    refused(server, "a_b", "SELECT * FROM axb.t")
    refused(server, "a_b_ddl", "DROP TABLE axb.t")


def test_a_second_run_changes_nothing(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    asked("a-b", "write", "api")
    before = grants(server, "a_b") + grants(server, "a_b_ddl")
    asked("a-b", "write", "api", action="update")
    assert grants(server, "a_b") + grants(server, "a_b_ddl") == before
    _, second = capsys.readouterr().out.splitlines()
    assert not [each for each in json.loads(second)["statements"] if each.startswith(("GRANT", "REVOKE"))]


@pytest.mark.parametrize("done", range(8))
def test_a_run_that_broke_off_anywhere_is_finished_by_the_next(
    server: Server, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    asked("feed", "write", "api")
    whole = grants(server, "feed") + grants(server, "feed_ddl")
    as_master(server, "DROP USER 'feed'@'%'", "DROP USER 'feed_ddl'@'%'", "DROP DATABASE feed")
    carry_out = handler._carry_out  # pyright: ignore[reportPrivateUsage]

    def broken(connection: Any, sentences: list[str]) -> None:
        assert len(sentences) == 8  # schema; user, its login, and rights at two places; the one that migrates, at one
        carry_out(connection, sentences[:done])
        raise pymysql.err.OperationalError(2013, "Lost connection")

    with monkeypatch.context() as patched:
        patched.setattr(handler, "_carry_out", broken)
        with pytest.raises(pymysql.err.OperationalError):
            asked("feed", "write", "api")
    asked("feed", "write", "api")
    assert grants(server, "feed") + grants(server, "feed_ddl") == whole


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
    with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
        as_service(server, "feed_ddl", "SELECT 1")  # who only reads changes no tables
    assert not [line for line in grants(server, "feed") if "GRANT OPTION" in line]


def test_a_user_that_somebody_made_by_hand_gets_the_services_way_to_log_in(server: Server) -> None:
    as_master(server, "CREATE USER 'api'@'%' IDENTIFIED BY 'known to many'")
    asked("api", "write")
    with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
        said(server, "api", "known to many", "SELECT 1")
    assert as_service(server, "api", "SELECT 1") == [(1,)]


def test_when_the_need_goes_the_users_go_and_what_they_wrote_stays(server: Server) -> None:
    asked("api", "write")
    as_service(server, "api_ddl", "CREATE TABLE api.posts (id INT)", "INSERT INTO api.posts VALUES (7)")
    asked("api", "write", action="delete")
    for user in ("api", "api_ddl"):
        with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
            as_service(server, user, "SELECT 1")
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
    aurora, here = opening(request, {}), opening(request, {}, log_in="HERE")
    assert [each.replace(LOG_IN, "HERE") for each in aurora] == here
    assert LOG_IN == "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL"
