"""Where a stage's regions are, and how the resources of each are called: the only place that says so. Pure."""

from dataclasses import dataclass

from components.naming import Scope
from components.settings import Settings
from components.settings.sections import NetworkSettings

# Short, since AWS takes 32 letters for a load balancer and its target groups, and the engine adds eight of them.
OTHER = "dr-"


@dataclass(frozen=True, kw_only=True)
class Place:
    """One region as a value."""

    scope: Scope
    network: NetworkSettings
    prefix: str  # of logical names; the first region has none, so that a second one renames nothing

    def named(self, title: str) -> str:
        """The logical name of a component: `encryption`, and `dr-encryption` in the second region."""
        return f"{self.prefix}{title}"


def places(settings: Settings) -> tuple[Place, ...]:
    """The stage's regions: its own, and from the phase on that has two the other one."""
    first = Place(scope=settings.scope(), network=settings.network, prefix="")
    other = Place(scope=settings.scope(settings.other_region), network=settings.recovery, prefix=OTHER)
    return (first, other)[: settings.growth.regions]
