"""What keeps a connection from being opened, as one sentence."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound


class ConnectError(Exception):
    """A sentence for whoever asked."""


_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}


@contextmanager
def told(doing: str, *, otherwise: dict[str, str] | None = None) -> Generator[None]:
    """AWS's refusals while `doing`, as sentences; `otherwise` has those of an error code that means something here."""
    try:
        yield
    except (NoCredentialsError, ProfileNotFound) as error:
        raise ConnectError(
            f"no AWS credentials to {doing}: log in (`aws sso login`), and name the profile in AWS_PROFILE"
        ) from error
    except ClientError as error:
        answer: Any = error.response
        code: str = answer.get("Error", {}).get("Code", "")
        if otherwise and code in otherwise:
            raise ConnectError(otherwise[code]) from error
        if code in _DENIED:
            raise ConnectError(
                f"your role may not {doing}: it needs the stage's policy platform or developer (docs/access.md)"
            ) from error
        if code in _EXPIRED:
            raise ConnectError(f"your AWS credentials are no longer valid to {doing}: log in again") from error
        raise ConnectError(f"AWS refused to {doing}: {error}") from error
    except BotoCoreError as error:
        raise ConnectError(f"AWS could not be asked to {doing}: {error}") from error
