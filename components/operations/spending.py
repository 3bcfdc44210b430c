"""What a budget is in AWS's terms, from what REQ-F1 gives in man-won (10,000 KRW) a month. No resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from components.phases import Budget

WON_PER_MAN_WON = 10_000

# What AWS's bill calls the services of each line. "EC2 - Other" is NAT gateways, volumes and traffic between zones
# together, which the bill does not part: it is all counted as compute, so the network line reads too low.
# https://docs.aws.amazon.com/cost-management/latest/userguide/ce-filtering.html
SERVICES_OF: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "compute": (
            "Amazon Elastic Compute Cloud - Compute",
            "EC2 - Other",
            "Amazon Elastic Container Service for Kubernetes",
            "Amazon EC2 Container Registry (ECR)",
        ),
        "database": ("Amazon Relational Database Service",),
        "cache": ("Amazon ElastiCache",),
        "network": (
            "Amazon Virtual Private Cloud",
            "Amazon Elastic Load Balancing",
            "Amazon CloudFront",
            "Amazon Route 53",
            "AWS WAF",
        ),
        "observability": ("AmazonCloudWatch", "AWS X-Ray"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """How much of a phase's budget a stage may spend, and what a dollar costs."""

    budget: Budget  # man-won a month, before value added tax
    percent: int  # of it, 1 to 100
    krw_per_usd: float

    @property
    def total(self) -> float:
        """US dollars a month. It binds."""
        return self._dollars(self.budget.total)

    @property
    def lines(self) -> Mapping[str, float]:
        """US dollars a month of each line, whose sum is the total. They are reported."""
        return {line: self._dollars(getattr(self.budget, line)) for line in SERVICES_OF}

    def _dollars(self, man_won: int) -> float:
        return man_won * WON_PER_MAN_WON * self.percent / 100 / self.krw_per_usd


def amount(dollars: float) -> str:
    """An amount as AWS Budgets takes it: cents, and at least one of them."""
    return f"{max(dollars, 0.01):.2f}"
