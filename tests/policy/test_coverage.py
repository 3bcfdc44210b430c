"""policy/COVERAGE.md is what the rules were seen to ask for, and no type of the platform is left without a word."""

import pytest

from tests.policy.observation import ITSELF, Asked, observed
from tests.policy.server import PACK
from tools.coverage_md import REASONS, coverage_md, problems, used_types

BUCKET = "aws:s3/bucket:Bucket"


@pytest.fixture(scope="module")
def used() -> frozenset[str]:
    return used_types()


def test_the_page_is_fresh(used: frozenset[str]) -> None:
    page = coverage_md(used, observed(), REASONS)
    assert (PACK / "COVERAGE.md").read_text(encoding="utf-8") == page, "renew it: make generated"


def test_every_type_of_the_platform_has_a_rule_or_a_reason(used: frozenset[str]) -> None:
    assert problems(used, observed(), REASONS) == []


def test_what_is_known_of_some_rules_was_seen() -> None:
    asked = observed()
    assert "BKP-007" in asked[BUCKET, "forceDestroy"]
    assert "BKP-003" in asked["aws:s3/bucketVersioning:BucketVersioning", "versioningConfiguration.status"]
    assert "NET-001" in asked["aws:ec2/securityGroup:SecurityGroup", "ingress[].cidrBlocks"]
    assert "NET-009" in asked["aws:ec2/keyPair:KeyPair", ITSELF]
    assert (BUCKET, "serverSideEncryptionConfiguration") not in asked  # only on the way


def test_a_type_without_rule_or_reason_and_a_stale_reason_are_told() -> None:
    asked: Asked = {("guarded", "a"): frozenset({"NET-001"})}
    reasons = {"guarded": "", "gone": ""}
    assert problems(frozenset({"guarded", "new"}), asked, reasons) == [
        "new has no rule: write one, or say why in REASONS",
        "REASONS has gone, which the platform does not use",
        "REASONS has guarded, which a rule guards",
    ]
