"""Runs one Pulumi program, or one plugin module such as a policy pack, as a child of the language host.

    program SETTINGS_JSON ENTRY_POINT [ARG ...]
    module NAME [ARG ...]

It runs in the Python that the project names, which need not have the sandbox's own packages.
"""

import asyncio
import gc
import json
import logging
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pulumi
import pulumi.runtime
from pulumi.runtime.settings import SETTINGS

from sandbox.follow import end_with_parent
from sandbox.launch import REASON_SHOWN

THREADS_PER_PARALLEL = 4  # a resource's registration may wait in several calls at once
_SDK: Any = SETTINGS  # finds its attributes where no type checker looks


def run_program(settings: dict[str, Any], entry_point: str, arguments: list[str]) -> int:
    """Run a program to its end under the engine that `settings` names (see pulumi.runtime.Settings).

    Returns:
        The exit code.
    """
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(pulumi.runtime.Settings(**settings))
    # When a program fails, outputs that nobody will ever await are normal: asyncio's complaints about them would only
    # bury the reason.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    sys.argv = [entry_point, *arguments]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=THREADS_PER_PARALLEL * max(settings["parallel"], 1))
    loop.set_default_executor(executor)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _run_path(entry_point)))
    except pulumi.RunError as problem:
        pulumi.log.error(str(problem))
        return REASON_SHOWN
    except Exception:
        pulumi.log.error("Program failed with an unhandled exception:\n" + _their_frames(entry_point))
        return REASON_SHOWN
    finally:
        executor.shutdown(wait=True)
        loop.close()
    return 0


def _run_path(entry_point: str) -> None:
    runpy.run_path(entry_point, run_name="__main__")
    _SDK.rpc_manager.rpcs.append(asyncio.ensure_future(_settled()))


async def _settled() -> None:
    """Wait for all outputs of the program at once, or for the first that fails; the SDK awaits this like a call.

    After its calls it waits for the first output, looks through all others, and again (wait_for_rpcs in
    pulumi/runtime/stack.py, 3.272.0): with thousands of outputs that is half of a program's time. After this there are
    none left, but for the failed, which it then finds.
    """
    outputs: set[asyncio.Task[Any]] = _SDK.outputs
    while pending := [each for each in outputs if not each.done()]:
        await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
        if any(each.done() for each in outputs):
            return


def _their_frames(entry_point: str) -> str:
    """The traceback from the program's own first frame on."""
    error = sys.exc_info()[1]
    frames = traceback.extract_tb(error.__traceback__ if error else None)
    root = Path(entry_point).resolve()
    ours = next((n for n, frame in enumerate(frames) if Path(frame.filename).resolve().is_relative_to(root)), 0)
    return traceback.format_exc(limit=ours - len(frames) if ours else None)


def begin() -> None:
    """Do what the command line says; the exit code is the program's, or REASON_SHOWN."""
    end_with_parent()
    # A program lives for seconds and keeps most of what it makes; looking through all of it again and again for garbage
    # took a quarter of them.
    gc.set_threshold(100_000, 50, 50)
    kind, *rest = sys.argv[1:]
    if kind == "program":
        settings, entry_point, *arguments = rest
        sys.exit(run_program(json.loads(settings), entry_point, arguments))
    sys.argv = rest
    runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
