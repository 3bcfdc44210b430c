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
    """What each provider stands behind."""

    account: Account
    ledger: Ledger
    plan: Plan
    written: str  # the faults as they were asked for

    def calls(self) -> tuple[Calls, ...]:
        """For one provider's server, the first to hear of a call first."""
        return (Injection(self.plan, self.ledger), self.account) if self.written else (self.account,)

    def notice(self) -> str:
        """What a user must know of this run: a sentence, or nothing."""
        return f"sandbox: with faults: {self.written} (docs/faults.md); checkpoints are kept\n" if self.written else ""

    def taken(self, urn: str) -> Collection[str]:
        """The ids of a URN that are given already."""
        return self.account.taken(urn)


def behind(workspace: Workspace, environment: Mapping[str, str]) -> Behind:
    """Read the faults, and open the ledger.

    Raises:
        SandboxError: `SANDBOX_FAULTS` is not of its grammar.
    """
    written = environment.get(grammar.VARIABLE, "").strip()
    plan = Plan(grammar.read(written))
    ledger = Ledger(workspace.home / "ledger")
    account = Account(ledger, strict=environment[CHECKPOINTS] == "false")
    return Behind(account=account, ledger=ledger, plan=plan, written=written)
