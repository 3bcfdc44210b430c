"""IAM, KMS, secrets, parameters, sign-in."""

import json
import uuid
from collections.abc import Mapping

from sandbox.mirror.filler import PLACEHOLDER, Filler, Made, its, its_id


def _role(made: Made) -> None:
    made.client("iam").create_role(
        RoleName=made["name"],
        AssumeRolePolicyDocument=made["assumeRolePolicy"],
        Tags=made.tag_list,
        **made.only(Path="path", Description="description", PermissionsBoundary="permissionsBoundary"),
    )


def _role_policy(made: Made) -> None:
    made.client("iam").put_role_policy(RoleName=made["role"], PolicyName=made["name"], PolicyDocument=made["policy"])


def _attachment(made: Made) -> None:
    made.client("iam").attach_role_policy(RoleName=made["role"], PolicyArn=made["policyArn"])


def _policy(made: Made) -> None:
    made.client("iam").create_policy(
        PolicyName=made["name"], PolicyDocument=made["policy"], Tags=made.tag_list, **made.only(Path="path")
    )


def _instance_profile(made: Made) -> None:
    iam = made.client("iam")
    iam.create_instance_profile(InstanceProfileName=made["name"], Tags=made.tag_list, **made.only(Path="path"))
    if made["role"]:
        iam.add_role_to_instance_profile(InstanceProfileName=made["name"], RoleName=made["role"])


def _dashed(key: str) -> str:
    """AWS writes the id of a multi-Region key without dashes, moto takes none but those with."""
    digits = key.removeprefix("mrk-")
    return f"mrk-{uuid.UUID(digits)}" if digits != key and "-" not in digits else key


def _dashed_id(made: Made) -> str:
    return _dashed(made.id)


def _key(made: Made) -> None:
    kms = made.client("kms")
    kms.create_key(
        MultiRegion=bool(made["multiRegion"]),
        Tags=[{"TagKey": key, "TagValue": value} for key, value in made.tags.items()],
        **made.only(Policy="policy", Description="description", KeyUsage="keyUsage"),
    )
    if made["enableKeyRotation"]:
        kms.enable_key_rotation(KeyId=_dashed(made.id))


def _alias(made: Made) -> None:
    made.client("kms").create_alias(AliasName=made["name"], TargetKeyId=_dashed(made["targetKeyId"].rpartition("/")[2]))


def _secret(made: Made) -> None:
    secrets = made.client("secretsmanager")
    secrets.create_secret(
        Name=made["name"],
        SecretString=json.dumps({"password": PLACEHOLDER}),
        Tags=made.tag_list,
        **made.only(Description="description", KmsKeyId="kmsKeyId"),
    )


def _parameter(made: Made) -> None:
    """A text is told, a secret is not."""
    value = made["value"] if made["type"] != "SecureString" else PLACEHOLDER
    made.client("ssm").put_parameter(
        Name=made["name"],
        Type=made["type"],
        Value=value or made["insecureValue"] or PLACEHOLDER,
        Tags=made.tag_list,
        **made.only(Description="description", KeyId="keyId", Tier="tier"),
    )


def _user_pool(made: Made) -> None:
    made.client("cognito-idp").create_user_pool(
        PoolName=made["name"],
        UserPoolTags=made.tags,
        **made.only(
            MfaConfiguration="mfaConfiguration",
            DeletionProtection="deletionProtection",
            UsernameAttributes="usernameAttributes",
            AutoVerifiedAttributes="autoVerifiedAttributes",
        ),
    )


def _user_pool_client(made: Made) -> None:
    made.client("cognito-idp").create_user_pool_client(
        UserPoolId=made["userPoolId"],
        ClientName=made["name"],
        **made.only(CallbackURLs="callbackUrls", LogoutURLs="logoutUrls", ExplicitAuthFlows="explicitAuthFlows"),
    )


def _without_region(made: Made) -> str:
    return made.id.partition("_")[2]


ROWS: Mapping[str, Filler] = {
    "aws:cognito/userPool:UserPool": Filler(
        fill=_user_pool, ids={"moto.cognitoidp.models.generate_id": _without_region}
    ),
    "aws:cognito/userPoolClient:UserPoolClient": Filler(
        fill=_user_pool_client, ids={"moto.cognitoidp.models.generate_id": its_id}
    ),
    "aws:iam/instanceProfile:InstanceProfile": Filler(
        fill=_instance_profile, ids={"moto.iam.models.random_resource_id": its("uniqueId")}
    ),
    "aws:iam/policy:Policy": Filler(fill=_policy, ids={"moto.iam.models.random_policy_id": its("policyId")}),
    "aws:iam/role:Role": Filler(fill=_role, ids={"moto.iam.models.random_role_id": its("uniqueId")}),
    "aws:iam/rolePolicy:RolePolicy": Filler(fill=_role_policy),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Filler(fill=_attachment),
    "aws:kms/alias:Alias": Filler(fill=_alias),
    "aws:kms/key:Key": Filler(
        fill=_key,
        ids={"moto.kms.models.generate_key_id": _dashed_id},
        lost="ids of multi-Region keys, which have dashes here",
    ),
    "aws:secretsmanager/secret:Secret": Filler(
        fill=_secret,
        ids={"moto.secretsmanager.models.SecretsManagerSecretIdentifier.generate": its("arn")},
        lost="its value, which is a placeholder",
    ),
    "aws:ssm/parameter:Parameter": Filler(fill=_parameter, lost="values of SecureStrings, which are placeholders"),
}
