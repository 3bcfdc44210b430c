"""What a firewall may show of a request, in its logs and in its samples (REQ-N3). Pure."""

import pulumi_aws as aws

from components.edge import origin


def of_secret_headers() -> aws.wafv2.WebAclDataProtectionConfigArgs:
    """Headers that say who somebody is are replaced before anything is written down; rules still see them."""
    return aws.wafv2.WebAclDataProtectionConfigArgs(
        data_protections=[
            aws.wafv2.WebAclDataProtectionConfigDataProtectionArgs(
                action="SUBSTITUTION",
                field=aws.wafv2.WebAclDataProtectionConfigDataProtectionFieldArgs(
                    field_type="SINGLE_HEADER", field_keys=list(origin.SECRET_HEADERS)
                ),
            )
        ]
    )
