"""The stand-in over a real gRPC channel, spoken to as the engine does."""
# The protocol's generated code carries no types that a checker could follow through grpc.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import socket
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as protocol
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.errors import SandboxError
from sandbox.provider.server import Serving, serve
from sandbox.provider.wire import decode, encode
from sandbox.schema.values import UNKNOWN, Bag, Secret

QUEUE = "aws:sqs/queue:Queue"
VPC = "aws:ec2/vpc:Vpc"


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    serving = serve()
    yield serving
    serving.stop()


class Engine:
    """One provider instance's connection, as the engine keeps it."""

    def __init__(self, port: int, configuration: Bag | None) -> None:
        # Without a pool of its own a second channel would share the first one's connection.
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)])
        self.provider: Any = provider_pb2_grpc.ResourceProviderStub(self.channel)
        if configuration is not None:
            self.provider.Configure(protocol.ConfigureRequest(args=encode(configuration)))

    def check(self, token: str, news: Bag, olds: Bag | None = None) -> protocol.CheckResponse:
        request = protocol.CheckRequest(
            urn=urn(token), news=encode(news), olds=encode(olds or {}), randomSeed=b"seed", name="main", type=token
        )
        return self.provider.Check(request)

    def create(self, token: str, inputs: Bag, *, preview: bool = False) -> tuple[str, Bag]:
        response = self.provider.Create(
            protocol.CreateRequest(urn=urn(token), properties=encode(inputs), preview=preview, type=token)
        )
        return response.id, decode(response.properties)

    def diff(self, token: str, identifier: str, *, olds: Bag, inputs: Bag, news: Bag) -> protocol.DiffResponse:
        request = protocol.DiffRequest(
            id=identifier, urn=urn(token), olds=encode(olds), old_inputs=encode(inputs), news=encode(news), type=token
        )
        return self.provider.Diff(request)


def urn(token: str) -> str:
    return f"urn:pulumi:dev::project::{token}::main"


@pytest.fixture
def engine(serving: Serving) -> Iterator[Engine]:
    engine = Engine(serving.port, {"region": "ap-northeast-2", "allowedAccountIds": json.dumps(["111122223333"])})
    yield engine
    engine.channel.close()


def test_it_says_what_it_is_and_what_it_can(engine: Engine, serving: Serving) -> None:
    shaken = engine.provider.Handshake(protocol.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
    configured = engine.provider.Configure(protocol.ConfigureRequest(args=encode({"region": "us-east-1"})))
    assert engine.provider.GetPluginInfo(empty_pb2.Empty()).version.startswith("7.")
    assert (shaken.accept_secrets, shaken.accept_outputs, shaken.accept_resources) == (
        configured.acceptSecrets,
        configured.acceptOutputs,
        configured.acceptResources,
    )
    assert configured.supportsPreview


def test_each_instance_keeps_its_own_region_account_and_tags(serving: Serving) -> None:
    here = Engine(serving.port, {"region": "ap-northeast-2", "allowedAccountIds": json.dumps(["111122223333"])})
    there = Engine(
        serving.port,
        {
            "region": "ap-southeast-1",
            "allowedAccountIds": json.dumps(["111122223333"]),
            "assumeRoles": json.dumps([{"roleArn": "arn:aws:iam::444455556666:role/deploy"}]),
            "defaultTags": json.dumps({"tags": {"Project": "away"}}),
        },
    )
    arns = [instance.create(QUEUE, {"name": "q"})[1]["arn"] for instance in (here, there, here)]
    assert arns == [
        "arn:aws:sqs:ap-northeast-2:111122223333:q",
        "arn:aws:sqs:ap-southeast-1:444455556666:q",
        "arn:aws:sqs:ap-northeast-2:111122223333:q",
    ]
    assert decode(here.check(QUEUE, {}).inputs)["tagsAll"] == {}
    assert decode(there.check(QUEUE, {"tags": {"a": "b"}}).inputs)["tagsAll"] == {"Project": "away", "a": "b"}


def test_an_account_that_nothing_names_is_awss_example(serving: Serving) -> None:
    _, outputs = Engine(serving.port, {"region": "us-east-1"}).create(QUEUE, {"name": "q"})
    assert outputs["arn"] == "arn:aws:sqs:us-east-1:123456789012:q"


def test_default_tags_that_are_not_known_yet_make_tags_all_unknown(serving: Serving) -> None:
    engine = Engine(serving.port, {"region": "us-east-1", "defaultTags": UNKNOWN})
    assert decode(engine.check(QUEUE, {}).inputs)["tagsAll"] is UNKNOWN


@pytest.mark.parametrize(
    ("inputs", "path", "said"),
    [
        ({"regoin": "us-east-1"}, "regoin", "did you mean 'region'?"),
        ({"region": "seoul"}, "region", "'seoul' is not the name of an AWS region"),
        ({"defaultTags": json.dumps({"tag": {}})}, "defaultTags.tag", "did you mean 'tags'?"),
    ],
)
def test_a_mistake_in_the_providers_own_arguments_is_named(engine: Engine, inputs: Bag, path: str, said: str) -> None:
    response = engine.provider.CheckConfig(protocol.CheckRequest(urn="urn", news=encode(inputs)))
    assert [(each.property, said in each.reason) for each in response.failures] == [(path, True)]


def test_the_arguments_of_a_provider_are_left_as_they_are(engine: Engine) -> None:
    news = encode({"region": "us-east-1", "skipRegionValidation": "true", "version": "7.51.1"})
    response = engine.provider.CheckConfig(protocol.CheckRequest(urn="urn", news=news))
    assert list(response.failures) == []
    assert response.inputs == news


def test_a_provider_without_a_region_is_refused(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(grpc.RpcError, match="no AWS region is configured"):
        Engine(serving.port, {})


def test_check_fills_in_and_names_mistakes(engine: Engine) -> None:
    good = engine.check(QUEUE, {"fifoQueue": True})
    assert list(good.failures) == []
    assert str(decode(good.inputs)["name"]).endswith(".fifo")
    bad = engine.check(QUEUE, {"delaySecond": 1})
    assert [each.property for each in bad.failures] == ["delaySecond"]


def test_a_preview_promises_nothing_that_aws_decides(engine: Engine) -> None:
    identifier, outputs = engine.create(VPC, {"cidrBlock": "10.0.0.0/16"}, preview=True)
    assert identifier == ""
    assert outputs["mainRouteTableId"] is UNKNOWN
    assert outputs["cidrBlock"] == "10.0.0.0/16"


def test_a_replacement_gets_another_id_and_a_change_in_place_keeps_it(engine: Engine) -> None:
    inputs: Bag = {"cidrBlock": "10.0.0.0/16"}
    first, outputs = engine.create(VPC, inputs)
    response = engine.diff(VPC, first, olds=outputs, inputs=inputs, news={"cidrBlock": "10.1.0.0/16"})
    assert list(response.replaces) == ["cidrBlock"]
    assert response.detailedDiff["cidrBlock"].kind == protocol.PropertyDiff.UPDATE_REPLACE
    assert response.changes == protocol.DiffResponse.DIFF_SOME
    second, _ = engine.create(VPC, {"cidrBlock": "10.1.0.0/16"})
    assert second != first
    updated = engine.provider.Update(
        protocol.UpdateRequest(
            id=first, urn=urn(VPC), olds=encode(outputs), news=encode({**inputs, "tags": {"a": "b"}}), type=VPC
        )
    )
    after = decode(updated.properties)
    assert after["tags"] == {"a": "b"}
    assert {name: after[name] for name in ("arn", "mainRouteTableId")} == {
        name: outputs[name] for name in ("arn", "mainRouteTableId")
    }


def test_a_state_without_inputs_is_compared_with_its_outputs(engine: Engine) -> None:
    identifier, outputs = engine.create(QUEUE, {"name": "q", "delaySeconds": 3})
    response = engine.diff(
        QUEUE,
        identifier,
        olds={"name": "q", "delaySeconds": 3, "arn": "x"},
        inputs={},
        news={"name": "q", "delaySeconds": 3},
    )
    assert response.changes == protocol.DiffResponse.DIFF_NONE
    assert outputs["url"] == identifier


def test_a_secret_input_is_a_secret_output(engine: Engine) -> None:
    _, outputs = engine.create("aws:ssm/parameter:Parameter", {"name": "p", "value": Secret(value="hunter2")})
    assert outputs["value"] == Secret(value="hunter2")


def test_what_is_read_is_what_the_state_says_and_an_import_is_taken_to_exist(engine: Engine) -> None:
    state = encode({"name": "q", "arn": "x"})
    known = engine.provider.Read(protocol.ReadRequest(id="u", urn=urn(QUEUE), properties=state, type=QUEUE))
    assert known.properties == state
    imported = engine.provider.Read(protocol.ReadRequest(id="vpc-1", urn=urn(VPC), type=VPC))
    assert imported.id == "vpc-1"
    assert decode(imported.properties)["arn"] == "arn:aws:ec2:ap-northeast-2:111122223333:vpc/vpc-1"


def test_a_function_that_nobody_modelled_fails_by_name(engine: Engine) -> None:
    with pytest.raises(grpc.RpcError, match="aws:ec2/getAmi:getAmi"):
        engine.provider.Invoke(protocol.InvokeRequest(tok="aws:ec2/getAmi:getAmi"))


def test_a_modelled_function_answers_for_its_instance(engine: Engine) -> None:
    response = engine.provider.Invoke(protocol.InvokeRequest(tok="aws:index/getCallerIdentity:getCallerIdentity"))
    assert decode(getattr(response, "return"))["accountId"] == "111122223333"


def test_a_type_that_the_sdk_does_not_have_is_refused_by_name(engine: Engine) -> None:
    with pytest.raises(grpc.RpcError, match=r"pulumi-aws 7\.\S+ has no resource type aws:ec2/vcp:Vcp"):
        engine.check("aws:ec2/vcp:Vcp", {})


def test_an_instance_that_was_never_configured_is_refused(serving: Serving) -> None:
    with pytest.raises(grpc.RpcError, match="was not configured"):
        Engine(serving.port, None).check(QUEUE, {})


def test_a_defect_is_said_in_one_sentence_that_names_the_type(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("sandbox.provider.aws.checked", broken)
    with pytest.raises(grpc.RpcError) as raised:
        engine.check(QUEUE, {})
    said = str(raised.value.details())  # pyright: ignore[reportAttributeAccessIssue]
    assert QUEUE in said
    assert "RuntimeError: boom" in said
    assert "this is a defect of the sandbox, not of your program" in said
    assert "Traceback" not in said


def test_a_taken_port_is_said_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=f"port {port} is taken"):
            serve(port)


def test_two_stand_ins_never_share_a_port(serving: Serving) -> None:
    with pytest.raises(SandboxError, match=f"port {serving.port} is taken"):
        serve(serving.port)


def test_it_listens_on_this_machine_only_and_is_gone_after_stop() -> None:
    serving = serve()
    with socket.create_connection(("127.0.0.1", serving.port), timeout=2):
        pass
    serving.stop()
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", serving.port), timeout=2):
        pass


def test_it_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    serving = serve()
    Engine(serving.port, {"region": "us-east-1"}).create(QUEUE, {"name": "q"})
    serving.stop()
    assert capfd.readouterr() == ("", "")
