"""What AWS lets a new account have, against what a stage needs: data. Pure.

Codes: `aws service-quotas list-service-quotas --service-code ...`, and
https://docs.aws.amazon.com/general/latest/gr/ec2-service.html, .../vpc-service.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from components.phases import Phase


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One limit of one region, and what the stage takes of it."""

    service: str
    code: str
    name: str
    needed: int


def needed(phase: Phase) -> Iterator[Quota]:
    """What a region of the phase takes; the rest of the account is not counted, so more is better."""
    sizes = phase.sizes
    yield Quota(service="vpc", code="L-F678F1CE", name="VPCs", needed=2)  # ours, and the default one
    yield Quota(service="ec2", code="L-0263D0A3", name="Elastic IP addresses", needed=sizes.network.nat_gateways)
    vcpus = sizes.add_ons.node_vcpus if sizes.add_ons else 0
    if vcpus:
        yield Quota(service="ec2", code="L-1216C47A", name="vCPUs of on-demand standard instances", needed=vcpus)
        yield Quota(service="ec2", code="L-34B43A08", name="vCPUs of spot standard instances", needed=vcpus)
    accelerated = sizes.add_ons.inference_vcpus if sizes.add_ons else 0
    if accelerated:
        # Zero in a new account, and raised by a person of AWS's: days, so ask first.
        yield Quota(service="ec2", code="L-DB2E81BA", name="vCPUs of on-demand G instances", needed=accelerated)
        yield Quota(service="ec2", code="L-3819A6DF", name="vCPUs of spot G instances", needed=accelerated)
