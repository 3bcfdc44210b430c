"""The way to AWS: boto3's clients, one a service and region, patient where AWS asks to slow down."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import boto3
from botocore import exceptions
from botocore.config import Config

from ops.refusals import code_of

# https://docs.aws.amazon.com/boto3/latest/guide/retries.html: standard mode backs off up to 20 seconds a time
_PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=10, read_timeout=30)


@dataclass(frozen=True, kw_only=True)
class Aws:
    """One account, as one identity."""

    session: Any  # boto3.Session
    region: str
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])

    @classmethod
    def of(cls, region: str, profile: str | None = None) -> "Aws":
        """Whoever the environment or a profile says, in a region."""
        make = cast("Any", boto3).Session
        return cls(session=make(profile_name=profile, region_name=region), region=region)

    def client(self, service: str, region: str | None = None) -> Any:
        """Return boto3's client of a service."""
        key = service, region or self.region
        if key not in self._clients:
            self._clients[key] = self.session.client(service, region_name=key[1], config=_PATIENT)
        return self._clients[key]


def unless(call: Callable[[], Any], *codes: str, otherwise: Any = None) -> Any:
    """What a call answers; where AWS says one of these codes, as it does of what is not there, something else."""
    try:
        return call()
    except exceptions.ClientError as error:
        if code_of(error) in codes:
            return otherwise
        raise


def as_tags(tags: dict[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as this API spells them."""
    return [{key: name, value: text} for name, text in tags.items()]
