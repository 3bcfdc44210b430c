"""What a service may say of itself, and the one sentence that it gets for anything else."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.service.spec import FILE, Needs, SpecError, parse, read, stage_of

LEAST: dict[str, Any] = {
    "name": "feed",
    "team": "discovery",
    "cost_center": "CC-2001",
    "classification": "confidential",
    "kind": "http",
    "exposure": "public",
}
STAGE = {
    "service:account_id": "111122223333",
    "service:region": "ap-northeast-2",
    "service:budget_usd": "120",
}


def said(**otherwise: object) -> str:
    with pytest.raises(SpecError) as refused:
        parse({**LEAST, **otherwise}, FILE)
    return str(refused.value)


def test_the_least_service_needs_nothing() -> None:
    spec = parse(LEAST, FILE)
    assert spec.needs.named == []
    assert spec.cache_prefix == "feed:"


def test_a_service_names_what_it_needs_and_has_no_more() -> None:
    spec = parse({**LEAST, "needs": {"queue": True, "redis": True, "bucket": False}}, FILE)
    assert spec.needs.named == ["redis", "queue"]


@pytest.mark.parametrize("name", ["Feed", "1feed", "feed-", "feed_worker", "f" * 29, "한글", "", "feed.worker"])
def test_a_name_that_dns_iam_or_s3_would_refuse_is_refused(name: str) -> None:
    assert f"{FILE}: name = " in said(name=name)
    assert "is not allowed; give 1 to 28 of a-z, 0-9 and -, a letter first and no - last" in said(name=name)


@pytest.mark.parametrize("name", ["platform", "prod", "sessions", "kube-system"])
def test_a_name_of_the_platforms_own_is_refused(name: str) -> None:
    assert said(name=name) == (f'{FILE}: name = "{name}" is reserved for the platform itself; give another name')


@pytest.mark.parametrize(
    ("otherwise", "sentence"),
    [
        (
            {"needs": {"quue": True}},
            "needs.quue is no key; did you mean queue? There is: " + ", ".join(Needs.model_fields),
        ),
        (
            {"needs": {"mysql": "admin"}},
            'needs.mysql = "admin" is not allowed; give read or write: a schema of its own, as a user of its own',
        ),
        ({"kind": "cron"}, 'kind = "cron" is not allowed; give one of http, grpc, worker, websocket, web'),
        ({"cost_center": "4711"}, 'cost_center = "4711" is not allowed; give CC- and four digits, such as CC-2001'),
        (
            {"slo": {"availability_percent": 100}},
            "slo.availability_percent = 100 is not allowed; give percent of a month's requests, 90 to 99.999",
        ),
        (
            {"needs": {"events": {}}},
            "needs.events neither publishes nor subscribes; name an event, or leave the need out",
        ),
        (
            {"name": "feed-migration"},
            'name = "feed-migration" ends as the account of another service\'s migrations does; give another name',
        ),
        ({"name": "a--b"}, 'name = "a--b" has two hyphens in a row, which names of ours are parted by; give one'),
    ],
)
def test_what_is_wrong_is_one_sentence_with_key_value_and_what_is_allowed(
    otherwise: dict[str, Any], sentence: str
) -> None:
    assert said(**otherwise) == f"{FILE}: {sentence}"


@pytest.mark.parametrize(
    ("otherwise", "sentence"),
    [
        (
            {"kind": "web", "needs": {"redis": True}},
            "kind = web has no pod that could use needs.redis; remove it, or give another kind",
        ),
        (
            {"kind": "worker", "exposure": "public", "needs": {"queue": True}},
            "kind = worker has no route, so exposure = public contradicts it; give internal, or another kind",
        ),
        (
            {"kind": "worker", "exposure": "internal"},
            "kind = worker has nothing to work on; give needs.queue = true or needs.stream = consume",
        ),
        (
            {"needs": {"events": {"subscribes": {"posts": {"source": "api", "type": "post.published"}}}}},
            "needs.events.subscribes has no queue that events could go to; give needs.queue = true",
        ),
        (
            {"needs": {"mysql_reads": ["api"]}},
            "needs.mysql_reads has no user that could read; give needs.mysql = read or write",
        ),
        (
            {"needs": {"mysql": "write", "mysql_reads": ["feed"]}},
            "needs.mysql_reads names the service itself, which needs.mysql is about; leave it out",
        ),
        (
            {"kind": "grpc"},
            "kind = grpc is for callers in the cluster, so exposure = public contradicts it; give internal",
        ),
    ],
)
def test_options_that_contradict_each_other_are_refused_together(otherwise: dict[str, Any], sentence: str) -> None:
    assert said(**otherwise) == f"{FILE}: {sentence}"


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert len(said(kind="cron", team="").splitlines()) == 2


def test_a_folder_is_read_and_a_service_is_not_renamed(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    (folder / FILE).write_text(yaml.safe_dump(LEAST))
    assert read(folder).name == "feed"
    (folder / FILE).write_text(yaml.safe_dump({**LEAST, "name": "timeline"}))
    with pytest.raises(SpecError, match=r'services/feed/service\.yaml: name = "timeline" is not its folder\'s, feed'):
        read(folder)


def test_a_file_that_is_missing_or_no_yaml_says_so(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"service\.yaml cannot be read: No such file or directory"):
        read(tmp_path)
    (tmp_path / FILE).write_text("name: [")
    with pytest.raises(SpecError, match=r"service\.yaml, line 1: not valid YAML"):
        read(tmp_path)


def test_a_stage_says_where_the_service_lives_and_what_it_may_cost() -> None:
    stage = stage_of("dev", STAGE | {"pulumi:tags": "{}"})
    assert (stage.account_id, stage.region, stage.budget_usd) == ("111122223333", "ap-northeast-2", 120.0)


@pytest.mark.parametrize(
    ("stack", "config", "sentence"),
    [
        ("qa", STAGE, "there is no stage 'qa': a stack is named dev, stg or prod"),
        (
            "dev",
            {**STAGE, "service:budget_usd": "-1"},
            'Pulumi.dev.yaml: service:budget_usd = "-1" is not allowed; give dollars, above 0, that a month may cost',
        ),
        (
            "dev",
            {key: value for key, value in STAGE.items() if key != "service:region"},
            "Pulumi.dev.yaml: service:region is missing; give the region, such as ap-northeast-2",
        ),
    ],
)
def test_a_stage_that_is_wrong_is_one_sentence(stack: str, config: dict[str, str], sentence: str) -> None:
    with pytest.raises(SpecError) as refused:
        stage_of(stack, config)
    assert str(refused.value) == sentence
