"""A folder as the files of a release: what each is, how long it is kept, and what must not be there. Reads only."""

import base64
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from components.edge import caching
from ops.ship.errors import ShipError
from ops.ship.pages import Asset, named

INDEX = "index.html"
PAGE = ".html"
OWN = "_ship/"  # where a release keeps what it still has to do

# What Python's own table lacks, or has otherwise from version to version; https://www.iana.org/assignments/media-types
_TYPES: Mapping[str, str] = {
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".map": "application/json",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
_OF_PYTHON = mimetypes.MimeTypes()  # its own table, not this machine's
_TEXT = frozenset({"application/manifest+json", "application/xml", "image/svg+xml"})


@dataclass(frozen=True, kw_only=True)
class File:
    """One file, as S3 gets it."""

    key: str
    place: Path
    sha256: str  # base64, as S3 says and checks it
    content_type: str
    cache_control: str

    @property
    def is_page(self) -> bool:
        """Whether it is what names other files, and so goes last."""
        return self.key.endswith(PAGE)

    @property
    def is_for_ever(self) -> bool:
        """Whether browsers never ask for it again."""
        return caching.is_for_ever(f"/{self.key}")


def read(folder: Path, shown: str) -> dict[str, File]:
    """The files by their key; `shown` is what messages call the folder.

    Raises:
        ShipError: there is no folder, or something in it that cannot be a release.
    """
    if not folder.is_dir():
        raise ShipError(f"IN={shown}: there is no such folder; give the one that has {INDEX}")
    found: dict[str, File] = {}
    for place in sorted(folder.rglob("*")):
        key = place.relative_to(folder).as_posix()
        _refuse(place, key, shown)
        if place.is_file():
            found[key] = _file(place, key)
    if not found:
        raise ShipError(f"IN={shown}: the folder is empty; build the front end first")
    if INDEX not in found:
        raise ShipError(f"IN={shown}: there is no {INDEX}, the page that / answers with; give the folder that has it")
    _refuse_missing(found, shown)
    return found


def _refuse(place: Path, key: str, shown: str) -> None:
    where, path = f"{shown}/{key}", f"/{key}"
    if place.is_symlink():
        raise ShipError(f"{where} is a link; a release has files only, so put the file itself there")
    hidden = [part for part in PurePosixPath(key).parts if part.startswith(".")]
    if hidden and not (path + "/").startswith(caching.WELL_KNOWN):
        raise ShipError(f"{where} is hidden, and what is hidden is not shipped; remove it (.well-known/ alone may be)")
    if place.is_dir():
        return
    if caching.is_of_services(path):
        raise ShipError(
            f"{where} would never be seen: CloudFront asks the services for {path}; move it out of "
            f"{', '.join((*caching.ROUTES, f'{caching.IMAGES}*'))}"
        )
    if key.startswith(OWN):
        raise ShipError(f"{where}: below {OWN} a release notes what it still has to do; move the file elsewhere")
    answering = caching.file_of(path)
    if answering != key and not key.startswith(f"{caching.SHELL}/"):
        raise ShipError(f"{where} would never be seen: CloudFront answers {path} with {answering}; give it an ending")


def _file(place: Path, key: str) -> File:
    return File(
        key=key,
        place=place,
        sha256=base64.b64encode(hashlib.sha256(place.read_bytes()).digest()).decode(),
        content_type=_content_type(key),
        cache_control=caching.FOR_EVER if caching.is_for_ever(f"/{key}") else caching.ASK_AGAIN,
    )


def _content_type(key: str) -> str:
    ending = PurePosixPath(key).suffix.lower()
    if not ending:
        return "application/json"  # Apple's association of apps and sites, the one name without an ending in use
    known = _TYPES.get(ending) or _OF_PYTHON.types_map[True].get(ending, "application/octet-stream")
    return f"{known}; charset=utf-8" if known.startswith("text/") or known in _TEXT else known


def _refuse_missing(found: Mapping[str, File], shown: str) -> None:
    """Whether each page finds what it names."""
    for file in found.values():
        if not file.is_page:
            continue
        try:
            page = file.place.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise ShipError(f"{shown}/{file.key} is not UTF-8, as which it is sent; save it so") from None
        for asset in named(file.key, page):
            _refuse_one(asset, found, f"{shown}/{file.key}")


def _refuse_one(asset: Asset, found: Mapping[str, File], page: str) -> None:
    if asset.path is None or caching.is_of_services(asset.path):
        return
    key = caching.file_of(asset.path)
    if f"/{key}" != asset.path and not asset.path.endswith("/"):
        raise ShipError(
            f"{page} names {asset.said}, which CloudFront answers with {key}; name a file by its whole path"
        )
    if key not in found:
        raise ShipError(f"{page} names {asset.said}, and there is no {key} in the folder; a page would be shown broken")
