"""What a stage decides: Pulumi.<stage>.yaml, typed and checked before anything is touched.

This is the only reader of the stack's configuration. Each key's meaning, unit and range stands in its description,
from which the error messages and docs/settings.md are made.
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal, Self

import pulumi
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from components.foundation import addressing
from components.naming import PROJECT, Scope

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]


class SettingsError(pulumi.RunError):
    """A stage file that cannot be used; says file, key, value and what is allowed. Pulumi shows it without a trace."""


class InterfaceService(StrEnum):
    """AWS services that a stage may reach without leaving its VPC; each costs per hour and zone."""

    ECR_API = "ecr.api"
    ECR_DKR = "ecr.dkr"
    EC2_MESSAGES = "ec2messages"
    KMS = "kms"
    LOGS = "logs"
    MONITORING = "monitoring"
    SECRETS_MANAGER = "secretsmanager"
    SQS = "sqs"
    SSM = "ssm"
    SSM_MESSAGES = "ssmmessages"
    STS = "sts"
    XRAY = "xray"


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


def _are_distinct(zones: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(zones)) != len(zones):
        raise PydanticCustomError("zones_repeat", "names a zone twice (requirement REQ-E3 wants three zones)")
    return zones


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NetworkSettings(_Section):
    """The VPC of the stage."""

    cidr: Annotated[
        IPv4Network,
        AfterValidator(_is_vpc),
        Field(description="addresses of the VPC: a private /16 that no other stage has, such as 10.20.0.0/16"),
    ]
    zones: Annotated[
        tuple[Literal["a", "b", "c", "d"], ...],
        AfterValidator(_are_distinct),
        Field(
            min_length=addressing.ZONES,
            max_length=addressing.ZONES,
            description="letters of the three availability zones, such as [a, b, c]",
        ),
    ]
    nat_gateways: Annotated[
        Literal[1, 2, 3],
        Field(description="1, 2 or 3: with 3 each zone has its own (REQ-E4), with fewer the last serves the rest"),
    ]
    flow_log_retention_days: Annotated[
        RetentionDays, Field(description="days that flow logs are kept, one of those CloudWatch Logs offers")
    ]
    interface_endpoints: Annotated[
        frozenset[InterfaceService],
        Field(description="services reached inside the VPC, any of: " + ", ".join(sorted(InterfaceService))),
    ]


class EncryptionSettings(_Section):
    """The keys of the stage."""

    # https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
    deletion_window_days: Annotated[
        int, Field(ge=7, le=30, description="days, 7 to 30, in which a deleted key can still be saved")
    ]


class Settings(_Section):
    """All that one stage decides."""

    stage: Annotated[Literal["dev", "stg", "prod"], Field(description="the stack's name: dev, stg or prod")]
    account_id: Annotated[
        str,
        Field(
            pattern=r"^\d{12}$",
            description='the AWS account of this stage: 12 digits in quotes, such as "111122223333"',
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
    network: Annotated[NetworkSettings, Field(description="the VPC: " + ", ".join(NetworkSettings.model_fields))]
    encryption: Annotated[
        EncryptionSettings, Field(description="the keys: " + ", ".join(EncryptionSettings.model_fields))
    ]

    @model_validator(mode="after")
    def _zones_exist(self) -> Self:
        # https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
        offered = {"ap-northeast-2": "abcd", "ap-southeast-1": "abc"}[self.region]
        for zone in self.network.zones:
            if zone not in offered:
                raise PydanticCustomError(
                    "zone_absent",
                    "{where}: zone {zone} does not exist in {region}; it has {offered}",
                    {
                        "where": f"{PROJECT}:network.zones = {json.dumps(self.network.zones)}",
                        "zone": zone,
                        "region": self.region,
                        "offered": ", ".join(offered),
                    },
                )
        return self

    @property
    def scope(self) -> Scope:
        """Where this stage's names live."""
        return Scope(stage=self.stage, account_id=self.account_id, region=self.region)


def load(*, stage: str, config: Mapping[str, str]) -> Settings:
    """Settings of a stage from its configuration as Pulumi hands it over: `namespace:key` to text, objects as JSON.

    Raises:
        SettingsError: a key is missing or unknown, or a value is not allowed; all such keys are named.
    """
    problems = [*_of_other_providers(stage, config)]
    given = {key: value for key, value in config.items() if key.startswith(f"{PROJECT}:")}
    values: dict[str, Any] = {"stage": stage}
    for key, text in given.items():
        values[key.removeprefix(f"{PROJECT}:")] = _value(text)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_sentence(stage, problem) for problem in error.errors()]
        raise SettingsError("\n".join(problems)) from None
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _value(text: str) -> Any:
    """An object or list as such; anything else stays text, so that an account's leading zero survives."""
    if text[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text  # then the type of its setting refuses it, by name


def _of_other_providers(stage: str, config: Mapping[str, str]) -> Iterator[str]:
    """`aws:region` and its like configure a default provider, and this project has none on purpose."""
    for key in sorted(config):
        if key.startswith("aws:"):
            yield (
                f"Pulumi.{stage}.yaml: {key} has no effect here, since every provider is explicit; "
                f"remove it ({PROJECT}:region and {PROJECT}:account_id say where the stage lives)"
            )


def _sentence(stage: str, problem: ErrorDetails) -> str:
    """File, key, value, what is allowed."""
    file, location = f"Pulumi.{stage}.yaml", [str(part) for part in problem["loc"]]
    key = f"{PROJECT}:{'.'.join(location)}"
    if location == ["stage"]:
        return f"there is no stage {stage!r}: a stack is named dev, stg or prod"
    if problem["type"] == "zone_absent":
        return f"{file}: {problem['msg']}"
    fields, description = _around(location)
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(location[-1], fields, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        return f"{file}: {key} is no setting; {hint}There is: {', '.join(fields)}"
    if problem["type"] == "missing":
        return f"{file}: {key} is missing; give {description}"
    value = json.dumps(problem["input"], default=str, ensure_ascii=False)
    if problem["type"] in ("vpc_size", "vpc_private", "zones_repeat"):
        return f"{file}: {key} = {value} {problem['msg']}"
    return f"{file}: {key} = {value} is not allowed; give {description}"


def _around(location: list[str]) -> tuple[list[str], str]:
    """The keys that stand beside the one at `location`, and the description of that one (or of the nearest above)."""
    model: type[BaseModel] = Settings
    description = ""
    for part in location:
        names = [name for name in model.model_fields if name != "stage"]
        if part not in model.model_fields:
            return names, description
        field = model.model_fields[part]
        description = field.description or ""
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            model = field.annotation
        else:
            return names, description
    return [name for name in model.model_fields if name != "stage"], description
