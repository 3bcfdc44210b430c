"""SageMaker tier: how our own models are made and where they wait for approval (REQ-S8, REQ-P3).

A registry, a pipeline into it, and two roles: one starts jobs and registers, the other is what jobs run as. The one
that starts them reads no features; the one that reads them starts nothing.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.data import layout
from components.data.layout import Layout
from components.foundation.roles import role_with_policy
from components.intelligence import training
from components.intelligence.training import Places
from components.naming import Scope

APPLICATION = "intelligence"
JOB_PREFIX = "pipelines-"  # SageMaker's own, before the run's id and the step's name


@dataclass(frozen=True, kw_only=True)
class SageMakerArgs:
    """Where examples and models are kept, and where images come from."""

    scope: Scope
    repository_arn: str  # of the image that prepares, trains, evaluates and serves
    key_arn: pulumi.Input[str]  # the lake key
    key_alias: str
    destroy_protection: bool


class SageMaker(pulumi.ComponentResource):
    """Model package group, pipeline and the roles of both."""

    pipeline_name: str
    package_group: str

    def __init__(self, name: str, args: SageMakerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:intelligence:SageMaker", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED)
        scope = args.scope
        self.pipeline_name = self.package_group = scope.name("recommendation")
        group = aws.sagemaker.ModelPackageGroup(
            f"{name}-registry",
            model_package_group_name=self.package_group,
            model_package_group_description="Models that recommend, each version with how it was judged",
            tags=self._tags,
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.destroy_protection, retain_on_delete=args.destroy_protection
            ),
        )
        _, jobs_may = self._role("jobs", "What jobs that make models run as", jobs_policy(args))
        starter, starter_may = self._role("starter", "Starts jobs and registers models", starter_policy(args))
        where = Layout(scope=scope)
        aws.sagemaker.Pipeline(
            f"{name}-pipeline",
            pipeline_name=self.pipeline_name,
            pipeline_display_name=self.pipeline_name,
            pipeline_description="From features to a model that waits for approval",
            role_arn=starter.arn,
            pipeline_definition=pulumi.Output.from_input(args.key_arn).apply(
                lambda key_arn: training.definition(
                    Places(
                        bucket=where.bucket("curated"),
                        key_arn=key_arn,
                        jobs_role_arn=jobs_role_arn(scope),
                        package_group=self.package_group,
                    )
                )
            ),
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[group, jobs_may, starter_may]),
        )
        self.register_outputs({"pipelineName": self.pipeline_name, "packageGroup": self.package_group})

    def _role(self, title: str, about: str, policy: str) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        scope = self._args.scope
        return role_with_policy(
            f"{self._name}-{title}",
            description=about,
            trust=iam.service_trust(
                "sagemaker.amazonaws.com", account_id=scope.account_id, source_arn=scope.arn("sagemaker", "*")
            ),
            policy=policy,
            tags=self._tags,
            opts=self._child,
            role_name=scope.name("models", title),  # one is passed by the other and named in the definition
        )


def jobs_role_arn(scope: Scope) -> str:
    """What jobs run as."""
    return scope.arn("iam", f"role/{scope.name('models', 'jobs')}", region="")


def jobs_policy(args: SageMakerArgs) -> str:
    """Files in and out, one image, a log. https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html."""
    scope = args.scope
    bucket = Layout(scope=scope).bucket("curated")
    read = (layout.FEATURES, layout.TRAINING, layout.ARTIFACTS)
    return iam.document(
        iam.Statement(
            sid="SeeWhatIsThere",
            actions=["s3:ListBucket"],
            resources=[f"arn:aws:s3:::{bucket}"],
            condition={"StringLike": {"s3:prefix": [f"{prefix}/*" for prefix in read]}},
        ),
        iam.Statement(sid="ReadFeaturesAndModels", actions=["s3:GetObject"], resources=layout.arns(bucket, *read)),
        iam.Statement(
            sid="WriteExamplesAndModels",
            actions=["s3:AbortMultipartUpload", "s3:PutObject"],
            resources=layout.arns(bucket, layout.TRAINING, layout.ARTIFACTS),
        ),
        *iam.pulling("PullTheImage", args.repository_arn),
        iam.Statement(
            sid="SayHowItGoes",
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[
                scope.arn("logs", f"log-group:/aws/sagemaker/{kind}:*") for kind in ("ProcessingJobs", "TrainingJobs")
            ],
        ),
        iam.by_key(
            args.scope, "UseTheLakeKey", ["kms:Decrypt", "kms:GenerateDataKey"], alias=args.key_alias, through="s3"
        ),
    )


def starter_policy(args: SageMakerArgs) -> str:
    """Jobs of this pipeline, versions of this group, and the jobs' role for nothing but SageMaker."""
    scope = args.scope
    bucket = Layout(scope=scope).bucket("curated")
    group = scope.name("recommendation")
    return iam.document(
        iam.Statement(
            sid="RunJobsOfPipelines",
            actions=[
                "sagemaker:AddTags",
                "sagemaker:CreateProcessingJob",
                "sagemaker:CreateTrainingJob",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:DescribeTrainingJob",
                "sagemaker:StopProcessingJob",
                "sagemaker:StopTrainingJob",
            ],
            resources=[scope.arn("sagemaker", f"{kind}/{JOB_PREFIX}*") for kind in ("processing-job", "training-job")],
        ),
        iam.Statement(
            sid="RegisterInThisGroup",
            actions=[
                "sagemaker:CreateModelPackage",
                "sagemaker:DescribeModelPackage",
                "sagemaker:DescribeModelPackageGroup",
            ],
            resources=[
                scope.arn("sagemaker", f"model-package-group/{group}"),
                scope.arn("sagemaker", f"model-package/{group}/*"),
            ],
        ),
        iam.Statement(
            sid="LetJobsRunAsTheirRole",
            actions=["iam:PassRole"],
            resources=[jobs_role_arn(scope)],
            condition={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        iam.Statement(
            sid="ReadJudgementsAndModels",
            actions=["s3:GetObject"],
            resources=[
                f"arn:aws:s3:::{bucket}/{layout.TRAINING}/*/evaluation/{training.REPORT}",
                *layout.arns(bucket, layout.ARTIFACTS),
            ],
        ),
        iam.by_key(args.scope, "ReadWithTheLakeKey", ["kms:Decrypt"], alias=args.key_alias, through="s3"),
        iam.by_key(
            args.scope,
            "LetDisksUseTheLakeKey",
            ["kms:CreateGrant"],
            alias=args.key_alias,
            through="sagemaker",
            for_resources=True,
        ),
        iam.by_key(args.scope, "LookAtTheLakeKey", ["kms:DescribeKey"], alias=args.key_alias, through="sagemaker"),
    )
