"""Secrets of a service: what is made for them, and what the function that renews them does to Secrets Manager."""

import io
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from components.service.functions import renewal
from components.service.functions.renewal import NotRenewedError, handler
from components.service.spec import FILE, SpecError, parse
from tests.unit.recording import Recorded
from tests.unit.services import LEAST, built, described, place, platform

HERE = "ap-northeast-2:111122223333"
NAME = "/startup-platform/dev/services/feed/stripe"
CHECK = "https://api.stripe.com/v1/balance"
CHECKED = "an https:// address that answers 401 to whoever names himself by a wrong value (HTTP Basic)"
ENDS = "ends in a hyphen and six letters, as AWS ends the ARN of a secret; give another"
NEEDS = {"secret": {"stripe": {"check": CHECK, "days": 60}, "signing": {"drawn": True}}}
SECRET, ROTATION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretRotation:SecretRotation"


@pytest.fixture(scope="module")
def run() -> Recorded:
    return built(described(NEEDS))


def test_each_has_its_name_below_the_services_own_where_the_store_of_the_cluster_finds_it(run: Recorded) -> None:
    assert {one["name"] for one in run.of_type(SECRET)} == {NAME, NAME.replace("stripe", "signing")}
    assert {one["kmsKeyId"] for one in run.of_type(SECRET)} == {platform().key_arns["secrets"]}
    assert {one["tags"]["DataClassification"] for one in run.of_type(SECRET)} == {"restricted"}


def test_a_drawn_one_is_renewed_at_once_and_an_issued_one_when_its_days_are_over(run: Recorded) -> None:
    found = {one.name: one for one in run.of_type(ROTATION)}
    issued, drawn = found["feed-secret-stripe"], found["feed-secret-signing"]
    assert (issued["rotationRules"], issued["rotateImmediately"]) == ({"automaticallyAfterDays": 60}, False)
    assert (drawn["rotationRules"], drawn["rotateImmediately"]) == ({"automaticallyAfterDays": 90}, True)
    assert issued["rotationLambdaArn"] == drawn["rotationLambdaArn"] == "arn:mock:feed-secret-renewal"


def test_no_value_but_that_there_is_none_yet_is_in_the_program(run: Recorded) -> None:
    for version in run.of_type("aws:secretsmanager/secretVersion:SecretVersion"):
        assert version.get("secretString") is None
        assert version["versionStages"] == ["AWSCURRENT", "SEED"]


def test_the_function_renews_the_services_own_secrets_and_is_called_for_them_only(run: Recorded) -> None:
    policy = json.loads(run.named("feed-secret-renewal", "aws:iam/rolePolicy:RolePolicy")["policy"])
    rights = {one["Sid"]: one for one in policy["Statement"]}
    assert rights["RenewItsSecrets"]["Resource"] == [
        f"arn:aws:secretsmanager:{HERE}:secret:/startup-platform/dev/services/feed/{title}-??????"
        for title in ("signing", "stripe")
    ]
    assert rights["SayWhatWasNotRenewed"]["Resource"] == [platform().alarm_topic_arn]
    may_call = run.named("feed-secret-renewal", "aws:lambda/permission:Permission")
    assert (may_call["principal"], may_call["sourceAccount"]) == ("secretsmanager.amazonaws.com", "111122223333")
    assert may_call["sourceArn"] == f"arn:aws:secretsmanager:{HERE}:secret:/startup-platform/dev/services/feed/*"


def test_whoever_is_on_duty_hears_of_one_that_was_not_renewed(run: Recorded) -> None:
    alarm = run.named("feed-secret-renewal", "aws:cloudwatch/metricAlarm:MetricAlarm")
    (measured,) = alarm["metricQueries"]
    assert measured["metric"]["dimensions"] == {"FunctionName": "startup-platform-dev-feed-renewal"}
    assert (alarm["threshold"], alarm["alarmActions"]) == (0, [platform().alarm_topic_arn])


def test_the_pod_itself_has_no_right_to_them_and_without_the_need_nothing_of_it_is_left(run: Recorded) -> None:
    assert "feed-may-secret" not in {one.name for one in run.registrations}
    remaining = {(one.type, one.name) for one in built(described()).registrations}
    brought = {(one.type, one.name) for one in run.registrations} - remaining
    assert len(brought) == 12
    assert all(name.startswith("feed-secret") for _, name in brought)


def test_a_secret_stays_where_the_stage_protects_it() -> None:
    assert all(one.protect for one in built(described(NEEDS), platform("prod")).of_type(SECRET))


def test_the_longest_names_are_as_short_as_lambda_and_iam_want_them() -> None:
    assert len(place(NEEDS, platform("prod"), name="a" * 28).name("renewal")) <= 64


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        (
            {"stripe": {"check": "http://api.stripe.com/"}},
            'needs.secret.stripe.check = "http://api.stripe.com/" is not allowed; give ' + CHECKED,
        ),
        (
            {"stripe": {"days": 365}},
            "needs.secret.stripe.days = 365 is not allowed; give days, 1 to 90, after which it is renewed",
        ),
        (
            {"own": {"drawn": True, "check": CHECK}},
            "needs.secret.own is drawn, so no partner could check it; leave out drawn or check",
        ),
        (
            {"api-secret": {}},
            'needs.secret.api-secret = "api-secret" ' + ENDS,
        ),
    ],
)
def test_what_cannot_be_a_secret_is_one_sentence(secret: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SpecError) as refused:
        parse({**LEAST, "needs": {"secret": secret}}, FILE)
    assert str(refused.value) == f"{FILE}: {sentence}"


# What the function does.


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Secrets Manager with one secret that says that there is none yet."""
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    listed(monkeypatch, tmp_path, drawn=False, check=None)
    with mock_aws():
        client = cast("Any", boto3).client("secretsmanager")
        client.create_secret(Name=NAME, SecretString="not issued yet")
        yield client


def listed(monkeypatch: pytest.MonkeyPatch, folder: Path, *, drawn: bool, check: str | None) -> None:
    (folder / "renewed.json").write_text(json.dumps({"stripe": {"drawn": drawn, "check": check}}))
    monkeypatch.setattr(renewal, "LIST", folder / "renewed.json")


def renew(token: str = "0" * 32) -> None:
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        handler({"SecretId": NAME, "ClientRequestToken": token, "Step": step}, None)


def put_next(store: Any, value: str) -> None:
    store.put_secret_value(SecretId=NAME, SecretString=value, VersionStages=["NEXT"], ClientRequestToken="1" * 32)


def current(store: Any) -> str:
    return store.get_secret_value(SecretId=NAME, VersionStage="AWSCURRENT")["SecretString"]


def labels(store: Any) -> set[str]:
    versions: dict[str, list[str]] = store.describe_secret(SecretId=NAME)["VersionIdsToStages"]
    return {label for each in versions.values() for label in each}


class Partner:
    """Answers the check with a status, and keeps what it was sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, status: int | OSError) -> None:
        self.sent: list[str | None] = []
        self._status = status
        monkeypatch.setattr(urllib.request, "urlopen", self._answer)

    def _answer(self, request: urllib.request.Request, timeout: float) -> io.BytesIO:  # noqa: ARG002 (urllib's own)
        self.sent.append(request.get_header("Authorization"))
        if isinstance(self._status, OSError):
            raise self._status
        if self._status >= 400:
            raise urllib.error.HTTPError(request.full_url, self._status, "", Message(), None)
        return io.BytesIO()


def test_what_somebody_put_beside_it_becomes_the_current_one(store: Any) -> None:
    put_next(store, "sk_2")
    renew()
    assert current(store) == "sk_2"
    assert "NEXT" not in labels(store)


def test_where_nobody_put_one_the_current_one_stays_and_the_renewal_fails(store: Any) -> None:
    with pytest.raises(NotRenewedError, match="has no version with the label NEXT: have the partner issue one"):
        renew()
    assert current(store) == "not issued yet"


def test_the_current_value_is_not_taken_for_a_new_one(store: Any) -> None:
    put_next(store, "not issued yet")
    with pytest.raises(NotRenewedError, match="is the current value; put another"):
        renew()


def test_a_step_that_is_called_again_changes_nothing(store: Any) -> None:
    put_next(store, "sk_2")
    renew()
    handler({"SecretId": NAME, "ClientRequestToken": "0" * 32, "Step": "finishSecret"}, None)
    assert current(store) == "sk_2"


@pytest.mark.parametrize("status", [200, 403, 404])
def test_one_that_the_partner_knows_is_taken_whatever_it_may_do(
    store: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int
) -> None:
    listed(monkeypatch, tmp_path, drawn=False, check=CHECK)
    partner = Partner(monkeypatch, status)
    put_next(store, "sk_2")
    renew()
    assert current(store) == "sk_2"
    assert partner.sent == ["Basic c2tfMjo="]  # sk_2: and no password


@pytest.mark.parametrize("status", [401, 503, OSError("no route")])
def test_one_that_the_partner_refuses_or_does_not_answer_is_not_taken_and_is_not_in_the_log(
    store: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int | OSError
) -> None:
    listed(monkeypatch, tmp_path, drawn=False, check=CHECK)
    Partner(monkeypatch, status)
    put_next(store, "sk_2")
    with pytest.raises(NotRenewedError) as refused:
        renew()
    assert CHECK in str(refused.value)
    assert "sk_2" not in str(refused.value)
    assert current(store) == "not issued yet"


def test_a_drawn_one_is_long_and_another_each_time(store: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    listed(monkeypatch, tmp_path, drawn=True, check=None)
    renew()
    first = current(store)
    renew("2" * 32)
    assert len(first) == 48
    assert current(store) != first
