"""What went wrong, in one sentence: what, where, and what to do; never a trace."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from botocore import exceptions

# https://docs.aws.amazon.com/boto3/latest/guide/retries.html: what standard mode has retried by then
_SLOW_DOWN = frozenset(
    {
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_NOT_ALLOWED = frozenset({"403", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch"})
_TAKEN = frozenset({"BucketAlreadyExists"})


class BootstrapError(Exception):
    """One clear sentence."""


def code_of(error: exceptions.ClientError) -> str:
    """What AWS calls it."""
    return _told(error, "Code")


def _told(error: exceptions.ClientError, what: str) -> str:
    response: Any = error.response
    return str(response.get("Error", {}).get(what, ""))


@contextmanager
def explained(doing: str) -> Generator[None]:
    """Turn what AWS and the way to it answer into a sentence that says what was being done.

    Raises:
        BootstrapError: AWS refused, could not be reached, or nobody is logged in.
    """
    try:
        yield
    except exceptions.ClientError as error:
        raise BootstrapError(_sentence(doing, error)) from error
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        raise BootstrapError(
            f"{doing}: nobody is logged in; give credentials of the stage's account, such as AWS_PROFILE"
        ) from error
    except (exceptions.ProfileNotFound, exceptions.TokenRetrievalError, exceptions.SSOError) as error:
        raise BootstrapError(f"{doing}: {error}; log in again with `aws sso login`") from error
    except exceptions.BotoCoreError as error:
        raise BootstrapError(f"{doing}: AWS could not be reached ({error}); run it again") from error


def _sentence(doing: str, error: exceptions.ClientError) -> str:
    code = code_of(error)
    message = _told(error, "Message")
    if code in _SLOW_DOWN:
        return f"{doing}: AWS asked to slow down ({code}) after several tries; run it again, it goes on from here"
    if code in _NOT_ALLOWED:
        return f"{doing}: you may not {error.operation_name}; log in as who administers the account. {message}"
    if code in _EXPIRED:
        return f"{doing}: the credentials are no longer good ({code}); log in again"
    if code in _TAKEN:
        return f"{doing}: another account has taken the name, and nobody can have it twice; ask AWS whose it is"
    return f"{doing}: AWS refused {error.operation_name} ({code}): {message}"
