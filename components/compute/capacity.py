"""Capacity tier: what nodes launched by Karpenter are in AWS, and how AWS tells of those it takes back (REQ-X3).

The role that nodes have, its entry to the cluster, and a queue with five rules: health events, spot interruptions,
rebalance recommendations, changes of state, and capacity reservations that end. Karpenter, which reads the queue, is
an add-on (`k8s/addons/karpenter.py`); all it needs of here is known before anything exists.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.naming import Scope
from components.operations.alarms import Alarm, Metric, raise_alarm

APPLICATION = "capacity"
# Seconds. A notice is of use for two minutes at most; https://karpenter.sh/docs/reference/cloudformation/
NOTICE_SECONDS = 300
SET_ASIDE_SECONDS = 14 * 24 * 3600  # the longest that SQS keeps
ATTEMPTS = 3  # of a message that Karpenter reads and does not delete
# What of EC2 and Health concerns a node, by the rule's name.
NOTICES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "health": ("aws.health", "AWS Health Event"),
        "spot": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
        "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
        "state": ("aws.ec2", "EC2 Instance State-change Notification"),
        "reservation": ("aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"),
    }
)
# Of AWS's own, as a node group's are. No right to change the network: the CNI has an identity of its own, so a pod that
# breaks out to its node cannot.
NODE_POLICIES = (
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEKSWorkerNodePolicy",
    "AmazonSSMManagedInstanceCore",  # a shell without SSH (REQ-S16)
)


@dataclass(frozen=True, kw_only=True)
class CapacityArgs:
    """Of which cluster."""

    scope: Scope
    cluster_name: str  # known; the cluster itself is what this depends on
    alarm_topic_arn: pulumi.Input[str]


class Capacity(pulumi.ComponentResource):
    """The nodes' role with its way into the cluster, and the queue of notices."""

    node_role_name: str
    node_role_arn: str
    queue_name: str
    queue_arn: str

    def __init__(self, name: str, args: CapacityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:compute:Capacity", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL)
        scope = args.scope
        # IAM is the account's, so the region is in the name.
        self.node_role_name = scope.name(scope.region, "nodes")
        self.node_role_arn = scope.arn("iam", f"role/{self.node_role_name}", region="")
        self.queue_name = scope.name("node-notices")
        self.queue_arn = scope.arn("sqs", self.queue_name)
        self._role()
        self._queue()
        self.register_outputs({"nodeRoleArn": self.node_role_arn, "queueName": self.queue_name})

    def _role(self) -> None:
        role = aws.iam.Role(
            f"{self._name}-nodes",
            name=self.node_role_name,
            description=f"Nodes that Karpenter launches for {self._args.cluster_name}",
            assume_role_policy=iam.document(
                iam.Statement(
                    sid="AssumedByInstances", actions=["sts:AssumeRole"], principal={"Service": "ec2.amazonaws.com"}
                )
            ),
            tags=self._tags,
            opts=self._child,
        )
        for policy in NODE_POLICIES:
            aws.iam.RolePolicyAttachment(
                f"{self._name}-{policy}",
                role=role.name,
                policy_arn=f"arn:aws:iam::aws:policy/{policy}",
                opts=self._child,
            )
        aws.eks.AccessEntry(
            f"{self._name}-nodes",
            cluster_name=self._args.cluster_name,
            principal_arn=role.arn,
            type="EC2_LINUX",
            tags=self._tags,
            opts=self._child,
        )

    def _queue(self) -> None:
        """SQS's own key encrypts: notices name instances and nothing else, and EventBridge needs no right to one."""
        scope, child = self._args.scope, self._child
        aside = aws.sqs.Queue(
            f"{self._name}-aside",
            name=f"{self.queue_name}-aside",
            sqs_managed_sse_enabled=True,
            message_retention_seconds=SET_ASIDE_SECONDS,
            receive_wait_time_seconds=20,
            tags=self._tags,
            opts=child,
        )
        queue = aws.sqs.Queue(
            f"{self._name}-notices",
            name=self.queue_name,
            sqs_managed_sse_enabled=True,
            message_retention_seconds=NOTICE_SECONDS,
            receive_wait_time_seconds=20,
            redrive_policy=json.dumps({"deadLetterTargetArn": f"{self.queue_arn}-aside", "maxReceiveCount": ATTEMPTS}),
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[aside]),
        )
        aws.sqs.RedriveAllowPolicy(
            f"{self._name}-aside",
            queue_url=aside.url,
            redrive_allow_policy=json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [self.queue_arn]}),
            opts=child,
        )
        for title, each, name in (
            ("notices", queue, self.queue_name),
            ("aside", aside, f"{self.queue_name}-aside"),
        ):
            aws.sqs.QueuePolicy(
                f"{self._name}-{title}", queue_url=each.url, policy=queue_policy(scope, name), opts=child
            )
        for title, (source, kind) in NOTICES.items():
            rule = aws.cloudwatch.EventRule(
                f"{self._name}-{title}",
                name=rule_name(scope, title),
                description=f"{kind}, for Karpenter",
                event_pattern=json.dumps({"source": [source], "detail-type": [kind]}),
                tags=self._tags,
                opts=child,
            )
            aws.cloudwatch.EventTarget(
                f"{self._name}-{title}",
                rule=rule.name,
                target_id="karpenter",
                arn=queue.arn,
                dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=aside.arn),
                opts=child,
            )
        raise_alarm(
            f"{self._name}-unread",
            Alarm(
                says=f"{self.queue_name}: nobody reads of nodes that AWS takes back; see whether Karpenter runs",
                metrics={
                    "oldest": Metric(
                        namespace="AWS/SQS",
                        name="ApproximateAgeOfOldestMessage",
                        dimensions={"QueueName": self.queue_name},
                        statistic="Maximum",
                    )
                },
                above=NOTICE_SECONDS // 2,
                minutes=3,
            ),
            tell=self._args.alarm_topic_arn,
            tags=self._tags,
            opts=child,
        )


def rule_name(scope: Scope, title: str) -> str:
    """Of the rule for one kind of notice."""
    return scope.name("node", title)


def queue_policy(scope: Scope, queue_name: str) -> str:
    """Our rules send, nobody by plain text. Karpenter reads by its own policy."""
    queue = [scope.arn("sqs", queue_name)]
    return iam.document(
        iam.Statement(
            sid="SentByTheRulesOfThisStage",
            actions=["sqs:SendMessage"],
            resources=queue,
            principal={"Service": "events.amazonaws.com"},
            condition={
                "StringEquals": {"aws:SourceAccount": scope.account_id},
                "ArnEquals": {"aws:SourceArn": [scope.arn("events", f"rule/{rule_name(scope, t)}") for t in NOTICES]},
            },
        ),
        iam.Statement(
            sid="NothingInPlainText",
            effect="Deny",
            actions=["sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"],
            resources=queue,
            principal="*",
            condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )
