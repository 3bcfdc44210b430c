"""From a stage's configuration to its settings, or to a sentence for each thing that is wrong with it."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from components.naming import PROJECT
from components.phases import PHASES, PhaseName
from components.settings.stage import BROKEN_RULE, Settings, section_of
from components.sizes import SERVERLESS, DatabaseSize, Sizes

# Errors whose message goes on after "key = value", and says what to give instead; those of the second kind are about
# values that do not fit together, and name them.
_GO_ON = frozenset({"vpc_size", "vpc_private", "repeated", "acu_step", "too_wide", "private_caller"})
# What is wrong between sizes says so itself; their values would fill the screen.
_TOGETHER = frozenset(
    {
        "range",
        "never_pauses",
        "nobody_answers",
        "no_cluster",
        "cluster_and_add_ons",
        "standards_without_config",
        "stream_and_lake",
    }
)
_HIDDEN = ("identity", "social")  # below it stand secrets, so no value is shown


class SettingsError(pulumi.RunError):
    """A stage file that cannot be used; says file, key, value and what is allowed. Pulumi shows it without a trace."""


def load(
    *, stage: str, config: Mapping[str, str], beside: Mapping[str, Sequence[IPv4Network]] | None = None
) -> Settings:
    """Settings of a stage from its configuration as Pulumi hands it over: `namespace:key` to text, objects as JSON.

    Args:
        stage: the stack's name.
        config: of this project and, by mistake, of others.
        beside: what networks the other stages have (see `cidrs_beside`); none of this stage's may overlap them.

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
        problems += [_sentence(stage, problem) for problem in _innermost(error)]
        raise SettingsError("\n".join(problems)) from None
    problems += [*_of_sizes(settings), *_of_neighbours(settings, beside or {})]
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def cidrs_beside(stage: str, folder: Path) -> dict[str, list[IPv4Network]]:
    """The networks that the other stage files in a folder name; what is wrong with those files is not said here."""
    found: dict[str, list[IPv4Network]] = {}
    for path in sorted(folder.glob("Pulumi.*.yaml")):
        other = path.name.split(".")[1]
        if other != stage:
            found[other] = [*_cidrs(path)]
    return found


def _cidrs(path: Path) -> Iterator[IPv4Network]:
    try:
        config: Any = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError):
        return
    for section in ("network", "recovery"):
        try:
            yield IPv4Network(config[f"{PROJECT}:{section}"]["cidr"])
        except (KeyError, TypeError, ValueError):
            continue


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


def _of_sizes(settings: Settings) -> Iterator[str]:
    """Every phase that the file changes is checked, also one that the stage is not in yet."""
    for phase in settings.sizes:
        try:
            sizes = Sizes.model_validate(settings.sizes_given(phase))
        except ValidationError as error:
            for problem in _innermost(error):
                below = {**problem, "loc": ("sizes", str(phase), *problem["loc"])}
                yield _sentence(settings.stage, below)  # pyright: ignore[reportArgumentType]
        else:
            if PHASES[phase].regions > 1:
                yield from _of_two_regions(f"Pulumi.{settings.stage}.yaml: {PROJECT}:sizes.{phase}", sizes.database)


def _of_two_regions(where: str, size: DatabaseSize) -> Iterator[str]:
    """What a database may not be that another region reads from.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database-getting-started.html
    """
    if size.instance_class.startswith("db.t"):
        yield (
            f"{where}.database.instance_class = {json.dumps(size.instance_class)} is burstable, which Aurora refuses "
            "in a phase with two regions; give db.serverless, or a class such as db.r7g.large"
        )
    if size.instance_class == SERVERLESS and size.acu_min == 0:
        yield (
            f"{where}.database.acu_min = 0 never pauses in a phase with two regions, whose copy keeps it awake; "
            "give 0.5 or more"
        )


def _innermost(error: ValidationError) -> list[ErrorDetails]:
    """Its problems without those of a list that has a problem itself: without the element it is too short as well."""
    found = error.errors()
    within = {problem["loc"][:depth] for problem in found for depth in range(len(problem["loc"]))}
    return [problem for problem in found if problem["loc"] not in within]


def _of_neighbours(settings: Settings, beside: Mapping[str, Sequence[IPv4Network]]) -> Iterator[str]:
    for section in ("network", "recovery"):
        cidr: IPv4Network = getattr(settings, section).cidr
        for stage, networks in beside.items():
            if any(cidr.overlaps(each) for each in networks):
                yield (
                    f"Pulumi.{settings.stage}.yaml: {PROJECT}:{section}.cidr = {json.dumps(str(cidr))} overlaps a "
                    f"network of Pulumi.{stage}.yaml; give a /16 that no other stage has, so that they can be connected"
                )


def _sentence(stage: str, problem: ErrorDetails) -> str:
    """File, key, value, what is allowed."""
    location = [str(part) for part in problem["loc"]]
    if location == ["stage"]:
        return f"there is no stage {stage!r}: a stack is named dev, stg or prod"
    if problem["type"] == BROKEN_RULE:
        return f"Pulumi.{stage}.yaml: {problem['msg']}"
    return f"Pulumi.{stage}.yaml: {PROJECT}:{_what_is_wrong(location, problem)}"


def _what_is_wrong(location: Sequence[str], problem: ErrorDetails) -> str:
    key = ".".join(location)
    fields, description = _around(location)
    match problem["type"]:
        case "extra_forbidden":
            return f"{key} is no setting; {_choice(location[-1], fields)}"
        case "enum" if location[-1] == "[key]":
            return f"{'.'.join(location[:-1])} is no phase; {_choice(location[-2], list(PhaseName))}"
        case "missing":
            return f"{key} is missing; give {description}"
        case kind if kind in _TOGETHER:
            return f"{key} {problem['msg']}"
        case kind if kind in _GO_ON:
            return f"{key}{_shown(location, problem)} {problem['msg']}"
        case _:
            return f"{key}{_shown(location, problem)} is not allowed; give {description}"


def _shown(location: Sequence[str], problem: ErrorDetails) -> str:
    if tuple(location[:2]) == _HIDDEN or list(location) == ["identity"]:
        return ""
    return f" = {json.dumps(problem['input'], default=str, ensure_ascii=False)}"


def _choice(given: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(given, names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{hint}There is: {', '.join(names)}"


def _around(location: Sequence[str]) -> tuple[list[str], str]:
    """The keys that stand beside the one at `location`, and the description of that one (or of the nearest above)."""
    model: type[BaseModel] = Settings
    description = ""
    parts = list(location)
    if len(parts) > 2 and parts[0] == "sizes":  # phase: a key that any of them may be
        model, parts = Sizes, parts[2:]
    for part in parts:
        names = [name for name in model.model_fields if name != "stage"]
        if part not in model.model_fields:
            return names, description
        field = model.model_fields[part]
        description = field.description or ""
        below = section_of(field.annotation)
        if below is None:
            return names, description
        model = below
    return [name for name in model.model_fields if name != "stage"], description
