"""Who may do what: IAM, KMS, secrets and parameters."""

from collections.abc import Mapping

from sandbox.provider.identity import Identity, Row, arn, global_arn
from sandbox.schema.values import Bag, text

_SINCE = "20260101000000"  # Terraform puts a time into the ids that it makes up itself


def _key(inputs: Bag) -> Identity:
    """A multi-Region key says so in its id, and keeps it in every region."""
    form = "mrk-{hex32}" if inputs.get("multiRegion") is True else "{uuid}"
    return Identity(id=form, arn=arn("kms", "key/{id}"), outputs={"keyId": "{id}"})


def _replica_key(inputs: Bag) -> Identity:
    primary = (text(inputs, "primaryKeyArn") or "").rpartition("/")[2]
    return Identity(
        id=primary,
        arn=arn("kms", "key/{id}"),
        outputs={"keyId": "{id}", "keySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT"},
    )


def _alias(inputs: Bag) -> Identity:
    target = text(inputs, "targetKeyId") or ""
    target_arn = target if target.startswith("arn:") else arn("kms", f"key/{target}")
    return Identity(id="{name}", arn=arn("kms", "{name}"), outputs={"targetKeyArn": target_arn})


def _oidc_provider(inputs: Bag) -> Identity:
    host = (text(inputs, "url") or "").removeprefix("https://").rstrip("/")
    form = global_arn("iam", f"oidc-provider/{host}")
    return Identity(id=form, arn=form, outputs={"thumbprintLists": ["{hex40}"]})


def _parameter(inputs: Bag) -> Identity:
    """The slash between `parameter` and a name appears once, whether or not the name begins with one."""
    separator = "" if (text(inputs, "name") or "").startswith("/") else "/"
    return Identity(id="{name}", arn=arn("ssm", f"parameter{separator}{{name}}"), outputs={"version": 1})


_POLICY = global_arn("iam", "policy{path|/}{name}")
_SECRET = arn("secretsmanager", "secret:{name}-{alnum6}")

ROWS: Mapping[str, Row] = {
    "aws:iam/accessKey:AccessKey": Identity(
        id="AKIA{upper16}", outputs={"secret": "{alnum40}", "createDate": "2026-01-01T00:00:00Z"}
    ),
    "aws:iam/group:Group": Identity(
        id="{name}", arn=global_arn("iam", "group{path|/}{name}"), outputs={"uniqueId": "AGPA{upper17}"}
    ),
    "aws:iam/groupPolicy:GroupPolicy": Identity(id="{group}:{name}"),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": Identity(id=f"{{group}}-{_SINCE}{{digits12}}"),
    "aws:iam/instanceProfile:InstanceProfile": Identity(
        id="{name}", arn=global_arn("iam", "instance-profile{path|/}{name}"), outputs={"uniqueId": "AIPA{upper17}"}
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _oidc_provider,
    "aws:iam/policy:Policy": Identity(
        id=_POLICY, arn=_POLICY, outputs={"policyId": "ANPA{upper17}", "attachmentCount": 0}
    ),
    "aws:iam/role:Role": Identity(
        id="{name}", arn=global_arn("iam", "role{path|/}{name}"), outputs={"uniqueId": "AROA{upper17}"}
    ),
    "aws:iam/rolePolicy:RolePolicy": Identity(id="{role}:{name}"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Identity(id=f"{{role}}-{_SINCE}{{digits12}}"),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": Identity(
        id=global_arn("iam", "role/aws-service-role/{awsServiceName}/{name|AWSServiceRole}"),
        arn=global_arn("iam", "role/aws-service-role/{awsServiceName}/{name|AWSServiceRole}"),
        outputs={"uniqueId": "AROA{upper17}"},
    ),
    "aws:iam/user:User": Identity(
        id="{name}", arn=global_arn("iam", "user{path|/}{name}"), outputs={"uniqueId": "AIDA{upper17}"}
    ),
    "aws:iam/userPolicy:UserPolicy": Identity(id="{user}:{name}"),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": Identity(id=f"{{user}}-{_SINCE}{{digits12}}"),
    "aws:kms/alias:Alias": _alias,
    "aws:kms/grant:Grant": Identity(id="{keyId}:{hex64}", outputs={"grantId": "{hex64}"}),
    "aws:kms/key:Key": _key,
    "aws:kms/keyPolicy:KeyPolicy": Identity(id="{keyId}"),
    "aws:kms/replicaKey:ReplicaKey": _replica_key,
    "aws:secretsmanager/secret:Secret": Identity(id=_SECRET, arn=_SECRET),
    "aws:secretsmanager/secretPolicy:SecretPolicy": Identity(id="{secretArn}"),
    "aws:secretsmanager/secretRotation:SecretRotation": Identity(id="{secretId}"),
    "aws:secretsmanager/secretVersion:SecretVersion": Identity(
        id="{secretId}|{uuid}", arn="{secretId}", outputs={"versionId": "{uuid}", "versionStages": ["AWSCURRENT"]}
    ),
    "aws:ssm/document:Document": Identity(id="{name}", arn=arn("ssm", "document/{name}")),
    "aws:ssm/parameter:Parameter": _parameter,
}
