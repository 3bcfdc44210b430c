"""Which resource types take tags, for policies that must know: `python -m sandbox.schema.taggable` prints it as JSON.

Two of them take a list of objects instead of a map: `aws:autoscaling/group:Group` (key, value, propagateAtLaunch) and
`aws:devopsguru/resourceCollection:ResourceCollection`, whose tags are not its own but what it looks for.
"""

import json
import sys
from collections.abc import Mapping

from sandbox.schema.sdk import Sdk
from sandbox.schema.source import SourceFile


def taggable(sdk: Sdk) -> list[str]:
    """List every resource type with a `tags` input, sorted."""
    return [token for token in sdk.tokens() if _takes_tags(*sdk.source(token))]


def _takes_tags(file: SourceFile, name: str) -> bool:
    return "tags" in file.arguments_of(name)


def report(sdk: Sdk) -> Mapping[str, object]:
    """Return what is printed: of which SDK, and the list."""
    return {"sdk": sdk.name, "types": taggable(sdk)}


def main() -> None:
    """Print it."""
    sys.stdout.write(json.dumps(report(Sdk.installed("aws")), indent=2) + "\n")


if __name__ == "__main__":
    main()
