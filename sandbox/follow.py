"""No process outlives the one that started it, however that one ended (a kill, a closed pipe, a crash)."""

import os
import signal
import threading
import time
from collections.abc import Callable

CHECK_EVERY_SECONDS = 0.3


def end_with_parent(before_exit: Callable[[], None] = lambda: None) -> None:
    """End this process soon after its parent has ended, calling `before_exit` first.

    A dead parent is noticed by the change of parent that every Unix makes; no signal or pipe can be missed.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(CHECK_EVERY_SECONDS)
        before_exit()
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
