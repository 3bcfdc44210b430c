"""How every machine of ours is launched: IMDSv2, an encrypted disk, tags. Functions that tiers share."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

ROOT_DEVICE = "/dev/xvda"  # of Amazon Linux
TAGGED = ("instance", "volume", "network-interface")


def by_session_tokens(*, hops: int) -> aws.ec2.LaunchTemplateMetadataOptionsArgs:
    """IMDSv2 only; `hops` is how far its answer travels: 1 to the machine itself, 2 to a container on it."""
    return aws.ec2.LaunchTemplateMetadataOptionsArgs(
        http_endpoint="enabled",
        http_tokens="required",
        http_put_response_hop_limit=hops,
        instance_metadata_tags="disabled",
    )


def encrypted_root(*, gib: int, key_arn: pulumi.Input[str]) -> aws.ec2.LaunchTemplateBlockDeviceMappingArgs:
    """A disk that goes with its machine."""
    return aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
        device_name=ROOT_DEVICE,
        ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
            volume_type="gp3",
            volume_size=gib,
            encrypted="true",
            kms_key_id=key_arn,
            delete_on_termination="true",
        ),
    )


def tagged(tags: Mapping[str, str]) -> Sequence[aws.ec2.LaunchTemplateTagSpecificationArgs]:
    """Tags on what is launched, which a provider's default tags do not reach."""
    return [aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags) for kind in TAGGED]
