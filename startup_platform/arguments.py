"""What a program of another repository says of a service: service.yaml's keys, typed as Pulumi's schema can say them.

All of it is plain: names and statements are made of it, and policies judge them at preview. What each may be,
components/service/spec.py says; it judges what arrives here. Descriptions stand below each key, where Pulumi looks.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict


class SubscriptionArgs(TypedDict):
    """Events of another service that this one wants."""

    source: str
    """The service that publishes them, such as api."""
    type: str
    """Their detail-type or what it begins with, such as `post.`."""


class EventsArgs(TypedDict):
    """What goes to the stage's bus, and what comes from it."""

    publishes: NotRequired[Sequence[str]]
    """Detail-types that it publishes, such as post.published."""
    subscribes: NotRequired[Mapping[str, SubscriptionArgs]]
    """By a title, what its queue gets."""


class TableArgs(TypedDict):
    """Items by a key."""

    sort_key: bool
    """Whether items have a second key, sk, beside pk. It can never be changed."""


class SecretArgs(TypedDict):
    """A value in Secrets Manager, renewed in time."""

    drawn: NotRequired[bool]
    """Whether the platform draws it; else a person puts what a partner issued."""
    check: NotRequired[str]
    """An https:// address that answers 401 to a wrong value, named by HTTP Basic."""
    days: NotRequired[int]
    """Days, 1 to 90, after which it is renewed; 90 unless said."""


class NeedsArgs(TypedDict):
    """What the service cannot run without; each brings its resources and exactly its rights."""

    mysql: NotRequired[str]
    """Read or write: a schema of its own, as a user of its own."""
    mysql_reads: NotRequired[Sequence[str]]
    """Services whose schemas it reads too."""
    redis: NotRequired[bool]
    """Keys of the cache below its own prefix."""
    queue: NotRequired[bool]
    """A queue of its own, with another for what failed."""
    events: NotRequired[EventsArgs]
    """Events that it publishes and gets."""
    stream: NotRequired[str]
    """Produce or consume: the stream of user events."""
    bucket: NotRequired[bool]
    """A bucket of its own."""
    table: NotRequired[TableArgs]
    """A DynamoDB table of its own."""
    secret: NotRequired[Mapping[str, SecretArgs]]
    """By name, its secrets."""
    feature_group: NotRequired[bool]
    """The features of users, to read and write."""
    model: NotRequired[bool]
    """The recommendation model's endpoint."""
    llm: NotRequired[bool]
    """The stage's language model, screened by its guardrail."""
    login: NotRequired[bool]
    """The stage's users in Cognito, to look at and sign out."""


class FlagArgs(TypedDict):
    """A feature that operators show or take away."""

    enabled: bool
    """Whether it is on at first."""
    says: str
    """What it is, and what users get when it is off."""


class SloArgs(TypedDict):
    """What callers are promised; what is left out is what the stage promises."""

    availability_percent: NotRequired[float]
    """Percent of a month's requests, 90 to 99.999."""
    p95_ms: NotRequired[int]
    """Milliseconds within which 95 of 100 are answered."""


class ServiceArgs(TypedDict):
    """A service, by the name of its resource, and the stage that it comes to."""

    stage: str
    """Its stage: dev, stg or prod, of a platform that has published its contract there."""
    account_id: str
    """The stage's account, 12 digits."""
    region: str
    """The stage's region, such as ap-northeast-2."""
    budget_usd: float
    """Dollars that a month may cost."""
    team: str
    """Who owns it: an ArgoCD project and a namespace."""
    cost_center: str
    """CC- and four digits."""
    classification: str
    """The worst that it holds: public, internal, confidential or restricted."""
    kind: str
    """One of http, grpc, worker, websocket and web."""
    exposure: str
    """Public or internal: whether routes of the entrance lead to it."""
    needs: NotRequired[NeedsArgs]
    """What it needs."""
    flags: NotRequired[Mapping[str, FlagArgs]]
    """By name, features that come and go without a release."""
    slo: NotRequired[SloArgs]
    """What it promises."""
    released: NotRequired[Sequence[str]]
    """Needs whose data may go: the first of two steps."""
    retired: NotRequired[bool]
    """Whether all its data may go, as the first of two steps."""
