"""A stage of one's own on this machine, as one service sees it: the stores that it needs, AWS, and who signs tokens.

`make dev` and the service's own tests run on it. The service finds everything in it as it does in a real stage: by the
contract, which is a parameter of this AWS too.
"""

import asyncio
import contextlib
import json
import os
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from components.contract import parameter_name
from components.data.schemas import statements
from components.naming import Scope
from components.service.spec import Spec, Subscription, read
from ops.dev import issuer as issuer_of
from ops.dev import servers
from ops.dev.issuer import Issuer
from sandbox.mirror import serve
from servicekit import aws, migrate
from servicekit import settings as settings_of
from servicekit.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
STAGE = "dev"
POLL_SECONDS = 1  # that a call waits for messages: whoever ends a run waits no longer


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What runs, and what a service's process is told of it."""

    spec: Spec
    environment: Mapping[str, str]
    issuer: Issuer

    @contextlib.contextmanager
    def entered(self) -> Generator[Settings]:
        """This process as if it were the service's; afterwards as before."""
        with _as(self.environment):
            yield settings_of.read(self.spec.name)


@contextlib.contextmanager
def running(folder: Path, *, data: Path | None = None) -> Generator[Stage]:
    """A stage for the service of a folder; `data` keeps its database."""
    spec = read(folder)
    contract: dict[str, Any] = json.loads((ROOT / "services" / "contract.fixture.json").read_text())[STAGE]
    with contextlib.ExitStack() as stack:
        environment = {
            "STAGE": STAGE,
            "AWS_REGION": contract["region"],
            "AWS_DEFAULT_REGION": contract["region"],
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_ENDPOINT_URL": stack.enter_context(serve.serving(contract["account_id"])),
        }
        issuer = stack.enter_context(issuer_of.serving(contract["sign_in_client_id"]))
        contract |= {"token_issuer": issuer.url}
        if spec.needs.mysql:
            contract |= {"database_endpoint": servers.HOST, "database_reader_endpoint": servers.HOST}
            schemas = {_schema(name) for name in (spec.name, *spec.needs.mysql_reads, *_migrations(folder))}
            reads = {_schema(spec.name): [_schema(name) for name in spec.needs.mysql_reads]}
            started = servers.mariadb(sorted(schemas), reads=reads, folder=data)
            environment["DATABASE_PORT"] = str(stack.enter_context(started))
        if spec.needs.redis:
            contract |= {"cache_endpoint": servers.HOST}
            environment["CACHE_PORT"] = str(stack.enter_context(servers.redis()))
        secrets: Mapping[str, object] = getattr(spec.needs, "secret", None) or {}
        for title in secrets:
            environment[f"{title.upper().replace('-', '_')}_SECRET_KEY"] = "of-nobody"
        stage = Stage(spec=spec, environment=environment, issuer=issuer)
        with _as(environment):
            _make(spec, contract)
            if spec.needs.mysql:
                for name, migrations in _migrations(folder).items():
                    as_its_job = {**os.environ, "DATABASE_USER": statements.migrator_of(name)}
                    asyncio.run(migrate.apply(settings_of.read(name, as_its_job), migrations))
        yield stage


def _migrations(folder: Path) -> Mapping[str, Path]:
    """Of the service and of those beside it, since all share a database: service -> its migrations."""
    return {found.parents[1].name: found for found in sorted(folder.parent.glob("*/app/migrations"))}


def _schema(service: str) -> str:
    return service.replace("-", "_")


def _make(spec: Spec, contract: dict[str, Any]) -> None:
    """What the platform and the service's stack would have made, as far as moto knows it."""
    scope = Scope(stage=STAGE, account_id=contract["account_id"], region=contract["region"])
    own, needs = scope.name(spec.name), spec.needs
    if needs.login:
        pool = aws.client("cognito-idp").create_user_pool(PoolName=scope.name("users"))["UserPool"]["Id"]
        contract |= {"user_pool_id": pool}
    if needs.stream:
        contract |= {"stream_name": scope.name("events"), "stream_arn": _stream(scope.name("events"), spec)}
    if needs.queue:
        aws.client("sqs").create_queue(QueueName=f"{own}-queue")
    if needs.events:
        _bus(spec, contract["event_bus_name"], scope)
    if needs.bucket:
        where = {"LocationConstraint": scope.region}
        aws.client("s3").create_bucket(Bucket=f"{own}-{scope.account_id}", CreateBucketConfiguration=where)
    if needs.table:
        _table(f"{own}-table", ["pk", "sk"] if needs.table.sort_key else ["pk"])
    aws.client("ssm").put_parameter(Name=parameter_name(scope), Value=json.dumps(contract), Type="String")


def _stream(name: str, spec: Spec) -> str:
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    arn: str = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    if spec.needs.stream == "consume":
        kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=spec.name)
    return arn


def _bus(spec: Spec, bus: str, scope: Scope) -> None:
    """With its subscriptions, so that what is put onto it comes into the queue."""
    events, own = aws.client("events"), scope.name(spec.name)
    events.create_event_bus(Name=bus)
    subscribes: Mapping[str, Subscription] = spec.needs.events.subscribes if spec.needs.events else {}
    for title, wanted in subscribes.items():
        pattern = {"source": [f"startup-platform.{wanted.source}"], "detail-type": [{"prefix": wanted.type}]}
        events.put_rule(Name=f"{own}-{title}", EventBusName=bus, EventPattern=json.dumps(pattern))
        arn = scope.arn("sqs", f"{own}-queue")
        events.put_targets(Rule=f"{own}-{title}", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])


def _table(name: str, keys: list[str]) -> None:
    kinds = ["HASH", "RANGE"]
    aws.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, kinds, strict=False)],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )


@contextlib.contextmanager
def _as(environment: Mapping[str, str]) -> Generator[None]:
    """This process, with the environment."""
    before = dict(os.environ)
    os.environ.update(environment)
    _forget()
    try:
        with mock.patch.object(aws, "POLL_SECONDS", POLL_SECONDS):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        _forget()


def _forget() -> None:
    """Clients of another AWS than the environment's."""
    for kept in (aws.session, aws.client, aws.patient_client):
        kept.cache_clear()
