"""Encryption tier: one customer-managed KMS key per purpose (REQ-N3, REQ-Y2), rotated yearly.

A purpose is what would be lost together: who may decrypt logs may not decrypt the database. Which keys are multi-Region
cannot be changed later, so it is decided here, on day one. Regional: Aurora, S3 and DynamoDB in a second region use
that region's own keys. Multi-Region: secrets and identity, of which a second region has a replica, with the same key
material and a policy of its own (docs/adr/0022).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.naming import EDGE_REGION, Scope

ROTATION_DAYS = (
    365  # 90 to 2560 are possible; https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-enable.html
)
APPLICATION = "encryption"

# How a service that fixes its log groups' names begins them; our name for its resource follows.
NAMED_BY_SERVICES = ("/aws/eks/", "/aws/rds/cluster/", "/aws/lambda/", "/aws-glue/crawlers-role/", "aws-waf-logs-")

USE = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """What one key is for."""

    holds: tagging.Classification
    via: Sequence[str]  # services through which our principals use it, as in kms:ViaService without region and domain
    publishers: Sequence[str] = ()  # services that write to its targets on their own behalf, for this account
    linked_roles: Sequence[
        str
    ] = ()  # service-linked roles that use it for us, as path and name below aws-service-role/
    grants: bool = False  # whether the services keep using it after the call, as a disk or a database does
    multi_region: bool = False


PURPOSES: Mapping[str, Purpose] = {
    "data": Purpose(
        holds=tagging.Classification.RESTRICTED,
        via=["rds", "elasticache", "dynamodb", "kinesis", "backup"],  # who may read a backup may read the database
        linked_roles=["replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication"],
        grants=True,
    ),
    "storage": Purpose(
        holds=tagging.Classification.CONFIDENTIAL,
        via=["s3", "ec2", "ecr", "appconfig"],
        linked_roles=[
            "autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
            # Launches spot instances, Karpenter's among them, with encrypted disks.
            "spot.amazonaws.com/AWSServiceRoleForEC2Spot",
        ],
        grants=True,
    ),
    "logs": Purpose(
        holds=tagging.Classification.CONFIDENTIAL, via=["s3"]
    ),  # CloudWatch Logs has a statement of its own
    "messaging": Purpose(
        holds=tagging.Classification.CONFIDENTIAL,
        via=["sqs", "sns"],
        publishers=[
            "budgets.amazonaws.com",
            "cloudwatch.amazonaws.com",
            "costalerts.amazonaws.com",
            "events.amazonaws.com",
            "sns.amazonaws.com",
        ],
    ),
    "secrets": Purpose(
        holds=tagging.Classification.RESTRICTED, via=["secretsmanager", "ssm"], grants=True, multi_region=True
    ),
    "cluster": Purpose(
        holds=tagging.Classification.RESTRICTED, via=["eks"], grants=True
    ),  # secrets in etcd; EKS keeps a grant
    "identity": Purpose(holds=tagging.Classification.RESTRICTED, via=["cognito-idp"], grants=True, multi_region=True),
    # What people did, and copies of who they are: the stream, the lake, its catalogue, and what is computed from them.
    "lake": Purpose(
        holds=tagging.Classification.RESTRICTED,
        via=["s3", "kinesis", "firehose", "glue", "rds", "bedrock", "sagemaker"],
        grants=True,
    ),
    # Who did what in the account, and what it looked like: who administers the rest need not be able to read that.
    "audit": Purpose(holds=tagging.Classification.CONFIDENTIAL, via=["s3"]),
}


@dataclass(frozen=True, kw_only=True)
class EncryptionArgs:
    """What the stage decided about its keys, and which of them a region needs."""

    scope: Scope  # of the region where the keys are
    purposes: Collection[str]  # of PURPOSES
    originals: Mapping[str, pulumi.Input[str]]  # multi-Region purpose -> ARN of the key elsewhere that this replicates
    deletion_window_days: int  # 7 to 30
    destroy_protection: bool


class Encryption(pulumi.ComponentResource):
    """A key and an alias per purpose; other tiers get the ARN of the one they need."""

    key_arns: Mapping[str, pulumi.Output[str]]  # purpose -> ARN
    key_aliases: Mapping[str, str]  # purpose -> alias, which a policy can name before AWS has drawn the ARN

    def __init__(self, name: str, args: EncryptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:foundation:Encryption", name, None, opts)
        self._name, self._args = name, args
        child = pulumi.ResourceOptions(parent=self)
        key_arns: dict[str, pulumi.Output[str]] = {}
        self.key_aliases = {title: f"alias/{args.scope.name(title)}" for title in PURPOSES}
        for title in args.purposes:
            original = args.originals.get(title)
            key = self._key(title) if original is None else self._replica(title, original)
            aws.kms.Alias(
                f"{name}-{title}-alias",
                region=args.scope.region,
                name=self.key_aliases[title],
                target_key_id=key.key_id,
                opts=child,
            )
            key_arns[title] = key.arn
        self.key_arns = key_arns
        self.register_outputs({"keyArns": key_arns})

    def _key(self, title: str) -> aws.kms.Key:
        args, purpose = self._args, PURPOSES[title]
        return aws.kms.Key(
            f"{self._name}-{title}",
            region=args.scope.region,
            description=f"{args.scope.name()}: {title}",
            policy=key_policy(args.scope, title, purpose),
            enable_key_rotation=True,
            rotation_period_in_days=ROTATION_DAYS,
            deletion_window_in_days=args.deletion_window_days,
            multi_region=purpose.multi_region,
            tags=tagging.tier_tags(APPLICATION, purpose.holds, name=args.scope.name(title)),
            opts=pulumi.ResourceOptions(parent=self, protect=args.destroy_protection),
        )

    def _replica(self, title: str, original: pulumi.Input[str]) -> aws.kms.ReplicaKey:
        """The same key material; it rotates when the original does, and is used as this region's own policy says."""
        args, purpose = self._args, PURPOSES[title]
        return aws.kms.ReplicaKey(
            f"{self._name}-{title}",
            region=args.scope.region,
            primary_key_arn=original,
            description=f"{args.scope.name()}: {title}",
            policy=key_policy(args.scope, title, purpose),
            deletion_window_in_days=args.deletion_window_days,
            tags=tagging.tier_tags(APPLICATION, purpose.holds, name=args.scope.name(title)),
            opts=pulumi.ResourceOptions(parent=self, protect=args.destroy_protection),
        )


def key_policy(scope: Scope, title: str, purpose: Purpose) -> str:
    """Who may do what with the key of a purpose.

    A key policy's resource is always `*`, which means this key. The account root stands for what IAM then grants:
    a principal needs both this policy and one of its own. KMS refuses a policy that names a role which does not exist
    yet, so roles are never named here.
    """
    account = {"AWS": scope.root}
    services = [f"{service}.{scope.region}.amazonaws.com" for service in purpose.via]
    through = {"StringEquals": {"kms:CallerAccount": scope.account_id, "kms:ViaService": services}}
    statements = [
        iam.Statement(
            sid="AdministeredByTheAccount", actions=iam.KEY_ADMINISTRATION, resources=["*"], principal=account
        ),
        iam.Statement(
            sid="UsedByTheAccountThroughItsServices",
            actions=USE,
            resources=["*"],
            principal=account,
            condition=through,
        ),
    ]
    if purpose.grants:
        statements.append(
            iam.Statement(
                sid="GrantedByTheAccountToItsServices",
                actions=["kms:CreateGrant"],
                resources=["*"],
                principal=account,
                condition={**through, "Bool": {"kms:GrantIsForAWSResource": "true"}},
            )
        )
    if title == "logs":
        statements += [_log_groups(scope), _sessions(scope)]
    if purpose.linked_roles:
        statements += _linked_roles(scope, purpose.linked_roles, through)
    if title == "messaging":
        statements += [_event_buses(scope), _event_rules(scope)]
    if title == "storage":
        statements.append(_distributions(scope))
    if title == "lake":
        statements += [_cost_exports(scope), _model_logs(scope)]
    if title == "audit":
        statements += [_trails(scope), configuration([scope.account_id])]
    if purpose.publishers:
        statements.append(
            iam.Statement(
                sid="UsedByServicesThatPublishForThisAccount",
                actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
                resources=["*"],
                principal={"Service": sorted(purpose.publishers)},
                condition={"StringEquals": {"aws:SourceAccount": scope.account_id}},
            )
        )
    return iam.document(*statements)


def _linked_roles(
    scope: Scope, roles: Sequence[str], through: Mapping[str, Mapping[str, str | Sequence[str]]]
) -> list[iam.Statement]:
    """Service-linked roles have no key in their own policies, so this policy alone admits them.

    By a condition, not as principals, since they may not exist yet. Auto Scaling launches nothing with an encrypted
    disk without it: https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
    """
    arns = [scope.arn("iam", f"role/aws-service-role/{role}", region="") for role in roles]
    by_role = {**through, "ArnEquals": {"aws:PrincipalArn": arns}}
    return [
        iam.Statement(
            sid="UsedByServiceLinkedRoles", actions=USE, resources=["*"], principal={"AWS": "*"}, condition=by_role
        ),
        iam.Statement(
            sid="GrantedByServiceLinkedRoles",
            actions=["kms:CreateGrant"],
            resources=["*"],
            principal={"AWS": "*"},
            condition={**by_role, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]


def _log_groups(scope: Scope) -> iam.Statement:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html.

    A service that names its log groups itself puts our name for its resource behind a prefix of its own.
    """
    names = [scope.path("*"), *(f"{prefix}{scope.name('*')}" for prefix in NAMED_BY_SERVICES)]
    groups = [scope.arn("logs", f"log-group:{name}") for name in names]
    return iam.Statement(
        sid="UsedByTheLogGroupsOfThisStage",
        actions=USE,
        resources=["*"],
        principal={"Service": f"logs.{scope.region}.amazonaws.com"},
        condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
    )


def _sessions(scope: Scope) -> iam.Statement:
    """A shell of Session Manager: the plugin of whoever opens it and the agent call KMS themselves, through no service.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-enable-encryption.html
    """
    return iam.Statement(
        sid="UsedByShellsOnTheMachinesOfThisAccount",
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=["*"],
        principal={"AWS": scope.root},
        condition={
            "StringEquals": {"kms:CallerAccount": scope.account_id},
            "StringLike": {"kms:EncryptionContext:aws:ssm:TargetId": "i-*"},
        },
    )


def _event_buses(scope: Scope) -> iam.Statement:
    """Buses and their archives, by encryption context: EventBridge says for whom it acts in no other way.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-archives.html.
    """
    return iam.Statement(
        sid="UsedByTheEventBusesOfThisStage",
        actions=["kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
        resources=["*"],
        principal={"Service": "events.amazonaws.com"},
        condition={
            "ArnLike": {
                "kms:EncryptionContext:aws:events:event-bus:arn": scope.arn("events", f"event-bus/{scope.name('*')}")
            }
        },
    )


def _event_rules(scope: Scope) -> iam.Statement:
    """Rules on events tell the topic of alarms, by encryption context, since EventBridge names no account to a topic.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    return iam.Statement(
        sid="UsedByRulesThatTellTheTopicOfAlarms",
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=["*"],
        principal={"Service": "events.amazonaws.com"},
        condition={"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": scope.arn("sns", scope.name("alarms"))}},
    )


def _distributions(scope: Scope) -> iam.Statement:
    """CloudFront reads the front end's bucket, as an origin access control.

    A distribution's id is known when it exists, which is after its bucket, which is after this key: so any of this
    account's. The bucket's policy says which bucket.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    """
    return iam.Statement(
        sid="ReadByTheDistributionsOfThisAccount",
        actions=["kms:Decrypt"],
        resources=["*"],
        principal={"Service": "cloudfront.amazonaws.com"},
        condition={"ArnLike": {"aws:SourceArn": scope.arn("cloudfront", "distribution/*", region="")}},
    )


def _cost_exports(scope: Scope) -> iam.Statement:
    """Billing writes the cost and usage export into the lake, whose bucket encrypts with this key by default.

    https://docs.aws.amazon.com/cur/latest/userguide/dataexports-s3-bucket.html
    """
    return iam.Statement(
        sid="UsedByTheCostExportsOfThisAccount",
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=["*"],
        principal={"Service": ["bcm-data-exports.amazonaws.com", "billingreports.amazonaws.com"]},
        condition={
            "StringEquals": {"aws:SourceAccount": scope.account_id},
            "ArnLike": {
                "aws:SourceArn": [
                    scope.arn("bcm-data-exports", "export/*", region=EDGE_REGION),
                    scope.arn("cur", "definition/*", region=EDGE_REGION),
                ]
            },
        },
    )


def _trails(scope: Scope) -> iam.Statement:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html."""
    trail = scope.arn("cloudtrail", f"trail/{scope.name('trail')}")
    return iam.Statement(
        sid="UsedByTheTrailOfThisAccount",
        actions=["kms:DescribeKey", "kms:GenerateDataKey"],
        resources=["*"],
        principal={"Service": "cloudtrail.amazonaws.com"},
        condition={"StringEquals": {"aws:SourceArn": trail}},
    )


def configuration(account_ids: Sequence[str]) -> iam.Statement:
    """Config of these accounts delivers as itself, as its role is linked to it, and from each region that it records.

    https://docs.aws.amazon.com/config/latest/developerguide/s3-kms-key-policy.html
    """
    return iam.Statement(
        sid="UsedByConfigOfOurAccounts",
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=["*"],
        principal={"Service": "config.amazonaws.com"},
        condition={"StringEquals": {"aws:SourceAccount": account_ids}},
    )


def _model_logs(scope: Scope) -> iam.Statement:
    """Bedrock writes what models are asked into the lake, as itself.

    https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
    """
    return iam.Statement(
        sid="UsedByTheModelLogsOfThisAccount",
        actions=["kms:GenerateDataKey"],
        resources=["*"],
        principal={"Service": "bedrock.amazonaws.com"},
        condition={
            "StringEquals": {"aws:SourceAccount": scope.account_id},
            "ArnLike": {"aws:SourceArn": scope.arn("bedrock", "*")},
        },
    )
