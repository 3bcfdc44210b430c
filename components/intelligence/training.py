"""How a model is made (pure): the definition of the pipeline, as SageMaker reads it.

Features become examples, examples a model, and the model is judged on users that it has not seen. Only one that is good
enough is registered, and even that waits for a person. No container has a network: SageMaker brings files and takes
them. https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-overview.html
"""

import json
from dataclasses import dataclass

from components.data import layout

VERSION = "2020-12-01"
# Training has no Graviton machines. 4 vCPUs and 16 GiB take the features of a million users: 80 bytes each, four weeks.
INSTANCE = "ml.m5.xlarge"
VOLUME_GIGABYTES = 50
RUNTIME_SECONDS = 4 * 3600  # after which something is wrong, and the bill should not show it
# Of ten that are recommended, the share that a user then chose; chance is far below it. A run may ask for more.
RECALL_AT_10 = 0.1
REPORT = "evaluation.json"  # {"recall_at_10": 0.17}, which the image's evaluation writes
RECALL_PATH = "recall_at_10"
_IN, _OUT = "/opt/ml/processing/input", "/opt/ml/processing/output"


@dataclass(frozen=True, kw_only=True)
class Places:
    """What the definition names."""

    bucket: str  # of the lake, curated
    key_arn: str  # the lake key
    jobs_role_arn: str
    package_group: str


def definition(places: Places) -> str:
    """The document; an image is named by whoever starts a run, since none is built when the platform comes up."""
    return json.dumps(
        {
            "Version": VERSION,
            "Parameters": [
                {"Name": "Image", "Type": "String"},
                {"Name": "InstanceType", "Type": "String", "DefaultValue": INSTANCE},
                {"Name": "MinimumRecall", "Type": "Float", "DefaultValue": RECALL_AT_10},
            ],
            "Steps": [_prepare(places), _train(places), _evaluate(places), _judge(places)],
        }
    )


def _parameter(name: str) -> dict[str, str]:
    return {"Get": f"Parameters.{name}"}


def _of_this_run(places: Places, folder: str) -> dict[str, object]:
    """A place of this run alone: what a later one makes must not change what this one was judged by."""
    start = f"s3://{places.bucket}/{layout.TRAINING}"
    return {"Std:Join": {"On": "/", "Values": [start, {"Get": "Execution.PipelineExecutionId"}, folder]}}


def _output_of(step: str, output: str) -> dict[str, str]:
    return {"Get": f"Steps.{step}.ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri"}


_ARTIFACTS = {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}


def _process(
    places: Places, name: str, does: str, *, inputs: dict[str, object], outputs: tuple[str, ...]
) -> dict[str, object]:
    """A step that runs one command of the image: `prepare` or `evaluate`."""
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "RoleArn": places.jobs_role_arn,
            "AppSpecification": {"ImageUri": _parameter("Image"), "ContainerArguments": [does]},
            "NetworkConfig": {"EnableNetworkIsolation": True},
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceType": _parameter("InstanceType"),
                    "InstanceCount": 1,
                    "VolumeSizeInGB": VOLUME_GIGABYTES,
                    "VolumeKmsKeyId": places.key_arn,
                }
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": RUNTIME_SECONDS},
            "ProcessingInputs": [
                {
                    "InputName": title,
                    "S3Input": {
                        "S3Uri": uri,
                        "LocalPath": f"{_IN}/{title}",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                    },
                }
                for title, uri in inputs.items()
            ],
            "ProcessingOutputConfig": {
                "KmsKeyId": places.key_arn,
                "Outputs": [
                    {
                        "OutputName": title,
                        "S3Output": {
                            "S3Uri": _of_this_run(places, title),
                            "LocalPath": f"{_OUT}/{title}",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                    for title in outputs
                ],
            },
        },
    }


def _prepare(places: Places) -> dict[str, object]:
    """Every value that features ever had, into examples; users are divided, not rows of theirs."""
    return _process(
        places,
        "Prepare",
        "prepare",
        inputs={"features": f"s3://{places.bucket}/{layout.FEATURES}/"},
        outputs=("train", "validation"),
    )


def _train(places: Places) -> dict[str, object]:
    return {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "RoleArn": places.jobs_role_arn,
            "AlgorithmSpecification": {"TrainingImage": _parameter("Image"), "TrainingInputMode": "File"},
            "EnableNetworkIsolation": True,
            "EnableInterContainerTrafficEncryption": True,
            "InputDataConfig": [
                {
                    "ChannelName": title,
                    "DataSource": {
                        "S3DataSource": {
                            "S3Uri": _output_of("Prepare", title),
                            "S3DataType": "S3Prefix",
                            "S3DataDistributionType": "FullyReplicated",
                        }
                    },
                }
                for title in ("train", "validation")
            ],
            "OutputDataConfig": {
                "S3OutputPath": f"s3://{places.bucket}/{layout.ARTIFACTS}",
                "KmsKeyId": places.key_arn,
            },
            "ResourceConfig": {
                "InstanceType": _parameter("InstanceType"),
                "InstanceCount": 1,
                "VolumeSizeInGB": VOLUME_GIGABYTES,
                "VolumeKmsKeyId": places.key_arn,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": RUNTIME_SECONDS},
        },
    }


def _evaluate(places: Places) -> dict[str, object]:
    step = _process(
        places,
        "Evaluate",
        "evaluate",
        inputs={"model": _ARTIFACTS, "validation": _output_of("Prepare", "validation")},
        outputs=("evaluation",),
    )
    return step | {
        "PropertyFiles": [{"PropertyFileName": "Report", "OutputName": "evaluation", "FilePath": REPORT}],
    }


def _judge(places: Places) -> dict[str, object]:
    recall = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": RECALL_PATH}}
    return {
        "Name": "Judge",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [
                {"Type": "GreaterThanOrEqualTo", "LeftValue": recall, "RightValue": _parameter("MinimumRecall")}
            ],
            "IfSteps": [_register(places)],
            # A run that registers nothing has failed: else nobody hears that models have become worse.
            "ElseSteps": [
                {
                    "Name": "NotGoodEnough",
                    "Type": "Fail",
                    "Arguments": {
                        "ErrorMessage": {
                            "Std:Join": {"On": "", "Values": ["recall at 10 is below ", _parameter("MinimumRecall")]}
                        }
                    },
                }
            ],
        },
    }


def _register(places: Places) -> dict[str, object]:
    report = {"Std:Join": {"On": "/", "Values": [_output_of("Evaluate", "evaluation"), REPORT]}}
    return {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": places.package_group,
            "ModelApprovalStatus": "PendingManualApproval",
            "ModelMetrics": {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": report}}},
            "InferenceSpecification": {
                "Containers": [{"Image": _parameter("Image"), "ModelDataUrl": _ARTIFACTS}],
                "SupportedContentTypes": ["application/json"],
                "SupportedResponseMIMETypes": ["application/json"],
                "SupportedRealtimeInferenceInstanceTypes": [INSTANCE],
            },
        },
    }
