"""Serving tier: an approved model behind an endpoint (REQ-S8, REQ-D3), only where a stage names one.

The endpoint exists when there is a model to serve, and not before. Another model is another configuration, which takes
over from the last one bit by bit, and goes back by itself if it fails.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.data import layout
from components.data.layout import Layout
from components.foundation.roles import role_with_policy
from components.naming import Scope
from components.operations.alarms import Alarm, Metric, Statistic, raise_alarm
from components.sizes import IntelligenceSize

APPLICATION = "intelligence"
VARIANT = "approved"
# Of one instance, a minute. Two vCPUs answer in 20 ms at most: half of what they could. A larger one has room to spare.
INVOCATIONS_PER_INSTANCE = 3000
SCALE_OUT_SECONDS, SCALE_IN_SECONDS = 60, 300
CAPTURED_PERCENT = 5
NAMESPACE = "AWS/SageMaker"
CANARY_PERCENT, CANARY_SECONDS = 10, 600


@dataclass(frozen=True, kw_only=True)
class ServingArgs:
    """Which model, and who hears of it."""

    scope: Scope
    size: IntelligenceSize
    image: str  # with its digest
    artifact_key: str  # below `models/` of the curated bucket
    repository_arn: str
    key_arn: pulumi.Input[str]  # the lake key
    key_alias: str
    alarm_topic_arn: pulumi.Input[str]


class Serving(pulumi.ComponentResource):
    """A model, how it runs, and the endpoint that services ask."""

    endpoint_name: str

    def __init__(self, name: str, args: ServingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:intelligence:Serving", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED)
        self.endpoint_name = endpoint_name(args.scope)
        alarms = self._alarms()
        endpoint = aws.sagemaker.Endpoint(
            f"{name}-endpoint",
            name=self.endpoint_name,
            endpoint_config_name=self._configuration(self._model()).name,
            deployment_config=_canary([alarm.name for alarm in alarms]),
            tags=self._tags,
            opts=self._child,
        )
        self._scaling(endpoint)
        self.register_outputs({"endpointName": self.endpoint_name})

    def _model(self) -> aws.sagemaker.Model:
        """Its container has no network: SageMaker brings requests, and takes answers."""
        args = self._args
        role, permission = role_with_policy(
            f"{self._name}-role",
            description="What the endpoint of models runs as",
            trust=iam.service_trust(
                "sagemaker.amazonaws.com", account_id=args.scope.account_id, source_arn=args.scope.arn("sagemaker", "*")
            ),
            policy=serving_policy(args),
            tags=self._tags,
            opts=self._child,
        )
        bucket = Layout(scope=args.scope).bucket("curated")
        return aws.sagemaker.Model(
            f"{self._name}-model",
            execution_role_arn=role.arn,
            enable_network_isolation=True,
            primary_container=aws.sagemaker.ModelPrimaryContainerArgs(
                image=args.image, model_data_url=f"s3://{bucket}/{layout.ARTIFACTS}/{args.artifact_key}"
            ),
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )

    def _configuration(self, model: aws.sagemaker.Model) -> aws.sagemaker.EndpointConfiguration:
        args = self._args
        bucket = Layout(scope=args.scope).bucket("raw")
        return aws.sagemaker.EndpointConfiguration(
            f"{self._name}-configuration",
            kms_key_arn=args.key_arn,
            production_variants=[
                aws.sagemaker.EndpointConfigurationProductionVariantArgs(
                    variant_name=VARIANT,
                    model_name=model.name,
                    instance_type=args.size.endpoint_instance_type,
                    initial_instance_count=args.size.endpoint_at_least,
                    initial_variant_weight=1,
                )
            ],
            data_capture_config=aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs(
                enable_capture=True,
                initial_sampling_percentage=CAPTURED_PERCENT,
                destination_s3_uri=f"s3://{bucket}/{layout.INFERENCES}",
                kms_key_id=args.key_arn,
                capture_options=[
                    aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureOptionArgs(capture_mode=mode)
                    for mode in ("Input", "Output")
                ],
                capture_content_type_header=aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureContentTypeHeaderArgs(
                    json_content_types=["application/json"]
                ),
            ),
            tags=self._tags,
            opts=self._child,
        )

    def _scaling(self, endpoint: aws.sagemaker.Endpoint) -> None:
        target = aws.appautoscaling.Target(
            f"{self._name}-instances",
            service_namespace="sagemaker",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            resource_id=f"endpoint/{self.endpoint_name}/variant/{VARIANT}",
            min_capacity=self._args.size.endpoint_at_least,
            max_capacity=self._args.size.endpoint_at_most,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[endpoint]),
        )
        aws.appautoscaling.Policy(
            f"{self._name}-load",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                target_value=INVOCATIONS_PER_INSTANCE,
                predefined_metric_specification=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type="SageMakerVariantInvocationsPerInstance"
                ),
                scale_out_cooldown=SCALE_OUT_SECONDS,
                scale_in_cooldown=SCALE_IN_SECONDS,
            ),
            opts=self._child,
        )

    def _alarms(self) -> list[aws.cloudwatch.MetricAlarm]:
        """https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html."""
        dimensions = {"EndpointName": self.endpoint_name, "VariantName": VARIANT}

        def of(metric: str, statistic: Statistic) -> Metric:
            return Metric(namespace=NAMESPACE, name=metric, dimensions=dimensions, statistic=statistic)

        told = {
            "failing": Alarm(
                says="recommendations: more than 5 answers a minute are failures of the model",
                metrics={"failed": of("Invocation5XXErrors", "Sum")},
                above=5,
                minutes=5,
            ),
            "slow": Alarm(
                says="recommendations: one answer in twenty takes the model more than 100 ms",
                metrics={"taken": of("ModelLatency", "p95")},  # microseconds
                above=100_000,
                minutes=5,
            ),
        }
        return [
            raise_alarm(
                f"{self._name}-{title}", alarm, tell=self._args.alarm_topic_arn, tags=self._tags, opts=self._child
            )
            for title, alarm in told.items()
        ]


def endpoint_name(scope: Scope) -> str:
    """What a caller names, and its policy before it is there."""
    return scope.name("recommendation")


def _canary(alarm_names: list[pulumi.Output[str]]) -> aws.sagemaker.EndpointDeploymentConfigArgs:
    routing = aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationArgs(
        type="CANARY",
        wait_interval_in_seconds=CANARY_SECONDS,
        canary_size=aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationCanarySizeArgs(
            type="CAPACITY_PERCENT", value=CANARY_PERCENT
        ),
    )
    return aws.sagemaker.EndpointDeploymentConfigArgs(
        blue_green_update_policy=aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyArgs(
            traffic_routing_configuration=routing
        ),
        auto_rollback_configuration=aws.sagemaker.EndpointDeploymentConfigAutoRollbackConfigurationArgs(
            alarms=[
                aws.sagemaker.EndpointDeploymentConfigAutoRollbackConfigurationAlarmArgs(alarm_name=each)
                for each in alarm_names
            ]
        ),
    )


def serving_policy(args: ServingArgs) -> str:
    """One model's file, one image, a log, and what is captured."""
    scope, where = args.scope, Layout(scope=args.scope)
    return iam.document(
        iam.Statement(
            sid="ReadTheModel",
            actions=["s3:GetObject"],
            resources=[f"arn:aws:s3:::{where.bucket('curated')}/{layout.ARTIFACTS}/{args.artifact_key}"],
        ),
        iam.Statement(
            sid="CaptureSomeAnswers",
            actions=["s3:PutObject"],
            resources=layout.arns(where.bucket("raw"), layout.INFERENCES),
        ),
        *iam.pulling("PullTheImage", args.repository_arn),
        iam.Statement(
            sid="SayHowItGoes",
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[scope.arn("logs", f"log-group:/aws/sagemaker/Endpoints/{endpoint_name(scope)}:*")],
        ),
        iam.by_key(
            scope,
            "UseTheLakeKey",
            ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            alias=args.key_alias,
            through=("s3", "sagemaker"),
        ),
        iam.by_key(
            scope,
            "LetDisksUseTheLakeKey",
            ["kms:CreateGrant"],
            alias=args.key_alias,
            through="sagemaker",
            for_resources=True,
        ),
    )
