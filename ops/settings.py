"""`python -m ops.settings --repository owner/name`: whether GitHub is set as .github says; nothing is changed there.

The ruleset and the environments are what makes a check required and a gate a gate. They live outside the repository,
where nobody reviews a change of them; so what they should be is checked in, and this tells where they are otherwise.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from ops.errors import OpsError
from ops.github import Gh, call
from sandbox.launch import ROOT

SERVICE = "{service}"  # in the name of an environment that every service has one of
_PAGE = 100  # of what GitHub lists at once


def otherwise(wanted: Any, found: Any, where: str) -> Iterator[str]:
    """Where what was found lacks something wanted; what GitHub adds of its own is no difference."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key, value in wanted.items():  # pyright: ignore[reportUnknownVariableType]
            yield from otherwise(value, found.get(key), f"{where}.{key}")  # pyright: ignore
    elif isinstance(wanted, list) and isinstance(found, list) and all(isinstance(each, dict) for each in wanted):  # pyright: ignore
        yield from _listed(wanted, found, where)  # pyright: ignore[reportUnknownArgumentType]
    elif (sorted(wanted) if isinstance(wanted, list) else wanted) != (  # pyright: ignore
        sorted(found) if isinstance(found, list) else found  # pyright: ignore
    ):
        yield f"{where} is {json.dumps(found)}; it should be {json.dumps(wanted)}"


def _listed(wanted: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]], where: str) -> Iterator[str]:
    """Lists of rules, checks and actors: each is known by its type or name, and one more is a difference too."""
    for key in ("type", "context", "actor_id"):
        if any(key in each for each in (*wanted, *found)):
            there, ours = ({each.get(key): each for each in some} for some in (found, wanted))
            yield from (f"{where}: {key} {name} is missing" for name in ours if name not in there)
            yield from (f"{where}: {key} {name} is there and should not" for name in there if name not in ours)
            for name in ours.keys() & there.keys():
                yield from otherwise(ours[name], there[name], f"{where}[{name}]")
            return


def rulesets(wanted: Mapping[str, Any], repository: str, gh: Gh) -> Iterator[str]:
    """Where the ruleset of that name is otherwise."""
    for each in gh(f"repos/{repository}/rulesets?per_page=100"):
        if each["name"] == wanted["name"]:
            whole = gh(f"repos/{repository}/rulesets/{each['id']}")
            given = dict(wanted)
            if "bypass_actors" not in whole:  # shown to administrators only
                sys.stderr.write(
                    "settings: who may bypass the ruleset is not shown to this login, and was not checked\n"
                )
                del given["bypass_actors"]
            yield from otherwise(given, whole, "ruleset")
            return
    yield f"there is no ruleset {wanted['name']!r}: import .github/ruleset.json"


def gates(wanted: Mapping[str, Any], services: Sequence[str]) -> dict[str, Any]:
    """Each environment by its name; one that is a service's own is there for every service."""
    return {
        name.replace(SERVICE, each): one
        for name, one in wanted.items()
        for each in (services if SERVICE in name else [""])
    }


def environments(wanted: Mapping[str, Any], services: Sequence[str], repository: str, gh: Gh) -> Iterator[str]:
    """Where an environment is missing, or lets through whom it should not."""
    found = {each["name"]: each for each in _environments(repository, gh)}
    for name, ours in gates(wanted, services).items():
        if name not in found:
            yield f"there is no environment {name}: a job that names it would run without a gate"
            continue
        rules: list[dict[str, Any]] = found[name].get("protection_rules") or []
        reviewers = sorted(
            str(each["reviewer"].get("slug") or each["reviewer"].get("login"))
            for rule in rules
            if rule["type"] == "required_reviewers"
            for each in rule["reviewers"]
        )
        if reviewers != sorted(ours["reviewers"]):
            yield f"environment {name}: reviewers are {reviewers}; they should be {sorted(ours['reviewers'])}"
        policy = found[name].get("deployment_branch_policy")
        if ours["branches"] == "protected" and not policy:
            yield f"environment {name}: any branch may deploy; it should be main and version tags only"


def _environments(repository: str, gh: Gh) -> Iterator[dict[str, Any]]:
    """Every environment there is; a hundred services have more than one page of them."""
    number, more = 1, True
    while more:
        page = gh(f"repos/{repository}/environments?per_page={_PAGE}&page={number}")["environments"]
        yield from page
        number, more = number + 1, len(page) == _PAGE


def run(arguments: Sequence[str], gh: Gh = call) -> int:
    """Compare, and print each difference; 1 if there is one.

    Raises:
        OpsError: GitHub refused.
    """
    parser = argparse.ArgumentParser(prog="ops.settings", description="whether GitHub is set as .github says")
    parser.add_argument("--repository", required=True, help="owner/name")
    parser.add_argument("--project", type=Path, default=ROOT, help="the repository's folder")
    given = parser.parse_args(arguments)
    if "/" not in given.repository:
        raise OpsError("REPOSITORY: name it as owner/name")
    ruleset, declared = (
        json.loads((given.project / ".github" / name).read_text(encoding="utf-8"))
        for name in ("ruleset.json", "environments.json")
    )
    services = sorted(path.parent.name for path in (given.project / "services").glob("*/Pulumi.yaml"))
    found = [
        *rulesets(ruleset, given.repository, gh),
        *environments(declared, services, given.repository, gh),
    ]
    sys.stdout.write("".join(f"{each}\n" for each in found) or "GitHub is set as .github says\n")
    return 1 if found else 0


def main() -> NoReturn:
    """Entry point; a user's mistake is one sentence on stderr and exit code 1."""
    try:
        code = run(sys.argv[1:])
    except OpsError as problem:
        sys.stderr.write(f"settings: {problem}\n")
        raise SystemExit(1) from None
    raise SystemExit(code)


if __name__ == "__main__":
    main()
