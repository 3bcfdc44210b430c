"""What the two backends are pinned to."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from k8s.versions import KUBERNETES
from sandbox import cache
from sandbox.errors import SandboxError
from sandbox.kube import build, cluster
from sandbox.kube.apiserver import BINARIES, ApiServer
from sandbox.kube.backend import SchemaBackend
from sandbox.kube.objects import kind_of
from sandbox.kube.schemas import Schemas
from sandbox.kube.served import ServedBackend, with_whole_numbers


def test_the_api_server_that_is_built_is_of_the_minor_that_the_platform_pins() -> None:
    assert build.version().rpartition(".")[0] == KUBERNETES


def test_the_schemas_are_of_the_minor_that_the_platform_pins() -> None:
    schemas = Schemas()
    assert schemas.validator(kind_of("apps/v1", "Deployment"))


def test_the_real_one_runs_where_it_was_built_unless_schemas_are_wished_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    with ExitStack() as ending:
        assert isinstance(cluster.find(tmp_path / "data", "", ending), SchemaBackend)
        place = tmp_path / f"kube-{build.version()}"
        place.mkdir()
        for name in BINARIES:
            (place / name).touch()
        assert isinstance(cluster.find(tmp_path / "data", "", ending), ServedBackend)
        assert isinstance(cluster.find(tmp_path / "data", "schemas", ending), SchemaBackend)
    assert not (tmp_path / "data").exists()  # nothing starts before it is needed


def test_a_number_that_a_crd_lets_be_larger_than_its_format_keeps_no_format() -> None:
    wide = {"type": "integer", "format": "int32", "maximum": 2**32 - 1, "minimum": 1}
    narrow = {"type": "integer", "format": "int32", "maximum": 65535}
    given = {"properties": {"wide": wide, "narrow": narrow, "list": {"items": wide}}}
    made = with_whole_numbers(given)["properties"]
    assert made["wide"] == {"type": "integer", "maximum": 2**32 - 1, "minimum": 1} == made["list"]["items"]
    assert made["narrow"] == narrow


def test_a_group_that_several_projects_share_may_have_kinds_that_nobody_here_knows() -> None:
    schemas = Schemas()
    rollout = {"group": "argoproj.io", "names": {"kind": "Rollout", "plural": "rollouts"}, "scope": "Namespaced"}
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    schemas.learn({"kind": "CustomResourceDefinition", "spec": {**rollout, "versions": [version]}})
    assert schemas.refusal(kind_of("argoproj.io/v1alpha1", "AppProject")) is None
    assert "did you mean 'Rollout'?" in str(schemas.refusal(kind_of("argoproj.io/v1alpha1", "Rolout")))
    assert "the group has" in str(schemas.refusal(kind_of("apps/v1", "AppProject")))


def test_what_a_lost_engine_asked_starts_no_server_after_the_end_of_the_run(tmp_path: Path) -> None:
    server = ApiServer(tmp_path / "binaries", tmp_path / "data")
    server.stop()
    with pytest.raises(SandboxError, match="the run has ended"):
        server.call("GET", "/readyz")
    assert not (tmp_path / "data").exists()
