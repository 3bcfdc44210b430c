"""What one provider instance was configured with: where it works, for which account, and the tags it adds."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.errors import SandboxError
from sandbox.schema.check import Checker, Problem
from sandbox.schema.types import ResourceSchema, Scalar
from sandbox.schema.values import Bag, Value, has_unknown, reveal, text

ACCOUNT = "123456789012"  # AWS's own example account, where nothing names one
_ACCOUNT_IN_ARN = re.compile(r"^arn:[\w-]+:iam::(\d{12}):")
_REGION = re.compile(r"^[a-z]{2,4}(-[a-z]+)+-\d$")  # the form of every region name: ap-northeast-2, us-gov-west-1
_REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")  # where the real provider looks next


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """One provider instance."""

    region: str
    account: str
    default_tags: Mapping[str, str] | None  # None: some of it is not known yet
    ignored_keys: frozenset[str] = frozenset()
    ignored_prefixes: tuple[str, ...] = ()

    @property
    def partition(self) -> str:
        """The first part of every ARN after `arn`."""
        return partition_of(self.region)

    def tags_all(self, tags: Value) -> Mapping[str, str] | None:
        """Return default tags with the resource's own over them; None when any of it is not known yet.

        As pulumi-aws does it (`applyTags` in its provider/tags.go).
        """
        if self.default_tags is None or has_unknown(tags):
            return None
        own = reveal(tags)
        merged = {**self.default_tags, **{k: str(v) for k, v in (own.items() if isinstance(own, dict) else ())}}
        return {key: value for key, value in merged.items() if not self._ignores(key)}

    def _ignores(self, key: str) -> bool:
        return key in self.ignored_keys or key.startswith(self.ignored_prefixes)


def partition_of(region: str) -> str:
    """Return the partition of a region."""
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b"}
    return next((name for prefix, name in prefixes.items() if region.startswith(prefix)), "aws")


def region_problem(name: str) -> str | None:
    """Say what is wrong with the name of a region, or None."""
    if _REGION.match(name):
        return None
    return f"{name!r} is not the name of an AWS region; expected one such as ap-northeast-2"


def problems_of(inputs: Bag, schema: ResourceSchema) -> list[Problem]:
    """List what is wrong with the inputs of a provider resource."""
    plain = _parsed(inputs, schema)
    problems = Checker(schema=schema, constraints=None).problems(plain)
    region = text(plain, "region")
    problem = region_problem(region) if region else None
    return [*problems, Problem(path="region", reason=problem)] if problem else problems


def _parsed(inputs: Bag, schema: ResourceSchema) -> Bag:
    """Provider configuration travels as text: lists, objects and booleans are JSON inside a string."""
    plain: Bag = {}
    for name, value in inputs.items():
        shape = schema.inputs[name].type if name in schema.inputs else None
        if name == "version":  # of the plugin: the engine's own entry
            continue
        plain[name] = _from_json(value) if isinstance(value, str) and shape != Scalar(name="string") else value
    return plain


def _from_json(value: str) -> Value:
    try:
        return json.loads(value)
    except ValueError:
        return value


def configured(raw: Bag, schema: ResourceSchema, environment: Mapping[str, str]) -> Configuration:
    """Read the inputs of a provider resource.

    Raises:
        SandboxError: no region is set, neither here nor in the environment.
    """
    inputs = _parsed(raw, schema)
    region = text(inputs, "region") or next(filter(None, map(environment.get, _REGION_VARIABLES)), "")
    if not region:
        raise SandboxError("no AWS region is configured: set region on the provider")
    ignored = reveal(inputs.get("ignoreTags"))
    ignored = ignored if isinstance(ignored, dict) else {}
    return Configuration(
        region=region,
        account=_account(inputs),
        default_tags=_default_tags(inputs.get("defaultTags")),
        ignored_keys=frozenset(_texts(ignored.get("keys"))),
        ignored_prefixes=tuple(_texts(ignored.get("keyPrefixes"))),
    )


def _account(inputs: Bag) -> str:
    """The account of the role that is assumed last, else the first allowed one."""
    roles = reveal(inputs.get("assumeRoles"))
    for role in reversed(roles if isinstance(roles, list) else []):
        arn = role.get("roleArn") if isinstance(role, dict) else None
        found = _ACCOUNT_IN_ARN.match(arn) if isinstance(arn, str) else None
        if found:
            return found[1]
    allowed = _texts(reveal(inputs.get("allowedAccountIds")))
    return allowed[0] if allowed else ACCOUNT


def _default_tags(value: Value) -> Mapping[str, str] | None:
    if has_unknown(value):
        return None
    found = reveal(value)
    tags = found.get("tags") if isinstance(found, dict) else None
    return {key: str(each) for key, each in tags.items()} if isinstance(tags, dict) else {}


def _texts(value: Value) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
