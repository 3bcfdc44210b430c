"""Which paths of the stage's domain are kept how long, and by whom (REQ-S1, docs/adr/0016). Pure.

CloudFront is built with it, and a release of the front end is put with it, so that the two say the same.
"""

from fnmatch import fnmatchcase

ROUTES = ("/api/*", "/auth/*", "/ws", "/events")  # what goes to the services; the rest is the front end
MINUTE, DAY, YEAR = 60, 86_400, 31_536_000  # seconds
STATIC = "/_next/static/"  # named after their content, so for ever
IMAGES = "/images/"  # made by a service in many sizes
SHELL = "app"  # app.html answers for all below /app/
WELL_KNOWN = "/.well-known/"  # names that others have given (RFC 8615), some without an ending

FOR_EVER = f"public, max-age={YEAR}, immutable"
# A browser asks each time whether it is still the same; an edge only after a minute, or once it was told to forget.
ASK_AGAIN = f"public, max-age=0, must-revalidate, s-maxage={MINUTE}"


def is_for_ever(path: str) -> bool:
    """Whether what stands at a path, such as /_next/static/a.js, must never become something else."""
    return path.startswith(STATIC)


def is_of_services(path: str) -> bool:
    """Whether CloudFront asks the services for a path, never the front end's bucket."""
    return path.startswith(IMAGES) or any(fnmatchcase(path, pattern) for pattern in ROUTES)


def file_of(path: str) -> str:
    """The key of the file that answers a path of the front end, as functions/pages.js picks it."""
    if is_for_ever(path) or path.startswith(WELL_KNOWN):
        return path[1:]
    if path == f"/{SHELL}" or path.startswith(f"/{SHELL}/"):
        return f"{SHELL}.html"
    if path.endswith("/"):
        return f"{path[1:]}index.html"
    return path[1:] if "." in path.rpartition("/")[2] else f"{path[1:]}.html"


def paths_of(key: str) -> tuple[str, ...]:
    """Under which paths CloudFront may keep a file: as it was asked, and as the function has made it.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html
    """
    path = f"/{key}"
    if key == f"{SHELL}.html":
        return f"/{SHELL}", f"/{SHELL}/*", path
    if path.endswith("/index.html"):
        return path.removesuffix("index.html"), path
    return (path.removesuffix(".html"), path) if path.endswith(".html") else (path,)
