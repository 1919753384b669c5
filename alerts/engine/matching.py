"""Matchers of silences and routes over the labels of alerts; pure.

A matcher is `{"name": "severity", "op": "=", "value": "critical"}` with `=`, `!=`, `=~` or `!~` as
in Alertmanager; patterns match the whole value. A label that an alert does not have is empty. A
pattern that takes too long is not met, negated or not: the alert is told rather than silenced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from alerts.engine.patterns import pattern

LABELS = (
    *("rule", "metric", "severity", "site", "location", "tenant"),
    *("object", "object_type", "object_id"),
)
MAX_MATCHERS = 20
MAX_PATTERN = 500


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda found, value: found == value,
    "!=": lambda found, value: found != value,
    "=~": lambda found, value: pattern(value).fits(found) is True,
    "!~": lambda found, value: pattern(value).fits(found) is False,
}


def fault(matchers: Any) -> str:
    """What is wrong with a list of matchers, in a sentence; empty when nothing is."""
    if not isinstance(matchers, list) or len(matchers) > MAX_MATCHERS:
        return f"Matchers are a list of at most {MAX_MATCHERS}."
    return next((found for each in matchers if (found := _fault_of_one(each))), "")


def _fault_of_one(matcher: Any) -> str:
    if not isinstance(matcher, dict) or set(matcher) != {"name", "op", "value"}:
        return (
            'A matcher is an object such as {"name": "severity", "op": "=", "value": "critical"}.'
        )
    name, operator, value = (matcher[key] for key in ("name", "op", "value"))
    if name not in LABELS:
        return f"Alerts have no label {str(name)[:50]}: only {', '.join(LABELS)}."
    if not isinstance(operator, str) or operator not in _OPERATORS:
        return f'"op" is one of {" ".join(_OPERATORS)}.'
    if not isinstance(value, str):
        return f"The value of {name} is a text."
    if operator in ("=~", "!~"):
        if len(value) > MAX_PATTERN:
            return "The pattern is too long."
        try:
            pattern(value)
        except ValueError as error:
            return f"The value of {name} is no pattern: {error}."
    return ""


def matches(matchers: Iterable[Mapping[str, str]], labels: Mapping[str, str]) -> bool:
    """Whether labels meet every matcher; no matcher is met by all."""
    return all(
        _OPERATORS[each["op"]](labels.get(each["name"], ""), each["value"]) for each in matchers
    )
