"""What the organisation decides: Pulumi.management.yaml, typed and checked before anything is touched."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from components import tagging
from components.settings import SettingsError
from components.strict import Strict

PROJECT = "startup-platform-organization"
FILE = "organization/Pulumi.management.yaml"
STACK = "management"
# What is in the management account and in that of security counts as production: every stage hangs on it.
ENVIRONMENT = "prod"
STAGES = ("dev", "stg", "prod")

AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]
_BROKEN_RULE = "broken_rule"
_GROUP_ID = r"^([0-9a-f]{10}-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


class AccountSettings(Strict):
    """One account."""

    name: Annotated[str, Field(min_length=1, max_length=50, description="the account's name, 1 to 50 characters")]
    email: Annotated[
        str,
        Field(pattern=_EMAIL, max_length=64, description="address of its root user, which no other AWS account has"),
    ]
    account_id: Annotated[
        AccountId | None,
        Field(description='12 digits in quotes, such as "111122223333"; null until AWS has given the number'),
    ]


class AccountsSettings(Strict):
    """Every account but the one that pays."""

    security: Annotated[AccountSettings, Field(description="who watches the others: name, email, account_id")]
    dev: Annotated[AccountSettings, Field(description="stage dev: name, email, account_id")]
    stg: Annotated[AccountSettings, Field(description="stage stg: name, email, account_id")]
    prod: Annotated[AccountSettings, Field(description="stage prod: name, email, account_id")]

    def by_name(self) -> dict[str, AccountSettings]:
        """Each under its name here."""
        return {name: getattr(self, name) for name in type(self).model_fields}


_Group = Annotated[
    str,
    Field(pattern=_GROUP_ID, description="id of the group in the identity store, as `aws identitystore list-groups`"),
]


class GroupsSettings(Strict):
    """Who is who: a group of the identity store for each permission set."""

    platform: _Group
    developer: _Group
    auditor: _Group
    billing: _Group
    break_glass: _Group


class IdentityCenterSettings(Strict):
    """Where people sign in."""

    instance_arn: Annotated[
        str,
        Field(
            pattern=r"^arn:aws:sso:::instance/(sso)?ins-[a-zA-Z0-9.-]{16}$",
            description="ARN of the Identity Center instance, such as arn:aws:sso:::instance/ssoins-0123456789abcdef",
        ),
    ]
    groups: Annotated[GroupsSettings, Field(description="ids of groups: " + ", ".join(GroupsSettings.model_fields))]


class ContactSettings(Strict):
    """Whom AWS turns to."""

    name: Annotated[str, Field(min_length=1, max_length=64, description="a person or a team, 1 to 64 characters")]
    title: Annotated[str, Field(min_length=1, max_length=50, description="what they are, 1 to 50 characters")]
    email: Annotated[str, Field(pattern=_EMAIL, max_length=254, description="an e-mail address")]
    phone: Annotated[
        str,
        Field(
            pattern=r"^\+[0-9 ()-]{6,24}$", description='a number with its country in quotes, such as "+82-2-555-0100"'
        ),
    ]


class ContactsSettings(Strict):
    """The three contacts that AWS has of an account beside its root user."""

    security: Annotated[ContactSettings, Field(description="for abuse and vulnerabilities: name, title, email, phone")]
    operations: Annotated[ContactSettings, Field(description="for outages and quotas: name, title, email, phone")]
    billing: Annotated[ContactSettings, Field(description="for invoices: name, title, email, phone")]


class Settings(Strict):
    """All that the organisation decides."""

    account_id: Annotated[AccountId, Field(description="the management account: 12 digits in quotes")]
    owner: Annotated[
        str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$", description="the team that answers for it, such as platform-team")
    ]
    cost_center: Annotated[
        str, Field(pattern=r"^CC-\d{4}$", description="who pays: CC- and four digits, such as CC-1001")
    ]
    compliance: Annotated[
        Literal["isms-p+soc2", "isms-p", "soc2", "none"],
        Field(description="what audits cover it: isms-p+soc2, isms-p, soc2 or none"),
    ]
    organization_id: Annotated[
        Annotated[str, Field(pattern=r"^o-[a-z0-9]{10,32}$")] | None,
        Field(description="the organisation's id, such as o-exampleorg1; null until there is one"),
    ]
    audit_owner: Annotated[
        Literal["organization", "stage"],
        Field(
            description="who owns the trail, the detectors and the like: organization or stage, as each stage file says"
        ),
    ]
    accounts: Annotated[
        AccountsSettings, Field(description="the accounts: " + ", ".join(AccountsSettings.model_fields))
    ]
    partner_accounts: Annotated[
        tuple[AccountId, ...],
        Field(
            description='accounts outside the organisation whose roles may assume ours: ["222233334444"]; [] for none'
        ),
    ]
    identity_center: Annotated[IdentityCenterSettings, Field(description="people: instance_arn, groups")]
    contacts: Annotated[
        ContactsSettings, Field(description="whom AWS writes to: " + ", ".join(ContactsSettings.model_fields))
    ]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for problem in self._contradictions():
            raise PydanticCustomError(_BROKEN_RULE, "{problem}", {"problem": problem})
        return self

    def _contradictions(self) -> Iterator[str]:
        seen: dict[str, str] = {self.account_id: "account_id"}
        for name, account in self.accounts.by_name().items():
            for key, value in (("account_id", account.account_id), ("email", account.email.lower())):
                here = f"accounts.{name}.{key}"
                if value in seen:
                    yield f"{PROJECT}:{here} = {json.dumps(value)} is that of {seen[value]}; give each its own"
                elif value is not None:
                    seen[value] = here
        if self.owns_audit:
            missing = [
                key
                for key, value in (
                    ("organization_id", self.organization_id),
                    ("accounts.security.account_id", self.accounts.security.account_id),
                )
                if value is None
            ]
            for key in missing:
                yield (
                    f'{PROJECT}:{key} = null beside {PROJECT}:audit_owner = "organization", whose trail needs it; give '
                    "audit_owner: stage until AWS has given it"
                )
        for partner in self.partner_accounts:
            if partner in seen:
                yield (
                    f"{PROJECT}:partner_accounts = {json.dumps(self.partner_accounts)} names {seen[partner]}, which is "
                    "in the organisation; give only accounts outside it"
                )

    @property
    def owns_audit(self) -> bool:
        """Whether the organisation has, for all accounts, what an account has one of."""
        return self.audit_owner == "organization"

    def tags_of(self, account: str) -> dict[str, str]:
        """The four tags that are the same for everything in an account."""
        return tagging.stage_tags(
            stage=environment_of(account), owner=self.owner, cost_center=self.cost_center, compliance=self.compliance
        )

    @property
    def known_accounts(self) -> dict[str, str]:
        """Accounts that have a number, by name: what can be looked after from here."""
        return {name: each.account_id for name, each in self.accounts.by_name().items() if each.account_id}


def environment_of(account: str) -> str:
    """What an account's tags say: its stage, or the strictest for those that every stage hangs on."""
    return account if account in STAGES else ENVIRONMENT


def load(*, stack: str, config: Mapping[str, str]) -> Settings:
    """Settings from the stack's configuration as Pulumi hands it over: `namespace:key` to text, objects as JSON.

    Raises:
        SettingsError: a key is missing or unknown, or a value is not allowed; all such keys are named.
    """
    if stack != STACK:
        raise SettingsError(f"there is no stack {stack!r} in organization/: its only one is named {STACK}")
    given = {key.removeprefix(f"{PROJECT}:"): text for key, text in config.items() if key.startswith(f"{PROJECT}:")}
    try:
        return Settings.model_validate({key: _value(text) for key, text in given.items()})
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(problem) for problem in error.errors())) from None


def _value(text: str) -> Any:
    """An object, list or null as such; anything else stays text, so that an account's leading zero survives."""
    if text[:1] not in ("{", "[") and text not in ("null", ""):
        return text
    try:
        return json.loads(text or "null")
    except json.JSONDecodeError:
        return text  # then the type of its setting refuses it, by name


def _sentence(problem: ErrorDetails) -> str:
    """File, key, value, what is allowed."""
    if problem["type"] == _BROKEN_RULE:
        return f"{FILE}: {problem['msg']}"
    location = [str(part) for part in problem["loc"]]
    names, description = _around(location)
    where = f"{FILE}: {PROJECT}:{'.'.join(location)}"
    match problem["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(location[-1], names, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            return f"{where} is no setting; {hint}There is: {', '.join(names)}"
        case "missing":
            return f"{where} is missing; give {description}"
        case _:
            value = json.dumps(problem["input"], default=str, ensure_ascii=False)
            return f"{where} = {value} is not allowed; give {description}"


def _around(location: Sequence[str]) -> tuple[list[str], str]:
    """The keys that stand beside the one at `location`, and the description of that one (or of the nearest above)."""
    model: type[BaseModel] = Settings
    description = ""
    for part in location:
        if part not in model.model_fields:
            break
        field = model.model_fields[part]
        description = field.description or description
        kinds = get_args(field.annotation) if isinstance(field.annotation, UnionType) else [field.annotation]
        below = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
        if below is None:
            break
        if part != location[-1]:
            model = below
    return list(model.model_fields), description
