"""The heavy features that a surge of traffic may take away (REQ-K1), as AppConfig wants them written: pure.

Each names what users get in its place: a toggle that leaves a hole is no way out. A service asks for a flag by the name
here, and takes a flag that it does not find for one that is on.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType

PROFILE_TYPE = "AWS.AppConfig.FeatureFlags"
CONTENT_TYPE = "application/json"

# Name -> what it is, and what stays when it is off. A name is a small letter and then up to 63 letters, digits, - or _:
# https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html
HEAVY_FEATURES: Mapping[str, str] = MappingProxyType(
    {
        "chat": "Chat answered by a model (REQ-S8); off: the entry to it is hidden",
        "summaries": "Summaries of posts by a model (REQ-S8); off: the first lines of a post",
        "recommended_feed": "The feed by the recommendation endpoint (REQ-V3, REQ-V4); off: the followed feed",
        "ranked_feed": "The feed by rank (REQ-V3); off: by time, newest first, from the cache",
        "ad_ranking": "Advertisements chosen by a model (REQ-S8); off: the same ones for everybody",
        "live_push": "Notifications by WebSocket or SSE (REQ-V5); off: asked for once a minute",
    }
)


def all_on() -> str:
    """The flag set that a stage begins with."""
    return json.dumps(
        {
            "version": "1",
            "flags": {name: {"name": name, "description": says} for name, says in HEAVY_FEATURES.items()},
            "values": {name: {"enabled": True} for name in HEAVY_FEATURES},
        }
    )


def schema() -> str:
    """A validator: whoever toggles in a hurry can neither drop a feature, misspell one, nor leave it undecided.

    In the draft that AppConfig's validators know:
    https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-configuration-and-profile-validators.html
    """
    return json.dumps(
        {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "type": "object",
            "required": ["version", "flags", "values"],
            "properties": {
                "version": {"type": "string", "enum": ["1"]},
                "flags": _each({"type": "object"}),
                "values": _each(
                    {"type": "object", "required": ["enabled"], "properties": {"enabled": {"type": "boolean"}}}
                ),
            },
        }
    )


def _each(what: Mapping[str, object]) -> Mapping[str, object]:
    return {
        "type": "object",
        "required": sorted(HEAVY_FEATURES),
        "properties": dict.fromkeys(sorted(HEAVY_FEATURES), what),
        "additionalProperties": False,
    }
