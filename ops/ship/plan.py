"""What a release does, from what is in the folder and what is in the bucket. Pure.

Whoever has an earlier page open still gets its assets: one that no release has any more is marked with the day on which
it left, and goes DAYS later. A page names what is there already: assets go before pages, and what is gone goes last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from components.edge.caching import paths_of
from ops.ship.errors import ShipError
from ops.ship.files import PAGE, File

DAYS = 30  # for which a page that was opened before a release finds what it names
LISTED = 30  # paths of one invalidation; beyond it is everything, which AWS counts as one (1000 a month are free)
EVERYTHING = "/*"
LEFT = "left"  # metadata of an asset that the last release no longer had: when it left, ISO 8601
# What of an address is sent as it is, the rest percent-encoded, as CloudFront asks for (RFC 1738)
_PLAIN = "/!$&'()*+,;=:@"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An object of the bucket, as S3 tells it."""

    sha256: str  # base64; empty where it was put without
    content_type: str
    cache_control: str
    left: datetime | None

    def is_as(self, file: File) -> bool:
        """Whether nothing has to be put."""
        said = self.sha256, self.content_type, self.cache_control, self.left
        return said == (file.sha256, file.content_type, file.cache_control, None)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Each step's files, in the order of the steps."""

    assets: Sequence[File]  # named after their content
    others: Sequence[File]  # of the same name, whatever they hold
    pages: Sequence[File]
    leaving: Sequence[str]  # keys: marked with the day
    removed: Sequence[str]  # keys: pages that are gone, and assets that left DAYS ago
    forgotten: Sequence[str]  # paths, by CloudFront
    same: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.put or self.leaving or self.removed or self.forgotten)

    @property
    def put(self) -> Sequence[File]:
        """All that is put, in the order in which it is."""
        return [*self.assets, *self.others, *self.pages]


def planned(
    files: Mapping[str, File], stored: Mapping[str, Stored], *, now: datetime, unfinished: Sequence[str]
) -> Plan:
    """What there is to do; `unfinished` are paths that an earlier run had CloudFront still to tell of.

    Raises:
        ShipError: what browsers keep for ever would become something else.
    """
    put = [file for key, file in files.items() if key not in stored or not stored[key].is_as(file)]
    for file in put:
        there = stored.get(file.key)
        if file.is_for_ever and there and there.sha256 not in ("", file.sha256):
            raise ShipError(
                f"{file.key} is in the bucket with other content, and browsers that have it keep it for a year; "
                "name it after its content, or move it out of _next/static/"
            )
    gone = {key: there for key, there in stored.items() if key not in files}
    pages = [key for key in gone if key.endswith(PAGE)]
    over = now - timedelta(days=DAYS)
    removed = [key for key, there in gone.items() if key in pages or (there.left is not None and there.left <= over)]
    # What is new was kept by no one; what is for ever did not change.
    changed = [file.key for file in put if file.key in stored and not file.is_for_ever]
    paths = {quote(path, safe=_PLAIN).replace("~", "%7E") for key in (*changed, *pages) for path in paths_of(key)}
    return Plan(
        assets=[file for file in put if file.is_for_ever],
        others=[file for file in put if not file.is_for_ever and not file.is_page],
        pages=[file for file in put if file.is_page and not file.is_for_ever],
        leaving=[key for key, there in gone.items() if there.left is None and key not in pages],
        removed=removed,
        forgotten=_few(sorted(paths | set(unfinished))),
        same=len(files) - len(put),
    )


def _few(paths: Sequence[str]) -> list[str]:
    return [EVERYTHING] if len(paths) > LISTED or EVERYTHING in paths else list(paths)
