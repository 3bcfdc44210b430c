"""The Kubernetes provider's side of the engine's protocol, as pulumi-kubernetes 4.34 speaks it.

It never reads a kubeconfig: whatever cluster the program names, the run's own backend answers (sandbox/kube/).
"""
# The protocol's generated code carries no types that a checker could follow through grpc.
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportMissingParameterType=false
# pyright: reportIncompatibleMethodOverride=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# ruff: noqa: N802, ARG002, D102 -- the protocol names the methods and their parameters, and documents them

import json
import threading
from typing import Any

import grpc
from google.protobuf import empty_pb2

from sandbox.errors import SandboxError
from sandbox.kube.backend import Backend
from sandbox.kube.charts import Charts
from sandbox.kube.objects import identifier, kind_of_token
from sandbox.protocol import provider_pb2 as protocol
from sandbox.provider import manifests, plugin, releases
from sandbox.provider.diff import Plan, differences, inside
from sandbox.provider.manifests import Settings
from sandbox.provider.plugin import Plugin, answers
from sandbox.provider.wire import decode, encode
from sandbox.schema.check import Checker, Problem
from sandbox.schema.sdk import PROVIDER, Sdk
from sandbox.schema.types import Scalar
from sandbox.schema.values import Bag, has_unknown, reveal, text

# In the place of what a provider is not told yet, as the kubeconfig of a cluster that an `up` would make.
_LATER = "known after up"
_NO_FILES = "renderYamlToDirectory"


class Provider(Plugin):
    """Answers the engine for every `kubernetes` provider instance."""

    name = "kubernetes"

    def __init__(self, sdk: Sdk, cluster: Backend, charts: Charts) -> None:
        super().__init__()
        self.version = sdk.version
        self._sdk = sdk
        self._cluster = cluster
        self._charts = charts
        self._lock = threading.Lock()
        self._instances: dict[str, Settings] = {}  # by peer address

    # One provider instance

    @answers
    def CheckConfig(self, request, context):
        news = decode(request.news)
        schema = self._sdk.resource(PROVIDER)
        plain: Bag = {}
        for name, value in news.items():
            is_text = name in schema.inputs and schema.inputs[name].type == Scalar(name="string")
            plain[name] = value if is_text else _from_json(value)
        plain.pop("version", None)  # of the plugin: the engine's own entry
        if isinstance(reveal(plain.get("kubeconfig")), dict):
            plain["kubeconfig"] = ""  # the real provider takes the document itself, too
        found = Checker(schema=schema, constraints=None).problems(plain)
        if plain.get(_NO_FILES):
            found.append(Problem(path=_NO_FILES, reason="the sandbox writes no manifests: leave it out in here"))
        return protocol.CheckResponse(inputs=encode(_known(news)), failures=plugin.failures(found))

    @answers
    def DiffConfig(self, request, context):
        found = differences(decode(request.old_inputs) or decode(request.olds), decode(request.news))
        return plugin.diff_response(Plan(differences=found, replaces=frozenset(), delete_first=False))

    @answers
    def Configure(self, request, context):
        given = {name: _from_json(value) for name, value in decode(request.args).items()}
        settings = Settings(
            namespace=text(given, "namespace") or "",
            mutable=frozenset(
                kind for kind in ("Secret", "ConfigMap") if reveal(given.get(f"enable{kind}Mutable")) is True
            ),
        )
        with self._lock:
            self._instances[context.peer()] = settings
        return protocol.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    @answers
    def Invoke(self, request, context):
        raise SandboxError(
            f"the sandbox does not answer {request.tok}: it neither renders charts nor reads manifests. Use "
            "kubernetes.helm.v3.Release for a chart, and a resource (or apiextensions.CustomResource) for a manifest"
        )

    @answers
    def Construct(self, request, context):
        raise SandboxError(
            f"the sandbox does not construct {request.type}: it neither renders charts nor reads manifests. Use "
            "kubernetes.helm.v3.Release for a chart, and a resource (or apiextensions.CustomResource) for a manifest"
        )

    # One resource

    @answers
    def Check(self, request, context):
        token, news, olds = plugin.token_of(request), decode(request.news), decode(request.olds)
        settings, logical = self._settings(context), request.name or request.urn.rpartition("::")[2]
        if token == releases.RELEASE:
            checked = releases.checked(
                self._sdk, self._cluster, self._charts, settings, news, olds, logical, request.randomSeed
            )
        else:
            checked = manifests.checked(
                self._cluster, settings, token, news, olds, logical, request.randomSeed, plugin.proposal(request)
            )
        if checked.unchecked:
            self.warn(f"not checked here: {checked.unchecked}")
        return protocol.CheckResponse(inputs=encode(checked.inputs), failures=plugin.failures(checked.problems))

    @answers
    def Diff(self, request, context):
        token, news = plugin.token_of(request), decode(request.news)
        olds = decode(request.old_inputs) or manifests.inputs_in(decode(request.olds))
        found = differences(olds, news)
        left_out = inside(found, set(request.ignoreChanges))
        found = [each for each in found if each not in left_out]
        settings = self._settings(context)
        replacing = releases.REPLACING if token == releases.RELEASE else manifests.replacing(token, news, settings)
        replaces = frozenset(each.path for each in inside(found, replacing))
        delete_first = bool(replaces) and token != releases.RELEASE and manifests.keeps_its_name(olds, news)
        return plugin.diff_response(Plan(differences=found, replaces=replaces, delete_first=delete_first))

    @answers
    def Create(self, request, context):
        token, inputs = plugin.token_of(request), decode(request.properties)
        if token == releases.RELEASE:
            if not request.preview:
                releases.make_namespace(self._cluster, inputs, request.urn)
            outputs = releases.outputs(inputs, is_preview=request.preview)
            identity = identifier(text(inputs, "namespace") or "", text(inputs, "name") or "")
        elif request.preview:
            return protocol.CreateResponse(properties=encode(manifests.foreseen(self._cluster, token, inputs)))
        else:
            identity, outputs = manifests.applied(self._cluster, token, inputs, request.urn)
        if request.preview:
            return protocol.CreateResponse(properties=encode(outputs))
        return protocol.CreateResponse(id=identity, properties=encode(outputs))

    @answers
    def Update(self, request, context):
        token, inputs = plugin.token_of(request), decode(request.news)
        if token == releases.RELEASE:
            outputs = releases.outputs(inputs, is_preview=request.preview, before=decode(request.olds))
        elif request.preview:
            outputs = manifests.foreseen(self._cluster, token, inputs)
        else:
            _, outputs = manifests.applied(self._cluster, token, inputs, request.urn)
        return protocol.UpdateResponse(properties=encode(outputs))

    @answers
    def Read(self, request, context):
        token, known = plugin.token_of(request), decode(request.properties)
        if token == releases.RELEASE:
            if not known:
                raise SandboxError(
                    f"a Helm release, {request.id}, cannot be imported here: there is no cluster to read"
                )
            return protocol.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
        found = manifests.read(self._cluster, token, request.id, known, decode(request.inputs))
        if found is None:
            return protocol.ReadResponse(id="")
        outputs, inputs = found
        return protocol.ReadResponse(id=request.id, properties=encode(outputs), inputs=encode(inputs))

    @answers
    def Delete(self, request, context):
        token = plugin.token_of(request)
        if token != releases.RELEASE:
            namespace, _, name = request.id.rpartition("/")
            said = self._cluster.delete(kind_of_token(token), namespace, name)
            if said:
                self.warn(said)
        return empty_pb2.Empty()

    def _settings(self, context: grpc.ServicerContext) -> Settings:
        with self._lock:
            found = self._instances.get(context.peer())
        if found is None:
            raise SandboxError("this Kubernetes provider instance was not configured; the engine does so before use")
        return found


def _known(configuration: Bag) -> Bag:
    """A configuration without unknowns: the engine asks a provider nothing while it has any.

    So the first preview of a stack checks what goes into its cluster; a real provider would be asked at `up` only.
    """
    return {name: _LATER if has_unknown(value) else value for name, value in configuration.items()}


def _from_json(value: Any) -> Any:
    """Provider configuration travels as text: what is no text is JSON inside a string."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
