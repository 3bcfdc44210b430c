"""Which backend answers for the cluster on this machine."""

from pathlib import Path

from sandbox import cache
from sandbox.kube.backend import Backend, SchemaBackend
from sandbox.kube.schemas import Schemas


def crds() -> Path:
    """Where the custom kinds' definitions are, once `make sandbox-kube` has made them."""
    return cache.directory("kube-crds")


def find() -> Backend:
    """The backend that a run would use now."""
    return SchemaBackend(schemas=Schemas.with_crds_in(crds()))
