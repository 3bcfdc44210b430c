"""The platform's components as a package: another project, which imports nothing of ours, uses them over the wire."""

import json
from typing import Any

import pytest

from tests.engine.conftest import PACK, ROOT, Project

pytestmark = pytest.mark.engine

# What an SDK made of the schema has, by hand: the stand-in for the language host makes none.
CONSUMER = """
import pulumi

class Service(pulumi.ComponentResource):
    def __init__(self, name, **given):
        outputs = {"queueUrl": None}
        super().__init__("startup-platform:index:Service", name, {**given, **outputs}, None, remote=True)

AT = {"stage": "dev", "accountId": "111122223333", "region": "ap-northeast-2", "budgetUsd": 20}
SAYS = {"team": "core", "costCenter": "CC-2001", "classification": "internal", "kind": "http", "exposure": "internal"}
"""
ADS = 'ads = Service("ads", **AT, **SAYS, needs={"queue": True, "secret": {"stripe": {"days": 30}}})\n'


@pytest.fixture
def consumer(project: Project) -> Project:
    plugins = f"plugins:\n  providers:\n    - name: startup-platform\n      path: {ROOT}\n"
    (project.place / "Pulumi.yaml").write_text(f"name: other\nruntime: python\n{plugins}")
    return project


def program(consumer: Project, source: str) -> None:
    (consumer.place / "__main__.py").write_text(CONSUMER + source)


def test_a_project_that_imports_nothing_of_ours_has_a_service_that_its_stages_policies_let_pass(
    consumer: Project,
) -> None:
    program(consumer, ADS + 'pulumi.export("queue", pulumi.get(ads, "queueUrl"))\n')
    up = consumer.pulumi("up", "-s", "dev", "--yes", "--skip-preview", "--policy-pack", PACK)
    assert up.returncode == 0, up.stdout + up.stderr
    exported: dict[str, Any] = json.loads(consumer.pulumi("stack", "export", "-s", "dev").stdout)
    resources = {(each["type"], each["urn"].rpartition("::")[2]): each for each in exported["deployment"]["resources"]}
    queue = resources["aws:sqs/queue:Queue", "ads-queue-queue"]
    assert "startup-platform:index:Service$startup-platform:service:Service$" in queue["urn"]
    assert queue["outputs"]["tagsAll"]["CostCenter"] == "CC-2001"
    rotation = resources["aws:secretsmanager/secretRotation:SecretRotation", "ads-secret-stripe"]
    assert rotation["inputs"]["rotationRules"] == {"automaticallyAfterDays": 30}
    assert json.loads(consumer.pulumi("stack", "output", "-s", "dev", "--json").stdout) == {
        "queue": "https://sqs.ap-northeast-2.amazonaws.com/111122223333/startup-platform-dev-ads-queue"
    }


def test_what_cannot_be_a_service_is_one_sentence_there_too(consumer: Project) -> None:
    program(consumer, 'Service("ads", **AT, **{**SAYS, "kind": "cron"})\n')
    preview = consumer.pulumi("preview", "-s", "dev")
    said = preview.stdout + preview.stderr
    assert preview.returncode != 0
    assert 'Service ads: kind = "cron" is not allowed; give one of http, grpc, worker, websocket, web' in said
    assert "spec.py" not in said


def test_its_schema_says_what_must_be_given_what_comes_back_and_what_each_means(consumer: Project) -> None:
    done = consumer.pulumi("package", "get-schema", str(ROOT))
    assert done.returncode == 0, done.stderr
    schema: dict[str, Any] = json.loads(done.stdout)
    assert schema["name"] == "startup-platform"
    service = schema["resources"]["startup-platform:index:Service"]
    assert service["isComponent"] is True
    assert set(service["requiredInputs"]) == {
        "accountId", "budgetUsd", "classification", "costCenter", "exposure", "kind", "region", "stage", "team",
    }  # fmt: skip
    assert {"repositoryUrl", "releaseRoleArn", "dashboardName", "queueUrl"} == set(service["properties"])
    described = [service["inputProperties"], *(each["properties"] for each in schema["types"].values())]
    assert [key for each in described for key, value in each.items() if not value.get("description")] == []
    needs = schema["types"]["startup-platform:index:NeedsArgs"]["properties"]
    assert needs["secret"]["additionalProperties"]["$ref"] == "#/types/startup-platform:index:SecretArgs"
