"""What is said to MySQL for a service: no more than its needs, and nothing that a name could slip in."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from components.data.aurora import CERTIFICATE_AUTHORITY
from components.data.schemas import statements
from components.data.schemas.statements import Request, RequestError, Right, parse, schema_of
from components.service import spec
from components.settings.stage import RECOVERY_REGION, REGION
from tests.unit.conftest import ROOT

ROWS = "DELETE, EXECUTE, INSERT, SELECT, SHOW VIEW, UPDATE"
EVERYTHING = (
    "ALTER, ALTER ROUTINE, CREATE, CREATE ROUTINE, CREATE TEMPORARY TABLES, CREATE VIEW, DELETE, DROP, EXECUTE, INDEX, "
    "INSERT, LOCK TABLES, REFERENCES, SELECT, SHOW VIEW, TRIGGER, UPDATE"
)


BY_IAM = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL"


def test_a_service_that_writes_rows_has_another_user_who_changes_tables_and_both_get_these_statements_only() -> None:
    assert statements.opening(Request(service="notification-ws", access="write", reads=["api"]), {}) == [
        "CREATE DATABASE IF NOT EXISTS `notification_ws`",
        f"CREATE USER IF NOT EXISTS 'notification_ws'@'%' {BY_IAM}",
        f"ALTER USER 'notification_ws'@'%' {BY_IAM}",
        "GRANT SELECT ON `api`.* TO 'notification_ws'@'%'",
        f"GRANT {ROWS} ON `notification\\_ws`.* TO 'notification_ws'@'%'",
        f"CREATE USER IF NOT EXISTS 'notification_ws_ddl'@'%' {BY_IAM}",
        f"ALTER USER 'notification_ws_ddl'@'%' {BY_IAM}",
        f"GRANT {EVERYTHING} ON `notification\\_ws`.* TO 'notification_ws_ddl'@'%'",
    ]


def test_the_user_that_migrates_has_a_name_that_mysql_takes_of_every_service() -> None:
    longest = "a" * 28
    assert schema_of(longest)
    with pytest.raises(RequestError):
        schema_of(longest + "a")
    assert len(statements.migrator_of(longest)) == statements.USER_MAX


def test_no_service_has_the_name_of_anothers_user_that_migrates() -> None:
    assert statements.migrator_of("feed") == "feed_ddl"
    with pytest.raises(
        RequestError, match=r"^service = feed-ddl: ends in -ddl, as users that migrate do; give another"
    ):
        schema_of("feed-ddl")


def test_a_function_that_is_older_than_what_is_asked_for_says_so_instead_of_doing_something_else() -> None:
    newer = {**statements.ask(Request(service="feed", access="write")), "edition": statements.EDITION + 1}
    with pytest.raises(RequestError, match=r"^edition = \d+: .* up to \d+; bring the platform's stack up first$"):
        parse(newer)


def test_a_service_that_reads_gets_its_own_schema_to_read_and_of_others_the_tables() -> None:
    said = statements.opening(Request(service="feed", access="read", reads=["api"]), {})
    assert said[3:] == [
        "GRANT SELECT ON `api`.* TO 'feed'@'%'",
        "GRANT EXECUTE, SELECT, SHOW VIEW ON `feed`.* TO 'feed'@'%'",
        "DROP USER IF EXISTS 'feed_ddl'@'%'",  # of a time when it wrote
    ]


def test_what_is_held_is_not_given_again_and_what_is_too_much_is_taken_after_what_is_missing() -> None:
    held = statements.held([("`feed`.*", "SELECT", "NO"), ("`api`.*", "INSERT", "YES"), ("*.*", "USAGE", "NO")])
    assert held == {Right("`feed`.*", "SELECT"), Right("`api`.*", "INSERT"), Right("`api`.*", "GRANT OPTION")}
    assert statements.opening(Request(service="feed", access="read"), {"feed": held})[3:5] == [
        "GRANT EXECUTE, SHOW VIEW ON `feed`.* TO 'feed'@'%'",
        "REVOKE GRANT OPTION, INSERT ON `api`.* FROM 'feed'@'%'",
    ]


def test_both_users_go_and_their_schema_is_never_dropped() -> None:
    assert statements.closing("feed") == ["DROP USER IF EXISTS 'feed'@'%'", "DROP USER IF EXISTS 'feed_ddl'@'%'"]


@pytest.mark.parametrize("name", ["mysql", "sys", "information-schema", "performance-schema", "platform", "rdsadmin"])
def test_a_name_that_mysql_or_rds_has_itself_is_refused(name: str) -> None:
    with pytest.raises(RequestError, match=f"^service = {name}: MySQL or RDS has .* give another name$"):
        schema_of(name)


def test_names_are_those_that_services_may_have() -> None:
    assert f"^{statements.NAME.pattern}$" == spec.NAME


@given(st.text())
def test_no_name_ends_a_quote(name: str) -> None:
    try:
        said = " ".join(
            statements.opening(Request(service=name, access="write"), {}, log_in="") + statements.closing(name)
        )
    except RequestError:
        return
    assert re.fullmatch(r"[a-z][a-z0-9-]*", name)
    user = name.replace("-", "_")
    assert set(re.findall(r"'([^']*)'@'%'", said)) == {user, f"{user}_ddl"}
    assert said.count("`") == 6


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"service": "feed`.*; --", "access": "read"}, "service = 'feed`.*; --': give 1 to 28 of a-z"),
        ({"service": "feed\n", "access": "read"}, "give 1 to 28 of a-z"),
        ({"service": "feed"}, "access = None: give one of read, write"),
        ({"service": "feed", "access": "all"}, "access = 'all': give one of read, write"),
        ({"service": "feed", "access": "read", "reads": "api"}, "reads: give a list of at most 20 names"),
        ({"service": "feed", "access": "read", "reads": ["api.*"]}, "reads = 'api.*': give 1 to 28 of a-z"),
        ({"service": "feed", "access": "read", "reads": ["feed"]}, "reads = feed: is the service itself"),
        ({"service": "feed", "access": "read", "sql": "DROP"}, "sql: unknown; a request has service, access and reads"),
    ],
)
def test_what_is_no_request_is_refused_in_one_sentence(asked: dict[str, object], problem: str) -> None:
    with pytest.raises(RequestError) as refused:
        parse(asked)
    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_certificates_are_of_the_authority_that_the_database_has_in_each_region_of_a_stage() -> None:
    text = (ROOT / "components/data/schemas/authorities.pem").read_bytes()
    found = x509.load_pem_x509_certificates(text)
    assert CERTIFICATE_AUTHORITY == "rds-ca-rsa2048-g1"
    names = {one.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value for one in found}
    assert names == {f"Amazon RDS {region} Root CA RSA2048 G1" for region in (REGION, RECOVERY_REGION)}
    for one in found:
        one.verify_directly_issued_by(one)
        assert one.not_valid_after_utc > datetime(2060, 1, 1, tzinfo=UTC)


def test_nothing_of_pulumi_is_needed_where_the_function_runs() -> None:
    for name in ("handler.py", "statements.py"):
        text = Path(ROOT / "components/data/schemas" / name).read_text()
        imported = re.findall(r"^(?:from|import) ([\w.]+)", text, re.MULTILINE)
        assert {each.split(".")[0] for each in imported} <= {
            "boto3", "collections", "components", "dataclasses", "json", "pathlib", "pymysql", "re", "typing"
        }  # fmt: skip
        assert all(each.startswith("components.data.schemas") for each in imported if each.startswith("components"))
