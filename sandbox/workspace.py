"""What belongs to the sandbox in one checkout: `.sandbox/` with its own backend, its commands, its stage files.

The sandbox never writes a committed file and never reads the user's Pulumi login: the engine would otherwise store
its passphrase salt in Pulumi.<stage>.yaml, and ask a cloud key to decrypt what a real stage keeps secret.
"""

import json
import os
import shlex
import shutil
import socket
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

from sandbox.engine import LANGUAGE_HOST, Engine
from sandbox.errors import SandboxError
from sandbox.faults.grammar import VARIABLE as FAULTS
from sandbox.launch import ROOT, command
from sandbox.provider.states import state_file

REGION = "ap-northeast-2"  # REQ-E1
HOME_VARIABLE = "STARTUP_PLATFORM_SANDBOX"  # another place than .sandbox/ of the checkout, as tests want
CHECKPOINTS = "PULUMI_SKIP_CHECKPOINTS"
PASSPHRASE = "sandbox"  # noqa: S105 (nothing in the sandbox's state is secret)
SECRET = "sandbox-stands-in-for-this-secret"  # noqa: S105
CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The `.sandbox/` of one Pulumi project: this checkout's, or that of a program in a folder of its own."""

    project: Path

    @property
    def home(self) -> Path:
        """Git ignores it; deleting it forgets every sandbox stack, and nothing else."""
        return Path(os.environ.get(HOME_VARIABLE) or ROOT / ".sandbox")

    @property
    def commands(self) -> Path:
        """Goes first on PATH in the environment that `sandbox env` prints; holds `pulumi`, which runs in here."""
        return self.home / "bin"

    @property
    def backend(self) -> Path:
        """The state of every sandbox stack, as Pulumi's own file backend keeps it."""
        return self.home / "state"

    def cluster(self, stage: str | None) -> Path:
        """What the API server of a stage's stack keeps, where one has been built."""
        return self.home / "kube" / f"{self.project_name()}.{stage or 'none'}"

    def stages(self) -> list[str]:
        """The stages that have a file, by name."""
        return sorted(path.name.split(".")[1] for path in self.project.glob("Pulumi.*.yaml"))

    def stage_files(self) -> dict[Path, bytes]:
        """Every stage file as it is now."""
        return {path: path.read_bytes() for path in self.project.glob("Pulumi.*.yaml")}

    def project_name(self) -> str:
        """What Pulumi.yaml calls the project."""
        return str(_read_yaml(self.project / "Pulumi.yaml").get("name"))

    def is_initialised(self, stage: str) -> bool:
        """Whether the stage has a stack in the sandbox's backend."""
        return self.state(stage).exists()

    def state(self, stage: str) -> Path:
        """Where the engine keeps the state of the stage's stack."""
        return state_file(self.backend, self.project_name(), stage)

    def prepare(self) -> None:
        """Make the folders and the `pulumi` command.

        Raises:
            SandboxError: the checkout cannot be written.
        """
        try:
            for place in (self.commands, self.backend, self.home / "stages", self.home / "home"):
                place.mkdir(parents=True, exist_ok=True)
            _write_command(self.commands / "pulumi", "sandbox.__main__", "-- pulumi ")
        except OSError as problem:
            raise SandboxError(f"the sandbox's state, {self.home}, cannot be written: {problem}") from None

    def with_language_host(self, engine: Engine) -> Path:
        """The directory that holds both `pulumi` and a Python language host; the engine looks beside itself."""
        if engine.language_host:
            return engine.pulumi.parent
        place = self.home / "engine"
        place.mkdir(parents=True, exist_ok=True)
        linked = place / "pulumi"
        if not linked.exists() or not _is_same(linked, engine.pulumi):
            fresh = place / f"pulumi.{os.getpid()}"
            try:
                os.link(engine.pulumi.resolve(), fresh)  # a symbolic link would make the engine look where it points
            except OSError:
                shutil.copy2(engine.pulumi, fresh)  # another file system
            fresh.replace(linked)
        _write_command(place / LANGUAGE_HOST, "sandbox.language_host")
        return place

    def stage_file(self, stage: str) -> Path:
        """Write the sandbox's copy of a stage file: no secrets provider of a real cloud, and none of its secrets.

        Raises:
            SandboxError: there is no such stage, or its file is no YAML.
        """
        original = self.project / f"Pulumi.{stage}.yaml"
        if not original.exists():
            raise SandboxError(
                f"there is no stage {stage!r}: {original.name} does not exist; stages here: {', '.join(self.stages())}"
            )
        settings = _read_yaml(original)
        copy = self.home / "stages" / f"{self.project_name()}.{stage}.yaml"
        kept = _read_yaml(copy).get("encryptionsalt") if copy.exists() else None
        for real in ("secretsprovider", "encryptedkey", "encryptionsalt"):
            settings.pop(real, None)
        if kept:  # the state of earlier runs was written with it
            settings["encryptionsalt"] = kept
        settings["config"] = _without_secrets(settings.get("config") or {})
        fresh = copy.with_suffix(f".{os.getpid()}")
        fresh.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))
        fresh.replace(copy)
        return copy

    def environment(self, base: Mapping[str, str], engine_directory: Path | None = None) -> dict[str, str]:
        """What a command needs to run in here and nowhere else.

        Raises:
            SandboxError: there are credentials of a real account in `base`.
        """
        refuse_credentials(base)
        first = [str(place) for place in (engine_directory, Path(sys.executable).parent) if place]
        return {
            **{name: value for name, value in base.items() if not name.startswith("PULUMI_")},
            "PATH": os.pathsep.join([*first, base.get("PATH", "")]),
            "PULUMI_BACKEND_URL": f"file://{self.backend}?metadata=skip",
            "PULUMI_HOME": str(self.home / "home"),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # for `--event-log FILE`, the one place where all findings of a run stand
            # An official language host would have every provider of requirements.txt downloaded first.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_OPTION_SKIP_PLUGIN_PRE_INSTALL": "true",
            # The file backend rewrites the whole state at each step: a tenth of the time without. A killed `up` may
            # therefore lose what it had made, which costs nothing in here; where faults are asked for, it is the point.
            CHECKPOINTS: "false" if base.get(FAULTS) else base.get(CHECKPOINTS, "true"),
            # A resource without an explicit provider gets one without a region; most machines have one in their
            # environment, and without it the engine would stop before the policies see the resource.
            "AWS_REGION": base.get("AWS_REGION", REGION),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_CONFIG_FILE": os.devnull,
        }

    def release_dead_locks(self) -> list[str]:
        """Remove the locks that killed runs left on stacks of this backend; returns a sentence for each."""
        said: list[str] = []
        for lock in sorted(self.backend.glob(".pulumi/locks/**/*.json")):
            owner = json.loads(lock.read_text() or "{}")
            pid = int(owner.get("pid") or 0)
            if owner.get("hostname") == socket.gethostname() and not _is_running(pid):
                lock.unlink(missing_ok=True)
                said.append(f"removed the lock that a killed run (process {pid}) left on {lock.parent.name}")
        return said


def refuse_credentials(environment: Mapping[str, str]) -> None:
    """Stop where a real account could be reached.

    Raises:
        SandboxError: a variable that carries or finds AWS credentials is set.
    """
    found = [name for name in CREDENTIALS if environment.get(name)]
    if found:
        raise SandboxError(
            f"the sandbox does not run beside real AWS credentials: {', '.join(found)} is set. "
            f"Unset it (env -u {' -u '.join(found)} ...), or run pulumi without the sandbox for the real account"
        )


def project_above(place: Path) -> Path:
    """The nearest folder with a Pulumi.yaml, as the engine looks for it.

    Raises:
        SandboxError: there is none.
    """
    for folder in (place.resolve(), *place.resolve().parents):
        if (folder / "Pulumi.yaml").exists():
            return folder
    raise SandboxError(f"no Pulumi.yaml in {place} or above it: run this in a Pulumi project")


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise SandboxError(f"{path.name}{where}: not valid YAML ({getattr(problem, 'problem', problem)})") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise SandboxError(f"{path.name} cannot be read: {problem}") from None
    if not isinstance(content, dict):
        raise SandboxError(f"{path.name}: not a mapping of keys to values")
    return content  # pyright: ignore[reportUnknownVariableType]


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"secure"}:  # pyright: ignore[reportUnknownArgumentType]
            return SECRET
        return {key: _without_secrets(item) for key, item in value.items()}  # pyright: ignore
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]  # pyright: ignore
    return value


def _write_command(path: Path, module: str, arguments: str = "") -> None:
    """A command that calls `module`'s main() with this checkout's Python, wherever it is called from."""
    text = f'#!/bin/sh\nexec {shlex.join(command(module, "main"))} {arguments}"$@"\n'
    if path.exists() and path.read_text() == text:
        return
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.chmod(fresh.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    fresh.replace(path)


def _is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _is_same(linked: Path, engine: Path) -> bool:
    a, b = linked.stat(), engine.stat()
    return (a.st_size, a.st_mtime_ns) == (b.st_size, b.st_mtime_ns)
