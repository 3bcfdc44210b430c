"""Accounts, units and policies of the organisation, who reaches them, and what each has."""

from collections.abc import Mapping

from sandbox.provider.identity import Identity, Row, arn, bare_arn, global_arn
from sandbox.schema.values import Bag, text

_ORGANIZATION = "o-{lower10}"
_AGGREGATOR = arn("securityhub", "finding-aggregator/{uuid}")


def _below(form: str) -> str:
    """The ARN of something in the organisation, whose id only the organisation itself knows."""
    return global_arn("organizations", f"{form}/" + _ORGANIZATION)


def _policy(inputs: Bag) -> Identity:
    kind = (text(inputs, "type") or "SERVICE_CONTROL_POLICY").lower()
    return Identity(
        id="p-{lower10}", arn=global_arn("organizations", f"policy/{_ORGANIZATION}/{kind}/{{id}}"), outputs={}
    )


def _contact(inputs: Bag) -> Identity:
    """Of another account than the provider's own, its number comes first."""
    of = "{accountId}/" if text(inputs, "accountId") else ""
    return Identity(id=of + "{alternateContactType}")


def _permission_set(inputs: Bag) -> Identity:
    instance = (text(inputs, "instanceArn") or "").rpartition("/")[2]
    form = bare_arn("sso", f"permissionSet/{instance}/ps-{{hex16}}")
    return Identity(id=f"{form},{{instanceArn}}", arn=form, outputs={"createdDate": "2026-01-01T00:00:00Z"})


def _managed_policy(inputs: Bag) -> Identity:
    """AWS's name of the policy is the end of its ARN."""
    name = (text(inputs, "managedPolicyArn") or "").rpartition("/")[2]
    return Identity(id="{managedPolicyArn},{permissionSetArn},{instanceArn}", outputs={"managedPolicyName": name})


ROWS: Mapping[str, Row] = {
    "aws:organizations/account:Account": Identity(
        id="{digits12}",
        arn=_below("account") + "/{id}",
        outputs={"status": "ACTIVE", "state": "ACTIVE", "joinedMethod": "CREATED"},
    ),
    "aws:organizations/organization:Organization": Identity(
        id=_ORGANIZATION,
        arn=global_arn("organizations", "organization/{id}"),
        outputs={
            "masterAccountId": "{account}",
            "masterAccountArn": global_arn("organizations", "account/{id}/{account}"),
            "roots": [
                {
                    "id": "r-{lower4}",
                    "arn": global_arn("organizations", "root/{id}/r-{lower4}"),
                    "name": "Root",
                    "policyTypes": [],
                }
            ],
        },
    ),
    "aws:organizations/organizationalUnit:OrganizationalUnit": Identity(
        id="ou-{lower4}-{lower8}", arn=_below("ou") + "/{id}", outputs={"accounts": []}
    ),
    "aws:organizations/policy:Policy": _policy,
    "aws:organizations/policyAttachment:PolicyAttachment": Identity(id="{targetId}:{policyId}"),
    "aws:ssoadmin/accountAssignment:AccountAssignment": Identity(
        id="{principalId},{principalType},{targetId},{targetType},{permissionSetArn},{instanceArn}"
    ),
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": _managed_policy,
    "aws:ssoadmin/permissionSet:PermissionSet": _permission_set,
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": Identity(id="{permissionSetArn},{instanceArn}"),
    "aws:ssoadmin/permissionsBoundaryAttachment:PermissionsBoundaryAttachment": Identity(
        id="{permissionSetArn},{instanceArn}"
    ),
    "aws:account/alternativeContact:AlternativeContact": _contact,
    "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess": Identity(id="{region}"),
    "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess": Identity(id="{region}"),
    "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults": Identity(id="{account}"),
    "aws:iam/accountPasswordPolicy:AccountPasswordPolicy": Identity(
        id="iam-account-password-policy", outputs={"expirePasswords": True}
    ),
    "aws:cloudtrail/organizationDelegatedAdminAccount:OrganizationDelegatedAdminAccount": Identity(
        id="{accountId}",
        arn=_below("account") + "/{accountId}",
        outputs={"servicePrincipal": "cloudtrail.amazonaws.com"},
    ),
    "aws:accessanalyzer/analyzer:Analyzer": Identity(
        id="{analyzerName}", arn=arn("access-analyzer", "analyzer/{analyzerName}")
    ),
    "aws:cfg/configurationAggregator:ConfigurationAggregator": Identity(
        id="{name}", arn=arn("config", "config-aggregator/config-aggregator-{lower8}")
    ),
    "aws:securityhub/findingAggregator:FindingAggregator": Identity(id=_AGGREGATOR, arn=_AGGREGATOR),
    "aws:guardduty/organizationAdminAccount:OrganizationAdminAccount": Identity(id="{adminAccountId}"),
    "aws:guardduty/organizationConfiguration:OrganizationConfiguration": Identity(id="{detectorId}"),
    "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature": Identity(
        id="{detectorId}/{name}"
    ),
    "aws:inspector2/delegatedAdminAccount:DelegatedAdminAccount": Identity(
        id="{accountId}", outputs={"relationshipStatus": "ENABLED"}
    ),
    "aws:inspector2/organizationConfiguration:OrganizationConfiguration": Identity(
        id="{account}", outputs={"maxAccountLimitReached": False}
    ),
    "aws:organizations/delegatedAdministrator:DelegatedAdministrator": Identity(
        id="{accountId}/{servicePrincipal}",
        arn=_below("account") + "/{accountId}",
        outputs={"status": "ACTIVE", "joinedMethod": "CREATED"},
    ),
    "aws:securityhub/organizationAdminAccount:OrganizationAdminAccount": Identity(id="{adminAccountId}"),
    "aws:securityhub/organizationConfiguration:OrganizationConfiguration": Identity(id="{account}"),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": Identity(id="{bucket}"),
    "aws:iam/organizationsFeatures:OrganizationsFeatures": Identity(id=_ORGANIZATION),
}
