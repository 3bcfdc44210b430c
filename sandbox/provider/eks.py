"""Stands in for pulumi-eks: its components are constructed child by child, by way of the engine.

So each child has its own URN, goes to the program's own providers, passes the program's transforms, and is judged by
the policies, as with the real component.
"""
# The protocol's generated code carries no types that a checker could follow through grpc.
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportUntypedBaseClass=false
# pyright: reportMissingParameterType=false, reportIncompatibleMethodOverride=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportAttributeAccessIssue=false
# ruff: noqa: N802, ARG002, D102 -- the protocol names the methods and their parameters, and documents them

import grpc

from sandbox.errors import SandboxError
from sandbox.protocol import provider_pb2 as protocol
from sandbox.protocol import resource_pb2_grpc
from sandbox.provider.construction import Site
from sandbox.provider.eks_cluster import CLUSTER, VERSIONS, construct
from sandbox.provider.plugin import Plugin
from sandbox.provider.wire import decode, encode
from sandbox.schema.sdk import Sdk

_UNLIMITED = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))


class Provider(Plugin):
    """Answers the engine for the `eks` provider, which has components and no resource of its own."""

    name = "eks"

    def __init__(self, sdk: Sdk) -> None:
        super().__init__()
        self.version = sdk.version

    def Handshake(self, request, context):
        return protocol.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True)

    def CheckConfig(self, request, context):
        return protocol.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):
        return protocol.DiffResponse(changes=protocol.DiffResponse.DIFF_NONE)

    def Configure(self, request, context):
        return protocol.ConfigureResponse(acceptSecrets=True, acceptResources=True, supportsPreview=True)

    def Construct(self, request, context):
        if request.type != CLUSTER:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED, f"the sandbox copies {CLUSTER} of pulumi-eks, and not {request.type}"
            )
        try:
            with grpc.insecure_channel(request.monitorEndpoint, options=_UNLIMITED) as channel:
                site = Site(
                    monitor=resource_pb2_grpc.ResourceMonitorStub(channel),
                    request=request,
                    inputs=decode(request.inputs),
                    versions=VERSIONS,
                    origins={name: list(each.urns) for name, each in request.inputDependencies.items()},
                )
                urn, outputs, sources = construct(site)
        except SandboxError as refusal:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal))
        except grpc.RpcError as refusal:  # the engine has said why: a policy, a wrong property, its own end
            context.abort(refusal.code(), refusal.details() or "the engine refused a resource")
        else:
            dependencies = protocol.ConstructResponse.PropertyDependencies(urns=sources)
            return protocol.ConstructResponse(
                urn=urn, state=encode(outputs), stateDependencies=dict.fromkeys(outputs, dependencies)
            )
