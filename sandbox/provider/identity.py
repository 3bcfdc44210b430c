"""Ids and ARNs in AWS's real form, the same in every run: derived from the URN, not drawn.

A template names what it takes: `{region}`, `{account}`, `{partition}`, an input such as `{bucket}`, the `{id}` made
before, or invented digits: `{hex17}`, `{hex32}`, `{uuid}`, `{alnum26}`. `{path|/}` has a default; `{hex17.main}` is a
second, independent number of the same resource.
"""

import hashlib
import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from sandbox.provider.configuration import Configuration
from sandbox.schema.values import Bag, Value, reveal

_FIELD = re.compile(r"\{(?P<name>\w+)(?:@(?P<owner>\w+))?(?:\.(?P<label>\w+))?(?:\|(?P<default>[^{}]*))?\}")
_INVENTED = re.compile(r"^(hex|hexupper|digits|alnum|upper|lower)(\d+)$")
_ALPHABETS: Mapping[str, str] = {
    "hex": string.digits + "abcdef",
    "hexupper": string.digits + "ABCDEF",
    "digits": string.digits,
    "alnum": string.ascii_letters + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "lower": string.ascii_lowercase + string.digits,
}
_AFTER_PREFIX = "20260101000000{digits12}"  # Terraform adds the time to a name prefix


def arn(service: str, resource: str) -> str:
    """Return the template of a regional ARN."""
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"


def global_arn(service: str, resource: str) -> str:
    """Return the template of an ARN without a region."""
    return f"arn:{{partition}}:{service}::{{account}}:{resource}"


def bare_arn(service: str, resource: str) -> str:
    """Return the template of an ARN with neither region nor account."""
    return f"arn:{{partition}}:{service}:::{resource}"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """How one type is identified, and which of its outputs follow from that."""

    id: str
    arn: str | None = None
    outputs: Mapping[str, Value] | None = None  # templates, also inside lists and objects


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What templates are filled from: one resource, of one provider instance."""

    token: str
    urn: str
    generation: int  # 0, or more where the ids of earlier generations are taken
    inputs: Bag
    configuration: Configuration
    known: Mapping[str, str]  # values made so far, such as `id`

    @property
    def region(self) -> str:
        """The resource's own region, else its provider's."""
        own = reveal(self.inputs.get("region"))
        return own if isinstance(own, str) else self.configuration.region

    @property
    def logical_name(self) -> str:
        """The name in the program."""
        return self.urn.rpartition("::")[2]

    def knowing(self, **values: str) -> "Scope":
        """Return the scope with values that were made."""
        return replace(self, known={**self.known, **values})

    def in_generation(self, number: int) -> "Scope":
        """Return the scope of a later resource of the same URN."""
        return replace(self, generation=number)

    def fill(self, template: str) -> str:
        """Fill a template. A property that is not set, and has no default, gives the logical name."""
        return _FIELD.sub(self._field, template)

    def fill_all(self, value: Value) -> Value:
        """Fill every template in a structure."""
        match value:
            case str():
                return self.fill(value)
            case list():
                return [self.fill_all(item) for item in value]
            case dict():
                return {key: self.fill_all(item) for key, item in value.items()}
            case _:
                return value

    def _field(self, found: re.Match[str]) -> str:
        name, label = found["name"], found["label"] or ""
        owner = self._value(found["owner"], None) if found["owner"] else f"{self.urn}|{self.generation}"
        if name == "octet":
            return str(1 + int(self._invent("hex", 4, owner, label), 16) % 254)
        if name == "uuid":
            digits = self._invent("hex", 32, owner, label)
            return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        invented = _INVENTED.match(name)
        if invented:
            return self._invent(invented[1], int(invented[2]), owner, label)
        return self._value(name, found["default"])

    def _value(self, name: str, default: str | None) -> str:
        own = {
            "region": self.region,
            "account": self.configuration.account,
            "partition": self.configuration.partition,
            **self.known,
        }
        if name in own:
            return own[name]
        given = reveal(self.inputs.get(name))
        if given is not None:
            return str(given).lower() if isinstance(given, bool) else str(given)
        prefix = reveal(self.inputs.get(f"{name}Prefix"))
        if isinstance(prefix, str):
            return prefix + self.fill(_AFTER_PREFIX)
        return self.logical_name if default is None else default

    def _invent(self, alphabet: str, length: int, owner: str, label: str) -> str:
        letters = _ALPHABETS[alphabet]
        seed = f"{owner}|{label}|{alphabet}{length}"
        return "".join(letters[byte % len(letters)] for byte in hashlib.shake_256(seed.encode()).digest(length))


Row: TypeAlias = Identity | Callable[[Bag], Identity]  # some identities depend on the inputs
