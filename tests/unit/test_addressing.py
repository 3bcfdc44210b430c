from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.foundation.addressing import ZONES, ZoneAddresses, cut
from components.settings import load
from tests.unit.conftest import ROOT, STAGES, stage_config

vpcs = st.integers(0, 2**16 - 1).map(lambda high: IPv4Network((high << 16, 16)))


def all_of(zones: tuple[ZoneAddresses, ...]) -> list[IPv4Network]:
    return [subnet for zone in zones for subnet in (zone.public, zone.private, zone.data)]


@given(vpcs)
def test_no_two_subnets_overlap_and_none_leaves_the_vpc(vpc: IPv4Network) -> None:
    subnets = all_of(cut(vpc))
    assert all(subnet.subnet_of(vpc) for subnet in subnets)
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))


@given(vpcs)
def test_each_of_three_zones_gets_a_public_20_a_private_18_and_a_data_22(vpc: IPv4Network) -> None:
    zones = cut(vpc)
    assert len(zones) == ZONES
    assert {(zone.public.prefixlen, zone.private.prefixlen, zone.data.prefixlen) for zone in zones} == {(20, 18, 22)}


@given(vpcs)
def test_what_stays_free_is_exactly_the_last_22(vpc: IPv4Network) -> None:
    used = sum(subnet.num_addresses for subnet in all_of(cut(vpc)))
    spare = IPv4Network((int(vpc.broadcast_address) - 2**10 + 1, 22))
    assert used + spare.num_addresses == vpc.num_addresses
    assert not any(subnet.overlaps(spare) for subnet in all_of(cut(vpc)))


@given(st.integers(0, 32).filter(lambda prefix: prefix != 16))
def test_any_other_size_is_refused(prefix: int) -> None:
    network = IPv4Network((int(IPv4Address("10.0.0.0")) if prefix > 7 else 0, prefix))
    with pytest.raises(ValueError, match="is not a /16"):
        cut(network)


def test_the_committed_stages_do_not_overlap() -> None:
    assert {path.name for path in ROOT.glob("Pulumi.*.yaml")} == {f"Pulumi.{stage}.yaml" for stage in STAGES}
    vpcs = [load(stage=stage, config=stage_config(stage)).network.cidr for stage in STAGES]
    assert not any(one.overlaps(other) for one, other in combinations(vpcs, 2))
