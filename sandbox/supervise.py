"""Runs the engine so that nothing of it is left behind, whatever ends the run."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from types import FrameType, TracebackType
from typing import IO, Any, Self

import psutil

from sandbox.follow import CHECK_EVERY_SECONDS
from sandbox.launch import command

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE_SECONDS = 15  # for the engine to cancel what is under way and write its state
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h: orphans below this process become its children


class Family:
    """The processes that one run starts, and theirs. Leaving the `with` block ends them all."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[bytes]] = []
        self._before: dict[int, Any] = {}
        self._deadline: threading.Timer | None = None

    def __enter__(self) -> Self:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._before = {name: signal.signal(name, self._on_signal) for name in STOPPING}
        null = subprocess.DEVNULL
        subprocess.Popen(command("sandbox.supervise", "guard"), stdin=null, stdout=null, stderr=null)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_all()
        if self._deadline:
            self._deadline.cancel()
        for name, handler in self._before.items():
            signal.signal(name, handler)

    def start(
        self, words: Sequence[str], *, environment: Mapping[str, str], output: IO[bytes] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a command in the current directory, on this terminal unless `output` takes what it prints."""
        child = subprocess.Popen(words, env=environment, stdout=output, stderr=output)
        self._started.append(child)
        return child

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._deadline:  # asked twice
            self._end_all()
            return
        self._deadline = threading.Timer(GRACE_SECONDS, self._end_all)
        self._deadline.daemon = True
        self._deadline.start()
        if number == signal.SIGINT and sys.stdin.isatty():
            return  # Ctrl-C went to the whole terminal; a second SIGINT would make the engine drop its state
        for child in self._started:
            if child.poll() is None:
                child.send_signal(signal.SIGINT)  # the engine's own word for "cancel, and keep what you have"

    @staticmethod
    def _end_all() -> None:
        for process in psutil.Process(os.getpid()).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):  # it ended by itself meanwhile
                process.kill()


def guard() -> None:
    """Wait beside a run, and end what it leaves if it is killed outright and can end nothing itself."""
    for name in STOPPING:
        signal.signal(name, signal.SIG_IGN)
    run = psutil.Process(os.getppid())
    seen: set[psutil.Process] = set()
    while os.getppid() == run.pid:
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended between the two lines
            seen.update(run.children(recursive=True))
        time.sleep(CHECK_EVERY_SECONDS)
    for process in seen - {psutil.Process()}:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def exit_code(child: subprocess.Popen[bytes]) -> int:
    """Wait for a child; the code a shell would show for it (128 + n when signal n ended it)."""
    code = child.wait()
    return code if code >= 0 else 128 - code
