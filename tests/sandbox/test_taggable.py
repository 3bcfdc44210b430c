"""Which types take tags, and that the policies' list of them is what the installed SDK says."""

import json
from pathlib import Path

from sandbox.schema.sdk import Sdk
from sandbox.schema.taggable import report, taggable

KEPT = Path(__file__).resolve().parents[2] / "policy" / "data" / "taggable.json"


def test_the_list_that_the_policies_use_is_fresh(sdk: Sdk) -> None:
    assert json.loads(KEPT.read_text()) == report(sdk), (
        "renew it: python -m sandbox.schema.taggable > policy/data/taggable.json"
    )


def test_the_types_that_take_tags_are_found(sdk: Sdk) -> None:
    types = set(taggable(sdk))
    assert {"aws:s3/bucket:Bucket", "aws:ec2/subnet:Subnet", "aws:autoscaling/group:Group"} <= types
    assert not {"aws:s3/bucketVersioning:BucketVersioning", "aws:iam/rolePolicy:RolePolicy"} & types
