"""What stands between the engine and the providers of one run: the account's ledger, and the faults asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sandbox.faults import grammar
from sandbox.faults.injection import Injection
from sandbox.faults.plan import Plan
from sandbox.ledger import Ledger
from sandbox.provider.account import Account
from sandbox.provider.calls import Calls
from sandbox.workspace import CHECKPOINTS, Workspace


@dataclass(frozen=True, kw_only=True)
class Behind:
    """What the providers stand behind, the first to hear of a call first."""

    account: Account
    calls: tuple[Calls, ...]

    def taken(self, urn: str) -> Collection[str]:
        """The ids of a URN that are given already."""
        return self.account.taken(urn)


def behind(workspace: Workspace, environment: Mapping[str, str]) -> Behind:
    """Read the faults, and open the ledger.

    Raises:
        SandboxError: `SANDBOX_FAULTS` is not of its grammar.
    """
    faults = grammar.read(environment.get(grammar.VARIABLE, ""))
    ledger = Ledger(workspace.home / "ledger")
    account = Account(ledger, strict=environment[CHECKPOINTS] == "false")
    return Behind(account=account, calls=(*((Injection(Plan(faults), ledger),) if faults else ()), account))
