"""The runs behind a difference preview: the base up, then the base and the checkout previewed against that state."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.errors import OpsError
from sandbox.faults.grammar import VARIABLE as FAULTS
from sandbox.kube.cluster import CHOICE
from sandbox.launch import ROOT, command
from sandbox.workspace import HOME_VARIABLE

LOCK = "requirements.lock"
_LAST = 15  # lines of a failed run that are told


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A preview's result: the engine's JSON, and the lines of the policy pack as `policyViolations`."""

    document: Mapping[str, Any]
    code: int
    errors: tuple[str, ...] = ()

    @property
    def steps(self) -> Sequence[Mapping[str, Any]]:
        """What the engine would do, as far as it came."""
        return self.document.get("steps") or ()


@dataclass(frozen=True, kw_only=True)
class Runs:
    """One sandbox for the base and the checkout: the same stand-in answers both, so only programs differ.

    Attributes:
        home: where this sandbox keeps its state.
        stack: the stage.
        config: `key=value` pairs for all runs alike, such as a phase.
    """

    home: Path
    stack: str
    config: tuple[str, ...] = ()

    def up(self, project: Path) -> tuple[str, ...]:
        """Bring the stack up, unjudged: what the base may not do is said elsewhere. Returns why it did not come up."""
        done = self._pulumi(project, "up", "--yes", "--skip-preview", "--non-interactive", "--color", "never")
        return () if done.returncode == 0 else _reasons(done.stdout + done.stderr)

    def preview(self, project: Path, pack: Path | None) -> Preview:
        """Preview a program against the state, with a policy pack where there is one."""
        with tempfile.TemporaryDirectory() as scratch:
            events = Path(scratch, "events")
            judged = ["--policy-pack", str(pack)] if pack else []
            done = self._pulumi(project, "preview", "--json", "--non-interactive", "--event-log", str(events), *judged)
            return result(done, events.read_text(encoding="utf-8") if events.exists() else "")

    def _pulumi(self, project: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
        settings = [word for pair in self.config for word in ("--config", pair)]
        words = ["-C", str(project), *arguments, "--stack", self.stack, *settings]
        return subprocess.run(
            [*command("sandbox.__main__", "main"), "--", "pulumi", *words],
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        # Faults are for runs that somebody watches, and an API server would outlive its worth: one object a request.
        kept = {name: value for name, value in os.environ.items() if name != FAULTS}
        return {**kept, HOME_VARIABLE: str(self.home), CHOICE: "schemas"}


def result(done: "subprocess.CompletedProcess[str]", events: str) -> Preview:
    """What a `--json` run and its event log say."""
    start = done.stdout.find("{")
    document: dict[str, Any] = json.JSONDecoder().raw_decode(done.stdout[start:])[0] if start >= 0 else {}
    found = [json.loads(line) for line in events.splitlines() if line.strip()]
    document["policyViolations"] = [
        {
            "urn": event.get("resourceUrn", ""),
            "level": event["enforcementLevel"],
            "policy": event["policyName"],
            "pack": event["policyPackName"],
            "message": event["message"],
        }
        for each in found
        if (event := each.get("policyEvent"))
    ]
    if "steps" not in document:
        return Preview(document=document, code=done.returncode, errors=_reasons(done.stdout + done.stderr))
    said = [str(each["message"]).strip() for each in document.get("diagnostics") or () if each["severity"] == "error"]
    # A pack that blocks fails the preview too, and its lines say so better.
    blocked = any(each["level"] == "mandatory" for each in document["policyViolations"])
    said = [each for each in said if not (blocked and each.removeprefix("error: ") == "preview failed")]
    if done.returncode != 0 and not said and not blocked:
        said = list(_reasons(done.stdout + done.stderr))
    return Preview(document=document, code=done.returncode, errors=tuple(dict.fromkeys(said)))


def _reasons(printed: str) -> tuple[str, ...]:
    """Why a run failed: the engine's diagnostics, else the last that was said."""
    _, found, rest = printed.partition("\nDiagnostics:\n")
    told = re.split(r"^(?:Resources|Outputs|Duration):", rest, maxsplit=1, flags=re.MULTILINE)[0] if found else printed
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    return tuple(dict.fromkeys(lines[-_LAST:] if found else lines[-1:])) or ("the engine gave no result",)


def give_python(base: Path, head: Path) -> None:
    """Give the base's checkout a `.venv`: the checkout's own where both have the same lock, else one of its own.

    Raises:
        OpsError: what the base's lock names cannot be installed.
    """
    ours = head / ".venv"
    if (base / ".venv").exists() or not ours.exists():
        return
    if _text(base / LOCK) == _text(head / LOCK):
        (base / ".venv").symlink_to(ours.resolve())
        return
    sys.stderr.write(f"diff: the base has another {LOCK}: installing what it names\n")
    done = subprocess.run([sys.executable, "sandbox/install.py"], cwd=base, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise OpsError(f"BASE: what its {LOCK} names cannot be installed: {last}")


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
