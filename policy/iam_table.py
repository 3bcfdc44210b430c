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

# The reads that hand out what a service keeps, rather than how it is set up. All of them take ARNs.
DATA_READS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "athena": ("getqueryresults",),
        "codecommit": ("gitpull",),
        "dynamodb": ("batchgetitem", "getitem", "getrecords", "partiqlselect", "query", "scan"),
        "ebs": ("getsnapshotblock",),
        "ecr": ("batchgetimage", "getdownloadurlforlayer"),
        "es": ("eshttpget",),
        "kinesis": ("getrecords", "subscribetoshard"),
        "kms": ("decrypt",),
        "lambda": ("getfunction",),  # its code and its environment
        "logs": ("filterlogevents", "getlogevents", "startquery"),
        "rds": ("downloadcompletedblogfile", "downloaddblogfileportion"),
        "redshift": ("getclustercredentials", "getclustercredentialswithiam"),
        "redshift-serverless": ("getcredentials",),
        "s3": ("getobject", "getobjectversion"),
        "secretsmanager": ("getsecretvalue",),
        "sqs": ("receivemessage",),
        "ssm": ("getparameter", "getparameterhistory", "getparameters", "getparametersbypath"),
    }
)

# Granted on `*` by AWS's own policies for Lambda functions in a VPC and for the SSM agent: an instance or interface is
# named only once it exists, and only by the service that made it.
_NAMED_TOO_LATE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "ec2": frozenset(
            {
                "assignprivateipaddresses",
                "createnetworkinterface",
                "deletenetworkinterface",
                "unassignprivateipaddresses",
            }
        ),
        "ssm": frozenset(
            {
                "putcomplianceitems",
                "putconfigurepackageresult",
                "putinventory",
                "updateassociationstatus",
                "updateinstanceassociationstatus",
                "updateinstanceinformation",
            }
        ),
    }
)


@cache
def _changes() -> Mapping[str, Mapping[str, bool]]:
    """Per service the actions that change something, in small letters: whether each takes an ARN."""
    listed = json.loads((Path(__file__).parent / "data" / "iam_actions.json").read_text("utf-8"))["services"]
    return {service: dict(_actions(levels)) for service, levels in listed.items()}


def _actions(levels: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    for level, verbs in levels.items():
        for group in verbs.lower().split():
            verb, _, nouns = group.partition(":")
            for noun in nouns.split(","):
                yield verb + noun, level.isupper()


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
    return any(takes and each not in left_out and matches(name, each) for each, takes in held.items())


@lru_cache(maxsize=4096)
def reads_data(action: str) -> bool:
    """Whether an action pattern covers one that hands out what a service keeps."""
    service, _, name = action.lower().partition(":")
    return any(matches(name, each) for each in DATA_READS.get(service, ()))
