"""Which backend answers for the cluster on this machine, and what the run says of it."""

from contextlib import ExitStack
from pathlib import Path

from sandbox.kube import archives, build
from sandbox.kube.apiserver import ApiServer
from sandbox.kube.backend import Backend, SchemaBackend
from sandbox.kube.schemas import Schemas
from sandbox.kube.served import ServedBackend

CHOICE = "STARTUP_PLATFORM_KUBERNETES"  # "schemas": as if no API server had been built


def find(data: Path, wish: str, ending: ExitStack) -> Backend:
    """The backend that a run uses, until `ending` ends; `data` is where the API server keeps this stack's objects."""
    crds = (build.crds(), archives.crds())
    behind = SchemaBackend(schemas=Schemas.with_crds_in(*crds))
    binaries = build.binaries() if wish != "schemas" else None
    if not binaries:
        return behind
    backend = ServedBackend(ApiServer(binaries, data), build.version(), behind, *crds)
    ending.callback(backend.stop)
    return backend
