"""Documents given as objects become text, as the real provider makes them before anybody judges them."""

from sandbox.schema.documents import as_text
from sandbox.schema.values import UNKNOWN, Bag, Secret

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"


def statement(resource: object) -> Bag:
    return {"policy": {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}]}}  # pyright: ignore[reportReturnType]


def test_a_known_document_becomes_json_text() -> None:
    assert as_text(ROLE_POLICY, statement("arn:x"))["policy"] == (
        '{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:x"}]}'
    )


def test_one_unknown_makes_the_document_unknown_and_one_secret_makes_it_a_secret() -> None:
    assert as_text(ROLE_POLICY, statement(UNKNOWN))["policy"] is UNKNOWN
    hidden = as_text(ROLE_POLICY, statement(Secret(value="arn:x")))["policy"]
    assert isinstance(hidden, Secret)
    assert hidden.value == as_text(ROLE_POLICY, statement("arn:x"))["policy"]


def test_what_is_no_document_stays_as_it_is() -> None:
    assert as_text("aws:s3/bucket:Bucket", {"tags": {"a": "b"}}) == {"tags": {"a": "b"}}
