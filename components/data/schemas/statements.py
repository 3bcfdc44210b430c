"""What MySQL is told so that a service has schema and users (REQ-S5, REQ-K3, REQ-S13). Pure; runs in Lambda too.

A service that writes has two users: it runs as one, which changes rows, and its migrations as one that changes tables.
What is wanted is compared with what each holds, so that a second run changes nothing, a run that broke off is
finished by the next one, and a right that the service no longer asks for goes. Rights are given before others are taken
away: a service that runs is never without those that it keeps.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

Access = Literal["read", "write"]

# The only names that reach a statement: nothing in them ends a quote. A test holds it against what services are called.
NAME = re.compile(r"[a-z]([a-z0-9-]{0,26}[a-z0-9])?", re.ASCII)
# Schemas of MySQL's own, the master, and what RDS keeps for itself.
TAKEN = frozenset(
    {"information_schema", "innodb", "mysql", "performance_schema", "platform", "rdsadmin", "rdsproxyadmin", "root"}
    | {"rdsrepladmin", "sys", "tmp"}
)
READS_MAX = 20
USER_MAX = 32  # letters of a user's name, by MySQL; so what follows a service's name has four
MIGRATES = "_ddl"  # what the name of the user that migrates ends in, and a service's must not

# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html
LOG_IN = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL"

READ = ("EXECUTE", "SELECT", "SHOW VIEW")
READ_OTHERS = ("SELECT",)
# Rows and no table: whoever takes a pod over drops nothing, and TRUNCATE is a DROP.
# https://dev.mysql.com/doc/refman/8.4/en/privileges-provided.html
WRITE = (*READ, "DELETE", "INSERT", "UPDATE")
# What migrations need in their schema; rows too, for what is filled in. No EVENT: a job inside the database is seen by
# nobody.
MIGRATE = (
    *WRITE,
    "ALTER",
    "ALTER ROUTINE",
    "CREATE",
    "CREATE ROUTINE",
    "CREATE TEMPORARY TABLES",
    "CREATE VIEW",
    "DROP",
    "INDEX",
    "LOCK TABLES",
    "REFERENCES",
    "TRIGGER",
)
# Raise it with a change of what a service holds, for the change to reach services that are there: every request has it.
EDITION = 2
NOTHING = "USAGE"  # how MySQL says that somebody holds no right
HANDING_ON = "GRANT OPTION"


class RequestError(ValueError):
    """What is asked for cannot be; one sentence that says what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a service asks of the database."""

    service: str
    access: Access  # to the schema of its own
    reads: Sequence[str] = ()  # services whose schemas it reads too


@dataclass(frozen=True, order=True)
class Right:
    """One privilege, and where."""

    where: str  # as GRANT takes it, such as `feed`.*
    privilege: str  # as MySQL lists it, such as SELECT


def ask(request: Request) -> Mapping[str, object]:
    """What the function is called with."""
    return {
        "service": request.service,
        "access": request.access,
        "reads": sorted(request.reads),
        "edition": EDITION,
    }


def parse(given: Mapping[str, object]) -> Request:
    """A request from what the function was called with.

    Raises:
        RequestError: it is no request.
    """
    unknown = sorted(set(given) - {"service", "access", "reads", "edition"})
    if unknown:
        raise RequestError(f"{', '.join(unknown)}: unknown; a request has service, access and reads")
    access, reads, edition = given.get("access"), given.get("reads", []), given.get("edition", EDITION)
    if not isinstance(edition, int) or edition > EDITION:
        raise RequestError(
            f"edition = {edition!r}: the stage's function knows those up to {EDITION}; bring the platform's stack up "
            "first"
        )
    if access not in get_args(Access):
        raise RequestError(f"access = {access!r}: give one of {', '.join(get_args(Access))}")
    others = cast("list[object]", reads) if isinstance(reads, list) else None
    if others is None or len(others) > READS_MAX:
        raise RequestError(f"reads: give a list of at most {READS_MAX} names of services")
    request = Request(
        service=_named("service", given.get("service")),
        access="write" if access == "write" else "read",
        reads=[_named("reads", each) for each in others],
    )
    if request.service in request.reads:
        raise RequestError(f"reads = {request.service}: is the service itself, which access is about; leave it out")
    return request


def schema_of(service: str) -> str:
    """The schema of a service, which is its user's name too; MySQL takes no hyphen without quotes, so it has none.

    Raises:
        RequestError: MySQL, RDS or a service's migrations have the name for something of their own, or it is none.
    """
    schema = _named("service", service).replace("-", "_")
    if schema in TAKEN:
        raise RequestError(
            f"service = {service}: MySQL or RDS has {schema} for something of its own; give another name"
        )
    if schema.endswith(MIGRATES):
        raise RequestError(
            f"service = {service}: ends in {MIGRATES.replace('_', '-')}, as users that migrate do; give another name"
        )
    return schema


def migrator_of(service: str) -> str:
    """The user that changes a service's schema, before a release and at no other time."""
    return schema_of(service) + MIGRATES


def who(user: str) -> str:
    """A user as MySQL writes it; from anywhere, since security groups say from where."""
    return f"'{user}'@'%'"


def wanted(request: Request) -> Mapping[str, list[Right]]:
    """What each of its users should hold, no more and no less."""
    service, everything = request.service, _everything_in(request.service)
    others = [
        Right(_everything_in(other), privilege) for other in sorted(set(request.reads)) for privilege in READ_OTHERS
    ]
    if request.access == "read":
        return {schema_of(service): [*(Right(everything, privilege) for privilege in READ), *others]}
    return {
        schema_of(service): [*(Right(everything, privilege) for privilege in WRITE), *others],
        migrator_of(service): [Right(everything, privilege) for privilege in MIGRATE],
    }


def opening(request: Request, held: Mapping[str, Collection[Right]], *, log_in: str = LOG_IN) -> list[str]:
    """What makes the schema and its users as they should be, where each holds what it holds."""
    users = wanted(request)
    gone = {schema_of(request.service), migrator_of(request.service)} - set(users)
    return [
        f"CREATE DATABASE IF NOT EXISTS `{schema_of(request.service)}`",
        *(
            sentence
            for user, rights in users.items()
            for sentence in _made(who(user), rights, held.get(user, ()), log_in)
        ),
        *(f"DROP USER IF EXISTS {who(user)}" for user in sorted(gone)),
    ]


def closing(service: str) -> list[str]:
    """What takes its users away. The schema stays: what is in it is not to go with a line of a description."""
    return [f"DROP USER IF EXISTS {who(user)}" for user in (schema_of(service), migrator_of(service))]


# What a user holds: where, what, and whether it may hand that on.
_HELD_AT = "SELECT {}, privilege_type, is_grantable FROM information_schema.{}_privileges WHERE grantee = %s"
HELD = (
    _HELD_AT.format("'*.*'", "user"),
    _HELD_AT.format("CONCAT('`', table_schema, '`.*')", "schema"),
    _HELD_AT.format("CONCAT('`', table_schema, '`.`', table_name, '`')", "table"),
)


def held(rows: Collection[Sequence[str]]) -> set[Right]:
    """Rights from what the questions of HELD answer."""
    rights = {Right(where, privilege) for where, privilege, _ in rows if privilege != NOTHING}
    return rights | {Right(where, HANDING_ON) for where, _, grantable in rows if grantable == "YES"}


def _made(user: str, rights: Sequence[Right], held: Collection[Right], log_in: str) -> Iterator[str]:
    yield f"CREATE USER IF NOT EXISTS {user} {log_in}"
    yield f"ALTER USER {user} {log_in}"  # of one that was there, made by hand or by half a run
    yield from _each_place("GRANT {} ON {} TO " + user, set(rights) - set(held))
    yield from _each_place("REVOKE {} ON {} FROM " + user, set(held) - set(rights))


def _everything_in(service: str) -> str:
    """All of a schema. In a GRANT `_` stands for any letter: `a_b` would be `axb` too, were it not escaped."""
    return "`" + schema_of(service).replace("_", r"\_") + "`.*"


def _each_place(sentence: str, rights: Collection[Right]) -> Iterator[str]:
    for where in sorted({right.where for right in rights}):
        privileges = sorted(right.privilege for right in rights if right.where == where)
        yield sentence.format(", ".join(privileges), where)


def _named(key: str, name: object) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise RequestError(f"{key} = {name!r}: give 1 to 28 of a-z, 0-9 and -, a letter first and no - last")
    return name
