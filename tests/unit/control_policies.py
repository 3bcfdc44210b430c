"""Whether a control policy refuses a request, by the few operators that ours use; one that it lacks is an error."""

import json
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, cast

Context = Mapping[str, str]


def refuses(content: str, action: str, context: Context, resource: str = "*") -> list[str]:
    """The Sids of the statements that refuse it.

    Args:
        content: the policy.
        action: such as `ec2:RunInstances`.
        context: the request's condition keys; one that is not there is not there for AWS either.
        resource: what it acts on; `*` for what every pattern of ours means to be of.
    """
    statements: list[dict[str, Any]] = json.loads(content)["Statement"]
    return [each["Sid"] for each in statements if _applies(each, action, context, resource)]


def _applies(statement: Mapping[str, Any], action: str, context: Context, resource: str) -> bool:
    named = any(fnmatchcase(action, each) for each in statement.get("Action", statement.get("NotAction")))
    is_meant = named if "Action" in statement else not named
    reaches = resource == "*" or any(fnmatchcase(resource, each) for each in statement["Resource"])
    conditions: Mapping[str, Mapping[str, Any]] = statement.get("Condition", {})
    return (
        statement["Effect"] == "Deny"
        and is_meant
        and reaches
        and all(
            _holds(operator, context.get(key), wanted)
            for operator, lines in conditions.items()
            for key, wanted in lines.items()
        )
    )


def _holds(operator: str, got: str | None, wanted: str | Sequence[str]) -> bool:
    values = [wanted] if isinstance(wanted, str) else cast("list[str]", wanted)
    if operator == "Null":
        return (got is None) == (values == ["true"])
    base = operator.removesuffix("IfExists")
    # A key that is absent satisfies a negated operator, and one that may be absent.
    if got is None:
        return base != operator or "Not" in base
    return _OPERATORS[base](got, values)


_OPERATORS: Mapping[str, Callable[[str, Sequence[str]], bool]] = {
    "ArnLike": lambda got, values: any(fnmatchcase(got, each) for each in values),
    "ArnNotLike": lambda got, values: not any(fnmatchcase(got, each) for each in values),
    "Bool": lambda got, values: got in values,
    "NumericGreaterThan": lambda got, values: float(got) > float(values[0]),
    "NumericLessThan": lambda got, values: float(got) < float(values[0]),
    "StringEquals": lambda got, values: got in values,
    "StringNotEquals": lambda got, values: got not in values,
}
