"""All that a stage may decide. A key's meaning, unit and range is its description, and nowhere else.

The error messages, docs/settings.md and the JSON Schema that editors complete stage files with are made from it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, Self, cast, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from components import tagging
from components.foundation import addressing
from components.naming import PROJECT, Scope
from components.phases import PHASES, Phase, PhaseName, Sizes
from components.repository import Repository

Stage = Literal["dev", "stg", "prod"]
Zones = Literal["a", "b", "c", "d"]

REGION = "ap-northeast-2"  # REQ-E1
RECOVERY_REGION = "ap-southeast-1"  # REQ-E1
# https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
ZONES_OF: Mapping[str, str] = MappingProxyType({REGION: "abcd", RECOVERY_REGION: "abc"})

# Of what may reach the Kubernetes API from outside: an organisation's addresses, and no half of the internet.
WIDEST_CALLER = 16
PRIVATE_NETWORKS = tuple(IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))

BROKEN_RULE = "broken_rule"  # an error whose message says key, value and way out itself


def _is_vpc(network: IPv4Network) -> IPv4Network:
    if network.prefixlen != addressing.VPC_PREFIX:
        raise PydanticCustomError(
            "vpc_size",
            "is not a /16 (requirement REQ-E3). Each zone takes one public /20 and one private /18; "
            "give a /16 such as 10.20.0.0/16",
        )
    if not network.is_private:
        raise PydanticCustomError("vpc_private", "is not a private network (RFC 1918); give one such as 10.20.0.0/16")
    return network


def _are_distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        raise PydanticCustomError("repeated", "names one twice; give each once")
    return names


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NetworkSettings(_Section):
    """The VPC of one region."""

    cidr: Annotated[
        IPv4Network,
        Field(description="addresses of the VPC: a private /16 that no other VPC has, such as 10.20.0.0/16"),
        AfterValidator(_is_vpc),
    ]
    zones: Annotated[
        tuple[Zones, ...],
        Field(
            min_length=addressing.ZONES,
            max_length=addressing.ZONES,
            description="letters of the three availability zones (REQ-E3), such as [a, b, c]",
        ),
        AfterValidator(_are_distinct),
    ]


class DomainSettings(_Section):
    """The names under which users find the stage."""

    name: Annotated[
        str,
        Field(
            max_length=190,  # leaves room for the labels that we put before it
            pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$",
            description="the stage's domain in lower case, such as dev.example.com",
        ),
    ]
    zone_id: Annotated[
        str,
        Field(
            pattern=r"^Z[A-Z0-9]{8,32}$",
            description="id of the domain's public Route 53 zone, such as Z0123456789ABCDEFGHIJ",
        ),
    ]


class EdgeSettings(_Section):
    """The front door."""

    origin_secret_epoch: Annotated[
        int,
        Field(
            ge=1,
            le=9999,
            description="number, 1 to 9999, of the secret that CloudFront shows the load balancer; "
            "raise it by one and deploy to rotate it",
        ),
    ]


class OauthClient(_Section):
    """A client that a social identity provider has registered for us."""

    client_id: Annotated[str, Field(min_length=1, description="the client id that the provider gave out")]
    client_secret: Annotated[
        SecretStr,
        Field(min_length=1, description="the client's secret, set with `pulumi config set --secret --path`"),
    ]


class AppleClient(_Section):
    """A services id of Sign in with Apple."""

    services_id: Annotated[str, Field(min_length=1, description="the services id, such as com.example.dev")]
    team_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{10}$", description="the team id: 10 letters and digits")]
    key_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{10}$", description="the key id: 10 letters and digits")]
    private_key: Annotated[
        SecretStr, Field(min_length=1, description="the key's text, set with `pulumi config set --secret --path`")
    ]


class SocialSettings(_Section):
    """Who else may say who a user is (REQ-S3); a provider that is left out is not offered."""

    google: Annotated[OauthClient | None, Field(description="Google: client_id, client_secret")] = None
    kakao: Annotated[OauthClient | None, Field(description="Kakao: client_id, client_secret")] = None
    apple: Annotated[AppleClient | None, Field(description="Apple: services_id, team_id, key_id, private_key")] = None


class IdentitySettings(_Section):
    """Users and their mail."""

    sender: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9._+-]+@[a-z0-9.-]+$",
            description="address that codes and invitations come from, below the stage's domain, such as "
            "no-reply@dev.example.com",
        ),
    ]
    social: Annotated[SocialSettings, Field(description="social sign-in: any of google, kakao, apple; {} for none")]


class RegistrySettings(_Section):
    """Container images."""

    repositories: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)], ...],
        Field(min_length=1, max_length=100, description="image repositories, a slug each, such as [api, feed]"),
        AfterValidator(_are_distinct),
    ]


def _is_named_network(network: IPv4Network) -> IPv4Network:
    if network.prefixlen < WIDEST_CALLER:
        raise PydanticCustomError(
            "too_wide",
            "is wider than a /{widest}; give the networks of those who work, such as 203.0.113.0/24",
            {"widest": WIDEST_CALLER},
        )
    if any(network.overlaps(each) for each in PRIVATE_NETWORKS):
        raise PydanticCustomError(
            "private_caller", "is private, and no caller from outside has such an address; give public ones"
        )
    return network


class ClusterSettings(_Section):
    """Who reaches the Kubernetes API (REQ-Y1)."""

    endpoint: Annotated[
        Literal["private", "public"],
        Field(
            description="private: from inside the VPC only, deployments by a runner in it; or public: from public_cidrs"
            " too"
        ),
    ]
    public_cidrs: Annotated[
        tuple[Annotated[IPv4Network, AfterValidator(_is_named_network)], ...],
        Field(
            max_length=40,  # https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
            description="networks, at most 40, that reach a public endpoint, such as [203.0.113.0/24]; [] for a "
            "private one",
        ),
    ]


class SignOnSettings(_Section):
    """Who says who comes into ArgoCD: an OpenID provider of the company's."""

    url: Annotated[str, Field(pattern=r"^https://.+", description="where ArgoCD is reached, an https:// address")]
    issuer: Annotated[str, Field(pattern=r"^https://.+", description="the provider, such as https://example.okta.com")]
    client_id: Annotated[str, Field(min_length=1, description="the client id that the provider gave out")]
    admins: Annotated[str, Field(min_length=1, description="the provider's group that may do everything")]


class GitOpsSettings(_Section):
    """What ArgoCD follows (REQ-S11)."""

    repository_url: Annotated[
        str,
        Field(
            pattern=r"^https://[^/]+/.+$",
            description="this repository's https:// address, such as https://github.com/example/startup-platform",
        ),
    ]
    revision: Annotated[str, Field(min_length=1, description="a branch or a tag of it, such as main")]
    sign_on: Annotated[
        SignOnSettings | None,
        Field(description="who says who comes in: url, issuer, client_id, admins; left out, nobody but by the API"),
    ] = None


class DeploymentSettings(_Section):
    """Which repository on GitHub may deploy the stage, by numbers that a name's next owner does not get (REQ-S13)."""

    owner_id: Annotated[
        int,
        Field(ge=1, description="number of the organisation or user: `gh api repos/OWNER/NAME --jq .owner.id`"),
    ]
    repository_id: Annotated[
        int,
        Field(ge=1, description="number of the repository of gitops: `gh api repos/OWNER/NAME --jq .id`"),
    ]
    subject: Annotated[
        Literal["numbers", "names"],
        Field(
            description="numbers: its tokens say repo:OWNER@NUMBER/NAME@NUMBER, as those of repositories made, renamed "
            "or moved since 2026-07-15 do; or names: repo:OWNER/NAME, as those of older ones do"
        ),
    ]
    connection_arn: Annotated[
        str | None,
        Field(
            pattern=r"^arn:aws:codeconnections:[a-z0-9-]+:\d{12}:connection/[0-9a-f-]{36}$",
            description="ARN of the connection to GitHub that `make bootstrap` makes and a person completes; with it "
            "there is a runner in the VPC, which a private cluster.endpoint needs; null for none",
        ),
    ] = None


class TelemetrySettings(_Section):
    """Where traces, metrics and logs go beside AWS (REQ-O2)."""

    datadog: Annotated[
        bool, Field(description="true or false: whether Datadog gets them too, by a key in Secrets Manager")
    ]


class SlackSettings(_Section):
    """A channel of a workspace that let AWS's app in, which a person does once in the console."""

    workspace_id: Annotated[
        str, Field(pattern=r"^T[A-Z0-9]{2,}$", description="number of the workspace, such as T07EA123LEP")
    ]
    channel_id: Annotated[
        str, Field(pattern=r"^[CG][A-Z0-9]{2,}$", description="number of the channel, such as C07EZ1ABC23")
    ]


class ContactSettings(_Section):
    """Whom AWS writes to."""

    alarms: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
            description="e-mail address that alarms and failed deliveries go to",
        ),
    ]
    slack: Annotated[
        SlackSettings | None,
        Field(
            description="channel that reads the same alarms: workspace_id, channel_id; left out, there is none (REQ-N4)"
        ),
    ] = None


class EncryptionSettings(_Section):
    """The keys of the stage."""

    # https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
    deletion_window_days: Annotated[
        int, Field(ge=7, le=30, description="days, 7 to 30, in which a deleted key can still be saved")
    ]


class CostSettings(_Section):
    """What the stage may spend."""

    budget_percent: Annotated[
        int,
        Field(ge=1, le=100, description="percent, 1 to 100, of its phase's budget (REQ-F1) that the stage may spend"),
    ]
    krw_per_usd: Annotated[
        float,
        Field(
            ge=500,
            le=5000,
            description="won, 500 to 5000, that a US dollar costs, since AWS bills in dollars",
        ),
    ]
    braked_roles: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[\w+=,.@-]{1,64}$")], ...],
        Field(
            max_length=100,  # https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_IamActionDefinition.html
            description="names of IAM roles of the account that create nothing more that costs, once somebody says so "
            "after the budget is spent; [] for none",
        ),
        AfterValidator(_are_distinct),
    ]
    anomaly_monitor_arn: Annotated[
        str | None,
        Field(
            pattern=r"^arn:aws:ce::\d{12}:anomalymonitor/[0-9a-f-]{36}$",
            description="ARN of the monitor of all services that the account already has, as AWS makes one for new "
            "accounts and allows no second; null to make it",
        ),
    ]


class AnalyticsSettings(_Section):
    """Who looks at the lake."""

    quicksight_owner: Annotated[
        str | None,
        Field(
            pattern=r"^arn:aws:quicksight:[a-z0-9-]+:\d{12}:(user|group)/[^/]+/.+$",
            description="ARN of the QuickSight user or group that owns the dashboards; left out, nothing is made in "
            "QuickSight, whose subscription a person makes (REQ-S7)",
        ),
    ] = None


class ModelSettings(_Section):
    """A model that somebody has approved (REQ-S8)."""

    image: Annotated[
        str,
        Field(
            pattern=r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/[a-z0-9/_.-]+@sha256:[0-9a-f]{64}$",
            description="image that serves it, in ECR and by digest, as its model package says",
        ),
    ]
    artifact_key: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9/_.-]*\.tar\.gz$",
            description="key of the model below models/ of the curated bucket, such as "
            "pipelines-abc-Train-xyz/output/model.tar.gz",
        ),
    ]


class IntelligenceSettings(_Section):
    """What our own models serve."""

    model: Annotated[
        ModelSettings | None,
        Field(description="the model behind the endpoint: image, artifact_key; left out, there is no endpoint"),
    ] = None


def _about(model: type[BaseModel]) -> str:
    return ", ".join(model.model_fields)


class Settings(_Section):
    """All that one stage decides."""

    stage: Annotated[Stage, Field(description="the stack's name: dev, stg or prod")]
    account_id: Annotated[
        str,
        Field(
            pattern=r"^\d{12}$",
            description='the AWS account of this stage: 12 digits in quotes, such as "111122223333"',
        ),
    ]
    phase: Annotated[PhaseName, Field(description="the phase of growth: " + ", ".join(PhaseName))]
    sizes: Annotated[
        Mapping[PhaseName, Mapping[str, Any]],
        Field(
            description="what this stage has larger or smaller than its phase: a phase, below it tiers ("
            + _about(Sizes)
            + ") and below those their sizes; {} for nothing"
        ),
    ]
    region: Annotated[
        Literal["ap-northeast-2", "ap-southeast-1"],
        Field(description="ap-northeast-2, or ap-southeast-1 where a disaster has taken the first (REQ-E1)"),
    ]
    owner: Annotated[
        str,
        Field(
            pattern=r"^[a-z][a-z0-9-]{1,62}$", description="the team that answers for the stage, such as platform-team"
        ),
    ]
    cost_center: Annotated[
        str, Field(pattern=r"^CC-\d{4}$", description="who pays: CC- and four digits, such as CC-1001")
    ]
    compliance: Annotated[
        Literal["isms-p+soc2", "isms-p", "soc2", "none"],
        Field(description="what audits cover the stage: isms-p+soc2, isms-p, soc2 or none"),
    ]
    destroy_protection: Annotated[
        bool,
        Field(description="true or false: whether what holds data or cannot be had again refuses to be destroyed"),
    ]
    network: Annotated[NetworkSettings, Field(description="the VPC: " + _about(NetworkSettings))]
    recovery: Annotated[
        NetworkSettings,
        Field(description="the VPC of the other region, which its phase may not have yet: " + _about(NetworkSettings)),
    ]
    domain: Annotated[DomainSettings, Field(description="the stage's names: " + _about(DomainSettings))]
    edge: Annotated[EdgeSettings, Field(description="the front door: " + _about(EdgeSettings))]
    identity: Annotated[IdentitySettings, Field(description="users: " + _about(IdentitySettings))]
    registry: Annotated[RegistrySettings, Field(description="container images: " + _about(RegistrySettings))]
    cluster: Annotated[ClusterSettings, Field(description="the Kubernetes API: " + _about(ClusterSettings))]
    gitops: Annotated[GitOpsSettings, Field(description="what ArgoCD follows: " + _about(GitOpsSettings))]
    deployments: Annotated[
        DeploymentSettings, Field(description="who may deploy from GitHub: " + _about(DeploymentSettings))
    ]
    telemetry: Annotated[TelemetrySettings, Field(description="who else gets signals: " + _about(TelemetrySettings))]
    contacts: Annotated[ContactSettings, Field(description="whom AWS writes to: " + _about(ContactSettings))]
    analytics: Annotated[
        AnalyticsSettings, Field(description="who looks at the lake: quicksight_owner; {} for no QuickSight")
    ]
    audit_owner: Annotated[
        Literal["organization", "stage"],
        Field(
            description="who owns what an account has one of, as its trail, Config, GuardDuty and Security Hub "
            "(REQ-S15): organization, which has them for all of its accounts, so that the stage makes none; or stage"
        ),
    ]
    event_data_store: Annotated[
        str | None,
        Field(
            pattern=r"^arn:aws:cloudtrail:[a-z0-9-]+:\d{12}:eventdatastore/[0-9a-f-]{36}$",
            description="ARN of the event data store that the account has had since before CloudTrail Lake took no new "
            "customers (2026-05-31), which auditors then may ask; left out, there is none, and none can be made",
        ),
    ] = None
    intelligence: Annotated[
        IntelligenceSettings, Field(description="what our own models serve: model; {} for no endpoint")
    ]
    encryption: Annotated[EncryptionSettings, Field(description="the keys: " + _about(EncryptionSettings))]
    cost: Annotated[CostSettings, Field(description="what may be spent: " + _about(CostSettings))]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for problem in self._contradictions():
            raise PydanticCustomError(BROKEN_RULE, "{problem}", {"problem": problem})
        return self

    def _contradictions(self) -> Iterator[str]:
        for section, region in (("network", self.region), ("recovery", self.other_region)):
            zones: tuple[str, ...] = getattr(self, section).zones
            for zone in (each for each in zones if each not in ZONES_OF[region]):
                yield (
                    f"{PROJECT}:{section}.zones = {json.dumps(zones)}: zone {zone} does not exist in {region}; "
                    f"it has {', '.join(ZONES_OF[region])}"
                )
        if self.network.cidr.overlaps(self.recovery.cidr):
            yield (
                f"{PROJECT}:recovery.cidr = {json.dumps(str(self.recovery.cidr))} overlaps {PROJECT}:network.cidr = "
                f"{json.dumps(str(self.network.cidr))}; give the other region addresses of its own"
            )
        if self.cluster.endpoint == "public" and not self.cluster.public_cidrs:
            yield (
                f'{PROJECT}:cluster.endpoint = "public" and {PROJECT}:cluster.public_cidrs = []: everybody would reach '
                "the Kubernetes API; give the networks that may, such as [203.0.113.0/24], or endpoint: private"
            )
        if self.cluster.endpoint == "private" and self.cluster.public_cidrs:
            given = json.dumps([str(each) for each in self.cluster.public_cidrs])
            yield (
                f'{PROJECT}:cluster.public_cidrs = {given} beside {PROJECT}:cluster.endpoint = "private", which '
                "nobody reaches from outside; give [], or endpoint: public"
            )
        yield from self._of_the_runner()
        if not re.fullmatch(rf".+@(.+\.)?{re.escape(self.domain.name)}", self.identity.sender):
            yield (
                f"{PROJECT}:identity.sender = {json.dumps(self.identity.sender)} is not below {PROJECT}:domain.name = "
                f"{json.dumps(self.domain.name)}, the only domain we may send from; give no-reply@{self.domain.name}"
            )

        if self.event_data_store is not None and self.audit_owner == "organization":
            yield (
                f"{PROJECT}:event_data_store = {json.dumps(self.event_data_store)} beside {PROJECT}:audit_owner = "
                '"organization", whose auditors ask it; leave it out, or give audit_owner: stage'
            )
        if self.intelligence.model is not None and self.growth.sizes.intelligence is None:
            yield (
                f"{PROJECT}:intelligence.model is given, and the phase {self.phase.value} has no intelligence; "
                f"leave it out until {PhaseName.GLOBAL.value}, or give sizes.{self.phase.value}.intelligence"
            )

    def _of_the_runner(self) -> Iterator[str]:
        given = self.deployments.connection_arn
        if given is None:
            return
        where = f"{PROJECT}:deployments.connection_arn = {json.dumps(given)}"
        _, _, _, region, account, _ = given.split(":")
        # Of either region: CodeBuild takes one of another, and after a disaster the stage's own is the other one.
        if account != self.account_id or region not in (self.region, self.other_region):
            yield (
                f"{where} is of {region} and the account {account}; give one of {self.region} and {self.account_id}, "
                "which `make bootstrap` makes and names, or null"
            )
        if self.repository is None:
            yield (
                f"{where}, and {PROJECT}:gitops.repository_url = {json.dumps(self.gitops.repository_url)} is no "
                "repository on github.com, whose jobs a runner could take; give one that is, or null"
            )

    @property
    def repository(self) -> Repository | None:
        """Whose workflows deploy the stage; None where that is not on github.com."""
        given = self.deployments
        return Repository.of(
            self.gitops.repository_url,
            owner_id=given.owner_id,
            repository_id=given.repository_id,
            by_number=given.subject == "numbers",
        )

    @property
    def other_region(self) -> str:
        """Where the stage's second region is, or will be."""
        return RECOVERY_REGION if self.region == REGION else REGION

    @property
    def stage_tags(self) -> dict[str, str]:
        """The four tags that are the same for everything in the stage."""
        return tagging.stage_tags(
            stage=self.stage, owner=self.owner, cost_center=self.cost_center, compliance=self.compliance
        )

    @property
    def growth(self) -> Phase:
        """The phase as this stage has it: with the sizes that it changed."""
        phase = PHASES[self.phase]
        return phase.model_copy(update={"sizes": Sizes.model_validate(self.sizes_given(self.phase))})

    def sizes_given(self, phase: PhaseName) -> dict[str, Any]:
        """A phase's sizes with this stage's own put over them, as yet unchecked."""
        return _over(PHASES[phase].sizes.model_dump(), self.sizes.get(phase, {}))

    def scope(self, region: str | None = None) -> Scope:
        """Where this stage's names live, in its own region or the other one."""
        return Scope(stage=self.stage, account_id=self.account_id, region=region or self.region)


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two trees as one; where both have a tree it is made of both, else the one above counts."""
    merged = dict(below)
    for key, value in above.items():
        under = below.get(key)
        if isinstance(under, dict) and isinstance(value, dict):
            merged[key] = _over(cast("Mapping[str, Any]", under), cast("Mapping[str, Any]", value))
        else:
            merged[key] = value
    return merged


def section_of(annotation: Any) -> type[BaseModel] | None:
    """The model behind an annotation, or behind the part of it that is not None."""
    kinds = get_args(annotation) if isinstance(annotation, UnionType) else [annotation]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
