"""Policy documents as data: typed statements in, canonical JSON out, so that a rule can read them at preview."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from components.naming import Scope

Condition = Mapping[str, Mapping[str, str | Sequence[str]]]  # operator -> key -> value or values
# What an account may delegate through IAM to those who look after keys. Using a key is not among it.
KEY_ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ReplicateKey",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
    "kms:UpdatePrimaryRegion",
)

Principal = Literal["*"] | Mapping[str, str | Sequence[str]]  # everyone, or kind -> whom


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement; its Sid says its scope, as a reviewer reads it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
    """

    sid: str  # letters and digits only
    actions: Sequence[str]
    resources: Sequence[str] = ()  # a trust policy has none
    principal: Principal | None = None  # resource and trust policies only
    condition: Condition = field(default_factory=dict[str, Mapping[str, str | Sequence[str]]])
    effect: Literal["Allow", "Deny"] = "Allow"

    def as_json(self) -> dict[str, object]:
        """The statement as AWS spells it; the order of actions and resources does not matter, so it is made fixed."""
        statement: dict[str, object] = {"Sid": self.sid, "Effect": self.effect}
        if self.principal is not None:
            statement["Principal"] = self.principal
        statement["Action"] = sorted(self.actions)
        if self.resources:
            statement["Resource"] = sorted(self.resources)
        if self.condition:
            statement["Condition"] = self.condition
        return statement


def document(*statements: Statement) -> str:
    """A policy document as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement.as_json() for statement in statements]})


def boundary_arn(scope: Scope) -> str:
    """The policy of the account that no role of the stage gets beyond; bootstrap/ makes it before the first `up`."""
    return scope.arn("iam", f"policy/{scope.name('boundary')}", region="")


def only_by_tls(bucket: str) -> Statement:
    """The statement by which a bucket refuses whoever does not come by TLS."""
    return Statement(
        sid="RefusedWithoutTls",
        effect="Deny",
        actions=["s3:*"],
        resources=[f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        principal="*",
        condition={"Bool": {"aws:SecureTransport": "false"}},
    )


def pulling(sid: str, repository_arn: str) -> list[Statement]:
    """To pull images of a repository, or of those that a pattern names."""
    return [
        Statement(
            sid=sid,
            actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            resources=[repository_arn],
        ),
        # ECR gives out one token for the whole registry: the action takes no resource.
        Statement(sid="LogInToTheRegistry", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
    ]


def by_key(
    scope: Scope,
    sid: str,
    actions: Sequence[str],
    *,
    alias: str | Sequence[str],
    through: str | Sequence[str],  # services, such as s3
    for_resources: bool = False,  # AWS's own, such as a disk, which a grant is then for
) -> Statement:
    """The right to have services of AWS's use a key of the stage's.

    By its alias: AWS draws a key's id, and nobody could read a policy that names it before the key is there.
    """
    condition: dict[str, Mapping[str, str | Sequence[str]]] = {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": alias},
        "StringEquals": {
            "kms:ViaService": f"{through}.{scope.region}.amazonaws.com"
            if isinstance(through, str)
            else [f"{service}.{scope.region}.amazonaws.com" for service in through]
        },
    }
    if for_resources:
        condition["Bool"] = {"kms:GrantIsForAWSResource": "true"}
    return Statement(sid=sid, actions=actions, resources=[scope.arn("kms", "key/*")], condition=condition)


def service_trust(service: str, *, account_id: str, source_arn: str) -> str:
    """A trust policy that lets one AWS service assume the role, and only on behalf of one kind of resource of ours.

    The two conditions keep another account's use of the service out (the confused deputy problem:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html).
    """
    return document(
        Statement(
            sid="AssumedByTheServiceForThisAccount",
            actions=["sts:AssumeRole"],
            principal={"Service": service},
            condition={"StringEquals": {"aws:SourceAccount": account_id}, "ArnLike": {"aws:SourceArn": source_arn}},
        )
    )


def pod_trust(*, account_id: str, cluster_arn: str, namespace: str, service_account: str) -> str:
    """A trust policy that lets EKS hand the role to one service account of one cluster.

    The Pod Identity agent says cluster, namespace and service account as tags of the session.
    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
    """
    return document(
        Statement(
            sid="AssumedByOneServiceAccountOfThisCluster",
            actions=["sts:AssumeRole", "sts:TagSession"],
            principal={"Service": "pods.eks.amazonaws.com"},
            condition={
                "StringEquals": {
                    "aws:SourceAccount": account_id,
                    "aws:RequestTag/eks-cluster-name": cluster_arn.rpartition("/")[2],
                    "aws:RequestTag/kubernetes-namespace": namespace,
                    "aws:RequestTag/kubernetes-service-account": service_account,
                },
                "ArnEquals": {"aws:SourceArn": cluster_arn},
            },
        )
    )
