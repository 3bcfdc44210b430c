"""What AWS says of each action that changes something: whether naming a resource would narrow it.

Read from `data/iam_actions.json`, which `tools/iam_table.py` makes from AWS's Service Authorization Reference. It is
opened when the first policy document is judged, not when the pack starts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

# The reads that hand out what a service keeps, or what a model makes of it, rather than how it is set up. All of them
# take ARNs.
DATA_READS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "athena": ("getqueryresults",),
        "bedrock": ("invokeagent", "invokemodel", "invokemodelwithresponsestream", "retrieve"),
        "codecommit": ("gitpull",),
        "dynamodb": ("batchgetitem", "getitem", "getrecords", "partiqlselect", "query", "scan"),
        "ebs": ("getsnapshotblock",),
        "ecr": ("batchgetimage", "getdownloadurlforlayer"),
        "es": ("eshttpget",),
        "kinesis": ("getrecords", "subscribetoshard"),
        "kms": ("decrypt",),
        "lambda": ("getfunction",),  # its code and its environment
        "logs": ("filterlogevents", "getlogevents", "startquery"),
        "rds-db": ("connect",),  # every table of the database, as that user
        "rds": ("downloadcompletedblogfile", "downloaddblogfileportion"),
        "redshift": ("getclustercredentials", "getclustercredentialswithiam"),
        "redshift-serverless": ("getcredentials",),
        "s3": ("getobject", "getobjectversion"),
        "sagemaker": ("invokeendpoint", "invokeendpointasync"),
        "secretsmanager": ("getsecretvalue",),
        "sqs": ("receivemessage",),
        "ssm": ("getparameter", "getparameterhistory", "getparameters", "getparametersbypath"),
    }
)

# Granted on `*` by AWS's own policies for the networks of functions and pods, for the SSM agent, for whatever writes
# logs, and by what deploys to ECS: an instance, interface or revision is named only once it exists; a line that is
# added to a log shows nobody anything.
_NAMED_TOO_LATE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "ec2": frozenset(
            {
                "assignipv6addresses",
                "assignprivateipaddresses",
                "attachnetworkinterface",
                "createnetworkinterface",
                "deletenetworkinterface",
                "detachnetworkinterface",
                "unassignipv6addresses",
                "unassignprivateipaddresses",
            }
        ),
        "ecs": frozenset({"registertaskdefinition"}),
        "logs": frozenset({"createloggroup", "createlogstream", "putlogevents"}),
        "ssm": frozenset(
            {
                "putcomplianceitems",
                "updateassociationstatus",
                "updateinstanceassociationstatus",
                "updateinstanceinformation",
            }
        ),
    }
)


@cache
def _changes() -> Mapping[str, Mapping[str, str]]:
    """Per service the actions that change something, in small letters, with their level; a capital takes an ARN."""
    listed = json.loads((Path(__file__).parent / "data" / "iam_actions.json").read_text("utf-8"))["services"]
    return {service: dict(_actions(levels)) for service, levels in listed.items()}


def _actions(levels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for level, verbs in levels.items():
        for group in verbs.lower().split():
            verb, _, nouns = group.partition(":")
            for noun in nouns.split(","):
                yield verb + noun, level


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern covers a text as AWS compares them: `*` is any text, `?` any letter, case is ignored."""
    return _pattern(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def takes_resources(action: str) -> bool:
    """Whether naming a resource would narrow a change that an action pattern covers; data reads are not counted."""
    service, _, name = action.lower().partition(":")
    left_out = _NAMED_TOO_LATE.get(service, frozenset()) | frozenset(DATA_READS.get(service, ()))
    held = _changes().get(service, {})
    return any(level.isupper() and each not in left_out and matches(name, each) for each, level in held.items())


@lru_cache(maxsize=4096)
def changes(action: str) -> Mapping[str, str] | None:
    """The changes that an action pattern covers, with their levels; None when AWS's reference lacks the service."""
    service, _, name = action.lower().partition(":")
    listed = _changes().get(service)
    return None if listed is None else {each: level for each, level in listed.items() if matches(name, each)}


@lru_cache(maxsize=4096)
def reads_data(action: str) -> bool:
    """Whether an action pattern covers one that hands out what a service keeps."""
    service, _, name = action.lower().partition(":")
    return any(matches(name, each) for each in DATA_READS.get(service, ()))
