"""What AWS, and the way to it, answer instead of what was asked: told apart here, once, for every command's sentences.

A command says in a table of its own what its user should do about each, and in whose words.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from botocore import exceptions

from ops.errors import OpsError


class Refusal(StrEnum):
    """Why there is no answer."""

    SLOW_DOWN = "slow down"  # too much was asked, and retries did not help
    STUMBLED = "stumbled"  # AWS says so of itself, and says otherwise a moment later
    DENIED = "denied"
    EXPIRED = "expired"
    TAKEN = "taken"  # somebody else has the name
    NOBODY = "nobody"  # there are no credentials
    PROFILE = "profile"  # there is no such profile, or its login has ended
    UNREACHABLE = "unreachable"
    OTHER = "other"


_CODES: Mapping[Refusal, frozenset[str]] = {
    # https://docs.aws.amazon.com/boto3/latest/guide/retries.html: what standard mode has retried by then
    Refusal.SLOW_DOWN: frozenset(
        {
            "BandwidthLimitExceeded",
            "LimitExceededException",
            "RequestLimitExceeded",
            "SlowDown",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
        }
    ),
    Refusal.STUMBLED: frozenset({"InternalFailure", "InternalServerError", "ServiceUnavailable"}),
    Refusal.DENIED: frozenset({"403", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}),
    Refusal.EXPIRED: frozenset(
        {
            "ExpiredToken",
            "ExpiredTokenException",
            "InvalidClientTokenId",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        }
    ),
    Refusal.TAKEN: frozenset({"BucketAlreadyExists"}),
}
Problem = exceptions.ClientError | exceptions.BotoCoreError


def code_of(error: exceptions.ClientError) -> str:
    """What AWS calls it."""
    return _told(error, "Code")


def refusal_of(error: Problem) -> Refusal:
    """Which it is."""
    if isinstance(error, exceptions.ClientError):
        code = code_of(error)
        return next((one for one, codes in _CODES.items() if code in codes), Refusal.OTHER)
    if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        return Refusal.NOBODY
    if isinstance(error, exceptions.ProfileNotFound | exceptions.TokenRetrievalError | exceptions.SSOError):
        return Refusal.PROFILE
    return Refusal.UNREACHABLE


def sentence(doing: str, error: Problem, says: Mapping[Refusal, str]) -> str:
    """A sentence of a command's table, filled; what the table does not have is OTHER.

    `{doing}` is what was being done, `{error}` botocore's own words; of what AWS itself refused there are also
    `{operation}`, `{code}` and `{message}`.
    """
    words = {"doing": doing, "error": str(error), "operation": "", "code": "", "message": ""}
    if isinstance(error, exceptions.ClientError):
        refused: Any = error
        words |= {"operation": refused.operation_name, "code": code_of(error), "message": _told(error, "Message")}
    form = says.get(refusal_of(error), says[Refusal.OTHER])
    return form.format(**words)


@contextmanager
def explained(
    doing: str, says: Mapping[Refusal, str], *, codes: Mapping[str, str], kind: type[OpsError]
) -> Generator[None]:
    """Turn what AWS and the way to it answer into a sentence; `codes` has those of a code that means something here.

    Raises:
        OpsError: of that kind; AWS refused, could not be reached, or nobody is logged in.
    """
    try:
        yield
    except exceptions.ClientError as error:
        raise kind(codes.get(code_of(error)) or sentence(doing, error, says)) from error
    except exceptions.BotoCoreError as error:
        raise kind(sentence(doing, error, says)) from error


def _told(error: exceptions.ClientError, what: str) -> str:
    response: Any = error.response
    return str(response.get("Error", {}).get(what, ""))
