"""The stage's zone in Route 53, and the delegation that only the owner of the name above it can make (REQ-E2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bootstrap.aws import Aws, unless
from bootstrap.dns import ServersOf, name_servers
from bootstrap.errors import BootstrapError
from bootstrap.plan import Lack, Step


@dataclass(frozen=True, kw_only=True)
class Zone:
    """The public zone of the stage's domain."""

    aws: Aws
    stage: str
    name: str  # without a dot at its end
    zone_id: str  # as the stage file has it
    servers_of: ServersOf = name_servers

    def step(self) -> Step:
        """The zone as it should be."""
        return Step(
            title=f"DNS zone {self.name}",
            look=self.look,
            undo="take the delegation back first; then aws route53 delete-hosted-zone --id ID",
            ask=self.ask,
        )

    def found(self) -> str | None:
        """The zone's id: the one that the stage file names, else the one that has the name.

        Raises:
            BootstrapError: the stage file names another domain's zone, or there are two of the name.
        """
        named = unless(lambda: self._dns.get_hosted_zone(Id=self.zone_id), "NoSuchHostedZone")
        if named is not None:
            if named["HostedZone"]["Name"].rstrip(".") != self.name:
                raise BootstrapError(
                    f"Pulumi.{self.stage}.yaml: startup-platform:domain.zone_id = {self.zone_id} is the zone of "
                    f"{named['HostedZone']['Name'].rstrip('.')}, not of {self.name}; give that of {self.name}"
                )
            return self.zone_id
        listed = self._dns.list_hosted_zones_by_name(DNSName=self.name)["HostedZones"]
        own = [
            str(each["Id"]).rpartition("/")[2]
            for each in listed
            if each["Name"].rstrip(".") == self.name and not each["Config"]["PrivateZone"]
        ]
        if len(own) > 1:
            raise BootstrapError(
                f"there are {len(own)} public zones of {self.name} ({', '.join(own)}): name the one that is delegated "
                f"to in Pulumi.{self.stage}.yaml, startup-platform:domain.zone_id, or delete the others"
            )
        return own[0] if own else None

    def look(self) -> Sequence[Lack]:
        """Whether there is none."""
        return [] if self.found() else [Lack(say="make it", do=self._make)]

    def ask(self) -> Sequence[str]:
        """What to write into the stage file, and what the owner of the name above has to know."""
        zone = self.found()
        if zone is None:
            return []
        asked: list[str] = []
        if zone != self.zone_id:
            asked.append(f"write into Pulumi.{self.stage}.yaml: startup-platform:domain.zone_id: {zone}")
        wanted, given = self._servers(zone), self.servers_of(self.name)
        if given == wanted:
            return asked
        elsewhere = f", which is delegated to {', '.join(sorted(given))} now" if given else ""
        above = self.name.partition(".")[2]
        where = f"in the zone of {above}, or " if "." in above else ""
        asked.append(
            f"delegate {self.name}{', unless it is' if given is None else elsewhere}: {where}at its registrar, NS "
            f"records to {', '.join(sorted(wanted))}"
        )
        return asked

    def is_delegated(self) -> bool | None:
        """Whether the public DNS leads to our zone; None where that cannot be told."""
        zone, given = self.found(), self.servers_of(self.name)
        return None if given is None else zone is not None and given == self._servers(zone)

    def _servers(self, zone: str) -> frozenset[str]:
        return frozenset(self._dns.get_hosted_zone(Id=zone)["DelegationSet"]["NameServers"])

    @property
    def _dns(self) -> Any:
        return self.aws.client("route53")

    def _make(self) -> None:
        # The same reference twice makes no second zone; AWS refuses it, and looking finds the first.
        self._dns.create_hosted_zone(Name=self.name, CallerReference=f"startup-platform-{self.stage}-{self.name}")
