"""Who asks models, what is screened, and where it is written down, exactly."""

import json
import re
from typing import Any

import pytest

from components.data import layout
from components.intelligence import screening
from components.intelligence.bedrock import Bedrock, BedrockArgs
from components.naming import Scope
from components.phases import PHASES, PhaseName
from tests.unit.conftest import platform_of
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
HERE = "arn:aws:bedrock:ap-northeast-2:111122223333"
GUARDRAIL = "aws:bedrock/guardrail:Guardrail"
OURS = {"aws:ResourceTag/Application": "intelligence", "aws:ResourceTag/Environment": "dev"}
SCREENED = {"bedrock:GuardrailIdentifier": f"{HERE}:guardrail/*"}


@pytest.fixture(scope="module")
def run() -> Recorded:
    args = BedrockArgs(
        scope=SCOPE,
        tokens_per_hour=5000,
        cluster_arn="arn:aws:eks:ap-northeast-2:111122223333:cluster/startup-platform-dev-cluster",
        raw_bucket="lake-raw",
        log_prefix=layout.MODELS,
        key_arn="lake-key",
        key_alias="alias/startup-platform-dev-lake",
        logs_key_arn="logs-key",
        log_retention_days=365,
        alarm_topic_arn="alarms",
    )
    return record(lambda: Bedrock("models", args))


def statements(document: str) -> dict[str, dict[str, Any]]:
    return {one["Sid"]: one for one in json.loads(document)["Statement"]}


def test_models_come_with_global() -> None:
    assert [phase for phase in PhaseName if PHASES[phase].sizes.intelligence] == [PhaseName.GLOBAL, PhaseName.IPO]


def test_every_filter_is_as_strong_as_it_goes_and_an_attack_is_looked_for_in_questions(run: Recorded) -> None:
    guardrail = run.named("models-guardrail", GUARDRAIL)
    filters = {
        one["type"]: (one["inputStrength"], one["outputStrength"])
        for one in guardrail["contentPolicyConfig"]["filtersConfigs"]
    }
    assert filters == {
        "HATE": ("HIGH", "HIGH"),
        "INSULTS": ("HIGH", "HIGH"),
        "MISCONDUCT": ("HIGH", "HIGH"),
        "PROMPT_ATTACK": ("HIGH", "NONE"),
        "SEXUAL": ("HIGH", "HIGH"),
        "VIOLENCE": ("HIGH", "HIGH"),
    }
    assert guardrail["kmsKeyArn"] == "lake-key"


def test_the_filters_understand_korean(run: Recorded) -> None:
    guardrail = run.named("models-guardrail", GUARDRAIL)
    for each in ("contentPolicyConfig", "topicPolicyConfig"):
        assert guardrail[each]["tierConfigs"] == [{"tierName": "STANDARD"}]
    profile = guardrail["crossRegionConfig"]["guardrailProfileIdentifier"]
    assert profile == f"{HERE}:guardrail-profile/apac.guardrail.v1:0"


def test_secrets_and_resident_numbers_end_a_conversation_and_contacts_are_masked(run: Recorded) -> None:
    personal = run.named("models-guardrail", GUARDRAIL)["sensitiveInformationPolicyConfig"]
    assert {one["type"]: one["action"] for one in personal["piiEntitiesConfigs"]} == {
        "AWS_ACCESS_KEY": "BLOCK",
        "AWS_SECRET_KEY": "BLOCK",
        "CREDIT_DEBIT_CARD_NUMBER": "BLOCK",
        "PASSWORD": "BLOCK",
        "PIN": "BLOCK",
        "ADDRESS": "ANONYMIZE",
        "EMAIL": "ANONYMIZE",
        "IP_ADDRESS": "ANONYMIZE",
        "NAME": "ANONYMIZE",
        "PHONE": "ANONYMIZE",
    }
    assert {one["name"]: (one["action"], one["pattern"]) for one in personal["regexesConfigs"]} == {
        "resident-number": ("BLOCK", screening.RESIDENT_NUMBER),
        "mobile-number": ("ANONYMIZE", screening.MOBILE_NUMBER),
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("900101-1234567", True),
        ("내 번호는 9001011234567 이야", True),
        ("991231 8234567", True),  # a foreigner's
        ("901301-1234567", False),  # no month
        ("900132-1234567", False),  # no day
        ("900101-9234567", False),  # nobody alive: born before 1900
        ("order 1900101123456789", False),
    ],
)
def test_a_resident_number_is_one_whose_date_and_century_can_be(text: str, found: bool) -> None:
    assert bool(re.search(screening.RESIDENT_NUMBER, text)) == found


def test_a_mobile_number_is_found_however_it_is_written() -> None:
    for text in ("010-1234-5678", "01012345678", "011 123 4567"):
        assert re.search(screening.MOBILE_NUMBER, text), text
    assert not re.search(screening.MOBILE_NUMBER, "02-123-4567")


def test_topics_fit_bedrocks_limits_and_answers_must_stand_on_their_source(run: Recorded) -> None:
    guardrail = run.named("models-guardrail", GUARDRAIL)
    topics = guardrail["topicPolicyConfig"]["topicsConfigs"]
    assert {one["name"]: one["type"] for one in topics} == {
        "legal-advice": "DENY",
        "medical-advice": "DENY",
        "investment-advice": "DENY",
    }
    for one in topics:
        assert len(one["definition"]) <= 200
        assert all(len(example) <= 100 for example in one["examples"])
        assert len(one["examples"]) <= 5
    grounding = guardrail["contextualGroundingPolicyConfig"]["filtersConfigs"]
    assert {one["type"]: one["threshold"] for one in grounding} == {"GROUNDING": 0.75, "RELEVANCE": 0.5}


def test_other_filters_are_another_version_and_the_old_one_stays(
    run: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = run.named("models-guardrail-version", "aws:bedrock/guardrailVersion:GuardrailVersion")
    before = screening.fingerprint()
    assert (version["description"], version["skipDestroy"]) == (f"Filters {before}", True)
    monkeypatch.setattr(screening, "GROUNDING", {"GROUNDING": 0.8})
    assert screening.fingerprint() != before


def test_the_profile_is_the_bills_name_for_one_pinned_model(run: Recorded) -> None:
    profile = run.named("models-profile", "aws:bedrock/inferenceProfile:InferenceProfile")
    assert profile["modelSource"] == {"copyFrom": f"{HERE}:inference-profile/apac.amazon.nova-lite-v1:0"}
    assert profile["tags"]["Application"] == "intelligence"


def test_the_asker_asks_one_model_by_our_profile_and_through_our_guardrail(run: Recorded) -> None:
    found = statements(run.named("models-asker", "aws:iam/rolePolicy:RolePolicy")["policy"])
    ask = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    profiles = f"{HERE}:application-inference-profile/*"
    assert found == {
        "AskThroughOurProfilesWithAGuardrail": {
            "Sid": "AskThroughOurProfilesWithAGuardrail",
            "Effect": "Allow",
            "Action": ask,
            "Resource": [profiles],
            "Condition": {"StringEquals": OURS, "ArnLike": SCREENED},
        },
        "AskTheirModelThroughThem": {
            "Sid": "AskTheirModelThroughThem",
            "Effect": "Allow",
            "Action": ask,
            "Resource": [
                "arn:aws:bedrock:ap-*::foundation-model/amazon.nova-lite-v1:0",
                f"{HERE}:inference-profile/apac.amazon.nova-lite-v1:0",
            ],
            "Condition": {"ArnLike": {**SCREENED, "bedrock:InferenceProfileArn": profiles}},
        },
        "ApplyOurGuardrail": {
            "Sid": "ApplyOurGuardrail",
            "Effect": "Allow",
            "Action": ["bedrock:ApplyGuardrail"],
            "Resource": [f"{HERE}:guardrail/*"],
            "Condition": {"StringEquals": OURS},
        },
        "ScreenAcrossTheGeography": {
            "Sid": "ScreenAcrossTheGeography",
            "Effect": "Allow",
            "Action": ["bedrock:ApplyGuardrail"],
            "Resource": ["arn:aws:bedrock:ap-*:111122223333:guardrail-profile/apac.guardrail.v1:0"],
        },
        "ReadTheGuardrail": {
            "Sid": "ReadTheGuardrail",
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": ["arn:aws:kms:ap-northeast-2:111122223333:key/*"],
            "Condition": {
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/startup-platform-dev-lake"},
                "StringEquals": {"kms:ViaService": "bedrock.ap-northeast-2.amazonaws.com"},
            },
        },
    }


def test_only_the_assistants_pods_are_the_asker(run: Recorded) -> None:
    (trust,) = statements(run.named("models-asker", "aws:iam/role:Role")["assumeRolePolicy"]).values()
    said = trust["Condition"]["StringEquals"]
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert said["aws:RequestTag/kubernetes-namespace"] == "core"
    assert said["aws:RequestTag/kubernetes-service-account"] == "assistant"
    assert said["aws:RequestTag/eks-cluster-name"] == "startup-platform-dev-cluster"


def test_what_is_asked_is_written_into_the_lake_and_beside_the_other_logs(run: Recorded) -> None:
    (logging,) = run.of_type("aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration")
    lake = {"bucketName": "lake-raw", "keyPrefix": "logs/models"}
    assert logging["loggingConfig"] == {
        "textDataDeliveryEnabled": True,
        "imageDataDeliveryEnabled": False,
        "videoDataDeliveryEnabled": False,
        "embeddingDataDeliveryEnabled": False,
        "s3Config": lake,
        "cloudwatchConfig": {
            "logGroupName": "/startup-platform/dev/models",
            "roleArn": "arn:mock:models-log",
            "largeDataDeliveryS3Config": lake,
        },
    }
    group = run.named("models-log", "aws:cloudwatch/logGroup:LogGroup")
    assert (group["kmsKeyId"], int(group["retentionInDays"])) == ("logs-key", 365)
    (may,) = statements(run.named("models-log", "aws:iam/rolePolicy:RolePolicy")["policy"]).values()
    assert may["Resource"] == [
        (
            "arn:aws:logs:ap-northeast-2:111122223333:log-group:/startup-platform/dev/models"
            ":log-stream:aws/bedrock/modelinvocations"
        )
    ]


def test_bedrock_writes_below_its_prefix_of_the_raw_bucket_and_with_its_key_for_this_account_only() -> None:
    prod = platform_of("prod", phase="global")
    bucket = statements(prod.named("lake-raw-policy", "aws:s3/bucketPolicy:BucketPolicy")["policy"])
    written = bucket["WrittenByTheModelLogsOfThisAccount"]
    assert written["Resource"] == [
        (
            "arn:aws:s3:::startup-platform-prod-lake-raw-777788889999-ap-northeast-2"
            "/logs/models/AWSLogs/777788889999/BedrockModelInvocationLogs/*"
        )
    ]
    key = statements(prod.named("encryption-lake", "aws:kms/key:Key")["policy"])["UsedByTheModelLogsOfThisAccount"]
    assert key["Action"] == ["kms:GenerateDataKey"]
    for one in (written, key):
        assert one["Principal"] == {"Service": "bedrock.amazonaws.com"}
        assert one["Condition"] == {
            "StringEquals": {"aws:SourceAccount": "777788889999"},
            "ArnLike": {"aws:SourceArn": "arn:aws:bedrock:ap-northeast-2:777788889999:*"},
        }


@pytest.mark.parametrize(
    ("title", "metric", "threshold"),
    [
        ("throttled", "InvocationThrottles", 10),
        ("refused", "InvocationClientErrors", 20),
        ("failed", "InvocationServerErrors", 5),
    ],
)
def test_five_minutes_of_trouble_are_told(run: Recorded, title: str, metric: str, threshold: int) -> None:
    alarm = run.named(f"models-{title}", "aws:cloudwatch/metricAlarm:MetricAlarm")
    (query,) = alarm["metricQueries"]
    assert (query["metric"]["namespace"], query["metric"]["metricName"]) == ("AWS/Bedrock", metric)
    assert (query["metric"]["stat"], int(query["metric"]["period"])) == ("Sum", 60)
    assert (alarm["threshold"], int(alarm["evaluationPeriods"]), alarm["alarmActions"]) == (threshold, 5, ["alarms"])


def test_an_hour_of_more_tokens_than_the_phase_pays_for_is_told(run: Recorded) -> None:
    alarm = run.named("models-tokens", "aws:cloudwatch/metricAlarm:MetricAlarm")
    metrics = [one["metric"] for one in alarm["metricQueries"] if one.get("metric")]
    assert [(one["metricName"], int(one["period"])) for one in metrics] == [
        ("InputTokenCount", 3600),
        ("OutputTokenCount", 3600),
    ]
    assert [one["expression"] for one in alarm["metricQueries"] if one.get("expression")] == [
        "FILL(asked, 0) + FILL(answered, 0)"
    ]
    assert (alarm["threshold"], int(alarm["evaluationPeriods"])) == (5000, 1)
