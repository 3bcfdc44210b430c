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

EVERYTHING = (
    "ALTER, ALTER ROUTINE, CREATE, CREATE ROUTINE, CREATE TEMPORARY TABLES, CREATE VIEW, DELETE, DROP, EXECUTE, INDEX, "
    "INSERT, LOCK TABLES, REFERENCES, SELECT, SHOW VIEW, TRIGGER, UPDATE"
)


def test_a_service_that_writes_gets_these_statements_and_no_other() -> None:
    assert statements.opening(Request(service="notification-ws", access="write"), []) == [
        "CREATE DATABASE IF NOT EXISTS `notification_ws`",
        "CREATE USER IF NOT EXISTS 'notification_ws'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
        "ALTER USER 'notification_ws'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
        f"GRANT {EVERYTHING} ON `notification\\_ws`.* TO 'notification_ws'@'%'",
    ]


def test_a_service_that_reads_gets_its_own_schema_to_read_and_of_others_the_tables() -> None:
    said = statements.opening(Request(service="feed", access="read", reads=["api"]), [])
    assert said[3:] == [
        "GRANT SELECT ON `api`.* TO 'feed'@'%'",
        "GRANT EXECUTE, SELECT, SHOW VIEW ON `feed`.* TO 'feed'@'%'",
    ]


def test_what_is_held_is_not_given_again_and_what_is_too_much_is_taken_after_what_is_missing() -> None:
    held = statements.held([("`feed`.*", "SELECT", "NO"), ("`api`.*", "INSERT", "YES"), ("*.*", "USAGE", "NO")])
    assert held == {Right("`feed`.*", "SELECT"), Right("`api`.*", "INSERT"), Right("`api`.*", "GRANT OPTION")}
    assert statements.opening(Request(service="feed", access="read"), held)[3:] == [
        "GRANT EXECUTE, SHOW VIEW ON `feed`.* TO 'feed'@'%'",
        "REVOKE GRANT OPTION, INSERT ON `api`.* FROM 'feed'@'%'",
    ]


def test_a_user_goes_and_its_schema_is_never_dropped() -> None:
    assert statements.closing("feed") == ["DROP USER IF EXISTS 'feed'@'%'"]


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
            statements.opening(Request(service=name, access="write"), [], log_in="") + statements.closing(name)
        )
    except RequestError:
        return
    assert re.fullmatch(r"[a-z][a-z0-9-]*", name)
    assert set(re.findall(r"'([^']*)'@'%'", said)) == {name.replace("-", "_")}
    assert said.count("`") == 4


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
