"""What this repository says of itself is so: every id, path, command and version that it names."""

import ast
import json
import re
import runpy
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from components import tagging
from policy import tags as policy_tags
from sandbox import engine, language_host
from sandbox.engine import build

ROOT = Path(__file__).resolve().parents[2]
PINNED_BY_THE_CARD = {  # REQ-C2
    "pulumi", "pulumi-aws", "pulumi-eks", "pulumi-kubernetes", "pulumi-policy", "boto3", "pytest",
}  # fmt: skip


def tracked(*patterns: str) -> list[Path]:
    """Files that git tracks or would, so that a clean clone is judged and not somebody's leftovers."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


PAGES = tracked("*.md")


def requirement_ids() -> set[str]:
    sections = yaml.safe_load((ROOT / "docs" / "requirements.yaml").read_text())
    ids = [key for section in sections.values() for key in section]
    assert len(ids) == len(set(ids))
    return set(ids)


def test_every_requirement_id_that_is_named_anywhere_exists() -> None:
    known = requirement_ids()
    named = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in tracked("*.py", "*.md", "*.yaml", "*.yml", "Makefile")
        for name in re.findall(r"\bREQ-([A-Z]+\d+)\b", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 50
    assert [one for one in sorted(named) if one[1] not in known] == []


def test_the_requirement_table_is_whole() -> None:
    counts: dict[str, int] = {}
    for name in requirement_ids():
        counts[name[0]] = counts.get(name[0], 0) + 1
    assert counts == {
        "C": 7, "N": 6, "S": 16, "D": 3, "E": 4, "M": 2, "V": 5, "X": 6, "O": 4, "Y": 6, "Q": 4, "R": 5, "F": 2,
        "T": 3, "B": 3, "P": 5, "K": 6, "A": 3,
    }  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_and_path_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    linked = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]
    spelled = [
        word.rstrip("/")
        for word in re.findall(r"`([\w.-]+/[\w./-]*|[\w-]+\.(?:py|md|yaml|toml|txt|lock))`", text)
        if not word.startswith(".sandbox")
    ]
    missing = [target for target in linked if not (page.parent / target).exists()]
    missing += [word for word in spelled if not any((base / word).exists() for base in (ROOT, page.parent))]
    # Folders that CONTRIBUTING lists below another room's row are named relative to it.
    missing = [word for word in missing if not list(ROOT.glob(f"*/{word}"))]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_make_target_that_a_page_names_is_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert named - targets == set()


def test_help_lists_every_target() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)) - {"setup"}
    assert targets == set(re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE))


def test_both_readmes_begin_with_the_same_two_commands() -> None:
    for name in ("README.md", "README.ko.md"):
        (block, *_) = re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
        assert [line.split("#")[0].strip() for line in block.splitlines()] == ["make preview", "make test"]


def test_what_lands_a_change_is_what_the_readme_says() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if line.startswith("make ")] == ["make preview", "make test"]


def test_what_docs_say_of_settings_is_fresh() -> None:
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == generate["settings"]()
    assert (ROOT / "docs" / "stage.schema.json").read_text(encoding="utf-8") == generate["schema"]()


def test_the_picture_of_the_request_path_is_fresh_and_leads_from_the_domain_to_who_answers() -> None:
    picture = (ROOT / "docs" / "request-path.md").read_text(encoding="utf-8")
    assert picture == runpy.run_path(str(ROOT / "docs" / "generate.py"))["request_path"]()
    arrows = re.findall(r"^  (\w+)(?: -- [\w ]+)? --> (\w+)$", picture, re.MULTILINE)
    reached = {"Record_delivery_apex_a"}
    while more := {end for start, end in arrows if start in reached} - reached:
        reached |= more
    assert {"Bucket_site_bucket", "TargetGroup_entrance_instances", "TargetGroup_entrance_cluster"} <= reached
    assert {"WebAcl_firewall_acl", "WebAcl_lock_acl"} <= reached


def test_the_engine_that_is_fetched_is_the_one_that_is_built_and_spoken_to() -> None:
    module = (build.PINS / "go.mod").read_text()
    for name in ("pkg", "sdk"):
        assert re.findall(rf"github.com/pulumi/pulumi/{name}/v3 v(\S+)", module) == [engine.VERSION]
    assert language_host.VERSION == engine.VERSION
    assert engine.is_supported(engine.VERSION)


def test_every_dependency_is_exact_and_in_the_lock() -> None:
    direct = (ROOT / "requirements.txt").read_text()
    pinned = dict(re.findall(r"^([\w-]+)==(\S+)$", direct, re.MULTILINE))
    assert set(pinned) >= PINNED_BY_THE_CARD
    dev = dict(re.findall(r'^  "([\w-]+)==([^"]+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE))
    lock = (ROOT / "requirements.lock").read_text()
    locked = {name.lower(): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE)}
    assert {name: locked.get(name.lower()) for name in pinned | dev} == pinned | dev
    pack = dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / "policy" / "requirements.txt").read_text(), re.MULTILINE))
    assert pack
    assert {name: locked.get(name.lower()) for name in pack} == pack


def test_no_file_names_a_machine_or_an_index() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for path in tracked()
        if path.suffix not in (".sum", ".mod")
        and re.search(r"files\.pythonhosted|--index-url|/home/\w|/root/", path.read_text(encoding="utf-8"))
    ]
    assert [name for name in found if name != "tests/claims/test_claims.py"] == []


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tier_of(path: Path) -> str:
    """The module that a file is; in the folder of one tier, which lies a level below its room's, the folder."""
    module = path.relative_to(ROOT).with_suffix("")
    return ".".join(module.parts[:3])


def composes(path: Path) -> bool:
    """Whether a file is of a room that puts others' parts together: a stage, or a service."""
    return path.relative_to(ROOT).parts[1] in ("platform", "service")


def test_tiers_import_pure_modules_only_and_never_each_other() -> None:
    files = tracked("components/*.py")
    tiers = {path for path in files if "pulumi.ComponentResource" in path.read_text() and not composes(path)}
    names = {tier_of(path) for path in tiers}
    assert names == {
        "components.compute.capacity",
        "components.compute.cluster",
        "components.compute.instances",
        "components.data.analytics",
        "components.data.aurora",
        "components.data.cache",
        "components.data.catalog",
        "components.data.cost_export",
        "components.data.credentials",
        "components.data.keyvalue",
        "components.data.lake",
        "components.data.log_lake",
        "components.data.messaging",
        "components.data.proxy",
        "components.data.quicksight",
        "components.data.service_schemas",
        "components.data.snapshots",
        "components.data.streaming",
        "components.edge.certificates",
        "components.edge.delivery",
        "components.edge.entrance",
        "components.edge.firewall",
        "components.edge.firewall_log",
        "components.edge.identity",
        "components.edge.lock",
        "components.edge.mail",
        "components.edge.site",
        "components.edge.site_copies",
        "components.foundation.access_logs",
        "components.foundation.encryption",
        "components.foundation.image_copies",
        "components.foundation.network",
        "components.foundation.peering",
        "components.foundation.registry",
        "components.foundation.seed",
        "components.foundation.workloads",
        "components.intelligence.bedrock",
        "components.intelligence.features",
        "components.intelligence.sagemaker",
        "components.intelligence.serving",
        "components.operations.access",
        "components.operations.alerts",
        "components.operations.audit",
        "components.operations.chat",
        "components.operations.cost",
        "components.operations.dashboards",
        "components.operations.detection",
        "components.operations.incidents",
        "components.operations.inquiries",
        "components.operations.promises",
        "components.operations.recorder",
        "components.operations.recovery",
        "components.operations.runner",
        "components.operations.toggles",
        "components.operations.traces",
    }
    for path in files:
        if not composes(path):
            assert not (names - {tier_of(path)}) & set(imports_of(path)), path.name
    for path in tiers:
        assert "components.settings" not in set(imports_of(path)), path.name


@pytest.mark.parametrize(
    ("room", "never"),
    [
        ("bootstrap", ("bench", "organization", "policy", "pulumi_aws", "sandbox", "tests")),
        ("components", ("bench", "bootstrap", "ops", "organization", "policy", "sandbox", "tests")),
        ("organization", ("bench", "bootstrap", "k8s", "ops", "policy", "sandbox", "tests")),
        ("policy", ("bench", "bootstrap", "components", "sandbox", "tests", "pulumi_aws", "pulumi_kubernetes")),
        ("sandbox", ("bench", "bootstrap", "components", "policy", "tests", "pulumi_aws")),
    ],
)
def test_a_room_does_not_reach_into_another(room: str, never: tuple[str, ...]) -> None:
    files = tracked(f"{room}/*.py")
    assert files
    for path in files:
        roots = {name.split(".")[0] for name in imports_of(path)}
        assert not roots & set(never), path.relative_to(ROOT)


def test_the_tiers_and_the_policies_agree_on_the_six_tags() -> None:
    assert tuple(tagging.KEYS) == tuple(policy_tags.KEYS)
    for one in tagging.Classification:
        assert policy_tags.VALUES["DataClassification"].fullmatch(one.value)
    for stage in ("dev", "stg", "prod"):
        config = yaml.safe_load((ROOT / f"Pulumi.{stage}.yaml").read_text())["config"]
        assert policy_tags.VALUES["Environment"].fullmatch(stage)
        for key, setting in (("Owner", "owner"), ("CostCenter", "cost_center"), ("Compliance", "compliance")):
            assert policy_tags.VALUES[key].fullmatch(config[f"startup-platform:{setting}"])


def test_taggable_types_are_those_of_the_pinned_sdk() -> None:
    data = json.loads((ROOT / "policy" / "data" / "taggable.json").read_text())
    assert f"{data['sdk'].replace(' ', '==')}\n" in (ROOT / "requirements.txt").read_text()
