import json

from components.foundation.registry import Registry, RegistryArgs, lifecycle
from components.naming import Scope
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="stg", account_id="444455556666", region="ap-northeast-2")
REPOSITORY = "aws:ecr/repository:Repository"


def registry(*, destroy_protection: bool = True) -> Recorded:
    args = RegistryArgs(
        scope=SCOPE,
        repositories=["api", "feed"],
        key_arn="arn:key",
        scans_on=False,
        destroy_protection=destroy_protection,
    )
    return record(lambda: Registry("registry", args), stack="stg")


def test_an_image_is_encrypted_scanned_on_arrival_and_never_replaced_under_its_tag() -> None:
    found = registry().of_type(REPOSITORY)
    assert {one["name"] for one in found} == {"startup-platform/stg/api", "startup-platform/stg/feed"}
    for one in found:
        assert one["imageTagMutability"] == "IMMUTABLE"
        assert one["imageScanningConfiguration"] == {"scanOnPush": True}
        assert one["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": "arn:key"}]
        assert one.get("forceDelete") is None


def test_repositories_are_protected_where_the_stage_wants_it() -> None:
    assert all(one.protect for one in registry().of_type(REPOSITORY))
    assert not any(one.protect for one in registry(destroy_protection=False).of_type(REPOSITORY))


def test_leftovers_go_after_a_week_and_the_newest_hundred_images_stay() -> None:
    leftovers, releases = json.loads(lifecycle())["rules"]
    assert leftovers["selection"] == {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": 7,
    }
    # ECR takes `any` in the rule of the highest priority number only.
    assert releases["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 100}
    assert releases["rulePriority"] > leftovers["rulePriority"]
    policies = registry().of_type("aws:ecr/lifecyclePolicy:LifecyclePolicy")
    assert [one["policy"] for one in policies] == [lifecycle()] * 2
