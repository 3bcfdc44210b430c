"""External Secrets: two prefixes of the stage, for those who may have them."""

import pytest

from tests.unit import addons
from tests.unit.addons import HERE, RELEASE
from tests.unit.recording import Recorded


@pytest.fixture(scope="module")
def run() -> Recorded:
    return addons.add_ons()


def test_it_reads_two_prefixes_of_the_stage_and_decrypts_through_secrets_manager(run: Recorded) -> None:
    found = addons.allowed(run, "secrets")
    assert set(found) == {"ReadSecretsOfServicesAndAddOnsOfThisStage", "DecryptThemThroughSecretsManager"}
    read, decrypt = found["ReadSecretsOfServicesAndAddOnsOfThisStage"], found["DecryptThemThroughSecretsManager"]
    assert read["Action"] == ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    assert read["Resource"] == [
        f"arn:aws:secretsmanager:{HERE}:secret:/startup-platform/dev/platform/*",
        f"arn:aws:secretsmanager:{HERE}:secret:/startup-platform/dev/services/*",
    ]
    assert (decrypt["Action"], decrypt["Resource"]) == (["kms:Decrypt"], [f"arn:aws:kms:{HERE}:key/*"])
    assert decrypt["Condition"] == {
        "StringEquals": {"kms:ViaService": "secretsmanager.ap-northeast-2.amazonaws.com"},
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/startup-platform-dev-secrets"},
    }


def test_the_databases_master_secret_is_under_no_prefix_that_it_reads(run: Recorded, dev: Recorded) -> None:
    read = addons.allowed(run, "secrets")["ReadSecretsOfServicesAndAddOnsOfThisStage"]["Resource"]
    prefixes = [arn.split(":secret:")[1].removesuffix("*") for arn in read]
    for secret in dev.of_type("aws:secretsmanager/secret:Secret"):
        name = secret.get("name") or secret["namePrefix"]
        assert not name.startswith(tuple(prefixes)), name


def test_a_store_is_of_a_prefix_and_for_named_namespaces(run: Recorded) -> None:
    stores = {one["metadata"]["name"]: one["spec"] for one in addons.custom(run, "ClusterSecretStore")}
    assert {name: one["provider"]["aws"] for name, one in stores.items()} == {
        name: {
            "service": "SecretsManager",
            "region": "ap-northeast-2",
            "prefix": f"/startup-platform/dev/{name}/",
        }
        for name in ("services", "platform")
    }
    assert stores["services"]["conditions"] == [{"namespaceSelector": {"matchLabels": {"holds": "services"}}}]
    assert stores["platform"]["conditions"] == [{"namespaces": ["argocd", "telemetry"]}]


def test_it_writes_nothing_to_secrets_manager_and_mints_no_tokens(run: Recorded) -> None:
    values = run.named("add-ons-secrets-controller", RELEASE)["values"]
    assert (values["processPushSecret"], values["processClusterPushSecret"]) == (False, False)
    assert values["rbac"]["serviceAccountTokenCreate"] is False
    assert values["serviceAccount"]["name"] == "external-secrets"
