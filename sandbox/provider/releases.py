"""`kubernetes.helm.v3.Release`: values against the chart's recorded keys, and what a chart at hand makes of them."""

import hashlib

from sandbox.kube import rendering
from sandbox.kube.backend import Backend
from sandbox.kube.charts import Charts
from sandbox.kube.objects import kind_of
from sandbox.provider.manifests import INPUTS, Checked, Settings
from sandbox.schema.check import Checker
from sandbox.schema.sdk import Sdk
from sandbox.schema.values import UNKNOWN, Bag, Value, reveal, text

RELEASE = "kubernetes:helm.sh/v3:Release"
REPLACING = ("name", "namespace")
_TIMEOUT_SECONDS = 300  # the real provider's default, unless the program does not wait
_RANDOM = 8  # hexadecimal digits at the end of a made-up name


def checked(
    sdk: Sdk,
    cluster: Backend,
    charts: Charts,
    settings: Settings,
    news: Bag,
    olds: Bag,
    logical: str,
    seed: bytes,
) -> Checked:
    """Fill in what the provider fills in, then look for what Helm or the chart would not know."""
    inputs: Bag = {name: value for name, value in news.items() if not name.startswith("__")}
    if not inputs.get("name"):
        random = hashlib.sha256(seed or logical.encode()).hexdigest()[:_RANDOM]
        inputs["name"] = olds.get("name") or f"{logical}-{random}"
    if not inputs.get("namespace"):
        inputs["namespace"] = settings.namespace or "default"
    if not reveal(inputs.get("skipAwait")) and "timeout" not in inputs:
        inputs["timeout"] = _TIMEOUT_SECONDS
    checker = Checker(schema=sdk.resource(RELEASE), constraints=None)
    problems = checker.problems({name: value for name, value in inputs.items() if name != "compat"})
    found, unchecked = charts.check(inputs)
    problems += found
    if not problems:
        rendered = rendering.check(cluster, inputs)
        problems = rendered.problems
        unchecked = "; ".join(each for each in (unchecked, rendered.unchecked) if each)
    return Checked(inputs=inputs, problems=problems, unchecked=unchecked)


def make_namespace(cluster: Backend, inputs: Bag, urn: str) -> None:
    """What `createNamespace` asks of Helm; like Helm, it is left there when the release goes.

    Raises:
        SandboxError: the cluster refuses it.
    """
    name = text(inputs, "namespace")
    if reveal(inputs.get("createNamespace")) is True and name:
        kind = kind_of("v1", "Namespace")
        if not cluster.read(kind, "", name, {}):
            cluster.apply(kind, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, seed=urn)


def outputs(inputs: Bag, *, is_preview: bool, before: Bag | None = None) -> Bag:
    """What the state holds of a release. Which objects it made is empty: none of them is in the cluster."""
    made = dict(inputs)
    if is_preview:
        return {**made, "status": UNKNOWN, "resourceNames": UNKNOWN}
    old = reveal((before or {}).get("status"))
    revision = old.get("revision") if isinstance(old, dict) else 0
    status: dict[str, Value] = {
        "status": "deployed",
        "name": text(inputs, "name"),
        "namespace": text(inputs, "namespace"),
        "revision": (revision if isinstance(revision, int) else 0) + 1,
        "chart": (text(inputs, "chart") or "").rpartition("/")[2],
        "version": text(inputs, "version"),
    }
    return {**made, "status": status, "resourceNames": {}, INPUTS: inputs}
