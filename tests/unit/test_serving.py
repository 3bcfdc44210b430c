"""An endpoint where a stage names a model, exactly, and none where it does not."""

import json
from typing import Any

import pytest

from components.intelligence.serving import Serving, ServingArgs
from components.naming import Scope
from components.settings import SettingsError, load
from components.sizes import IntelligenceSize
from tests.unit.conftest import platform_of, stage_config
from tests.unit.recording import Recorded, record
from tests.unit.test_metrics import alarms, complaint

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
HERE = "ap-northeast-2:111122223333"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
IMAGE = f"111122223333.dkr.ecr.ap-northeast-2.amazonaws.com/startup-platform/dev/recommendation@sha256:{'a' * 64}"
KEY = "pipelines-abc-Train-xyz/output/model.tar.gz"
SIZE = IntelligenceSize(
    tokens_per_hour=10_000, endpoint_instance_type="ml.m5.large", endpoint_at_least=2, endpoint_at_most=10
)
MODEL = json.dumps({"model": {"image": IMAGE, "artifact_key": KEY}})


@pytest.fixture(scope="module")
def run() -> Recorded:
    args = ServingArgs(
        scope=SCOPE,
        size=SIZE,
        image=IMAGE,
        artifact_key=KEY,
        repository_arn="arn:repository",
        key_arn="lake-key",
        key_alias="alias/startup-platform-dev-lake",
        alarm_topic_arn="alarms",
    )
    return record(lambda: Serving("serving", args))


def test_a_stage_has_an_endpoint_when_it_names_a_model_and_not_before() -> None:
    assert not platform_of("dev", phase="global").of_type(ENDPOINT)
    (endpoint,) = platform_of("dev", phase="global", intelligence=MODEL).of_type(ENDPOINT)
    assert endpoint["name"] == "startup-platform-dev-recommendation"


def test_a_model_in_a_phase_without_models_is_refused_in_a_sentence() -> None:
    config = stage_config("dev") | {"startup-platform:phase": "growth", "startup-platform:intelligence": MODEL}
    with pytest.raises(SettingsError) as refused:
        load(stage="dev", config=config)
    assert "startup-platform:intelligence.model is given, and the phase growth has no intelligence" in str(
        refused.value
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [("image", IMAGE.partition("@")[0] + ":latest"), ("artifact_key", "../secrets"), ("artifact_key", "model.zip")],
)
def test_an_image_without_its_digest_and_a_file_that_is_no_model_are_refused(key: str, value: str) -> None:
    model = {"image": IMAGE, "artifact_key": KEY, key: value}
    config = stage_config("dev") | {
        "startup-platform:phase": "global",
        "startup-platform:intelligence": json.dumps({"model": model}),
    }
    with pytest.raises(SettingsError, match=f"intelligence.model.{key}"):
        load(stage="dev", config=config)


def test_the_model_is_the_one_that_is_named_and_has_no_network(run: Recorded) -> None:
    model = run.named("serving-model", "aws:sagemaker/model:Model")
    bucket = "startup-platform-dev-lake-curated-111122223333-ap-northeast-2"
    assert model["primaryContainer"] == {"image": IMAGE, "modelDataUrl": f"s3://{bucket}/models/{KEY}"}
    assert model["enableNetworkIsolation"] is True


def test_two_instances_always_run_encrypted_and_some_answers_are_kept_in_the_lake(run: Recorded) -> None:
    config = run.named("serving-configuration", "aws:sagemaker/endpointConfiguration:EndpointConfiguration")
    (variant,) = config["productionVariants"]
    assert (variant["variantName"], variant["instanceType"], int(variant["initialInstanceCount"])) == (
        "approved",
        "ml.m5.large",
        2,
    )
    assert config["kmsKeyArn"] == "lake-key"
    capture = config["dataCaptureConfig"]
    raw = "startup-platform-dev-lake-raw-111122223333-ap-northeast-2"
    assert (capture["enableCapture"], capture["kmsKeyId"]) == (True, "lake-key")
    assert (capture["destinationS3Uri"], int(capture["initialSamplingPercentage"])) == (
        f"s3://{raw}/logs/inferences",
        5,
    )
    assert [one["captureMode"] for one in capture["captureOptions"]] == ["Input", "Output"]


def test_instances_follow_the_requests_of_each(run: Recorded) -> None:
    (target,) = run.of_type("aws:appautoscaling/target:Target")
    assert target["resourceId"] == "endpoint/startup-platform-dev-recommendation/variant/approved"
    assert (int(target["minCapacity"]), int(target["maxCapacity"])) == (2, 10)
    (policy,) = run.of_type("aws:appautoscaling/policy:Policy")
    tracking = policy["targetTrackingScalingPolicyConfiguration"]
    assert tracking["predefinedMetricSpecification"] == {
        "predefinedMetricType": "SageMakerVariantInvocationsPerInstance"
    }
    assert int(tracking["targetValue"]) == 3000
    assert (int(tracking["scaleOutCooldown"]), int(tracking["scaleInCooldown"])) == (60, 300)


def test_another_model_takes_a_tenth_for_ten_minutes_and_goes_back_by_itself(run: Recorded) -> None:
    deployment = run.named("serving-endpoint", ENDPOINT)["deploymentConfig"]
    routing = deployment["blueGreenUpdatePolicy"]["trafficRoutingConfiguration"]
    assert (routing["type"], int(routing["waitIntervalInSeconds"])) == ("CANARY", 600)
    assert (routing["canarySize"]["type"], int(routing["canarySize"]["value"])) == ("CAPACITY_PERCENT", 10)
    assert len(deployment["autoRollbackConfiguration"]["alarms"]) == 2


def test_its_alarms_read_what_sagemaker_emits(run: Recorded) -> None:
    read = list(alarms(run))
    assert {each.name for each in read} == {"Invocation5XXErrors", "ModelLatency"}
    assert [complaint(each) for each in read] == ["", ""]
    slow = run.named("serving-slow", "aws:cloudwatch/metricAlarm:MetricAlarm")
    assert (slow["threshold"], int(slow["evaluationPeriods"]), slow["alarmActions"]) == (100_000, 5, ["alarms"])


def test_it_reads_one_file_and_writes_only_what_is_captured(run: Recorded) -> None:
    policy: dict[str, Any] = json.loads(run.named("serving-role", "aws:iam/rolePolicy:RolePolicy")["policy"])
    found = {one["Sid"]: one for one in policy["Statement"]}
    end = "111122223333-ap-northeast-2"
    assert found["ReadTheModel"]["Resource"] == [f"arn:aws:s3:::startup-platform-dev-lake-curated-{end}/models/{KEY}"]
    assert found["CaptureSomeAnswers"]["Resource"] == [
        f"arn:aws:s3:::startup-platform-dev-lake-raw-{end}/logs/inferences/*"
    ]
    assert found["PullTheImage"]["Resource"] == ["arn:repository"]
    assert found["SayHowItGoes"]["Resource"] == [
        f"arn:aws:logs:{HERE}:log-group:/aws/sagemaker/Endpoints/startup-platform-dev-recommendation:*"
    ]
    grants = found["LetDisksUseTheLakeKey"]["Condition"]
    assert grants["Bool"] == {"kms:GrantIsForAWSResource": "true"}
    assert [sid for sid, one in found.items() if one["Resource"] == ["*"]] == ["LogInToTheRegistry"]
