"""The language host starts a policy pack in the environment that the engine names."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

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
