"""What a service says of itself (REQ-K3): `services/NAME/service.yaml`, and what a stage says of it beside that. Pure.

Small on purpose. How many pods there are, how a release comes and which paths lead to it are the chart's values
(`deploy/STAGE.yaml`), which ArgoCD reads and Pulumi never writes (docs/adr/0020). A key's meaning is its description.
"""

import difflib
import json
import re
from collections import abc
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args, get_origin

import pulumi
import yaml
from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from components.strict import Strict
from components.tagging import Classification

FILE = "service.yaml"
NAMESPACE = "service"  # of the keys in Pulumi.<stage>.yaml
STAGES = ("dev", "stg", "prod")

# A label of DNS (RFC 1123), an IAM role's and a bucket's name are made of it. The longest of them is a bucket's, 63:
# startup-platform-prod- is 22 letters, and 13 of account and hyphen follow, so 28 would do; a cache user's name has 40.
NAME = r"^[a-z]([a-z0-9-]{0,26}[a-z0-9])?$"
SLUG = r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$"
TITLE = r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$"  # of a secret, as the chart's `secrets` takes it
FLAG = r"^[a-z][a-z0-9_]{0,63}$"  # as AppConfig takes it, and as a program writes it
# Names that stand for something else: a stage, a purpose of the platform's own buckets, queues, logs or accounts.
RESERVED = frozenset(
    {"application", "aws", "baseline", "contract", "default", "failed", "kube-system", "platform", "root", "service"}
    | {"services", "sessions", "site", "undelivered", "work", *STAGES}
)
# An event's detail-type, such as post.published, and what several begin with, such as post.
EVENT = r"^[a-z][a-z0-9]*([._-][a-z0-9]+)*$"
BEGINNING = EVENT.replace("$", "[.]?$")


class Kind(StrEnum):
    """What a service is to its callers; all but `web` are kinds of the chart (k8s/charts/service)."""

    HTTP = "http"
    GRPC = "grpc"
    WORKER = "worker"
    WEBSOCKET = "websocket"
    WEB = "web"  # files of a front end: no pod


# Needs with data of their own, beside a schema that it writes and each secret.
HOLDING = ("queue", "bucket", "table")

RULE = "rule"  # an error whose message goes on after the key, and says what to do


def _is_free(name: str) -> str:
    if name in RESERVED:
        raise PydanticCustomError(RULE, "is reserved for the platform itself; give another name")
    if "--" in name:
        raise PydanticCustomError(RULE, "has two hyphens in a row, which names of ours are parted by; give one")
    if name.endswith("-migration"):
        raise PydanticCustomError(RULE, "ends as the account of another service's migrations does; give another name")
    return name


def _are_distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        raise PydanticCustomError(RULE, "names one twice; give each once")
    return names


def _ends_as_no_arn(title: str) -> str:
    """Secrets Manager ends each ARN with a hyphen and six letters, by which it tells an ARN from a name."""
    if re.search(r"-.{6}$", title):
        raise PydanticCustomError(
            RULE, "ends in a hyphen and six letters, as AWS ends the ARN of a secret; give another"
        )
    return title


class Subscription(Strict):
    """Events of another service that this one wants."""

    source: Annotated[str, Field(pattern=SLUG, description="the service that publishes it, such as api")]
    type: Annotated[
        str,
        Field(pattern=BEGINNING, max_length=64, description="its detail-type or what it begins with, such as post."),
    ]


class Events(Strict):
    """What goes to the stage's bus, and what comes from it."""

    publishes: Annotated[
        tuple[Annotated[str, Field(pattern=EVENT, max_length=64)], ...],
        Field(description="detail-types that it publishes, such as [post.published]"),
        AfterValidator(_are_distinct),
    ] = ()
    subscribes: Annotated[
        Mapping[Annotated[str, Field(pattern=SLUG)], Subscription],
        Field(max_length=20, description="title: {source, type} of events that its queue gets"),
    ] = {}

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if not self.publishes and not self.subscribes:
            raise PydanticCustomError(RULE, "neither publishes nor subscribes; name an event, or leave the need out")
        return self


class Table(Strict):
    """Items by a key; what the key is can never be changed."""

    sort_key: Annotated[bool, Field(description="true or false: whether items have a second key, sk, beside pk")]


class Secret(Strict):
    """A value that the service reads and nobody else: below its own name in Secrets Manager."""

    drawn: Annotated[
        bool, Field(description="true: the platform draws it, such as a key that only the service signs with")
    ] = False
    check: Annotated[
        str | None,
        Field(
            pattern=r"^https://[a-z0-9.-]+/[A-Za-z0-9/._~-]*$",
            description="an https:// address that answers 401 to whoever names himself by a wrong value (HTTP Basic)",
        ),
    ] = None
    days: Annotated[int, Field(ge=1, le=90, description="days, 1 to 90, after which it is renewed")] = 90

    @model_validator(mode="after")
    def _is_known_to_who_checks(self) -> Self:
        if self.drawn and self.check:
            raise PydanticCustomError(RULE, "is drawn, so no partner could check it; leave out drawn or check")
        return self


class Needs(Strict):
    """What the service cannot run without; each brings its resources and exactly its rights."""

    mysql: Annotated[
        Literal["read", "write"] | None, Field(description="read or write: a schema of its own, as a user of its own")
    ] = None
    mysql_reads: Annotated[
        tuple[Annotated[str, Field(pattern=NAME)], ...],
        Field(max_length=20, description="names of services whose schemas it reads too, such as [api]"),
        AfterValidator(_are_distinct),
    ] = ()
    redis: Annotated[bool, Field(description="true: keys of the cache below its own prefix, as a user of its own")] = (
        False
    )
    queue: Annotated[bool, Field(description="true: a queue of its own, with another for what failed")] = False
    events: Annotated[Events | None, Field(description="publishes: [type], subscribes: {title: {source, type}}")] = None
    stream: Annotated[
        Literal["produce", "consume"] | None, Field(description="produce or consume: the stream of user events")
    ] = None
    bucket: Annotated[bool, Field(description="true: a bucket of its own")] = False
    table: Annotated[Table | None, Field(description="{sort_key: true or false}: a DynamoDB table of its own")] = None
    secret: Annotated[
        Mapping[Annotated[str, Field(pattern=TITLE), AfterValidator(_ends_as_no_arn)], Secret],
        Field(max_length=20, description="name: {drawn, check, days} of a secret, such as stripe: {}"),
    ] = {}
    feature_group: Annotated[bool, Field(description="true: the features of users, to read and write")] = False
    model: Annotated[bool, Field(description="true: the recommendation model's endpoint")] = False
    llm: Annotated[bool, Field(description="true: the stage's language model, screened by its guardrail")] = False
    login: Annotated[bool, Field(description="true: the stage's users in Cognito, to look at and sign out")] = False

    @property
    def named(self) -> list[str]:
        """Those that the service has, by name."""
        return [name for name in Needs.model_fields if getattr(self, name)]


class Flag(Strict):
    """A feature that operators show or take away."""

    enabled: Annotated[bool, Field(description="true or false: whether it is on at first")]
    says: Annotated[
        str, Field(min_length=10, max_length=500, description="what it is, and what users get when it is off")
    ]


class Slo(Strict):
    """What callers are promised; what is left out is what the stage promises its users."""

    availability_percent: Annotated[
        float | None, Field(ge=90, lt=100, description="percent of a month's requests, 90 to 99.999")
    ] = None
    p95_ms: Annotated[
        int | None, Field(ge=1, le=60_000, description="ms, 1 to 60000, within which 95 of 100 are answered")
    ] = None


class Spec(Strict):
    """One service."""

    name: Annotated[
        str,
        Field(
            pattern=NAME, description="1 to 28 of a-z, 0-9 and -, a letter first and no - last; its folder has it too"
        ),
        AfterValidator(_is_free),
    ]
    team: Annotated[
        str, Field(pattern=SLUG, description="who owns it, an ArgoCD project and a namespace, such as discovery")
    ]
    cost_center: Annotated[str, Field(pattern=r"^CC-\d{4}$", description="CC- and four digits, such as CC-2001")]
    classification: Annotated[
        Classification, Field(description="the worst that it holds: public, internal, confidential or restricted")
    ]
    kind: Annotated[Kind, Field(description="one of " + ", ".join(Kind))]
    exposure: Annotated[
        Literal["public", "internal"],
        Field(description="public or internal: whether routes of the entrance lead to it"),
    ]
    needs: Annotated[Needs, Field(description="what it needs, any of " + ", ".join(Needs.model_fields))] = Needs()
    flags: Annotated[
        Mapping[Annotated[str, Field(pattern=FLAG)], Flag],
        Field(
            max_length=50,
            description="name: {enabled, says} of a feature that comes and goes without a release",
        ),
    ] = {}
    slo: Annotated[Slo, Field(description="what it promises: availability_percent, p95_ms")] = Slo()
    released: Annotated[
        tuple[str, ...],
        Field(description="needs whose data may go, such as [bucket, secret.stripe]: the first of two steps"),
        AfterValidator(_are_distinct),
    ] = ()
    retired: Annotated[bool, Field(description="true: all its data may go, as the first of two steps")] = False

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for problem in _contradictions(self):
            raise PydanticCustomError(RULE, "{problem}", {"problem": problem})
        return self

    @property
    def holding(self) -> tuple[str, ...]:
        """Those of its needs that hold data, as `released` names them."""
        needs = self.needs
        schema = ["mysql"] if needs.mysql == "write" else []
        whole = [name for name in HOLDING if getattr(needs, name)]
        return (*schema, *whole, *(f"secret.{title}" for title in needs.secret))

    def keeps(self, what: str) -> bool:
        """Whether something of it is still to be protected, where the stage protects anything."""
        return not self.retired and what not in self.released

    @property
    def cache_prefix(self) -> str:
        """What its keys and channels in the cache begin with."""
        return f"{self.name}:"


def _contradictions(spec: Spec) -> Iterator[str]:
    yield from _of_its_kind(spec)
    yield from _of_its_needs(spec)


def _of_its_kind(spec: Spec) -> Iterator[str]:
    needs = spec.needs
    if spec.kind is Kind.WEB and needs.named:
        yield f"kind = web has no pod that could use needs.{needs.named[0]}; remove it, or give another kind"
    if spec.kind is Kind.WEB and spec.flags:
        yield f"kind = web has no pod that could read flags.{next(iter(spec.flags))}; remove it, or give another kind"
    if spec.kind is Kind.WEB and spec.exposure == "internal":
        yield "kind = web is read by browsers, so exposure = internal contradicts it; give public"
    if spec.kind is Kind.WORKER and spec.exposure == "public":
        yield "kind = worker has no route, so exposure = public contradicts it; give internal, or another kind"
    if spec.kind is Kind.GRPC and spec.exposure == "public":
        yield "kind = grpc is for callers in the cluster, so exposure = public contradicts it; give internal"
    if spec.kind is Kind.WORKER and not needs.queue and needs.stream != "consume":
        yield "kind = worker has nothing to work on; give needs.queue = true or needs.stream = consume"


def _of_its_needs(spec: Spec) -> Iterator[str]:
    needs = spec.needs
    if needs.mysql_reads and not needs.mysql:
        yield "needs.mysql_reads has no user that could read; give needs.mysql = read or write"
    if spec.name in needs.mysql_reads:
        yield "needs.mysql_reads names the service itself, which needs.mysql is about; leave it out"
    if needs.events and needs.events.subscribes and not needs.queue:
        yield "needs.events.subscribes has no queue that events could go to; give needs.queue = true"
    for name in spec.released:
        if name not in spec.holding:
            there = ", ".join(spec.holding) or "nothing"
            yield f'released has "{name}", which it does not need or which holds no data; there is: {there}'
    if needs.table and spec.classification is Classification.PUBLIC:
        yield "needs.table keeps data that users did not publish; classification = public is too weak, give internal"


class Stage(Strict):
    """What differs between stages, in Pulumi.<stage>.yaml."""

    account_id: Annotated[str, Field(pattern=r"^\d{12}$", description="the stage's AWS account: 12 digits in quotes")]
    region: Annotated[str, Field(pattern=r"^[a-z]{2}-[a-z]+-\d$", description="the region, such as ap-northeast-2")]
    budget_usd: Annotated[float, Field(gt=0, le=1_000_000, description="dollars, above 0, that a month may cost")]


class SpecError(pulumi.RunError):
    """A service that cannot be; says file, key, value and what is allowed. Pulumi shows it without a trace."""


def read(folder: Path) -> Spec:
    """The service that a folder of `services/` describes.

    Raises:
        SpecError: the file is missing or wrong; all that is wrong is named.
    """
    where = f"services/{folder.name}/{FILE}"
    try:
        given: Any = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise SpecError(f"{where} cannot be read: {getattr(problem, 'strerror', problem)}") from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise SpecError(f"{where}{line}: not valid YAML ({getattr(problem, 'problem', problem)})") from None
    spec = parse(given, where)
    if spec.name != folder.name:
        raise SpecError(
            f'{where}: name = "{spec.name}" is not its folder\'s, {folder.name}, by which ArgoCD knows it; a service '
            "is not renamed: make one under the new name, move what it keeps, then remove this one"
        )
    return spec


def parse(given: object, where: str) -> Spec:
    """A service from what stands in a file; `where` begins each sentence."""
    if not isinstance(given, dict):
        raise SpecError(f"{where}: not a mapping of keys to values")
    try:
        return Spec.model_validate(given)
    except ValidationError as error:
        raise SpecError("\n".join(_sentence(where, Spec, one) for one in error.errors())) from None


def stage_of(stack: str, config: Mapping[str, str]) -> Stage:
    """What the stage says of the service, from its configuration as Pulumi hands it over.

    Raises:
        SpecError: there is no such stage, a key is missing or unknown, or a value is not allowed.
    """
    if stack not in STAGES:
        raise SpecError(f"there is no stage {stack!r}: a stack is named dev, stg or prod")
    given = {key.partition(":")[2]: value for key, value in config.items() if key.startswith(f"{NAMESPACE}:")}
    try:
        return Stage.model_validate(given)
    except ValidationError as error:
        where = f"Pulumi.{stack}.yaml"
        raise SpecError("\n".join(_sentence(where, Stage, one, f"{NAMESPACE}:") for one in error.errors())) from None


def stage_in(folder: Path, stage: str) -> Stage:
    """What a stage's file says of the service of a folder, for whoever is not that stack itself.

    Raises:
        SpecError: the file is missing, no stage file, or says what is not allowed.
    """
    where = f"services/{folder.name}/Pulumi.{stage}.yaml"
    try:
        content: Any = yaml.safe_load((folder / f"Pulumi.{stage}.yaml").read_text(encoding="utf-8"))
        config = {str(key): str(value) for key, value in content["config"].items()}
    except FileNotFoundError:
        raise SpecError(f"services/{folder.name} has no Pulumi.{stage}.yaml; each stage has one") from None
    except (yaml.YAMLError, TypeError, KeyError, AttributeError):
        raise SpecError(f"{where}: not a stage file with config; see services/api for one") from None
    return stage_of(stage, config)


def _sentence(where: str, model: type[BaseModel], problem: ErrorDetails, prefix: str = "") -> str:
    """File, key, value, what is allowed."""
    location = [str(part) for part in problem["loc"] if part != "[key]"]
    key, (fields, description) = prefix + ".".join(location), _around(model, location)
    shown = f" = {json.dumps(problem['input'], default=str, ensure_ascii=False)}"
    match problem["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(location[-1], fields, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            return f"{where}: {key} is no key; {hint}There is: {', '.join(fields)}"
        case "missing":
            return f"{where}: {key} is missing; give {description}"
        case kind if kind == RULE and not location:
            return f"{where}: {problem['msg']}"
        case kind if kind == RULE:
            return f"{where}: {key}{shown if not isinstance(problem['input'], dict) else ''} {problem['msg']}"
        case _:
            return f"{where}: {key}{shown} is not allowed; give {description}"


def _around(model: type[BaseModel], location: Sequence[str]) -> tuple[list[str], str]:
    """The keys beside the one at `location`, and the description of that one or of the nearest above."""
    description, titles = "", False
    for part in location:
        if titles:  # a name of the user's own, of what is described below it
            titles = False
            continue
        names = list(model.model_fields)
        if part not in model.model_fields:
            return names, description
        field = model.model_fields[part]
        description = field.description or description
        below = _part_of(field.annotation)
        if below is None:
            return names, description
        model, titles = below, get_origin(field.annotation) is abc.Mapping
    return list(model.model_fields), description


def _part_of(annotation: object) -> type[Strict] | None:
    """The part that a field's type is, or one of whose types is."""
    for each in (annotation, *get_args(annotation)):
        if isinstance(each, type) and issubclass(each, Strict):
            return each
    return None
