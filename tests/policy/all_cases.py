"""Every case, in the order of the catalogue's topics."""

from tests.policy import (
    cases_at_rest,
    cases_cluster,
    cases_encryption,
    cases_entrances,
    cases_iam,
    cases_iam_callers,
    cases_iam_limits,
    cases_iam_reach,
    cases_key_users,
    cases_kubernetes,
    cases_manifests,
    cases_network,
    cases_nodes,
    cases_operations,
    cases_public,
    cases_recovery,
    cases_tagging,
)
from tests.policy.case import Case

CASES: list[Case] = [
    *cases_tagging.CASES,
    *cases_encryption.CASES,
    *cases_at_rest.CASES,
    *cases_network.CASES,
    *cases_public.CASES,
    *cases_operations.CASES,
    *cases_recovery.CASES,
    *cases_key_users.CASES,
    *cases_entrances.CASES,
    *cases_iam.CASES,
    *cases_iam_reach.CASES,
    *cases_iam_callers.CASES,
    *cases_iam_limits.CASES,
    *cases_kubernetes.CASES,
    *cases_cluster.CASES,
    *cases_manifests.CASES,
    *cases_nodes.CASES,
]
