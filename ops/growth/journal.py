"""Which steps of a way are behind a stage: a file that is written before and after each one, so that a run can go on.

It says what somebody on this machine has done. Whether it is still so, each step looks for itself.
"""

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from components.phases import PhaseName
from ops.growth.errors import GrowthError

VERSION = 1
BEGUN, DONE = "begun", "done"


@dataclass(kw_only=True)
class Journal:
    """One stage on one way."""

    path: Path
    stage: str
    account: str
    from_phase: PhaseName | None
    to_phase: PhaseName
    finished: bool = False
    steps: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])  # key -> state, and when

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Return the journal in a file; None where there is none.

        Raises:
            GrowthError: it cannot be understood.
        """
        if not path.exists():
            return None
        try:
            found: Any = json.loads(path.read_text(encoding="utf-8"))
            if found["version"] != VERSION:
                raise GrowthError(f"{path}: version {found['version']} of a journal is not ours; we write {VERSION}")
            return cls(
                path=path,
                stage=found["stage"],
                account=found["account"],
                from_phase=PhaseName(found["from"]) if found["from"] else None,
                to_phase=PhaseName(found["to"]),
                finished=found["finished"],
                steps=found["steps"],
            )
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise GrowthError(
                f"{path} is no journal of ours ({type(problem).__name__}: {problem}); see in the stage which steps "
                "are done, and move the file away: each step looks before it does anything"
            ) from None

    def state(self, key: str) -> str:
        """`begun`, `done`, or nothing."""
        return self.steps.get(key, {}).get("state", "")

    def note(self, key: str, state: str) -> None:
        """Write down where a step is."""
        self.steps[key] = {"state": state, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        self._write()

    def forget(self, key: str) -> None:
        """Write down that a step was taken back."""
        self.steps.pop(key, None)
        self._write()

    def finish(self) -> None:
        """Write down that nothing is left to do."""
        self.finished = True
        self._write()

    def _write(self) -> None:
        content = {
            "version": VERSION,
            "stage": self.stage,
            "account": self.account,
            "from": self.from_phase.value if self.from_phase else None,
            "to": self.to_phase.value,
            "finished": self.finished,
            "steps": self.steps,
        }
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
            fresh.replace(self.path)  # whole or not at all, whenever the run ends
        except OSError as problem:
            raise GrowthError(f"the journal {self.path} cannot be written: {problem.strerror}") from None
