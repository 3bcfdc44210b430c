"""Conformance packs (pure): the templates by which Config watches what an audit asks for (REQ-Y6).

Which managed rules, and with which parameters, is data beside this file; the text is made of it here.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

DATA = Path(__file__).parent / "packs"
ISMS_P, SOC2 = "isms_p", "soc2"
# Which packs belong to what a stage says of its audits, its setting `compliance`.
OF_COMPLIANCE: Mapping[str, tuple[str, ...]] = {
    "isms-p+soc2": (ISMS_P, SOC2),
    "isms-p": (ISMS_P,),
    "soc2": (SOC2,),
    "none": (),
}
# https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html
RULES_MAX = 130  # in a pack
TEMPLATE_BYTES_MAX = 51_200  # handed over as a text


def rules(pack: str) -> Mapping[str, Mapping[str, str]]:
    """The managed rules of a pack: identifier -> its parameters."""
    data: Any = yaml.safe_load((DATA / f"{pack}.yaml").read_text(encoding="utf-8"))
    return cast("Mapping[str, Mapping[str, str]]", data["rules"])


def template(pack: str) -> str:
    """The template of a pack, as JSON, which is YAML too and takes fewer bytes without its indentation."""
    resources = {
        "".join(word.capitalize() for word in identifier.split("_")): _rule(identifier, parameters)
        for identifier, parameters in rules(pack).items()
    }
    return json.dumps({"Resources": resources}, separators=(",", ":"))


def _rule(identifier: str, parameters: Mapping[str, str]) -> Mapping[str, object]:
    return {
        "Type": "AWS::Config::ConfigRule",
        "Properties": {
            "ConfigRuleName": identifier.lower().replace("_", "-"),
            **({"InputParameters": parameters} if parameters else {}),
            "Source": {"Owner": "AWS", "SourceIdentifier": identifier},
        },
    }
