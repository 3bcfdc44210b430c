"""Runner tier: where a job of GitHub's runs that has to reach what answers inside the VPC only (REQ-Y1, REQ-S13).

A runner project of CodeBuild: a queued job that names it has a machine started for it, which runs that one job and is
gone. Nothing runs between jobs, and nothing can be reached from outside. The project's role gets the machine into the
VPC and to GitHub; what a job does to the stage it does as the role that its own token gives it. docs/adr/0039 has why.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation.passage import function_group
from components.foundation.roles import role_with_policy
from components.naming import Scope, runner_name

APPLICATION = "runner"
# Amazon Linux 2023 for Graviton (REQ-F2), kept by AWS; Python comes with it, by pyenv.
# https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html
IMAGE = "aws/codebuild/amazonlinux-aarch64-standard:3.0"
PYTHON = "3.12"  # as .github/actions/set-up takes it elsewhere
# 4 vCPUs, 8 GB; the next smaller one has 4 GB for the engine, three providers, the program and the policies.
# https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-compute-types.html
COMPUTE = "BUILD_GENERAL1_MEDIUM"
# 5 to 2160 minutes: longer than the longest job (180, stage.yml), else a machine leaves it half done.
JOB_MINUTES = 200
QUEUED_MINUTES = 30  # 5 to 480, until a job that gets no machine is given up
# A plan or an apply, the drift of the night, and one each that has just ended. What is above is refused, not queued.
JOBS_AT_ONCE = 4
# The workflows whose jobs get a machine, as `name:` has them; of a workflow that is called, its caller's counts.
WORKFLOWS = ("Delivery", "Nightly")


@dataclass(frozen=True, kw_only=True)
class RunnerArgs:
    """Where jobs run, and whose they are."""

    scope: Scope
    repository_url: str  # on github.com
    connection_arn: str  # of the connection that a person has let into GitHub
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]  # private ones, with a way out
    storage_key_arn: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int


class Runner(pulumi.ComponentResource):
    """A project, its role, its security group, its log, and the webhook by which GitHub says that a job waits."""

    project_name: str
    security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: RunnerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Runner", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self.project_name = runner_name(args.scope)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL, name=self.project_name)
        log = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=log_group_name(args.scope),
            retention_in_days=args.log_retention_days,
            kms_key_id=args.logs_key_arn,
            tags=self._tags,
            opts=self._child,
        )
        group, https = function_group(
            name,
            vpc_id=args.vpc_id,
            description="Runs what deploys this stage",
            https_to="GitHub, AWS and where packages come from",
            tags=self._tags,
            opts=self._child,
        )
        self.security_group_id = group.id
        role, rights = self._role(group.id)
        project = self._project(role, group.id, after=[log, https, *rights])
        # CodeBuild makes the other end of it in GitHub, through the connection: one that is pending is refused.
        aws.codebuild.Webhook(
            f"{name}-webhook",
            project_name=project.name,
            build_type="BUILD",
            filter_groups=[
                aws.codebuild.WebhookFilterGroupArgs(
                    filters=[
                        aws.codebuild.WebhookFilterGroupFilterArgs(type="EVENT", pattern="WORKFLOW_JOB_QUEUED"),
                        aws.codebuild.WebhookFilterGroupFilterArgs(
                            type="WORKFLOW_NAME", pattern=f"^({'|'.join(WORKFLOWS)})$"
                        ),
                    ]
                )
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=rights),
        )
        self.register_outputs({"projectName": self.project_name, "securityGroupId": self.security_group_id})

    def _role(self, group_id: pulumi.Output[str]) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        scope = self._args.scope
        # Two policies: who judges a preview reads the first one whole, though AWS has not numbered the subnets yet.
        role, known = role_with_policy(
            f"{self._name}-role",
            description="Gets jobs of GitHub's into the VPC; what they do there they do as the role of their own token",
            trust=iam.service_trust(
                "codebuild.amazonaws.com",
                account_id=scope.account_id,
                source_arn=scope.arn("codebuild", f"project/{self.project_name}"),
            ),
            policy=iam.document(*rights(scope, self._args.connection_arn)),
            tags=self._tags,
            opts=self._child,
        )
        placed = aws.iam.RolePolicy(
            f"{self._name}-interfaces",
            role=role.id,
            policy=pulumi.Output.all(group_id, *self._args.subnet_ids).apply(
                lambda ids: iam.document(*interfaces(scope, group_id=ids[0], subnet_ids=ids[1:]))
            ),
            opts=self._child,
        )
        return role, [known, placed]

    def _project(
        self, role: aws.iam.Role, group_id: pulumi.Output[str], *, after: Sequence[pulumi.Resource]
    ) -> aws.codebuild.Project:
        args = self._args
        return aws.codebuild.Project(
            f"{self._name}-project",
            name=self.project_name,
            description="Runs jobs of GitHub's inside the VPC, each on a machine of its own",
            service_role=role.arn,
            # For what a build leaves behind, and a runner's leaves nothing: the role has no right to the key.
            encryption_key=args.storage_key_arn,
            artifacts=aws.codebuild.ProjectArtifactsArgs(type="NO_ARTIFACTS"),
            source=aws.codebuild.ProjectSourceArgs(
                type="GITHUB",
                location=f"{args.repository_url.removesuffix('/').removesuffix('.git')}.git",
                git_clone_depth=1,
                insecure_ssl=False,
                report_build_status=False,  # GitHub knows how its own job went
                auth=aws.codebuild.ProjectSourceAuthArgs(type="CODECONNECTIONS", resource=args.connection_arn),
            ),
            environment=aws.codebuild.ProjectEnvironmentArgs(
                type="ARM_CONTAINER",
                compute_type=COMPUTE,
                image=IMAGE,
                image_pull_credentials_type="CODEBUILD",
                privileged_mode=False,  # no job that deploys builds an image
                environment_variables=[
                    aws.codebuild.ProjectEnvironmentEnvironmentVariableArgs(
                        name="PYENV_VERSION", value=PYTHON, type="PLAINTEXT"
                    )
                ],
            ),
            vpc_config=aws.codebuild.ProjectVpcConfigArgs(
                vpc_id=args.vpc_id, subnets=list(args.subnet_ids), security_group_ids=[group_id]
            ),
            logs_config=aws.codebuild.ProjectLogsConfigArgs(
                cloudwatch_logs=aws.codebuild.ProjectLogsConfigCloudwatchLogsArgs(
                    status="ENABLED", group_name=log_group_name(args.scope)
                )
            ),
            project_visibility="PRIVATE",
            build_timeout=JOB_MINUTES,
            queued_timeout=QUEUED_MINUTES,
            concurrent_build_limit=JOBS_AT_ONCE,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )


def log_group_name(scope: Scope) -> str:
    """Where a machine's own output goes; a job's is on GitHub."""
    return scope.path("runner")


def rights(scope: Scope, connection_arn: str) -> list[iam.Statement]:
    """What is known before anything is there: the log, and the way to GitHub."""
    log = scope.arn("logs", f"log-group:{log_group_name(scope)}")
    return [
        iam.Statement(
            sid="WriteItsLog",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{log}:log-stream:*"],
        ),
        # https://docs.aws.amazon.com/codebuild/latest/userguide/connections-github-app.html
        iam.Statement(
            sid="RegisterWithGitHubThroughThisConnection",
            actions=[
                "codeconnections:GetConnection",
                "codeconnections:GetConnectionToken",
                "codeconnections:UseConnection",
            ],
            resources=[connection_arn],
        ),
        # These take no resource.
        iam.Statement(
            sid="SeeWhereItStands",
            actions=[
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            resources=["*"],
        ),
    ]


def interfaces(scope: Scope, *, group_id: str, subnet_ids: Sequence[str]) -> list[iam.Statement]:
    """To stand in these subnets and in no other, with this group.

    CodeBuild makes the interface in our account and lets its machine, in an account of AWS's, have it.
    https://docs.aws.amazon.com/codebuild/latest/userguide/auth-and-access-control-iam-identity-based-access-control.html
    """
    interface = scope.arn("ec2", "network-interface/*")
    subnets = [scope.arn("ec2", f"subnet/{each}") for each in subnet_ids]
    return [
        iam.Statement(
            sid="StandInThePrivateSubnets",
            actions=["ec2:CreateNetworkInterface"],
            resources=[interface, *subnets, scope.arn("ec2", f"security-group/{group_id}")],
        ),
        iam.Statement(
            sid="LeaveThem",
            actions=["ec2:DeleteNetworkInterface"],
            resources=[interface],
            condition={"ArnEquals": {"ec2:Subnet": subnets}},
        ),
        iam.Statement(
            sid="LendInterfacesToCodeBuildOnly",
            actions=["ec2:CreateNetworkInterfacePermission"],
            resources=[interface],
            condition={
                "ArnEquals": {"ec2:Subnet": subnets},
                "StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"},
            },
        ),
    ]
