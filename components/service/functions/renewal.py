"""What Secrets Manager calls to renew a secret of a service (REQ-Y2); it runs in Lambda, beside a list of the secrets.

A value that nobody else has to know of is drawn. One that a partner issues (Stripe, Toss Payments) cannot be made by
any program: a person puts it beside the current one under the label NEXT, and it becomes the current one only if the
partner takes it. Where nobody has, the renewal fails, and whoever is on duty hears of it.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

import base64
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, cast

import boto3

CURRENT, PENDING, NEXT = "AWSCURRENT", "AWSPENDING", "NEXT"
LIST = Path(__file__).with_name("renewed.json")  # title -> {"drawn": true or false, "check": an address or null}
CHARACTERS = 48
SECONDS = 10


class NotRenewedError(Exception):
    """Why the secret stays as it is; the log and the alarm say so, and no value is in it."""


def handler(event: dict[str, str], _context: object) -> None:
    """One of the four steps, in which Secrets Manager calls.

    Raises:
        NotRenewedError: there is no next value, or the partner does not take it.
    """
    store = cast("Any", boto3).client("secretsmanager")
    secret, token = event["SecretId"], event["ClientRequestToken"]
    how = json.loads(LIST.read_text(encoding="utf-8"))[_title(store, secret)]
    match event["Step"]:
        case "createSecret":
            _create(store, secret, token, drawn=how["drawn"])
        case "testSecret":
            _test(store, secret, token, how["check"])
        case "finishSecret":
            _finish(store, secret, token)
        case _:
            pass  # setSecret: who checks the value learns of it nowhere but from the value


def _title(store: Any, secret: str) -> str:
    return str(store.describe_secret(SecretId=secret)["Name"]).rpartition("/")[2]


def _create(store: Any, secret: str, token: str, *, drawn: bool) -> None:
    """A step that is called again finds its value and leaves it."""
    if _value(store, secret, PENDING, token):
        return
    value = (
        store.get_random_password(PasswordLength=CHARACTERS, ExcludePunctuation=True)["RandomPassword"]
        if drawn
        else _value(store, secret, NEXT)
    )
    if not value:
        raise NotRenewedError(f"{secret} has no version with the label {NEXT}: have the partner issue one, and put it")
    if value == _value(store, secret, CURRENT):
        raise NotRenewedError(f"{secret}: what has the label {NEXT} is the current value; put another")
    store.put_secret_value(SecretId=secret, ClientRequestToken=token, SecretString=value, VersionStages=[PENDING])


def _test(store: Any, secret: str, token: str, check: str | None) -> None:
    """Secrets Manager also calls this alone, when the renewal is set up, with a value that is the current one."""
    value = _value(store, secret, PENDING, token)
    if check is None or value is None or value == _value(store, secret, CURRENT):
        return
    if not check.startswith("https://"):
        raise NotRenewedError(f"{check} is no https:// address: the value is not sent there")
    named = base64.b64encode(f"{value}:".encode()).decode()  # HTTP Basic, the key as the name, as both partners have it
    request = urllib.request.Request(check, headers={"Authorization": f"Basic {named}"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
            return
    except urllib.error.HTTPError as answer:
        # 403 and 404 are of a key that is known and may not do this one thing.
        if answer.code == 401 or answer.code >= 500:
            raise NotRenewedError(f"{secret}: {check} answers {answer.code} to the next value") from None
    except OSError as problem:
        raise NotRenewedError(f"{secret}: {check} gives no answer: {problem}") from None


def _finish(store: Any, secret: str, token: str) -> None:
    versions: dict[str, list[str]] = store.describe_secret(SecretId=secret)["VersionIdsToStages"]
    before = next((version for version, labels in versions.items() if CURRENT in labels), None)
    if before != token:
        move = {"SecretId": secret, "VersionStage": CURRENT, "MoveToVersionId": token}
        store.update_secret_version_stage(**move, **({"RemoveFromVersionId": before} if before else {}))
    for version, labels in versions.items():
        if NEXT in labels:
            store.update_secret_version_stage(SecretId=secret, VersionStage=NEXT, RemoveFromVersionId=version)


def _value(store: Any, secret: str, label: str, version: str | None = None) -> str | None:
    """What a version holds, None where there is none yet."""
    which = {"VersionStage": label} | ({"VersionId": version} if version else {})
    try:
        return str(store.get_secret_value(SecretId=secret, **which)["SecretString"])
    except store.exceptions.ResourceNotFoundException:
        return None
