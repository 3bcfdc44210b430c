"""What runs in Lambda, in the VPC: it makes the schema and the users that a service's stack asks for (docs/adr/0034).

It is called by Pulumi's `aws.lambda_.Invocation` with what is asked for, and with what becomes of it (`tf`: create,
update or delete). As the master, whose password it reads anew each time: it may have been rotated a minute ago.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import boto3
import pymysql
from pymysql.connections import Connection

from components.data.schemas import statements

HERE = Path(__file__).parent
PLACE = HERE / "place.json"  # which the tier puts beside this file
AUTHORITIES = HERE / "authorities.pem"  # RDS's own: Lambda's Python knows none of them
WAKES_SECONDS = 20  # capacity 0 takes about 15 to wake up
ANSWERS_SECONDS = 10
LIFE = "tf"  # under which the provider says what becomes of the invocation
_AWS: Any = boto3  # which has no types
WRONG_PASSWORD = 1045  # MySQL's number of it


def handle(event: Mapping[str, Any], context: object) -> Mapping[str, object]:  # noqa: ARG001 (Lambda gives two)
    """Bring the database to what is asked for.

    Raises:
        RequestError: it is no request; nothing has been done.
    """
    asked = {key: value for key, value in event.items() if key != LIFE}
    life = cast("Mapping[str, Any]", event.get(LIFE) or {})
    request = statements.parse(asked)
    with _connected() as connection:
        if life.get("action") == "delete":
            done = statements.closing(request.service)
        else:
            done = statements.opening(request, {user: _held(connection, user) for user in statements.wanted(request)})
        _carry_out(connection, done)
    # No row and no password is in these; the database's audit log has them as well.
    print(json.dumps({"service": request.service, "statements": done}))  # noqa: T201 (a function's log)
    return {"schema": statements.schema_of(request.service), "users": list(statements.wanted(request))}


def _held(connection: "Connection[Any]", user: str) -> set[statements.Right]:
    rows: list[tuple[str, str]] = []
    with connection.cursor() as cursor:
        for question in statements.HELD:
            cursor.execute(question, (statements.who(user),))
            rows += cursor.fetchall()
    return statements.held(rows)


def _carry_out(connection: "Connection[Any]", sentences: list[str]) -> None:
    with connection.cursor() as cursor:
        for sentence in sentences:
            cursor.execute(sentence)


def _connected() -> "Connection[Any]":
    """As the master; a password that is refused is read once more, since it may be changing just now."""
    try:
        return connect(master())
    except pymysql.err.OperationalError as refused:
        if refused.args[0] != WRONG_PASSWORD:
            raise
        return connect(master())


def master() -> Mapping[str, Any]:
    """Host, port, user and password, from the secret that the stage's contract names."""
    place = json.loads(PLACE.read_text(encoding="utf-8"))
    contract = _AWS.client("ssm").get_parameter(Name=place["contract"])["Parameter"]["Value"]
    secret = json.loads(contract)["database_secret_arn"]
    return json.loads(_AWS.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])


def connect(to: Mapping[str, Any]) -> "Connection[Any]":
    """By TLS to a server whose certificate is of RDS and for that host, or not at all."""
    return pymysql.connect(
        host=to["host"],
        port=int(to["port"]),
        user=to["username"],
        password=to["password"],
        ssl_ca=str(AUTHORITIES),
        ssl_verify_cert=True,
        ssl_verify_identity=True,
        connect_timeout=WAKES_SECONDS,
        read_timeout=ANSWERS_SECONDS,
        write_timeout=ANSWERS_SECONDS,
        autocommit=True,
    )
