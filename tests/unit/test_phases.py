"""The phases as data: what the design gives, what is inherited, and that no two are the same by accident."""

from itertools import pairwise

import pytest
from pydantic import ValidationError

from components.phases import PHASES, PhaseName
from components.sizes import SERVERLESS, InstancesSize


def test_the_figures_are_those_of_the_design_and_the_rest_is_inherited_from_the_phase_before() -> None:
    assert {str(name): each.slo.availability_percent for name, each in PHASES.items()} == {
        "mvp": 99.9,  # the design begins with growth (REQ-N1)
        "growth": 99.9,
        "scaleup": 99.95,
        "global": 99.95,  # inherited
        "ipo": 99.99,
    }
    assert {str(name): each.slo.p95_ms for name, each in PHASES.items()} == {
        "mvp": 300,
        "growth": 200,
        "scaleup": 150,
        "global": 150,  # inherited (REQ-N2 ends with scale-up)
        "ipo": 150,  # inherited
    }
    assert {str(name): each.budget.total for name, each in PHASES.items()} == {
        "mvp": 50,
        "growth": 245,
        "scaleup": 710,
        "global": 1050,
        "ipo": 1050,  # inherited (REQ-F1 ends with global)
    }


def test_no_two_phases_are_the_same() -> None:
    for before, after in pairwise(PHASES.values()):
        assert before != after
        assert (before.sizes, before.regions) != (after.sizes, after.regions)


def test_mvp_has_one_nat_gateway_no_interface_endpoint_and_a_serverless_database() -> None:
    sizes = PHASES[PhaseName.MVP].sizes
    assert (sizes.network.nat_gateways, sizes.network.interface_endpoints) == (1, frozenset())
    assert sizes.database.instance_class == SERVERLESS
    assert sizes.database.acu_min == 0.5
    assert sizes.instances
    assert sizes.edge.cluster_weight == 0


def test_from_growth_on_each_zone_has_its_nat_gateway_and_the_database_is_provisioned() -> None:
    for name in list(PhaseName)[1:]:
        assert PHASES[name].sizes.network.nat_gateways == 3  # REQ-E4
        assert PHASES[name].sizes.database.instance_class.startswith("db.r")
        assert PHASES[name].sizes.database.proxy


def test_from_scale_up_on_the_cluster_answers_everything() -> None:
    for name in list(PhaseName)[2:]:
        assert PHASES[name].sizes.instances is None  # REQ-P2
        assert PHASES[name].sizes.edge.cluster_weight == 100


def test_the_second_region_comes_with_global() -> None:
    assert {str(name): each.regions for name, each in PHASES.items()} == {
        "mvp": 1,
        "growth": 1,
        "scaleup": 1,
        "global": 2,
        "ipo": 2,
    }


def test_nothing_is_kept_shorter_in_a_later_phase() -> None:
    for before, after in pairwise(each.sizes for each in PHASES.values()):
        assert before.network.flow_log_retention_days <= after.network.flow_log_retention_days
        assert before.edge.access_log_retention_days <= after.edge.access_log_retention_days
        assert before.database.backup_retention_days <= after.database.backup_retention_days
        assert before.cache.snapshot_retention_days <= after.cache.snapshot_retention_days
        assert before.messaging.archive_days <= after.messaging.archive_days
        assert 90 <= before.audit.trail_days <= after.audit.trail_days
        if before.config and after.config:
            assert before.config.history_days <= after.config.history_days


def test_only_graviton_types_are_taken() -> None:
    with pytest.raises(ValidationError, match="instance_type"):
        InstancesSize(instance_type="m7i.large", at_least=1, at_most=2)
