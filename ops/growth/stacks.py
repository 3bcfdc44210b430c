"""Where a way is gone: on the real account, or in the sandbox, which is the same engine with moto for the calls."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self, cast

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from components.naming import PROJECT
from components.phases import PhaseName
from components.settings import Settings
from ops.growth.cloud import Cloud
from ops.growth.errors import GrowthError

ROOT = Path(__file__).resolve().parents[2]
SIZES = f"{PROJECT}:sizes"
# AWS throttles; boto3 then asks again by itself, slower each time.
PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 10}, connect_timeout=10, read_timeout=60)
Steps = Sequence[Mapping[str, Any]]


class Stack(Protocol):
    """A stage's stack, and the account behind it."""

    settings: Settings
    is_real: bool

    @property
    def journal(self) -> Path:
        """Where the journal is."""
        ...

    def phase(self) -> PhaseName | None:
        """The phase of the last `up` that ended well; None where there was none."""
        ...

    def preview(self, config: Mapping[str, str]) -> Steps:
        """What an `up` with this configuration would do, as the engine tells it."""
        ...

    def up(self, config: Mapping[str, str]) -> None:
        """Do it."""
        ...

    def cloud(self) -> Cloud:
        """The account, for calls."""
        ...

    def close(self) -> None:
        """End what was started for it."""
        ...


@dataclass(kw_only=True)
class _Engine:
    """The commands that both have in common."""

    settings: Settings
    command: Sequence[str]
    environment: Mapping[str, str]
    more: Sequence[str] = ()
    quiet: bool = False  # whether an `up` shows nothing of what it does

    def said(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*self.command, *arguments, "--stack", self.settings.stage],
            cwd=ROOT,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )

    def phase(self) -> PhaseName | None:
        done = self.said("stack", "output", "--json")
        if done.returncode != 0:
            raise GrowthError(f"the outputs of {self.settings.stage} cannot be read: {_last_line(done.stderr)}")
        found = _document(done.stdout).get("phase")
        return PhaseName(found) if found else None

    def preview(self, config: Mapping[str, str]) -> Steps:
        done = self.said("preview", "--json", "--non-interactive", *self.more, *arguments(self.settings, config))
        if done.returncode != 0:
            raise GrowthError(f"the preview failed:\n{_reasons(done)}")
        return _document(done.stdout)["steps"]

    def up(self, config: Mapping[str, str]) -> None:
        words = [
            "up",
            "--yes",
            "--skip-preview",
            "--non-interactive",
            *self.more,
            *arguments(self.settings, config),
        ]
        process = subprocess.Popen(
            [*self.command, *words, "--stack", self.settings.stage],
            cwd=ROOT,
            env=dict(self.environment),
            stdout=subprocess.DEVNULL if self.quiet else None,
            stderr=subprocess.DEVNULL if self.quiet else None,
        )
        code = _patiently(process)
        if code != 0:
            raise GrowthError(
                f"the `up` ended with exit code {code}; what it made is in the state, and the next run goes on from "
                "there (docs/faults.md, if it was killed)"
            )


def _patiently(process: "subprocess.Popen[bytes]") -> int:
    """Wait for the engine, which hears Ctrl-C itself, ends what it has begun and writes its state.

    Raises:
        KeyboardInterrupt: somebody pressed it; the engine has ended by then.
    """
    interrupted = False
    while True:
        try:
            code = process.wait()
            break
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        raise KeyboardInterrupt
    return code


def arguments(settings: Settings, config: Mapping[str, str]) -> list[str]:
    """What the engine is told of a step: the phase, and all sizes of the stage with the step's put into them.

    Not by `--config-path`: what that makes takes the place of the file's whole object, the stage's own sizes too.
    """
    own: dict[str, Any] = json.loads(json.dumps(settings.sizes, default=dict))
    said: list[str] = []
    for path, value in config.items():
        top, *below = path.split(".")
        if not below:
            said += ["--config", f"{path}={value}"]
            continue
        place = own
        for part in below[:-1]:
            place = place.setdefault(part, {})
        place[below[-1]] = yaml.safe_load(value)
        assert top == SIZES, path  # noqa: S101 -- the steps say nothing else
    return [*said, "--config", f"{SIZES}={json.dumps(own)}"]


def _document(printed: str) -> dict[str, Any]:
    start = printed.find("{")
    return cast("dict[str, Any]", json.JSONDecoder().raw_decode(printed[start:])[0]) if start >= 0 else {}


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "no reason was given"


def _reasons(done: "subprocess.CompletedProcess[str]") -> str:
    said: list[dict[str, Any]] = _document(done.stdout).get("diagnostics", [])
    errors = [str(each.get("message", "")).strip() for each in said if each.get("severity") == "error"]
    return "\n".join(errors) or _last_line(done.stderr or done.stdout)


@dataclass(kw_only=True)
class Account:
    """The real one: `pulumi` on PATH, logged in to the stage's backend, and AWS's own credentials."""

    settings: Settings
    is_real: bool = True
    _engine: _Engine = field(init=False)

    def __post_init__(self) -> None:
        """Make a copy of the stage file for the engine, which writes what it is told into the file that it reads.

        Raises:
            GrowthError: there is no engine, or the credentials are those of another account.
        """
        if shutil.which("pulumi") is None:
            raise GrowthError("there is no pulumi on PATH: the README says how a real account is worked on")
        self._refuse_another_account()
        copy = self._folder / f"Pulumi.{self.settings.stage}.yaml"
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / copy.name, copy)
        self._engine = _Engine(
            settings=self.settings,
            command=["pulumi"],
            environment=os.environ,
            more=["--config-file", str(copy), "--policy-pack", str(ROOT / "policy")],
        )

    @property
    def _folder(self) -> Path:
        return ROOT / ".growth"

    @property
    def journal(self) -> Path:
        """In `.growth/` of the checkout, which Git ignores."""
        return self._folder / f"{self.settings.stage}.json"

    def _refuse_another_account(self) -> None:
        try:
            found = self.cloud().client("sts").get_caller_identity()["Account"]
        except (BotoCoreError, ClientError) as problem:
            raise GrowthError(f"AWS does not say whose credentials these are: {problem}") from None
        if found != self.settings.account_id:
            raise GrowthError(
                f"these credentials are of account {found}, and Pulumi.{self.settings.stage}.yaml says "
                f"startup-platform:account_id = {self.settings.account_id}: nothing was done; take that account's"
            )

    def phase(self) -> PhaseName | None:
        """The phase of the last `up` that ended well."""
        return self._engine.phase()

    def preview(self, config: Mapping[str, str]) -> Steps:
        """What an `up` with this configuration would do."""
        return self._engine.preview(config)

    def up(self, config: Mapping[str, str]) -> None:
        """Do it, if the credentials are still those of the stage's account."""
        self._refuse_another_account()
        self._engine.up(config)

    def cloud(self) -> Cloud:
        """The account, by boto3's own search for credentials."""
        make = cast("Any", boto3).client
        return Cloud(
            scope=self.settings.scope(),
            other_region=self.settings.other_region,
            client_of=lambda service, region: make(service, region_name=region, config=PATIENT),
            measures=True,
        )

    def close(self) -> None:
        """End nothing: nothing was started."""


@dataclass(kw_only=True)
class Sandboxed:
    """`python -m sandbox`, and moto with what the stage had when the run began, and what it has got since.

    What an `up` changes on instances of a database is not told to moto: as in AWS it waits there, for a call.
    """

    settings: Settings
    home: Path | None = None  # of another sandbox than the checkout's, for a preview that leaves nothing behind
    is_real: bool = False
    _ending: ExitStack = field(default_factory=ExitStack)
    _cloud: Cloud | None = None
    _endpoint: str = ""
    _filled: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        """Name the commands."""
        from sandbox.kube.cluster import CHOICE  # noqa: PLC0415 -- a real account needs none of it
        from sandbox.workspace import HOME_VARIABLE, Workspace  # noqa: PLC0415

        more = {HOME_VARIABLE: str(self.home), CHOICE: "schemas"} if self.home else {}
        self._engine = _Engine(
            settings=self.settings,
            command=[sys.executable, "-m", "sandbox", "--", "pulumi"],
            environment={**os.environ, **more, "PYTHONPATH": str(ROOT)},
            more=["--policy-pack", str(ROOT / "policy")],
            quiet=self.home is not None,
        )
        self._workspace = Workspace(project=ROOT)

    @property
    def journal(self) -> Path:
        """With everything else that the sandbox keeps: `make clean` forgets it."""
        return self._workspace.home / "growth" / f"{self.settings.stage}.json"

    def phase(self) -> PhaseName | None:
        """The phase of the last `up` in here."""
        return self._engine.phase() if self._workspace.is_initialised(self.settings.stage) else None

    def preview(self, config: Mapping[str, str]) -> Steps:
        """What an `up` with this configuration would do."""
        return self._engine.preview(config)

    def up(self, config: Mapping[str, str]) -> None:
        """Do it; moto stands by with what was there before."""
        if self.home is None and self.phase():
            self.cloud()
        self._engine.up(config)

    def cloud(self) -> Cloud:
        """An AWS by moto, filled with what it has not got yet."""
        from sandbox.mirror import serve  # noqa: PLC0415 -- moto takes a second that a preview does not need
        from sandbox.mirror.filler import World  # noqa: PLC0415

        found = serve.resources_of(self._workspace, self.settings.stage)
        if self._cloud is None:
            self._endpoint = self._ending.enter_context(serve.serving(self.settings.account_id))
            world = World(endpoint=self._endpoint, account=self.settings.account_id, zones={})
            self._cloud = Cloud(
                scope=self.settings.scope(),
                other_region=self.settings.other_region,
                client_of=world.client,
                measures=False,
            )
        serve.fill([each for each in found if each.urn not in self._filled], self._endpoint, self.settings.account_id)
        self._filled |= {each.urn for each in found}
        return self._cloud

    def close(self) -> None:
        """Stop moto."""
        self._ending.close()

    def __enter__(self) -> Self:
        """Return the stack."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop moto."""
        self.close()
