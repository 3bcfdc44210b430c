"""The questions that the lake answers (pure): each a file of `queries/`, with the tables' names put in."""

from collections.abc import Mapping
from pathlib import Path
from string import Template

QUERIES = Path(__file__).parent / "queries"
TABLES = (
    "alb_logs",
    "cloudfront_logs",
    "costs",
    "events",
    "marketing_spend",
    "service_logs",
    "subscriptions",
    "users",
)
# Won for a dollar: the rate that the budgets of `phases` are converted with, rounded to hundreds.
KRW_PER_USD = 1400


def titles() -> list[str]:
    """What there is to ask, in the order of the alphabet: k5_active_users, ..."""
    return sorted(path.stem for path in QUERIES.glob("*.sql"))


def says(title: str) -> str:
    """What a question is for: the comment that it begins with, as one line."""
    lines = _text(title).splitlines()
    comment = [line.removeprefix("--").strip() for line in lines if line.startswith("--")]
    return " ".join(comment)


def text(title: str, *, database: str, budget_manwon: int) -> str:
    """The query as Athena gets it. A name that no table has is an error, here and not in front of a user."""
    names: Mapping[str, str] = {table: f'"{database}"."{table}"' for table in TABLES}
    return Template(_text(title)).substitute(names, krw_per_usd=KRW_PER_USD, budget_manwon=budget_manwon)


def _text(title: str) -> str:
    return (QUERIES / f"{title}.sql").read_text(encoding="utf-8")
