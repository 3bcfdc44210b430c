from pathlib import Path

import pytest

from sandbox.arguments import command_of, directory_of, stage_of


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("preview -s dev", "preview"),
        ("-C somewhere up", "up"),
        ("--color never preview", "preview"),
        ("--non-interactive destroy", "destroy"),
        ("config set up 3 -s dev", "config"),
        ("stack import --file x", "stack"),
        ("--help", None),
        ("", None),
    ],
)
def test_the_command_is_the_first_word_that_belongs_to_no_flag(line: str, command: str | None) -> None:
    assert command_of(line.split()) == command


@pytest.mark.parametrize(
    "line",
    [
        "up -s dev",
        "up -sdev",
        "up -s=dev",
        "up --stack dev",
        "up --stack=dev",
        "up --stack organization/startup-platform/dev --yes",
    ],
)
def test_a_stage_is_found_in_any_spelling(line: str) -> None:
    assert stage_of(line.split()) == "dev"


@pytest.mark.parametrize("line", ["up", "up --suppress-outputs --skip-preview", "up -s"])
def test_no_stage_is_found_where_none_is_named(line: str) -> None:
    assert stage_of(line.split()) is None


def test_a_directory_is_taken_from_where_the_command_was_typed() -> None:
    assert directory_of(["-C", "below", "up"], Path("/here")) == Path("/here/below")
    assert directory_of(["up", "--cwd=/there"], Path("/here")) == Path("/there")
    assert directory_of(["up"], Path("/here")) == Path("/here")
