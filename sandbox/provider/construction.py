"""How a component that is not the program's own registers its children with the engine, one by one."""
# The protocol's generated code carries no types that a checker could follow through grpc.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportAttributeAccessIssue=false

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from google.protobuf import struct_pb2

from sandbox.protocol import provider_pb2 as protocol
from sandbox.protocol import resource_pb2, resource_pb2_grpc
from sandbox.provider.wire import decode, encode, reference
from sandbox.schema.values import UNKNOWN, Bag, Value


@dataclass(frozen=True, kw_only=True)
class Child:
    """A resource that the engine has registered."""

    urn: str
    id: Value
    outputs: Bag
    version: str

    @property
    def reference(self) -> Value:
        """The resource as a property's value."""
        return reference(self.urn, self.id, self.version)


@dataclass(frozen=True, kw_only=True)
class Site:
    """One construction of a component: the engine, what the program asked for, and what that came from."""

    monitor: resource_pb2_grpc.ResourceMonitorStub
    request: protocol.ConstructRequest
    inputs: Bag
    versions: Mapping[str, str]  # of the other packages that the component is built with, by package
    origins: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])  # input -> URNs

    def component(self) -> str:
        """Register the component itself; returns its URN."""
        request = self.request
        answer = self.monitor.RegisterResource(
            resource_pb2.RegisterResourceRequest(
                type=request.type,
                name=request.name,
                parent=request.parent,
                custom=False,
                object=struct_pb2.Struct(),
                protect=request.protect,
                dependencies=list(request.dependencies),
                providers=dict(request.providers),
                aliasURNs=list(request.aliases),
                acceptSecrets=True,
                acceptResources=True,
                supportsPartialValues=True,
            )
        )
        return answer.urn

    def resource(
        self,
        token: str,
        name: str,
        inputs: Bag,
        *,
        parent: str,
        came_from: Mapping[str, Iterable[str]],
        after: Iterable[str] = (),
        ignores: Sequence[str] = (),
    ) -> Child:
        """Register one of its children; `protect` and providers are the component's, as in every SDK."""
        package = token.partition(":")[0]
        version = self.versions[token.removeprefix("pulumi:providers:").partition(":")[0]]
        given = {key: value for key, value in inputs.items() if value is not None}
        origins = {key: sorted(set(came_from.get(key, ()))) for key in given}
        answer = self.monitor.RegisterResource(
            resource_pb2.RegisterResourceRequest(
                type=token,
                name=name,
                parent=parent,
                custom=True,
                object=encode(given),
                protect=self.request.protect,
                retainOnDelete=self.request.retainOnDelete,
                provider=self.request.providers.get(package, ""),
                version=version,
                dependencies=sorted({*after, *(urn for urns in origins.values() for urn in urns)}),
                propertyDependencies={
                    key: resource_pb2.RegisterResourceRequest.PropertyDependencies(urns=urns)
                    for key, urns in origins.items()
                },
                ignoreChanges=list(ignores),
                acceptSecrets=True,
                acceptResources=True,
                supportsPartialValues=True,
            )
        )
        # A preview of something new has no id yet.
        return Child(urn=answer.urn, id=answer.id or UNKNOWN, outputs=decode(answer.object), version=version)

    def looked_up(self, urn: str) -> Bag:
        """The outputs of another resource of the program, of which only the reference was handed over."""
        answer = self.monitor.Invoke(
            resource_pb2.ResourceInvokeRequest(
                tok="pulumi:pulumi:getResource", args=encode({"urn": urn}), acceptResources=True
            )
        )
        state = decode(getattr(answer, "return")).get("state")
        return state if isinstance(state, dict) else {}
