"""Models of a stage, in its primary region only: others' by Bedrock, ours, and what they are fed with."""

import pulumi

from components.compute.cluster import cluster_name
from components.data import layout
from components.foundation.registry import repository_name
from components.intelligence.bedrock import Bedrock, BedrockArgs
from components.intelligence.features import Features, FeaturesArgs
from components.intelligence.sagemaker import SageMaker, SageMakerArgs
from components.intelligence.serving import Serving, ServingArgs
from components.platform.analytics import DataLake
from components.platform.region import Region
from components.settings import Settings
from components.sizes import IntelligenceSize

RECOMMENDING = "recommendation"  # the image that prepares, trains, judges and serves


class Intelligence(pulumi.ComponentResource):
    """Nothing where the phase has no models yet; what it then says of itself is None."""

    profile_arn: pulumi.Output[str] | None = None
    guardrail_id: pulumi.Output[str] | None = None
    guardrail_version: pulumi.Output[str] | None = None
    assistant_role_arn: pulumi.Output[str] | None = None
    features_group: str | None = None
    pipeline_name: str | None = None
    package_group: str | None = None
    endpoint_name: str | None = None
    features_policy_arn: pulumi.Output[str] | None = None

    def __init__(
        self, name: str, settings: Settings, primary: Region, lake: DataLake, opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__("startup-platform:index:Intelligence", name, None, opts)
        self._settings, self._scope, self._primary, self._lake = settings, settings.scope(), primary, lake
        self._keys, self._alias = primary.encryption.key_arns, primary.encryption.key_aliases["lake"]
        self._child = pulumi.ResourceOptions(parent=self)
        size = settings.growth.sizes.intelligence
        if size is not None:
            self._models(size)
            self._features()
            self._training()
            self._serving(size)
        self.register_outputs({})

    def _models(self, size: IntelligenceSize) -> None:
        bedrock = Bedrock(
            "models",
            BedrockArgs(
                scope=self._scope,
                tokens_per_hour=size.tokens_per_hour,
                cluster_arn=self._scope.arn("eks", f"cluster/{cluster_name(self._scope)}"),
                raw_bucket=self._lake.buckets["raw"],
                log_prefix=layout.MODELS,
                key_arn=self._keys["lake"],
                key_alias=self._alias,
                logs_key_arn=self._keys["logs"],
                log_retention_days=self._settings.growth.sizes.network.flow_log_retention_days,
                alarm_topic_arn=self._primary.alerts.topic_arn,
            ),
            self._child,
        )
        self.profile_arn, self.assistant_role_arn = bedrock.profile_arn, bedrock.role_arn
        self.guardrail_id, self.guardrail_version = bedrock.guardrail_id, bedrock.guardrail_version

    def _features(self) -> None:
        features = Features(
            "features",
            FeaturesArgs(
                scope=self._scope,
                curated_bucket=self._lake.buckets["curated"],
                key_arn=self._keys["lake"],
                key_alias=self._alias,
                destroy_protection=self._settings.destroy_protection,
            ),
            # Its table goes into the catalogue's database.
            pulumi.ResourceOptions(parent=self, depends_on=[self._lake]),
        )
        self.features_group, self.features_policy_arn = features.group_name, features.worker_policy_arn

    def _training(self) -> None:
        scope = self._scope
        ours = SageMaker(
            "training",
            SageMakerArgs(
                scope=scope,
                repository_arn=scope.arn("ecr", f"repository/{repository_name(scope, RECOMMENDING)}"),
                key_arn=self._keys["lake"],
                key_alias=self._alias,
                destroy_protection=self._settings.destroy_protection,
            ),
            self._child,
        )
        self.pipeline_name, self.package_group = ours.pipeline_name, ours.package_group

    def _serving(self, size: IntelligenceSize) -> None:
        model = self._settings.intelligence.model
        if model is None:
            return
        scope = self._scope
        serving = Serving(
            "serving",
            ServingArgs(
                scope=scope,
                size=size,
                image=model.image,
                artifact_key=model.artifact_key,
                repository_arn=scope.arn("ecr", f"repository/{repository_name(scope, RECOMMENDING)}"),
                key_arn=self._keys["lake"],
                key_alias=self._alias,
                alarm_topic_arn=self._primary.alerts.topic_arn,
            ),
            # The captures go into the lake.
            pulumi.ResourceOptions(parent=self, depends_on=[self._lake]),
        )
        self.endpoint_name = serving.endpoint_name
