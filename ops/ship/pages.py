"""Which files of its own site a page cannot do without: scripts, styles, icons, media. Links to pages are not. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

from components.edge.caching import SHELL

_HOST = "https://site.invalid"  # stands for the site's own; RFC 6761 says that nobody else has it
_SOURCES = frozenset({"audio", "embed", "img", "input", "script", "source", "track", "video"})
_SETS = {"img": "srcset", "source": "srcset", "link": "imagesrcset"}
# Of a link, what a browser fetches for the page itself: https://html.spec.whatwg.org/multipage/links.html#linkTypes
_FETCHED = frozenset({"apple-touch-icon", "icon", "manifest", "modulepreload", "preload", "stylesheet"})


@dataclass(frozen=True, kw_only=True)
class Asset:
    """What a page names."""

    said: str
    path: str | None  # of the site; None if it is another site's, or no file


def named(key: str, page: str) -> list[Asset]:
    """What the page of a key names, in its order."""
    reading = _Reading(_address(key))
    reading.feed(page)
    reading.close()
    return reading.found


def _address(key: str) -> str:
    """Where a browser has the page; the shell anywhere below its path, where a relative name leads astray."""
    return f"{_HOST}/{SHELL}/anywhere/else" if key == f"{SHELL}.html" else f"{_HOST}/{key}"


class _Reading(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self.found: list[Asset] = []
        self._base = base

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value.strip() for name, value in attrs if value}
        if tag == "base" and "href" in given:
            self._base = urljoin(self._base, given["href"])
        self.found.extend(self._asset(said) for said in _said(tag, given))

    def _asset(self, said: str) -> Asset:
        address = urlsplit(urljoin(self._base, said))
        is_ours = f"{address.scheme}://{address.netloc}" == _HOST and not said.startswith(("#", "?"))
        return Asset(said=said, path=unquote(address.path) if is_ours else None)


def _said(tag: str, given: dict[str, str]) -> Iterator[str]:
    if tag in _SOURCES:
        yield from (given[name] for name in ("src", "poster") if name in given)
    if tag == "link" and "href" in given and _FETCHED & set(given.get("rel", "").lower().split()):
        yield given["href"]
    if tag in _SETS and _SETS[tag] in given:
        # Candidates end with a comma and white space; an address may have commas in it, a data: one does.
        yield from (each.split()[0].rstrip(",") for each in given[_SETS[tag]].split(", ") if each.strip())
