"""Instances tier: one service in a container per EC2 instance (REQ-X1, REQ-P0), until the cluster takes over.

Graviton (REQ-F2), in private subnets, without SSH: a shell comes by Session Manager (REQ-S16). Which image runs is no
business of Pulumi's: a deployment writes it to a parameter and refreshes the group. Before the first one instances
answer health checks with a page that says so, so that a new stage is whole before there is a service.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.compute import launching, startup
from components.foundation.roles import role_with_policy
from components.naming import PROJECT, Scope
from components.sizes import InstancesSize

APPLICATION = "instances"
CPU_PERCENT = 60  # REQ-X5, for instances as for pods
ROOT_GIB = 30
WARM_UP_SECONDS = 180  # from the launch until the container answers: packages, image, start
LIFETIME_SECONDS = 14 * 24 * 3600  # older ones are replaced one by one, by a newer image of the system
HOPS = 2  # a container is one hop from its instance


@dataclass(frozen=True, kw_only=True)
class InstancesArgs:
    """Where instances live, what lets them in and out, what they may call, and how many there are."""

    scope: Scope
    size: InstancesSize
    subnet_ids: Sequence[pulumi.Input[str]]  # private, one a zone
    security_group_id: pulumi.Input[str]  # of workloads
    target_group_arn: pulumi.Input[str]  # the load balancer's, on startup.PORT
    storage_key_arn: pulumi.Input[str]
    log_group_name: str  # of services
    after: Sequence[pulumi.Resource]  # what the start-up script knows by name only
    contract_parameter: str  # name of the parameter that tells the service where everything is
    permissions: Sequence[iam.Statement]  # what the service calls, beyond its own image, logs and parameters
    login: pulumi.Input[str]  # a document of its own, as AWS assigns ids in it: the right to log in to the database
    toggles: pulumi.Input[str]  # likewise: the right to read which features are on
    stage_tags: Mapping[str, str]  # four of the six: default tags do not reach what a group launches


class Instances(pulumi.ComponentResource):
    """An Auto Scaling group behind the load balancer."""

    role_arn: pulumi.Output[str]
    group_name: pulumi.Output[str]
    image_parameter: str  # name of the parameter with the image to run

    def __init__(self, name: str, args: InstancesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:compute:Instances", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL)
        self.image_parameter = args.scope.path("instances", "image")
        image = aws.ssm.Parameter(
            f"{name}-image",
            name=self.image_parameter,
            description="The image that instances run; written by deployments, read at launch",
            type="String",
            value=startup.NO_IMAGE,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["value"]),
        )
        role, permission = self._role()
        profile = aws.iam.InstanceProfile(f"{name}-profile", role=role.name, tags=self._tags, opts=self._child)
        # The start-up script knows these by name, so nothing else says that they come first.
        group = self._group(self._template(profile), after=[*args.after, image, permission])
        aws.autoscaling.Policy(
            f"{name}-cpu",
            autoscaling_group_name=group.name,
            policy_type="TargetTrackingScaling",
            target_tracking_configuration=aws.autoscaling.PolicyTargetTrackingConfigurationArgs(
                predefined_metric_specification=aws.autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type="ASGAverageCPUUtilization"
                ),
                target_value=CPU_PERCENT,
            ),
            opts=self._child,
        )
        self.role_arn = role.arn
        self.group_name = group.name
        self.register_outputs(
            {"roleArn": self.role_arn, "groupName": self.group_name, "imageParameter": self.image_parameter}
        )

    def _role(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        role, permission = role_with_policy(
            f"{self._name}-role",
            description="What the service on an instance may call",
            trust=iam.document(
                iam.Statement(
                    sid="AssumedByInstances",
                    actions=["sts:AssumeRole"],
                    principal={"Service": "ec2.amazonaws.com"},
                )
            ),
            policy=iam.document(*self._own_permissions(), *self._args.permissions),
            tags=self._tags,
            opts=self._child,
        )
        aws.iam.RolePolicy(f"{self._name}-database", role=role.id, policy=self._args.login, opts=self._child)
        aws.iam.RolePolicy(f"{self._name}-toggles", role=role.id, policy=self._args.toggles, opts=self._child)
        return role, permission

    def _own_permissions(self) -> list[iam.Statement]:
        scope = self._args.scope
        log_group = scope.arn("logs", f"log-group:{self._args.log_group_name}")
        return [
            *iam.pulling("PullImagesOfThisStage", scope.arn("ecr", f"repository/{PROJECT}/{scope.stage}/*")),
            iam.Statement(
                sid="ReadWhichImageToRunAndTheContract",
                actions=["ssm:GetParameter"],
                resources=[
                    scope.arn("ssm", f"parameter{name}")
                    for name in (self.image_parameter, self._args.contract_parameter)
                ],
            ),
            iam.Statement(
                sid="WriteTheLogsOfServices",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[log_group, f"{log_group}:log-stream:*"],
            ),
            # Session Manager and no more of Systems Manager; its channels take no resource.
            # https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
            iam.Statement(
                sid="BeReachedBySessionManager",
                actions=[
                    "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel",
                    "ssmmessages:OpenDataChannel",
                ],
                resources=["*"],
            ),
            iam.Statement(
                sid="TellSessionManagerThatItIsThere",
                actions=["ssm:UpdateInstanceInformation"],
                resources=[scope.arn("ec2", "instance/*")],
            ),
        ]

    def _template(self, profile: aws.iam.InstanceProfile) -> aws.ec2.LaunchTemplate:
        launched = {**self._args.stage_tags, **self._tags, "Name": self._args.scope.name("instances")}
        script = startup.script(
            self._args.scope,
            image_parameter=self.image_parameter,
            contract_parameter=self._args.contract_parameter,
            log_group=self._args.log_group_name,
        )
        return aws.ec2.LaunchTemplate(
            f"{self._name}-template",
            update_default_version=True,
            image_id=f"resolve:ssm:{startup.SYSTEM_IMAGE_PARAMETER}",  # looked up at each launch
            instance_type=self._args.size.instance_type,
            iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=profile.arn),
            vpc_security_group_ids=[self._args.security_group_id],
            user_data=base64.b64encode(script.encode()).decode(),
            ebs_optimized="true",
            monitoring=aws.ec2.LaunchTemplateMonitoringArgs(enabled=True),  # a minute, which scaling reacts to
            metadata_options=launching.by_session_tokens(hops=HOPS),
            block_device_mappings=[launching.encrypted_root(gib=ROOT_GIB, key_arn=self._args.storage_key_arn)],
            tag_specifications=launching.tagged(launched),
            tags=self._tags,
            opts=self._child,
        )

    def _group(self, template: aws.ec2.LaunchTemplate, *, after: Sequence[pulumi.Resource]) -> aws.autoscaling.Group:
        size = self._args.size
        tags = {**self._args.stage_tags, **self._tags, "Name": self._args.scope.name("instances")}
        return aws.autoscaling.Group(
            f"{self._name}-group",
            min_size=size.at_least,
            max_size=size.at_most,
            vpc_zone_identifiers=self._args.subnet_ids,
            target_group_arns=[self._args.target_group_arn],
            launch_template=aws.autoscaling.GroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            health_check_type="ELB",
            health_check_grace_period=WARM_UP_SECONDS,
            default_instance_warmup=WARM_UP_SECONDS,
            max_instance_lifetime=LIFETIME_SECONDS,
            enabled_metrics=[
                aws.autoscaling.Metric.GROUP_IN_SERVICE_INSTANCES,
                aws.autoscaling.Metric.GROUP_DESIRED_CAPACITY,
                aws.autoscaling.Metric.GROUP_PENDING_INSTANCES,
            ],
            # A new one is in service before an old one goes, so a template that does not come up takes nobody away. Not
            # rolled back by itself: AWS refuses that where the image is looked up, and the last template's commit is.
            # https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html
            instance_refresh=aws.autoscaling.GroupInstanceRefreshArgs(
                strategy="Rolling",
                preferences=aws.autoscaling.GroupInstanceRefreshPreferencesArgs(
                    min_healthy_percentage=100,
                    max_healthy_percentage=200,
                    instance_warmup=str(WARM_UP_SECONDS),
                ),
            ),
            tags=[
                aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=True)
                for key, value in sorted(tags.items())
            ],
            # How many run between least and most is the scaling policy's business.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["desiredCapacity"], depends_on=after),
        )
