"""What a person sees while something takes long: one line that moves on a terminal, a line now and then in a log."""

import sys
import time

from rich.console import Console

LOG_EVERY_SECONDS = 20


class Progress:
    """Says on stderr what is going on; stdout stays the command's own."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._last_said = 0.0

    def say(self, sentence: str) -> None:
        """A line that stays."""
        self._clear()
        self._console.print(sentence, markup=False)
        self._last_said = time.monotonic()

    def step(self, doing: str, done: int, of: int) -> None:
        """How far something long has come; redrawn in place on a terminal, every 20 seconds elsewhere."""
        line = f"{doing}: {done} of {of}"
        if self._console.is_terminal:
            sys.stderr.write(f"\r\x1b[2K{line[: self._console.width - 1]}")
            sys.stderr.flush()
        elif time.monotonic() - self._last_said > LOG_EVERY_SECONDS:
            self.say(line)

    def _clear(self) -> None:
        if self._console.is_terminal:
            sys.stderr.write("\r\x1b[2K")
