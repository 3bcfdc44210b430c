"""Where a type that makes EBS volumes says how they are encrypted."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from policy.view import UNKNOWN, Node, Resource

VOLUMES = (
    "aws:ebs/volume:Volume",
    "aws:ebs/snapshotCopy:SnapshotCopy",
    "aws:ec2/amiCopy:AmiCopy",
    "aws:ebs/snapshotImport:SnapshotImport",
)
INSTANCES = ("aws:ec2/instance:Instance", "aws:ec2/spotInstanceRequest:SpotInstanceRequest")
LAUNCH_CONFIGURATIONS = ("aws:ec2/launchConfiguration:LaunchConfiguration",)
TASKS = ("aws:ecs/service:Service",)
LAUNCH_TEMPLATES = ("aws:ec2/launchTemplate:LaunchTemplate",)

# Per type, the places that hold a disk or a list of disks; the empty place is the resource itself.
PLACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(VOLUMES, ("",)),
        **dict.fromkeys([*INSTANCES, *LAUNCH_CONFIGURATIONS], ("rootBlockDevice", "ebsBlockDevices")),
        **dict.fromkeys(TASKS, ("volumeConfiguration.managedEbsVolume",)),
        **dict.fromkeys(LAUNCH_TEMPLATES, ("blockDeviceMappings",)),
    }
)


def disks(resource: Resource, place: str) -> list[Node]:
    """The disks at a place: each an object with `encrypted` and `kmsKeyId`.

    A mapping that only names an instance store or takes a device away makes no disk.

    Raises:
        CannotJudgeError: how many there are is unknown.
    """
    found = [device for device in resource.elements(place) if not _is_no_disk(device)]
    return [device.at("ebs") for device in found] if resource.type in LAUNCH_TEMPLATES else found


def _is_no_disk(device: Node) -> bool:
    return device.value is not UNKNOWN and (device.has("noDevice") or device.has("virtualName"))


def leaves_root_to_the_image(resource: Resource, place: str) -> bool:
    """Whether nothing but the machine image says how the root disk is encrypted, judged at the place for root disks.

    Raises:
        CannotJudgeError: the list of disks is unknown.
    """
    if resource.type in LAUNCH_TEMPLATES:
        return not resource.elements(place)
    return place == "rootBlockDevice" and not (resource.has(place) or resource.has("launchTemplate"))
