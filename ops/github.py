"""GitHub as `gh` reaches it: one call, one JSON document; its refusal is one sentence."""

import json
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

from ops.errors import OpsError

Gh = Callable[..., Any]


def call(path: str, *, method: str = "GET", body: Mapping[str, object] | None = None) -> Any:
    """Ask GitHub's API.

    Raises:
        OpsError: there is no `gh`, or GitHub refused.
    """
    words = ["gh", "api", "--method", method, path, *(["--input", "-"] if body is not None else [])]
    given = json.dumps(body) if body is not None else None
    try:
        done = subprocess.run(words, input=given, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise OpsError("there is no `gh` on PATH; https://cli.github.com says how to get it") from None
    if done.returncode != 0:
        raise OpsError(f"GitHub refused {method} {path.partition('?')[0]}: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout.strip() else None
