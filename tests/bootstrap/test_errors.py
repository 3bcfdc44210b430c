"""What went wrong is one sentence that says what was being done, what, and what to do."""

import pytest
from botocore import exceptions

from bootstrap.errors import BootstrapError, explained


def refusal(code: str) -> exceptions.ClientError:
    return exceptions.ClientError({"Error": {"Code": code, "Message": "so it is"}}, "CreateKey")


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (refusal("AccessDeniedException"), "the key: you may not CreateKey; log in as who administers the account"),
        (refusal("ThrottlingException"), "the key: AWS asked to slow down .* run it again, it goes on from here"),
        (refusal("ExpiredToken"), "the key: the credentials are no longer good .*; log in again"),
        (refusal("BucketAlreadyExists"), "the key: another account has taken the name"),
        (refusal("MalformedPolicyDocument"), r"the key: AWS refused CreateKey \(MalformedPolicyDocument\): so it is"),
        (exceptions.NoCredentialsError(), "the key: nobody is logged in; give credentials"),
        (exceptions.ProfileNotFound(profile="x"), r"the key: .*x.*; log in again with `aws sso login`"),
        (
            exceptions.EndpointConnectionError(endpoint_url="https://kms.invalid"),
            "the key: AWS could not be reached .*; run it again",
        ),
    ],
)
def test_a_refusal_is_one_sentence(problem: Exception, sentence: str) -> None:
    with pytest.raises(BootstrapError, match=sentence) as said, explained("the key"):
        raise problem
    assert "\n" not in str(said.value)


def test_a_stop_by_hand_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt), explained("the key"):
        raise KeyboardInterrupt
