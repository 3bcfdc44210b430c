"""The provider functions (data sources) that the stand-in answers; every other one fails by name.

To add one, write a function from its arguments and the provider's configuration to its result, both with wire names,
and put it into `FUNCTIONS`.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.errors import SandboxError
from sandbox.launch import ROOT
from sandbox.provider import policy_document
from sandbox.provider.configuration import Configuration, partition_of
from sandbox.provider.zones import zone_id, zones
from sandbox.schema.values import Bag, Value, reveal, text

Function = Callable[[Bag, Configuration], Bag]
CONTRACTS = ROOT / "services" / "contract.fixture.json"  # stage -> its contract; `make generated` makes it
_CONTRACT = re.compile(r"/startup-platform/(?P<stage>[a-z]+)/contract/v\d+")
_AWS_LISTS = "com.amazonaws."  # AWS's own prefix lists, the only ones that exist without an account


def answer(token: str, arguments: Bag, configuration: Configuration) -> Bag:
    """Run a function for one provider instance.

    Raises:
        SandboxError: nobody has modelled the function, or AWS would refuse its arguments.
    """
    function = FUNCTIONS.get(token)
    if function is None:
        raise SandboxError(
            f"the sandbox does not model the function {token}: write it in sandbox/provider/invokes.py "
            "and add it to FUNCTIONS there"
        )
    return function({name: reveal(value) for name, value in arguments.items()}, configuration)


def _region(arguments: Bag, configuration: Configuration) -> str:
    return text(arguments, "region") or configuration.region


def _caller_identity(_: Bag, configuration: Configuration) -> Bag:
    account = configuration.account
    return {
        "accountId": account,
        "arn": f"arn:{configuration.partition}:sts::{account}:assumed-role/sandbox/sandbox",
        "id": account,
        "userId": "AROASANDBOXSANDBOXSAN:sandbox",
    }


def _get_region(arguments: Bag, configuration: Configuration) -> Bag:
    region = _region(arguments, configuration)
    return {
        "description": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
        "id": region,
        "name": region,
        "region": region,
    }


def _partition(_: Bag, configuration: Configuration) -> Bag:
    partition = configuration.partition
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    return {
        "dnsSuffix": suffix,
        "id": partition,
        "partition": partition,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def _availability_zones(arguments: Bag, configuration: Configuration) -> Bag:
    region = _region(arguments, configuration)
    left_out = {*_texts(arguments.get("excludeNames")), *_texts(arguments.get("excludeZoneIds"))}
    names = [zone for zone in zones(region) if not {zone, zone_id(zone)} & left_out]
    made: Bag = {
        "groupNames": [region],
        "id": region,
        "names": [*names],
        "region": region,
        "zoneIds": [zone_id(zone) for zone in names],
    }
    return {**arguments, **made}


def _availability_zone(arguments: Bag, configuration: Configuration) -> Bag:
    region = _region(arguments, configuration)
    wanted = text(arguments, "name") or text(arguments, "zoneId")
    zone = next((each for each in zones(region) if wanted in (each, zone_id(each))), None)
    if zone is None:
        raise SandboxError(f"getAvailabilityZone: {region} has no zone {wanted!r}; it has {', '.join(zones(region))}")
    return {
        "groupLongName": region,
        "groupName": region,
        "id": zone,
        "name": zone,
        "nameSuffix": zone.removeprefix(region),
        "networkBorderGroup": region,
        "optInStatus": "opt-in-not-required",
        "parentZoneId": "",
        "parentZoneName": "",
        "region": region,
        "state": "available",
        "zoneId": zone_id(zone),
        "zoneType": "availability-zone",
    }


def _managed_prefix_list(arguments: Bag, configuration: Configuration) -> Bag:
    region = _region(arguments, configuration)
    name = text(arguments, "name") or ""
    if not name.startswith(_AWS_LISTS):
        raise SandboxError(
            f"getManagedPrefixList: the sandbox knows AWS's own lists by name ({_AWS_LISTS}...), not {name!r}"
        )
    identifier = f"pl-{hashlib.sha256(f'{region}/{name}'.encode()).hexdigest()[:8]}"
    return {
        "addressFamily": "IPv4",
        "arn": f"arn:{partition_of(region)}:ec2:{region}:aws:prefix-list/{identifier}",
        "entries": [],
        "id": identifier,
        "maxEntries": 55,  # of CloudFront's origin-facing list: what it weighs in a security group's quota
        "name": name,
        "ownerId": "AWS",
        "region": region,
        "tags": {},
        "version": 1,
    }


def _parameter(arguments: Bag, configuration: Configuration) -> Bag:
    """The contract of a stage, as a service stack asks for it: out of the fixture, which says so itself.

    Raises:
        SandboxError: it is another parameter, or the fixture has no such stage, account or region.
    """
    name, region = text(arguments, "name") or "", _region(arguments, configuration)
    found = _CONTRACT.fullmatch(name)
    fixture: Mapping[str, Any] = json.loads(CONTRACTS.read_text(encoding="utf-8")) if CONTRACTS.exists() else {}
    contract: Mapping[str, Any] | None = fixture.get(found["stage"]) if found else None
    if contract is None or (contract["account_id"], contract["region"]) != (configuration.account, region):
        raise SandboxError(
            f"ParameterNotFound: there is no parameter {name!r} in account {configuration.account}, {region}: the "
            f"sandbox knows the contracts of {CONTRACTS.parent.name}/{CONTRACTS.name} only"
        )
    return {
        "arn": f"arn:{configuration.partition}:ssm:{region}:{configuration.account}:parameter{name}",
        "id": name,
        "insecureValue": "",
        "name": name,
        "region": region,
        "type": "String",
        "value": json.dumps({"fixture": f"{CONTRACTS.parent.name}/{CONTRACTS.name}", **contract}),
        "version": 1,
        "withDecryption": True,
    }


def _default_tags(_: Bag, configuration: Configuration) -> Bag:
    return {"id": configuration.partition, "tags": {**(configuration.default_tags or {})}}


def _policy_document(arguments: Bag, _: Configuration) -> Bag:
    return policy_document.render(arguments)


def _texts(value: Value) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


FUNCTIONS: Mapping[str, Function] = {
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": _managed_prefix_list,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "aws:index/getAvailabilityZone:getAvailabilityZone": _availability_zone,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getDefaultTags:getDefaultTags": _default_tags,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _get_region,
    "aws:ssm/getParameter:getParameter": _parameter,
}
