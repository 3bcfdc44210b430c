"""Where a connection leads and which machine passes it on: asked of the contract and of Systems Manager; no writes.

A session is `Any`: boto3 makes its clients at run time, and no checker knows their methods.
"""

from dataclasses import dataclass
from typing import Any

from components.naming import Scope
from ops.account import caller_of, contract_of
from ops.connect.errors import ConnectError, told


@dataclass(frozen=True, kw_only=True)
class Way:
    """From a free port of this machine to one host."""

    scope: Scope
    destination: str
    host: str
    document: str
    relay: str  # id of an instance that answers
    caller: str  # ARN of whoever asks
    contract: dict[str, Any]


def find(session: Any, scope: Scope, destination: str) -> Way:
    """Everything that a connection needs, or the sentence that says what is missing."""
    caller = caller_of(session, scope, told)
    known = contract_of(session, scope, told)
    documents: dict[str, str] = known.get("access_documents", {})
    if destination not in documents:
        raise ConnectError(
            f"TO={destination}: stage {scope.stage} in phase {known.get('phase')} has no such destination; "
            f"it has: {', '.join(sorted(documents)) or 'none'}"
        )
    return Way(
        scope=scope,
        destination=destination,
        host=known["access_hosts"][destination],
        document=documents[destination],
        relay=_relay(session, scope, known["access_relays"]),
        caller=caller,
        contract=known,
    )


def _relay(session: Any, scope: Scope, names: list[str]) -> str:
    """The first by id of those that answer: two people then share one, and one log has both."""
    with told("see which machines answer"):
        pages = session.client("ssm", region_name=scope.region).get_paginator("describe_instance_information")
        filters = [{"Key": "tag:Name", "Values": names}, {"Key": "PingStatus", "Values": ["Online"]}]
        answering = [
            each["InstanceId"] for page in pages.paginate(Filters=filters) for each in page["InstanceInformationList"]
        ]
    if not answering:
        raise ConnectError(
            f"no machine of stage {scope.stage} in {scope.region} answers Systems Manager under the tag Name "
            f"{' or '.join(names)}: look whether one runs, and whether its agent reaches ssmmessages"
        )
    return min(answering)
