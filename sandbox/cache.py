"""Where things that take long to make are kept: per user, outside every checkout, shared by all of them."""

import os
from pathlib import Path

import platformdirs

from sandbox.errors import SandboxError

VARIABLE = "STARTUP_PLATFORM_CACHE"  # overrides the operating system's own place


def directory(*parts: str) -> Path:
    """Make and return a directory of the user's cache.

    Raises:
        SandboxError: it cannot be made or written.
    """
    place = Path(os.environ.get(VARIABLE) or platformdirs.user_cache_dir("startup-platform")).joinpath(*parts)
    try:
        place.mkdir(parents=True, exist_ok=True)
        writable = os.access(place, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise SandboxError(f"the cache {place} cannot be written: make it writable, or set {VARIABLE}")
    return place
