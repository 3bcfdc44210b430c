"""What a stage may spend: its share of its phase's budget, for the budgets and for the page that shows the bill."""

from components.operations.spending import Allowance
from components.settings import Settings


def allowance(settings: Settings) -> Allowance:
    """The stage's, of the phase it is in (REQ-F1)."""
    return Allowance(
        budget=settings.growth.budget, percent=settings.cost.budget_percent, krw_per_usd=settings.cost.krw_per_usd
    )
