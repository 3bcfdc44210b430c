"""The engine's wire protocol, as the SDK's package defines it, without the SDK around it.

Who imports `pulumi.runtime.proto` imports all of `pulumi` first: a quarter of a second, which each process of a run
would spend that only speaks the protocol. So this package looks for its modules where the SDK has them. They are the
same messages: protobuf keeps one class for each.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # where a type checker finds them
    from pulumi.runtime.proto import engine_pb2 as engine_pb2
    from pulumi.runtime.proto import engine_pb2_grpc as engine_pb2_grpc
    from pulumi.runtime.proto import language_pb2 as language_pb2
    from pulumi.runtime.proto import language_pb2_grpc as language_pb2_grpc
    from pulumi.runtime.proto import plugin_pb2 as plugin_pb2
    from pulumi.runtime.proto import provider_pb2 as provider_pb2
    from pulumi.runtime.proto import provider_pb2_grpc as provider_pb2_grpc
    from pulumi.runtime.proto import resource_pb2 as resource_pb2
    from pulumi.runtime.proto import resource_pb2_grpc as resource_pb2_grpc

_SDK = find_spec("pulumi")  # found, and not run
if _SDK is None or not _SDK.submodule_search_locations:
    raise ImportError("there is no package pulumi in this environment: make setup")
__path__ = [str(Path(place, "runtime", "proto")) for place in _SDK.submodule_search_locations]
