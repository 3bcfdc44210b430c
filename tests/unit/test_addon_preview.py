"""A preview looks and asks; what it asks for is all that it may, and nothing of it happens."""

import re

import pytest

from components.phases import PhaseName
from k8s.addons import preview
from tests.unit import addons
from tests.unit.recording import Recorded

ADMISSION = "kubernetes:admissionregistration.k8s.io/v1"
RBAC = "kubernetes:rbac.authorization.k8s.io/v1"
# Of these the API server asks no admission policy, so a right to write them would be a right to write.
NEVER_JUDGED = {"admissionregistration.k8s.io", "authentication.k8s.io", "authorization.k8s.io"}
HERE = {f"{ADMISSION}:ValidatingAdmissionPolicy", f"{ADMISSION}:ValidatingAdmissionPolicyBinding"} | {
    f"{RBAC}:ClusterRole",
    f"{RBAC}:ClusterRoleBinding",
}


@pytest.fixture(scope="module")
def run() -> Recorded:
    return addons.add_ons()


def plural(kind: str) -> str:
    name = re.sub(r"(?<=[^aeiou])y$", "ie", kind.lower())
    return f"{name}es" if name.endswith("s") else f"{name}s"


def test_it_may_ask_about_what_pulumi_applies_in_any_phase_and_about_nothing_else() -> None:
    applied: set[tuple[str, str]] = set()
    for phase in (PhaseName.GROWTH, PhaseName.SCALEUP, PhaseName.IPO):
        for one in addons.add_ons(phase).registrations:
            if one.type.startswith("kubernetes:") and one.type != addons.RELEASE and one.type not in HERE:
                _, version, kind = one.type.split(":")
                group = version.rpartition("/")[0].removeprefix("core")
                applied.add((group, plural(kind)))
    asked = {(group, kind) for group, kinds in preview.APPLIED.items() for kind in kinds}
    assert asked == applied


def test_it_writes_nothing_that_no_policy_would_judge_and_reads_no_secret(run: Recorded) -> None:
    rules = run.named("add-ons-preview-role", f"{RBAC}:ClusterRole")["rules"]
    for rule in rules:
        writes = set(rule["verbs"]) - {"get", "list", "watch"}
        assert writes <= {"create", "patch"}
        if writes:
            assert not NEVER_JUDGED & set(rule["apiGroups"])
            assert "rbac.authorization.k8s.io" not in rule["apiGroups"]
        assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
        assert not {"secrets", "pods/exec", "pods/portforward"} & set(rule["resources"])


def test_every_write_of_the_group_is_judged_and_only_a_dry_run_passes(run: Recorded) -> None:
    spec = run.named("add-ons-preview-policy", f"{ADMISSION}:ValidatingAdmissionPolicy")["spec"]
    assert spec["failurePolicy"] == "Fail"
    (rule,) = spec["matchConstraints"]["resourceRules"]
    assert rule["operations"] == ["CREATE", "UPDATE", "DELETE", "CONNECT"]
    assert (rule["apiGroups"], rule["apiVersions"], rule["resources"], rule["scope"]) == (["*"], ["*"], ["*/*"], "*")
    assert [one["expression"] for one in spec["matchConditions"]] == [
        "'startup-platform:preview' in request.userInfo.groups"
    ]
    assert [one["expression"] for one in spec["validations"]] == ["has(request.dryRun) && request.dryRun"]
    binding = run.named("add-ons-preview-in-force", f"{ADMISSION}:ValidatingAdmissionPolicyBinding")["spec"]
    assert binding == {"policyName": preview.NAME, "validationActions": ["Deny"]}


def test_the_rights_come_after_the_policy_is_in_force_and_go_before_it(run: Recorded) -> None:
    first = addons.before(run, "add-ons-preview-rights")
    assert {"add-ons-preview-policy", "add-ons-preview-in-force", "add-ons-preview-role"} <= first
    rights = run.named("add-ons-preview-rights", f"{RBAC}:ClusterRoleBinding")
    assert rights["subjects"] == [
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "startup-platform:preview"}
    ]
