"""Runs the platform on Pulumi's mocks and keeps every registration, for tests to assert exact inputs on.

It proves what the program asks for, not what AWS or even the engine makes of it: tests/engine does that.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.proto import callback_pb2

# Computed values that the platform reads, beside `id` and `arn`.
COMPUTED: Mapping[str, Mapping[str, Any]] = {
    "aws:acm/certificate:Certificate": {
        "domainValidationOptions": [
            {
                "domainName": "mock",
                "resourceRecordName": "_proof.mock.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": "_value.acm-validations.aws.",
            }
        ]
    },
    "aws:cloudfront/distribution:Distribution": {"domainName": "d1.cloudfront.net", "hostedZoneId": "Z2FDTNDATAQYW2"},
    "aws:cognito/userPool:UserPool": {"endpoint": "cognito-idp.ap-northeast-2.amazonaws.com/ap-northeast-2_1"},
    "aws:cognito/userPoolDomain:UserPoolDomain": {
        "cloudfrontDistribution": "d2.cloudfront.net",
        "cloudfrontDistributionZoneId": "Z2FDTNDATAQYW2",
    },
    "aws:ec2/vpc:Vpc": {"defaultNetworkAclId": "acl-default", "defaultRouteTableId": "rtb-default"},
    "aws:ec2/eip:Eip": {"allocationId": "eipalloc-1", "publicIp": "192.0.2.1"},
    "eks:index:Cluster": {
        "clusterSecurityGroupId": "sg-cluster",
        "kubeconfig": {"clusters": [{"cluster": {"server": "https://api.example"}}]},
        "kubeconfigJson": '{"users": []}',
    },
    "aws:elasticache/replicationGroup:ReplicationGroup": {"configurationEndpointAddress": "clustercfg.cache.example"},
    "aws:kms/key:Key": {"keyId": "key-1"},
    "aws:organizations/organization:Organization": {"roots": [{"id": "r-root"}]},
    "aws:rds/cluster:Cluster": {
        "clusterResourceId": "cluster-RESOURCE",
        "endpoint": "writer.example",
        "readerEndpoint": "reader.example",
    },
    "aws:rds/proxy:Proxy": {"endpoint": "proxy.example"},
    "aws:rds/proxyEndpoint:ProxyEndpoint": {"endpoint": "proxy-readers.example"},
    "aws:sqs/queue:Queue": {"url": "https://queue.example"},
    "aws:lb/loadBalancer:LoadBalancer": {
        "arnSuffix": "app/mock/1",
        "dnsName": "mock-1.ap-northeast-2.elb.amazonaws.com",
        "zoneId": "ZWKZPGTI48KDX",
    },
    "aws:route53/record:Record": {"fqdn": "mock.example.com"},
    "aws:s3/bucket:Bucket": {"bucketRegionalDomainName": "mock.s3.ap-northeast-2.amazonaws.com"},
    "aws:sesv2/emailIdentity:EmailIdentity": {"dkimSigningAttributes": {"tokens": ["one", "two", "three"]}},
}


def revealed(value: Any) -> Any:
    """A value without the envelope that marks it as a secret."""
    return rpc.unwrap_rpc_secret(value) if rpc.is_rpc_secret(value) else value


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One resource as the program registered it."""

    type: str
    name: str
    parent: str  # URN
    protect: bool
    retains: bool  # on deletion, the resource itself
    deletes_first: bool  # before it is made anew, where it has to be
    provider: str
    dependencies: Sequence[str]  # URNs
    ignores: Sequence[str]  # properties whose changes are left alone
    points: Mapping[str, Sequence[str]]  # property -> URNs that its value comes from
    inputs: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.inputs[key]

    def get(self, key: str) -> Any:
        return self.inputs.get(key)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """All registrations of one run."""

    registrations: Sequence[Registration] = field(default_factory=list[Registration])

    def of_type(self, token: str) -> list[Registration]:
        """Every resource of a type, in the order of registration."""
        return [one for one in self.registrations if one.type == token]

    def named(self, name: str, token: str) -> Registration:
        """The one resource with this logical name and type."""
        (found,) = [one for one in self.of_type(token) if one.name == name]
        return found


class _Mocks(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        known = {"arn": f"arn:mock:{args.name}", "id": f"{args.name}-id", **COMPUTED.get(args.typ, {})}
        return f"{args.name}-id", {**cast("dict[str, Any]", args.inputs), **known}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], None]:
        raise AssertionError(f"nobody planned the look-up {args.token}: a preview without an account could not answer")


class _Monitor(mocks.MockMonitor):
    def __init__(self, answers: mocks.Mocks) -> None:
        super().__init__(answers)
        self.registrations: list[Registration] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        for value in request.object.fields.values():
            _as_urn(value)
        answer = super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        self.registrations.append(
            Registration(
                type=request.type,
                name=request.name,
                parent=request.parent,
                protect=request.protect,
                retains=request.retainOnDelete,
                deletes_first=request.deleteBeforeReplace,
                provider=request.provider,
                dependencies=list(request.dependencies),
                ignores=list(request.ignoreChanges),
                points={name: list(each.urns) for name, each in request.propertyDependencies.items()},
                inputs=cast("dict[str, Any]", rpc.deserialize_properties(request.object)),
            )
        )
        return answer  # pyright: ignore[reportUnknownVariableType]


def _as_urn(value: Any) -> None:
    """A resource that was handed over as such becomes its URN: to read it, the SDK would look it up in an engine."""
    fields = value.struct_value.fields
    if rpc._special_sig_key in fields and fields[rpc._special_sig_key].string_value == rpc._special_resource_sig:  # pyright: ignore[reportPrivateUsage]
        value.string_value = fields["urn"].string_value


class _Callbacks:
    """In place of the server by which an engine would call transforms back, and which no mock ever stops."""

    def register_transform(self, transform: Any) -> callback_pb2.Callback:
        return callback_pb2.Callback(target="nobody", token=transform.__name__)


def record(program: Callable[[], object], *, stack: str = "dev", answers: mocks.Mocks | None = None) -> Recorded:
    """Run a program to its end; only then can a test say that something is absent.

    `answers` says what else than the mocks here makes computed values.
    """
    answering = answers or _Mocks()
    monitor = _Monitor(answering)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    mocks.set_mocks(answering, project="startup-platform", stack=stack, monitor=monitor)
    settings.SETTINGS.callbacks = _Callbacks()  # pyright: ignore[reportAttributeAccessIssue]

    @mocks.test  # pyright: ignore[reportUnknownMemberType]
    def run() -> None:
        program()

    run()
    loop.close()
    return Recorded(registrations=[one for one in monitor.registrations if one.type != "pulumi:pulumi:Stack"])
