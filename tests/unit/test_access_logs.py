"""The access log bucket's exact inputs."""

import json
from typing import Any

import pytest

from components.foundation.access_logs import AccessLogs, AccessLogsArgs
from components.naming import Scope
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
NAME = "startup-platform-dev-access-logs-111122223333-ap-northeast-2"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


def made(*, retention_days: int = 90, destroy_protection: bool = False) -> Recorded:
    args = AccessLogsArgs(scope=SCOPE, retention_days=retention_days, destroy_protection=destroy_protection)
    return record(lambda: AccessLogs("access-logs", args))


def statements(run: Recorded) -> dict[str, dict[str, Any]]:
    policy = json.loads(run.named("access-logs-policy", "aws:s3/bucketPolicy:BucketPolicy")["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_load_balancers_and_cloudfront_of_this_account_may_write_below_its_own_prefix_and_nobody_else() -> None:
    found = statements(made())
    balancers, cloudfront = found["WrittenByLoadBalancersOfThisAccount"], found["WrittenByCloudFrontForThisAccount"]
    allowed = [one for one in found.values() if one["Effect"] == "Allow"]
    assert {one["Principal"]["Service"] for one in allowed} == {
        "logdelivery.elasticloadbalancing.amazonaws.com",
        "delivery.logs.amazonaws.com",
        "logging.s3.amazonaws.com",
    }
    for one in (balancers, cloudfront):
        assert one["Action"] == ["s3:PutObject"]
    ours = f"arn:aws:s3:::{NAME}/AWSLogs/111122223333/*"
    assert balancers["Resource"] == [ours]
    assert cloudfront["Resource"] == [ours, f"arn:aws:s3:::{NAME}/AWSLogs/aws-account-id=111122223333/CloudFront/*"]
    assert balancers["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:elasticloadbalancing:ap-northeast-2:111122223333:loadbalancer/*"}
    }
    assert cloudfront["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333", "s3:x-amz-acl": "bucket-owner-full-control"},
        "ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:111122223333:delivery-source:*"},
    }


def test_s3_writes_of_the_buckets_of_this_stage_below_a_prefix_of_its_own() -> None:
    written = statements(made())["WrittenByS3OfTheBucketsOfThisStage"]
    assert (written["Action"], written["Resource"]) == (["s3:PutObject"], [f"arn:aws:s3:::{NAME}/s3/*"])
    assert written["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::startup-platform-dev-*"},
    }


def test_nobody_comes_without_tls() -> None:
    refused = statements(made())["RefusedWithoutTls"]
    assert (refused["Effect"], refused["Action"], refused["Principal"]) == ("Deny", ["s3:*"], "*")
    assert refused["Resource"] == [f"arn:aws:s3:::{NAME}", f"arn:aws:s3:::{NAME}/*"]
    assert refused["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(("days", "after"), [(90, None), (179, None), (180, 90), (731, 90)])
def test_what_is_kept_long_enough_to_pay_moves_to_glacier(days: int, after: int | None) -> None:
    (rule,) = made(retention_days=days).named("access-logs-lifecycle", LIFECYCLE)["rules"]
    assert int(rule["expiration"]["days"]) == days
    moved = [(int(one["days"]), one["storageClass"]) for one in rule["transitions"]]
    assert moved == ([(after, "GLACIER_IR")] if after else [])


def test_it_is_private_owned_by_us_and_encrypted_as_its_writers_can() -> None:
    run = made()
    block = run.named("access-logs-block", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
    switches = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert all(block[switch] is True for switch in switches)
    ownership = run.named("access-logs-ownership", "aws:s3/bucketOwnershipControls:BucketOwnershipControls")
    assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    (rule,) = run.named(
        "access-logs-encryption",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    )["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


def test_a_writer_comes_after_the_policy_that_lets_it_write(platform: Recorded) -> None:
    balancer = platform.named("entrance-balancer", "aws:lb/loadBalancer:LoadBalancer")
    assert any(urn.endswith("::access-logs-policy") for urn in balancer.dependencies)


def test_a_name_fits_in_every_stage_and_region() -> None:
    longest = Scope(stage="prod", account_id="777788889999", region="ap-southeast-1")
    assert len(longest.name("access-logs", longest.account_id, longest.region)) <= 63


def test_it_is_protected_where_the_stage_says_so() -> None:
    bucket = "aws:s3/bucket:Bucket"
    assert [one.protect for one in made(destroy_protection=True).of_type(bucket)] == [True]
    assert [one.protect for one in made().of_type(bucket)] == [False]
