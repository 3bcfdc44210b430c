"""Who comes in: GitHub as a provider of identities, the boundary, and the three roles (REQ-S13, REQ-S10)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote

from bootstrap.aws import Aws, as_tags, unless
from bootstrap.names import AUDIENCE, GITHUB, Names
from bootstrap.plan import Lack, Step

# How long a role is had at most. A job cannot renew its session, a first database and cluster take more than an hour,
# and an `up` that outlives its session leaves its lock behind.
SESSION_SECONDS = 3600
DEPLOY_SECONDS = 10_800
_GONE = "NoSuchEntity"


def provider(aws: Aws, names: Names, tags: Mapping[str, str]) -> Step:
    """GitHub, whose word the account takes for who a workflow is."""
    client, arn = aws.client("iam"), names.provider_arn

    def make() -> None:
        client.create_open_id_connect_provider(
            Url=f"https://{GITHUB}", ClientIDList=[AUDIENCE], Tags=as_tags(dict(tags))
        )

    def admit() -> None:
        client.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=AUDIENCE)

    def look() -> Sequence[Lack]:
        found = unless(lambda: client.get_open_id_connect_provider(OpenIDConnectProviderArn=arn), _GONE)
        if found is None:
            return [Lack(say=f"take GitHub's word, for {AUDIENCE}", do=make)]
        if AUDIENCE not in found["ClientIDList"]:
            return [Lack(say=f"take its word for {AUDIENCE} too", do=admit)]
        return []

    return Step(
        title=f"identity provider {GITHUB}",
        look=look,
        undo=f"aws iam delete-open-id-connect-provider --open-id-connect-provider-arn {arn}  # an account has one, so "
        "other repositories may use it",
    )


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """A policy of the account's own."""

    aws: Aws
    names: Names
    policy: str
    tags: Mapping[str, str]

    def step(self) -> Step:
        """The boundary as it should be."""
        return Step(
            title=f"policy {self.names.boundary}",
            look=self.look,
            undo=f"once no role has it: aws iam delete-policy --policy-arn {self.names.boundary_arn}",
        )

    def look(self) -> Sequence[Lack]:
        """What it lacks."""
        found = unless(lambda: self._iam.get_policy(PolicyArn=self.names.boundary_arn), _GONE)
        if found is None:
            return [Lack(say="make the limit that no role of a deployment gets beyond", do=self._make)]
        version = self._iam.get_policy_version(
            PolicyArn=self.names.boundary_arn, VersionId=found["Policy"]["DefaultVersionId"]
        )
        if as_document(version["PolicyVersion"]["Document"]) == json.loads(self.policy):
            return []
        return [Lack(say="make a new version of it", do=self._renew)]

    @property
    def _iam(self) -> Any:
        return self.aws.client("iam")

    def _make(self) -> None:
        self._iam.create_policy(
            PolicyName=self.names.boundary, PolicyDocument=self.policy, Tags=as_tags(dict(self.tags))
        )

    def _renew(self) -> None:
        """IAM keeps five versions of a policy and makes no sixth, so the oldest has to go."""
        listed = self._iam.list_policy_versions(PolicyArn=self.names.boundary_arn)["Versions"]
        old = sorted((each for each in listed if not each["IsDefaultVersion"]), key=lambda each: each["CreateDate"])
        if len(listed) >= 5:
            self._iam.delete_policy_version(PolicyArn=self.names.boundary_arn, VersionId=old[0]["VersionId"])
        self._iam.create_policy_version(
            PolicyArn=self.names.boundary_arn, PolicyDocument=self.policy, SetAsDefault=True
        )


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role of the account's own."""

    aws: Aws
    names: Names
    title: str  # deploy, preview or break-glass
    description: str
    trust: str
    inline: str | None  # its own policy
    managed: Sequence[str] = ()  # ARNs of AWS's
    bounded: bool = True
    session_seconds: int = SESSION_SECONDS
    tags: Mapping[str, str]

    def step(self) -> Step:
        """The role as it should be."""
        detach = [f"aws iam detach-role-policy --role-name {self._name} --policy-arn {arn}" for arn in self.managed]
        delete = [f"aws iam delete-role-policy --role-name {self._name} --policy-name {self._name}"] * bool(self.inline)
        return Step(
            title=f"role {self._name}",
            look=self.look,
            undo=" && ".join([*detach, *delete, f"aws iam delete-role --role-name {self._name}"]),
        )

    def look(self) -> Sequence[Lack]:
        """What it lacks."""
        found = unless(lambda: self._iam.get_role(RoleName=self._name), _GONE)
        lacks = [Lack(say=self.description, do=self._make)] if found is None else [*self._of_existing(found["Role"])]
        return [*lacks, *self._of_policies(exists=found is not None)]

    @property
    def _iam(self) -> Any:
        return self.aws.client("iam")

    @property
    def _name(self) -> str:
        return self.names.role(self.title)

    def _of_existing(self, role: Mapping[str, Any]) -> Sequence[Lack]:
        lacks: list[Lack] = []
        if as_document(role["AssumeRolePolicyDocument"]) != json.loads(self.trust):
            lacks.append(Lack(say="put right who may have it", do=self._trust))
        if role["MaxSessionDuration"] != self.session_seconds:
            lacks.append(Lack(say=f"let a session of it last {self.session_seconds} seconds", do=self._last))
        limit = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        if self.bounded and limit != self.names.boundary_arn:
            lacks.append(Lack(say="put it below the boundary", do=self._bound))
        return lacks

    def _of_policies(self, *, exists: bool) -> Sequence[Lack]:
        lacks: list[Lack] = []
        if self.inline is not None:
            own = (
                unless(lambda: self._iam.get_role_policy(RoleName=self._name, PolicyName=self._name), _GONE)
                if exists
                else None
            )
            if own is None or as_document(own["PolicyDocument"]) != json.loads(self.inline):
                lacks.append(Lack(say="say what it may do", do=self._allow))
        attached: set[str] = set()
        if exists:
            listed = self._iam.list_attached_role_policies(RoleName=self._name)["AttachedPolicies"]
            attached = {each["PolicyArn"] for each in listed}
        away = [arn for arn in self.managed if arn not in attached]
        return [*lacks, *(Lack(say=f"attach {arn.rpartition('/')[2]}", do=partial(self._attach, arn)) for arn in away)]

    def _make(self) -> None:
        limit = {"PermissionsBoundary": self.names.boundary_arn} if self.bounded else {}
        self._iam.create_role(
            RoleName=self._name,
            Description=self.description,
            AssumeRolePolicyDocument=self.trust,
            MaxSessionDuration=self.session_seconds,
            Tags=as_tags(dict(self.tags)),
            **limit,
        )

    def _trust(self) -> None:
        self._iam.update_assume_role_policy(RoleName=self._name, PolicyDocument=self.trust)

    def _last(self) -> None:
        self._iam.update_role(
            RoleName=self._name, Description=self.description, MaxSessionDuration=self.session_seconds
        )

    def _bound(self) -> None:
        self._iam.put_role_permissions_boundary(RoleName=self._name, PermissionsBoundary=self.names.boundary_arn)

    def _allow(self) -> None:
        self._iam.put_role_policy(RoleName=self._name, PolicyName=self._name, PolicyDocument=self.inline)

    def _attach(self, arn: str) -> None:
        self._iam.attach_role_policy(RoleName=self._name, PolicyArn=arn)


def as_document(given: Any) -> Any:
    """A policy as boto3 answers it: read already, or as text with percent signs."""
    return json.loads(unquote(given)) if isinstance(given, str) else given
