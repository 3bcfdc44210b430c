"""The language host starts a policy pack in the environment that the engine names."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pytest
from pulumi.runtime.proto import language_pb2 as language

from sandbox.language_host import LanguageHost

PRINTING = "import os; print(os.environ['PULUMI_DRY_RUN'], 'HOME' in os.environ)"


def test_a_pack_gets_the_engines_environment_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(PRINTING)
    info = language.ProgramInfo(root_directory=str(tmp_path), program_directory=str(tmp_path), entry_point=".")
    request = language.RunPluginRequest(
        pwd=str(tmp_path), args=["127.0.0.1:1"], env=["PULUMI_DRY_RUN=false"], info=info, kind="analyzer"
    )
    context = cast("Any", SimpleNamespace(add_callback=callable))  # takes what would end the pack
    said = list(LanguageHost("127.0.0.1:1").RunPlugin(request, context))
    assert b"".join(each.stdout for each in said) == b"false False\n", said
    assert said[-1].exitcode == 0


def component(tmp_path: Path) -> language.RunPluginRequest:
    info = language.ProgramInfo(root_directory=str(tmp_path), program_directory=str(tmp_path), entry_point=".")
    return language.RunPluginRequest(pwd=str(tmp_path), args=["127.0.0.1:1"], info=info, kind="resource")


def test_a_package_of_components_is_started_by_the_name_of_its_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "two-words"\n[build-system]\nrequires = []\n')
    (tmp_path / "two_words").mkdir()
    (tmp_path / "two_words" / "__init__.py").touch()
    (tmp_path / "two_words" / "__main__.py").write_text("import sys; print(sys.argv[1:])")
    context = cast("Any", SimpleNamespace(add_callback=callable))
    said = list(LanguageHost("127.0.0.1:1").RunPlugin(component(tmp_path), context))
    assert b"".join(each.stdout for each in said) == b"['127.0.0.1:1']\n", said


def test_a_folder_that_is_no_package_is_refused_by_name(tmp_path: Path) -> None:
    def abort(_code: object, sentence: str) -> NoReturn:
        raise RuntimeError(sentence)

    context = cast("Any", SimpleNamespace(add_callback=callable, abort=abort))
    with pytest.raises(RuntimeError, match=r"is no Python package with a \[build-system\]"):
        list(LanguageHost("127.0.0.1:1").RunPlugin(component(tmp_path), context))
