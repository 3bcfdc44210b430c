"""The front end's bucket: exact inputs."""

import json
from typing import Any

from components.edge.site import Site, SiteArgs
from components.naming import Scope
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
NAME = "startup-platform-dev-site-111122223333-ap-northeast-2"
DISTRIBUTIONS = {"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::111122223333:distribution/*"}}


def made(*, destroy_protection: bool = False) -> Recorded:
    args = SiteArgs(scope=SCOPE, storage_key_arn="arn:key", destroy_protection=destroy_protection)
    return record(lambda: Site("site", args))


def by_sid(document: str) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in json.loads(document)["Statement"]}


def test_only_distributions_of_this_account_read_it_and_only_by_tls() -> None:
    found = by_sid(made().named("site-policy", "aws:s3/bucketPolicy:BucketPolicy")["policy"])
    assert set(found) == {
        "RefusedWithoutTls",
        "ReadByTheDistributionsOfThisAccount",
        "ListedByTheDistributionsOfThisAccount",
    }
    read, listed = found["ReadByTheDistributionsOfThisAccount"], found["ListedByTheDistributionsOfThisAccount"]
    assert (read["Action"], read["Resource"]) == (["s3:GetObject"], [f"arn:aws:s3:::{NAME}/*"])
    assert (listed["Action"], listed["Resource"]) == (["s3:ListBucket"], [f"arn:aws:s3:::{NAME}"])
    for statement in (read, listed):
        assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert statement["Condition"] == DISTRIBUTIONS
    assert found["RefusedWithoutTls"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_storage_key_decrypts_for_the_same_distributions_and_for_no_more(dev: Recorded) -> None:
    found = by_sid(dev.named("encryption-storage", "aws:kms/key:Key")["policy"])
    read = found["ReadByTheDistributionsOfThisAccount"]
    assert read["Action"] == ["kms:Decrypt"]
    assert read["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert read["Condition"] == DISTRIBUTIONS
    others = [one for one in dev.of_type("aws:kms/key:Key") if one.name != "encryption-storage"]
    assert others
    assert not any("ReadByTheDistributionsOfThisAccount" in one["policy"] for one in others)


def test_it_is_encrypted_with_the_storage_key_private_and_versioned() -> None:
    run = made()
    (rule,) = run.named(
        "site-encryption", "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    )["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "arn:key"}
    assert rule["bucketKeyEnabled"] is True
    block = run.named("site-block", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
    switches = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert all(block[switch] is True for switch in switches)
    ownership = run.named("site-ownership", "aws:s3/bucketOwnershipControls:BucketOwnershipControls")
    assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    versioning = run.named("site-versioning", "aws:s3/bucketVersioning:BucketVersioning")
    assert versioning["versioningConfiguration"] == {"status": "Enabled"}


def test_a_release_can_be_taken_back_for_90_days() -> None:
    lifecycle = made().named("site-lifecycle", "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
    (rule,) = lifecycle["rules"]
    assert int(rule["noncurrentVersionExpiration"]["noncurrentDays"]) == 90
    assert not rule.get("expiration")
    assert any(urn.endswith("::site-versioning") for urn in lifecycle.dependencies)


def test_it_is_protected_where_the_stage_says_so() -> None:
    assert made(destroy_protection=True).named("site-bucket", "aws:s3/bucket:Bucket").protect
    assert not made().named("site-bucket", "aws:s3/bucket:Bucket").protect
