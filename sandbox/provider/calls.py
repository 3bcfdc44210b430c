"""Stands between the engine and any provider servicer, one method at a time."""
# grpc's stubs leave the handlers of a server untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeArgument=false, reportUnknownLambdaType=false

from collections.abc import Callable
from typing import Any, TypeAlias

import grpc

Inner: TypeAlias = Callable[[Any, grpc.ServicerContext], Any]


class Calls(grpc.ServerInterceptor):
    """A subclass names a method of the protocol, such as `Create(inner, request, context)`, and gets its calls."""

    def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Any], handler_call_details: grpc.HandlerCallDetails
    ) -> Any:
        """Wrap the handler of a method that the subclass names."""
        handler = continuation(handler_call_details)
        method: str = handler_call_details.method.rpartition("/")[2]  # pyright: ignore[reportAttributeAccessIssue]
        mine = getattr(self, method, None)
        if handler is None or mine is None:
            return handler
        inner: Inner = handler.unary_unary
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: mine(inner, request, context),
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def serves(self, server: grpc.Server, port: int) -> None:
        """Learn which server the calls come to, before the first."""
