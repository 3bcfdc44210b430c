"""Feature Store tier: what the recommendation worker knows of each user, for now and for training (REQ-S8, REQ-V4).

The online store answers for one user while a request waits; the offline store keeps every value that ever was, in the
curated bucket of the lake. One write reaches both. The features are made of the events of REQ-T1 by the worker.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.data import layout
from components.data.layout import Layout
from components.foundation.roles import role_with_policy
from components.naming import Scope

APPLICATION = "intelligence"
# The features of a user, and SageMaker's type of each: an event says user_id, type and ts (REQ-T1).
RECORD, TIME = "user_id", "ts"  # ts: ISO 8601 in UTC, as in the event that was the last to change a feature
USER_FEATURES: Mapping[str, str] = MappingProxyType(
    {
        RECORD: "Integral",
        TIME: "String",
        "events_1d": "Integral",  # events of the last day, week and four weeks
        "events_7d": "Integral",
        "events_28d": "Integral",
        "active_days_28d": "Integral",  # days of the last 28 with an event
        "last_event_type": "String",
        "paid_krw_90d": "Integral",  # payments less refunds
        "subscribed": "Integral",  # 1 between subscription.started and subscription.canceled, else 0
    }
)
# Who has done nothing for so long is to the database, too, somebody without events (REQ-T3).
ONLINE_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class FeaturesArgs:
    """Where features are kept."""

    scope: Scope
    curated_bucket: pulumi.Input[str]  # of the lake, once one may write to it
    key_arn: pulumi.Input[str]  # the lake key
    key_alias: str
    destroy_protection: bool


class Features(pulumi.ComponentResource):
    """A feature group, the role that writes it into the lake, and the right to use it."""

    group_name: str
    worker_policy_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FeaturesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:intelligence:Features", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        scope, tags = args.scope, tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED)
        self.group_name = group_name(scope)
        role, permission = role_with_policy(
            f"{name}-writer",
            description="Writes features into the lake",
            trust=iam.service_trust(
                "sagemaker.amazonaws.com", account_id=scope.account_id, source_arn=scope.arn("sagemaker", "*")
            ),
            policy=writer_policy(scope, args.key_alias),
            tags=tags,
            opts=child,
        )
        aws.sagemaker.FeatureGroup(
            f"{name}-users",
            feature_group_name=self.group_name,
            description="What is known of each user, from events",
            record_identifier_feature_name=RECORD,
            event_time_feature_name=TIME,
            feature_definitions=[
                aws.sagemaker.FeatureGroupFeatureDefinitionArgs(feature_name=feature, feature_type=kind)
                for feature, kind in USER_FEATURES.items()
            ],
            role_arn=role.arn,
            online_store_config=aws.sagemaker.FeatureGroupOnlineStoreConfigArgs(
                enable_online_store=True,
                storage_type="Standard",
                security_config=aws.sagemaker.FeatureGroupOnlineStoreConfigSecurityConfigArgs(kms_key_id=args.key_arn),
                ttl_duration=aws.sagemaker.FeatureGroupOnlineStoreConfigTtlDurationArgs(unit="Days", value=ONLINE_DAYS),
            ),
            offline_store_config=aws.sagemaker.FeatureGroupOfflineStoreConfigArgs(
                s3_storage_config=aws.sagemaker.FeatureGroupOfflineStoreConfigS3StorageConfigArgs(
                    s3_uri=pulumi.Output.concat("s3://", args.curated_bucket, f"/{layout.FEATURES}"),
                    kms_key_id=args.key_arn,
                ),
                # SageMaker makes the table, beside the others of the lake, so that one question joins them.
                disable_glue_table_creation=False,
                data_catalog_config=aws.sagemaker.FeatureGroupOfflineStoreConfigDataCatalogConfigArgs(
                    catalog="AwsDataCatalog", database=Layout(scope=scope).database, table_name=layout.FEATURES_TABLE
                ),
                table_format="Glue",
            ),
            throughput_config=aws.sagemaker.FeatureGroupThroughputConfigArgs(throughput_mode="OnDemand"),
            tags=tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[permission],
                protect=args.destroy_protection,
                retain_on_delete=args.destroy_protection,
            ),
        )
        worker = aws.iam.Policy(
            f"{name}-worker",
            description="Writes and reads the features of users",
            policy=worker_policy(scope, args.key_alias),
            tags=tags,
            opts=child,
        )
        self.worker_policy_arn = worker.arn
        self.register_outputs({"groupName": self.group_name, "workerPolicyArn": self.worker_policy_arn})


def group_name(scope: Scope) -> str:
    """The feature group, which a policy names before it is there."""
    return scope.name("users")


def writer_policy(scope: Scope, key_alias: str) -> str:
    """What the offline store takes: one prefix of the curated bucket, one table, the lake's key.

    https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html
    """
    where = Layout(scope=scope)
    bucket = where.bucket("curated")
    table = scope.arn("glue", f"table/{where.database}/{layout.FEATURES_TABLE}")
    return iam.document(
        iam.Statement(
            sid="SeeTheCuratedBucket",
            actions=["s3:GetBucketAcl", "s3:GetBucketLocation"],
            resources=[f"arn:aws:s3:::{bucket}"],
        ),
        iam.Statement(
            sid="WriteFeatures",
            actions=["s3:PutObject", "s3:PutObjectAcl"],
            resources=layout.arns(bucket, layout.FEATURES),
        ),
        iam.Statement(
            sid="DescribeTheirTable",
            actions=["glue:CreateTable", "glue:GetDatabase", "glue:GetTable", "glue:UpdateTable"],
            resources=[scope.arn("glue", "catalog"), scope.arn("glue", f"database/{where.database}"), table],
        ),
        iam.by_key(
            scope,
            "UseTheLakeKey",
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            alias=key_alias,
            through=["glue", "s3", "sagemaker"],
        ),
    )


def worker_policy(scope: Scope, key_alias: str) -> str:
    """What the worker's own role gets beside its other rights."""
    return iam.document(
        iam.Statement(
            sid="WriteAndReadTheFeaturesOfUsers",
            actions=["sagemaker:BatchGetRecord", "sagemaker:GetRecord", "sagemaker:PutRecord"],
            resources=[scope.arn("sagemaker", f"feature-group/{group_name(scope)}")],
        ),
        iam.by_key(
            scope, "UseTheLakeKey", ["kms:Decrypt", "kms:GenerateDataKey"], alias=key_alias, through=["sagemaker"]
        ),
    )
