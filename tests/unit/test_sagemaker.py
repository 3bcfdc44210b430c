"""How a model is made, who may what on the way, and where it waits, exactly."""

import json
import re
from typing import Any

import pytest

from components.intelligence.sagemaker import SageMaker, SageMakerArgs
from components.naming import Scope
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
HERE = "ap-northeast-2:111122223333"
BUCKET = "startup-platform-dev-lake-curated-111122223333-ap-northeast-2"
CURATED = f"arn:aws:s3:::{BUCKET}"
REPOSITORY = f"arn:aws:ecr:{HERE}:repository/startup-platform/dev/recommendation"
JOBS = "arn:aws:iam::111122223333:role/startup-platform-dev-models-jobs"
LAKE_KEY = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/startup-platform-dev-lake"}}


@pytest.fixture(scope="module")
def run() -> Recorded:
    args = SageMakerArgs(
        scope=SCOPE,
        repository_arn=REPOSITORY,
        key_arn="lake-key",
        key_alias="alias/startup-platform-dev-lake",
        destroy_protection=True,
    )
    return record(lambda: SageMaker("training", args))


@pytest.fixture(scope="module")
def definition(run: Recorded) -> dict[str, Any]:
    return json.loads(run.named("training-pipeline", "aws:sagemaker/pipeline:Pipeline")["pipelineDefinition"])


def statements(run: Recorded, name: str) -> dict[str, dict[str, Any]]:
    policy = json.loads(run.named(name, "aws:iam/rolePolicy:RolePolicy")["policy"])
    return {one["Sid"]: one for one in policy["Statement"]}


def steps(definition: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """All steps, also those that a condition leads to."""
    found: dict[str, dict[str, Any]] = {}
    for step in definition["Steps"]:
        found[step["Name"]] = step
        for branch in ("IfSteps", "ElseSteps"):
            found |= {one["Name"]: one for one in step["Arguments"].get(branch, [])}
    return found


def asked(step: dict[str, Any]) -> list[str]:
    """Everything that a step gets from elsewhere: `Steps.Train. ...`."""
    return re.findall(r'"Get": "([^"]+)"', json.dumps(step))


def test_features_become_examples_a_model_a_judgement_and_perhaps_a_registration(definition: dict[str, Any]) -> None:
    assert definition["Version"] == "2020-12-01"
    assert [(one["Name"], one["Type"]) for one in definition["Steps"]] == [
        ("Prepare", "Processing"),
        ("Train", "Training"),
        ("Evaluate", "Processing"),
        ("Judge", "Condition"),
    ]
    (read,) = steps(definition)["Prepare"]["Arguments"]["ProcessingInputs"]
    assert read["S3Input"]["S3Uri"] == f"s3://{BUCKET}/features/"


def test_an_image_has_no_default_and_so_is_named_by_whoever_starts_a_run(definition: dict[str, Any]) -> None:
    parameters = {one["Name"]: one for one in definition["Parameters"]}
    assert parameters["Image"] == {"Name": "Image", "Type": "String"}
    assert parameters["MinimumRecall"]["DefaultValue"] == 0.1


def test_whatever_a_step_gets_is_a_parameter_or_made_by_a_step_before_it(definition: dict[str, Any]) -> None:
    parameters = {one["Name"] for one in definition["Parameters"]}
    made: set[str] = set()
    for step in definition["Steps"]:
        for path in asked(step):
            kind, name, *_ = path.split(".")
            before = {"Parameters": parameters, "Steps": made, "Execution": {"PipelineExecutionId"}}[kind]
            assert name in before, (step["Name"], path)
        made.add(step["Name"])
    outputs = {
        one["OutputName"] for one in steps(definition)["Prepare"]["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    }
    assert outputs == {one["ChannelName"] for one in steps(definition)["Train"]["Arguments"]["InputDataConfig"]}


def test_only_a_good_enough_model_is_registered_and_a_person_approves_it(definition: dict[str, Any]) -> None:
    judge = steps(definition)["Judge"]["Arguments"]
    (condition,) = judge["Conditions"]
    assert condition == {
        "Type": "GreaterThanOrEqualTo",
        "LeftValue": {
            "Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": "recall_at_10"}
        },
        "RightValue": {"Get": "Parameters.MinimumRecall"},
    }
    (register,), (fail,) = judge["IfSteps"], judge["ElseSteps"]
    assert register["Type"] == "RegisterModel"
    assert register["Arguments"]["ModelApprovalStatus"] == "PendingManualApproval"
    assert register["Arguments"]["ModelPackageGroupName"] == "startup-platform-dev-recommendation"
    assert fail["Type"] == "Fail"
    (report,) = steps(definition)["Evaluate"]["PropertyFiles"]
    assert report == {"PropertyFileName": "Report", "OutputName": "evaluation", "FilePath": "evaluation.json"}


def test_no_container_has_a_network_and_all_that_is_written_is_encrypted_with_the_lakes_key(
    definition: dict[str, Any],
) -> None:
    for name in ("Prepare", "Evaluate"):
        does = steps(definition)[name]["Arguments"]
        assert does["NetworkConfig"] == {"EnableNetworkIsolation": True}
        assert does["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == "lake-key"
        assert does["ProcessingOutputConfig"]["KmsKeyId"] == "lake-key"
        assert does["RoleArn"] == JOBS
    train = steps(definition)["Train"]["Arguments"]
    assert (train["EnableNetworkIsolation"], train["EnableInterContainerTrafficEncryption"]) == (True, True)
    assert train["OutputDataConfig"] == {"S3OutputPath": f"s3://{BUCKET}/models", "KmsKeyId": "lake-key"}
    assert (train["ResourceConfig"]["VolumeKmsKeyId"], train["RoleArn"]) == ("lake-key", JOBS)


def test_models_outlive_the_stack(run: Recorded) -> None:
    group = run.named("training-registry", "aws:sagemaker/modelPackageGroup:ModelPackageGroup")
    assert (group["modelPackageGroupName"], group.protect) == ("startup-platform-dev-recommendation", True)


def test_jobs_read_and_write_their_prefixes_and_pull_one_image_and_start_nothing(run: Recorded) -> None:
    found = statements(run, "training-jobs")
    assert {sid: (one["Action"], one["Resource"], one.get("Condition")) for sid, one in found.items()} == {
        "SeeWhatIsThere": (
            ["s3:ListBucket"],
            [CURATED],
            {"StringLike": {"s3:prefix": ["features/*", "training/*", "models/*"]}},
        ),
        "ReadFeaturesAndModels": (
            ["s3:GetObject"],
            [f"{CURATED}/features/*", f"{CURATED}/models/*", f"{CURATED}/training/*"],
            None,
        ),
        "WriteExamplesAndModels": (
            ["s3:AbortMultipartUpload", "s3:PutObject"],
            [f"{CURATED}/models/*", f"{CURATED}/training/*"],
            None,
        ),
        "PullTheImage": (
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [REPOSITORY],
            None,
        ),
        "LogInToTheRegistry": (["ecr:GetAuthorizationToken"], ["*"], None),
        "SayHowItGoes": (
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            [f"arn:aws:logs:{HERE}:log-group:/aws/sagemaker/{kind}:*" for kind in ("ProcessingJobs", "TrainingJobs")],
            None,
        ),
        "UseTheLakeKey": (
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [f"arn:aws:kms:{HERE}:key/*"],
            {**LAKE_KEY, "StringEquals": {"kms:ViaService": "s3.ap-northeast-2.amazonaws.com"}},
        ),
    }


def test_the_starter_passes_one_role_to_one_service_and_reads_no_features(run: Recorded) -> None:
    found = statements(run, "training-starter")
    assert found["LetJobsRunAsTheirRole"] == {
        "Sid": "LetJobsRunAsTheirRole",
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": [JOBS],
        "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    }
    assert found["RunJobsOfPipelines"]["Resource"] == [
        f"arn:aws:sagemaker:{HERE}:{kind}/pipelines-*" for kind in ("processing-job", "training-job")
    ]
    assert found["RegisterInThisGroup"]["Resource"] == [
        f"arn:aws:sagemaker:{HERE}:model-package-group/startup-platform-dev-recommendation",
        f"arn:aws:sagemaker:{HERE}:model-package/startup-platform-dev-recommendation/*",
    ]
    assert found["ReadJudgementsAndModels"]["Resource"] == [
        f"{CURATED}/models/*",
        f"{CURATED}/training/*/evaluation/evaluation.json",
    ]
    assert found["LetDisksUseTheLakeKey"]["Condition"] == {
        **LAKE_KEY,
        "StringEquals": {"kms:ViaService": "sagemaker.ap-northeast-2.amazonaws.com"},
        "Bool": {"kms:GrantIsForAWSResource": "true"},
    }
    assert not any("features" in each for one in found.values() for each in one["Resource"])


def test_both_roles_are_sagemakers_for_this_account_and_the_jobs_role_has_the_name_that_is_passed(
    run: Recorded,
) -> None:
    for title in ("jobs", "starter"):
        role = run.named(f"training-{title}", "aws:iam/role:Role")
        (trust,) = json.loads(role["assumeRolePolicy"])["Statement"]
        assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    assert JOBS.endswith("/" + run.named("training-jobs", "aws:iam/role:Role")["name"])
