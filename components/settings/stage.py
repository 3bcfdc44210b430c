"""All that a stage may decide, and what of it must fit together. What each section holds: sections.py."""

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, Self, cast, get_args

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from components import tagging
from components.naming import PROJECT, Scope
from components.phases import PHASES, Phase, PhaseName
from components.repository import Repository
from components.settings.sections import (
    AnalyticsSettings,
    ClusterSettings,
    ContactSettings,
    CostSettings,
    DeploymentSettings,
    DomainSettings,
    EdgeSettings,
    EncryptionSettings,
    GitOpsSettings,
    IdentitySettings,
    IntelligenceSettings,
    NetworkSettings,
    RegistrySettings,
    TelemetrySettings,
)
from components.sizes import Sizes
from components.strict import Strict

Stage = Literal["dev", "stg", "prod"]

REGION = "ap-northeast-2"  # REQ-E1
RECOVERY_REGION = "ap-southeast-1"  # REQ-E1
# https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
ZONES_OF: Mapping[str, str] = MappingProxyType({REGION: "abcd", RECOVERY_REGION: "abc"})

BROKEN_RULE = "broken_rule"  # an error whose message says key, value and way out itself


def _about(model: type[BaseModel]) -> str:
    return ", ".join(model.model_fields)


class Settings(Strict):
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
