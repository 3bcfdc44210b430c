"""A token for the cache: a signed request to connect, without its scheme, in place of a password.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
"""

from typing import Any

from botocore.model import ServiceId
from botocore.signers import RequestSigner

from ops.connect.errors import ConnectError

SECONDS = 900  # AWS takes no longer one


def token(session: Any, *, region: str, cache: str, user: str) -> str:
    """`cache` is the replication group's id."""
    credentials = session.get_credentials()
    if credentials is None:
        raise ConnectError("no AWS credentials to sign a token for the cache: log in (`aws sso login`)")
    signer: Any = RequestSigner(ServiceId("elasticache"), region, "elasticache", "v4", credentials, session.events)
    url = signer.generate_presigned_url(
        {
            "method": "GET",
            "url": f"https://{cache}/?Action=connect&User={user}",
            "body": {},
            "headers": {},
            "context": {},
        },
        operation_name="connect",
        expires_in=SECONDS,
        region_name=region,
    )
    return url.removeprefix("https://")
