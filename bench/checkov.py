"""Checkov, pinned in `checkov.txt`, in an environment of its own: it is never among this project's dependencies."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.peer_cases import Shown
from bench.terraform import bare, plan

HERE = Path(__file__).parent
PINS = HERE / "checkov.txt"
ENVIRONMENT = HERE / ".venv"
OPTIONS = ("--skip-download", "--soft-fail", "--compact", "--output", "json")
_SHOWN = re.compile(r"[cf]\d+[_-](?:good|changed|fair)[_-]")


@dataclass(frozen=True, kw_only=True, order=True)
class Failed:
    """A check that failed.

    Attributes:
        check: such as `CKV_AWS_21`.
        what: what the check asks for, in Checkov's words.
        stack: the name of the stack that the resource is of.
        resource: its address in that stack.
    """

    check: str
    what: str
    stack: str
    resource: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """One run.

    Attributes:
        evaluations: how many checks ran, passed or failed.
        wall: s.
        cpu: s, with all child processes.
    """

    failed: Sequence[Failed]
    evaluations: int
    wall: float
    cpu: float


def install() -> None:
    """Makes the environment what the pins say."""
    stamp = ENVIRONMENT / PINS.name
    if stamp.is_file() and stamp.read_bytes() == PINS.read_bytes():
        return
    sys.stderr.write("setting up bench/.venv: packages of bench/checkov.txt ...\n")
    venv.create(ENVIRONMENT, clear=True, with_pip=True, symlinks=True)
    pip = (_program("python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")
    subprocess.run([*pip, "-r", str(PINS)], check=True)
    stamp.write_bytes(PINS.read_bytes())


def version() -> str:
    """What the installed Checkov calls itself."""
    return _output(_program("checkov"), "--version").strip()


def reads() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Per Terraform type and check, the attributes that the check reads."""
    # -P: this very file must not hide the package of the same name.
    return json.loads(_output(_program("python"), "-P", str(HERE / "checkov_reads.py")))


def judge_plan(stacks: Sequence[Shown], *, is_bare: bool = False) -> Report:
    """One run over one plan that holds all these stacks; a bare one leaves out what nobody said."""
    resources = [bare(each) if is_bare else each for stack in stacks for each in stack.plan]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "plan.json"
        path.write_text(json.dumps(plan(resources)), encoding="utf-8")
        return _run("terraform_plan", "--file", str(path))


def judge_manifests(stacks: Sequence[Shown]) -> Report:
    """One run over a directory with a file per stack."""
    with tempfile.TemporaryDirectory() as directory:
        for stack in stacks:
            text = yaml.safe_dump_all(stack.manifests, sort_keys=False)
            (Path(directory) / f"{stack.name}.yaml").write_text(text, encoding="utf-8")
        return _run("kubernetes", "--directory", directory)


def _run(framework: str, *arguments: str) -> Report:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    printed = _output(_program("checkov"), "--framework", framework, *OPTIONS, *arguments)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    report = json.loads(printed)
    if report["summary"]["parsing_errors"]:
        raise ValueError(f"Checkov could not read what it was shown: {report['results']['parsing_errors']}")
    return Report(
        failed=sorted(_failed(report["results"]["failed_checks"])),
        evaluations=report["summary"]["passed"] + report["summary"]["failed"],
        wall=wall,
        cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    )


def _failed(found: Sequence[Mapping[str, Any]]) -> Iterator[Failed]:
    for each in found:
        where = _SHOWN.search(each["resource"]) or _SHOWN.search(each["file_path"])
        if where is None:
            raise ValueError(f"Checkov names a resource that it was not shown: {each['resource']}")
        yield Failed(
            check=each["check_id"],
            what=each["check_name"],
            stack=where[0].replace("-", "_"),
            resource=_SHOWN.sub("", each["resource"]),
        )


def _program(name: str) -> str:
    return str(ENVIRONMENT / "bin" / name)


def _output(*command: str) -> str:
    quiet = {**os.environ, "LOG_LEVEL": "ERROR", "PYTHONWARNINGS": "ignore"}
    return subprocess.run(command, capture_output=True, check=True, text=True, env=quiet).stdout
