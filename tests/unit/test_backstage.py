"""The third door: Backstage's template asks what the workflow takes, and the workflow proposes what `make` would write.

What Backstage wants of a template, of an action's input and of an entity is stated here from its own schemas:
plugins/scaffolder-common/src/Template.v1beta3.schema.json, githubActionsDispatch.ts and
packages/catalog-model/src/validation/KubernetesValidatorFunctions.ts of https://github.com/backstage/backstage
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest
import yaml

from components.service.spec import NAME, Kind
from components.tagging import Classification
from ops.errors import OpsError
from ops.newservice.making import Files
from ops.newservice.proposing import propose
from ops.newservice.teams import names
from ops.newservice.wanted import Wanted, budgets_of, needs_of, spec_of
from tests.unit.newservice import ROOT

PLACE = ROOT / "templates" / "backstage"
WORKFLOW = ROOT / ".github" / "workflows" / "new-service.yml"
TEMPLATE: Mapping[str, Any] = yaml.safe_load((PLACE / "template.yaml").read_text(encoding="utf-8"))
WORDS = {"type": "string", "minLength": 1}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": "scaffolder.backstage.io/v1beta3"},
        "kind": {"const": "Template"},
        "metadata": {"type": "object", "required": ["name"]},
        "spec": {
            "type": "object",
            "required": ["type", "steps"],
            "additionalProperties": False,
            "properties": {
                "type": WORDS,
                "owner": WORDS,
                "lifecycle": WORDS,
                "parameters": {"type": "array", "items": {"type": "object", "required": ["title", "properties"]}},
                "steps": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["action"],
                        "additionalProperties": False,
                        "properties": {"id": WORDS, "name": WORDS, "action": WORDS, "input": {"type": "object"}},
                    },
                },
                "output": {
                    "type": "object",
                    "properties": {
                        "links": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "additionalProperties": False,
                                "properties": {"url": WORDS, "title": WORDS, "icon": WORDS, "entityRef": WORDS},
                            },
                        }
                    },
                },
            },
        },
    },
}
DISPATCH: Mapping[str, Any] = {
    "type": "object",
    "required": ["repoUrl", "workflowId", "branchOrTagName"],
    "additionalProperties": False,
    "properties": {
        "repoUrl": WORDS,
        "workflowId": WORDS,
        "branchOrTagName": WORDS,
        "token": WORDS,
        "workflowInputs": {"type": "object", "maxProperties": 10, "additionalProperties": {"type": "string"}},
    },
}
BUILT_IN = {"parseRepoUrl", "parseEntityRef", "pick", "projectSlug", "join", "dump", "trim", "lower", "upper"}
ENTITY_NAME = r"([A-Za-z0-9][A-Za-z0-9_.-]{0,61})?[A-Za-z0-9]"
ENTITY_TAG = r"[a-z0-9+#]+(-[a-z0-9+#]+)*"


def problems(schema: Mapping[str, Any], value: object) -> list[str]:
    checker = cast("Any", jsonschema).Draft7Validator(schema)
    return [error.message for error in checker.iter_errors(value)]


def parameters() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for page in TEMPLATE["spec"]["parameters"]:
        assert not found.keys() & page["properties"].keys()
        assert set(page.get("required", ())) <= page["properties"].keys()
        found |= page["properties"]
    return found


def given_to_the_workflow() -> Mapping[str, str]:
    (step,) = TEMPLATE["spec"]["steps"]
    return step["input"]["workflowInputs"]


def workflow() -> Mapping[str, Any]:
    return yaml.load(WORKFLOW.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 (makes text only)


def test_the_template_is_such_as_backstage_takes() -> None:
    assert problems(SCHEMA, TEMPLATE) == []
    (step,) = TEMPLATE["spec"]["steps"]
    assert step["action"] == "github:actions:dispatch"
    assert problems(DISPATCH, step["input"]) == []
    for name, one in parameters().items():
        cast("Any", jsonschema).Draft7Validator.check_schema(one)
        default = one.get("default")
        assert default is None or problems(one, default) == [], name


def test_it_dispatches_a_workflow_that_is_there_with_inputs_that_it_has() -> None:
    (step,) = TEMPLATE["spec"]["steps"]
    assert (WORKFLOW.parent / step["input"]["workflowId"]) == WORKFLOW
    inputs = workflow()["on"]["workflow_dispatch"]["inputs"]
    required = {name for name, one in inputs.items() if one.get("required") == "true"}
    assert required <= given_to_the_workflow().keys() <= inputs.keys()
    asked = {name for page in TEMPLATE["spec"]["parameters"] for name in page.get("required", ())}
    assert required <= asked
    assert set(inputs["kind"]["options"]) == set(Kind)


def test_every_expression_names_a_parameter_that_is_asked_for_and_a_filter_that_backstage_has() -> None:
    text = (PLACE / "template.yaml").read_text(encoding="utf-8")
    expressions = re.findall(r"\$\{\{(.*?)\}\}", text)
    assert len(expressions) > len(given_to_the_workflow())
    named = {name for each in expressions for name in re.findall(r"parameters\.(\w+)", each)}
    assert named == parameters().keys()
    assert {name for each in expressions for name in re.findall(r"\|\s*(\w+)", each)} <= BUILT_IN


def test_what_may_be_chosen_is_what_make_new_service_takes() -> None:
    asked = parameters()
    assert asked["name"]["pattern"] == NAME
    assert asked["team"]["enum"] == names(ROOT)
    assert asked["kind"]["enum"] == [*Kind]
    assert asked["exposure"]["enum"] == ["public", "internal"]
    assert asked["classification"]["enum"] == [*Classification]
    assert budgets_of(asked["budget"]["default"]) == budgets_of("")
    for need in asked["needs"]["items"]["enum"]:
        needs = [need, "queue"] if need == "stream:consume" else [need]
        wanted = Wanted(name="demo", team="core", kind="http", cost_center="CC-2001", needs=needs)
        assert set(spec_of(wanted)[0].needs.named) == set(needs_of(wanted))


def test_the_workflow_hands_what_was_written_into_the_form_over_as_it_is() -> None:
    job = workflow()["jobs"]["propose"]
    (step,) = [each for each in job["steps"] if "run" in each]
    inputs = workflow()["on"]["workflow_dispatch"]["inputs"]
    for name in inputs:
        assert step["env"][name.upper()] == f"${{{{ inputs.{name} }}}}"
        assert f'--{name} "${name.upper()}"' in step["run"]
    assert "${{" not in step["run"]
    assert not step["run"].startswith("make")


class GitHub:
    def __init__(self, **answers: Any) -> None:
        self.answers, self.told = answers, list[tuple[str, str, Any]]()

    def __call__(self, path: str, *, method: str = "GET", body: Any = None) -> Any:
        short = path.removeprefix("repos/o/r").strip("/").partition("?")[0]
        if method != "GET":
            self.told.append((method, short, body))
        return self.answers.get(short.replace("/", "_"), {"sha": f"{short}-sha", "html_url": "https://pull"})


@pytest.fixture
def github() -> GitHub:
    return GitHub(
        **{"": {"default_branch": "main"}},
        pulls=[],
        git_ref_heads_main={"object": {"sha": "tip"}},
        git_commits_tip={"tree": {"sha": "before"}},
    )


FILES = Files(new={"services/demo/service.yaml": "name: demo\n"}, changed={".github/CODEOWNERS": "* @a/b\n"})


def test_a_service_is_proposed_in_one_commit_over_the_default_branch(github: GitHub) -> None:
    class Pulls(GitHub):
        def __call__(self, path: str, *, method: str = "GET", body: Any = None) -> Any:
            found = super().__call__(path, method=method, body=body)
            return {"html_url": "https://pull/1"} if method == "POST" and path.endswith("/pulls") else found

    gh = Pulls(**github.answers)
    assert propose("o/r", "demo", FILES, "A demo", gh) == "https://pull/1"
    (_, _, tree), (_, _, commit), (_, _, ref), (_, _, pull) = gh.told
    assert tree["base_tree"] == "before"
    assert [(each["path"], each["content"]) for each in tree["tree"]] == [
        ("services/demo/service.yaml", "name: demo\n"),
        (".github/CODEOWNERS", "* @a/b\n"),
    ]
    assert (commit["tree"], commit["parents"]) == ("git/trees-sha", ["tip"])
    assert ref == {"ref": "refs/heads/service/demo", "sha": "git/commits-sha"}
    assert (pull["head"], pull["base"], pull["title"]) == ("service/demo", "main", "Make the service demo")


def test_what_is_proposed_already_is_not_proposed_again(github: GitHub) -> None:
    github.answers["pulls"] = [{"html_url": "https://pull/7"}]
    with pytest.raises(OpsError, match="NAME = demo: https://pull/7 proposes it already"):
        propose("o/r", "demo", FILES, "A demo", github)
    assert github.told == []


def entities() -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for path in [PLACE / "catalog-info.yaml", *sorted((ROOT / "services").glob("*/catalog-info.yaml"))]:
        for each in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            yield path, each


def test_each_entity_of_the_catalogue_has_a_name_and_tags_as_backstage_wants_them() -> None:
    for path, entity in entities():
        assert entity["apiVersion"] == "backstage.io/v1alpha1", path
        about = entity["metadata"]
        assert re.fullmatch(ENTITY_NAME, about["name"]), path
        assert all(re.fullmatch(ENTITY_TAG, tag) for tag in about.get("tags", ())), path
        assert all(re.fullmatch(ENTITY_NAME, str(value)) for value in about.get("labels", {}).values()), path
        if entity["kind"] == "Component":
            assert entity["spec"].keys() >= {"type", "lifecycle", "owner"}
            assert about["name"] == path.parent.name


def test_the_catalogue_refers_to_nothing_that_it_does_not_have() -> None:
    there = {f"{each['kind'].lower()}:default/{each['metadata']['name']}" for _, each in entities()}
    for path, entity in entities():
        spec = entity["spec"]
        named = [spec[key] for key in ("owner",) if key in spec] + list(spec.get("dependsOn", ()))
        assert set(named) <= there, path
        assert spec.get("system") in (None, "startup-platform")
    assert {f"group:default/{team}" for team in names(ROOT)} <= there
    assert TEMPLATE["spec"]["owner"] in there
