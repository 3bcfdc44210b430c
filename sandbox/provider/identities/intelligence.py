"""Models, ours and others'."""

from collections.abc import Mapping

from sandbox.provider.identity import Identity, Row, arn

_GUARDRAIL = "{lower12}"
_PROFILE = "{lower12}"

ROWS: Mapping[str, Row] = {
    "aws:bedrock/guardrail:Guardrail": Identity(
        id=_GUARDRAIL,
        outputs={
            "guardrailArn": arn("bedrock", "guardrail/" + _GUARDRAIL),
            "guardrailId": _GUARDRAIL,
            "status": "READY",
            "version": "DRAFT",
        },
    ),
    "aws:bedrock/guardrailVersion:GuardrailVersion": Identity(id="{guardrailArn},1", outputs={"version": "1"}),
    "aws:bedrock/inferenceProfile:InferenceProfile": Identity(
        id=_PROFILE,
        arn=arn("bedrock", "application-inference-profile/" + _PROFILE),
        outputs={"status": "ACTIVE", "type": "APPLICATION"},
    ),
    # One for an account and region, so its id is the region's name.
    "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration": Identity(id="{region}"),
    "aws:sagemaker/model:Model": Identity(id="{name}", arn=arn("sagemaker", "model/{name}")),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": Identity(
        id="{name}", arn=arn("sagemaker", "endpoint-config/{name}")
    ),
    "aws:sagemaker/endpoint:Endpoint": Identity(id="{name}", arn=arn("sagemaker", "endpoint/{name}")),
    "aws:sagemaker/featureGroup:FeatureGroup": Identity(
        id="{featureGroupName}", arn=arn("sagemaker", "feature-group/{featureGroupName}")
    ),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": Identity(
        id="{modelPackageGroupName}", arn=arn("sagemaker", "model-package-group/{modelPackageGroupName}")
    ),
    "aws:sagemaker/pipeline:Pipeline": Identity(id="{pipelineName}", arn=arn("sagemaker", "pipeline/{pipelineName}")),
}
