"""Lake tier: three buckets (REQ-S7, REQ-R3): raw as it arrived, curated for questions, results of questions.

Raw is written once, by machines; nobody corrects it. Events older than 90 days have left the database (REQ-T3) and are
here only, so raw and curated keep earlier versions, and what is old goes to Glacier Instant Retrieval, which Athena
reads like the rest. Results can be had again and expire.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.data import layout
from components.data.layout import Layout
from components.foundation.closing import keep, lifecycle_rule, log_access
from components.naming import EDGE_REGION, Scope
from components.sizes import LakeSize

APPLICATION = "lake"
RAW, CURATED, RESULTS = "raw", "curated", "results"
OLD_VERSIONS_DAYS = 30
ERROR_DAYS = 30  # to mend what Firehose could not convert, and put it onto the stream again
COST_DAYS = 1095  # three years, to compare a commitment with the last one (REQ-F2)

Rule = aws.s3.BucketLifecycleConfigurationRuleArgs


@dataclass(frozen=True, kw_only=True)
class LakeArgs:
    """How long things are kept, and the key."""

    scope: Scope
    size: LakeSize
    access_log_bucket: pulumi.Input[str]  # where S3 says who read what, once it may
    key_arn: pulumi.Input[str]  # the lake key
    destroy_protection: bool


class Lake(pulumi.ComponentResource):
    """The buckets; their outputs are names, known once writers may write."""

    raw: pulumi.Output[str]
    curated: pulumi.Output[str]
    results: pulumi.Output[str]

    def __init__(self, name: str, args: LakeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:Lake", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self.raw = self._bucket(
            RAW, raw_rules(args.size), [*_written_by_billing(args.scope), _written_by_models(args.scope)]
        )
        self.curated = self._bucket(CURATED, [_kept("curated", days=None)])
        self.results = self._bucket(RESULTS, [_kept("results", days=args.size.result_days)], forgets=True)
        self.register_outputs({"raw": self.raw, "curated": self.curated, "results": self.results})

    def _bucket(
        self, zone: str, rules: Sequence[Rule], writers: Sequence[iam.Statement] = (), *, forgets: bool = False
    ) -> pulumi.Output[str]:
        name, args = f"{self._name}-{zone}", self._args
        bucket_name = Layout(scope=args.scope).bucket(zone)
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=bucket_name,
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED),
            # Results can be had again; the rest cannot.
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.destroy_protection and not forgets,
                retain_on_delete=args.destroy_protection and not forgets,
            ),
        )
        log_access(f"{name}-logging", bucket, into=args.access_log_bucket, folder=zone, opts=self._child)
        return keep(
            name,
            bucket,
            key_arn=args.key_arn,
            rules=rules,
            policy=iam.document(iam.only_by_tls(bucket_name), *writers),
            opts=self._child,
        )


def raw_rules(size: LakeSize) -> list[Rule]:
    """What becomes cheap and what goes, by what it is."""
    return [
        _kept("events", days=size.event_days, prefix=layout.EVENTS),
        _kept("snapshots", days=size.snapshot_days, prefix=layout.SNAPSHOTS),
        _kept("logs", days=size.log_days, prefix=layout.LOGS),
        _kept("costs", days=COST_DAYS, prefix=layout.COSTS),
        _kept("errors", days=ERROR_DAYS, prefix=layout.ERRORS),
    ]


def _kept(title: str, *, days: int | None, prefix: str = "") -> Rule:
    """None of days: it stays until somebody replaces it."""
    return lifecycle_rule(title, prefix=prefix, days=days, earlier_days=OLD_VERSIONS_DAYS)


def _written_by_billing(scope: Scope) -> list[iam.Statement]:
    """The cost and usage export comes from billing itself, which looks at this policy before it writes.

    https://docs.aws.amazon.com/cur/latest/userguide/dataexports-s3-bucket.html
    """
    bucket = Layout(scope=scope).bucket(RAW)
    billing = {"Service": ["bcm-data-exports.amazonaws.com", "billingreports.amazonaws.com"]}
    for_us = {
        "StringEquals": {"aws:SourceAccount": scope.account_id},
        "ArnLike": {
            "aws:SourceArn": [
                scope.arn("bcm-data-exports", "export/*", region=EDGE_REGION),
                scope.arn("cur", "definition/*", region=EDGE_REGION),
            ]
        },
    }
    return [
        iam.Statement(
            sid="WrittenByTheCostExportsOfThisAccount",
            actions=["s3:PutObject"],
            resources=layout.arns(bucket, layout.COSTS),
            principal=billing,
            condition=for_us,
        ),
        iam.Statement(
            sid="LookedAtByTheCostExportsBeforeTheyWrite",
            actions=["s3:GetBucketPolicy"],
            resources=[f"arn:aws:s3:::{bucket}"],
            principal=billing,
            condition=for_us,
        ),
    ]


def _written_by_models(scope: Scope) -> iam.Statement:
    """What models are asked comes from Bedrock itself, which puts account and region behind our prefix.

    https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
    """
    prefix = f"{layout.MODELS}/AWSLogs/{scope.account_id}/BedrockModelInvocationLogs"
    return iam.Statement(
        sid="WrittenByTheModelLogsOfThisAccount",
        actions=["s3:PutObject"],
        resources=layout.arns(Layout(scope=scope).bucket(RAW), prefix),
        principal={"Service": "bedrock.amazonaws.com"},
        condition={
            "StringEquals": {"aws:SourceAccount": scope.account_id},
            "ArnLike": {"aws:SourceArn": scope.arn("bedrock", "*")},
        },
    )
