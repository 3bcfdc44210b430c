"""What the public DNS says: whom a domain is delegated to. It is asked as users' resolvers do, not through AWS."""

from collections.abc import Callable

from dns import exception, resolver

SECONDS = 5.0  # until it counts as not to be told

ServersOf = Callable[[str], frozenset[str] | None]


def name_servers(domain: str) -> frozenset[str] | None:
    """The servers that a domain is delegated to; none where it is not, None where nobody answers."""
    try:
        answer = resolver.resolve(domain, "NS", lifetime=SECONDS)
    except (resolver.NXDOMAIN, resolver.NoAnswer):
        return frozenset()
    except (exception.DNSException, OSError):  # no network, a resolver that does not answer, or none at all
        return None
    return frozenset(str(each).rstrip(".").lower() for each in answer)
