"""Conditions of event rules over plain data; pure.

A condition is `{"attr": "status.value", "value": "active", "op": "eq", "negate": false}`, or
`{"and": [...]}` or `{"or": [...]}` of conditions, as NetBox has them. `attr` is a path through
dicts; through a list it stands for the values of all its items.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alerts.engine.patterns import pattern

MAX_DEPTH = 20
MAX_TEXT = 10_000  # characters that a pattern is held against
_GROUPS = ("and", "or")
_KEYS = {"attr", "value", "op", "negate"}


def _contains(found: Any, value: Any) -> bool:
    return value in found if isinstance(found, str | list | dict) else False


def _matches(found: Any, value: Any) -> bool:
    return isinstance(found, str) and pattern(value).fits_in(found[:MAX_TEXT]) is True


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def test(found: Any, value: Any) -> bool:
        numbers = all(isinstance(each, int | float) for each in (found, value))
        texts = all(isinstance(each, str) for each in (found, value))
        return (numbers or texts) and compare(found, value)

    return test


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, value: type(found) in _comparable(value) and bool(found == value),
    "gt": _ordered(lambda found, value: bool(found > value)),
    "gte": _ordered(lambda found, value: bool(found >= value)),
    "lt": _ordered(lambda found, value: bool(found < value)),
    "lte": _ordered(lambda found, value: bool(found <= value)),
    "in": lambda found, value: found in value,
    "contains": _contains,
    "regex": _matches,
}


def _comparable(value: Any) -> tuple[type, ...]:
    """Types equal values may have: 1 is not true, though Python thinks so."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (int, float)
    return (type(value),)


def fault(condition: Any, depth: int = 0) -> str:
    """What is wrong with a condition, in a sentence; empty when nothing is."""
    if depth > MAX_DEPTH:
        return f"Conditions are nested more than {MAX_DEPTH} deep."
    if not isinstance(condition, dict):
        return 'A condition is an object such as {"attr": "status.value", "value": "active"}.'
    group = next((name for name in _GROUPS if name in condition), "")
    if group:
        members = condition[group]
        if len(condition) != 1 or not isinstance(members, list) or not members:
            return f'"{group}" stands alone and has a list of conditions.'
        return next((found for each in members if (found := fault(each, depth + 1))), "")
    return _fault_of_one(condition)


def _fault_of_one(condition: dict[str, Any]) -> str:
    unknown = sorted(set(condition) - _KEYS)
    if unknown:
        return (
            f"A condition has no {', '.join(map(str, unknown))}: only {', '.join(sorted(_KEYS))}."
        )
    if not isinstance(condition.get("attr"), str) or not condition["attr"]:
        return 'A condition needs "attr", the name of what it looks at, such as "status.value".'
    if "value" not in condition:
        return f'The condition on {condition["attr"]} needs a "value".'
    operator, value = condition.get("op", "eq"), condition["value"]
    if not isinstance(operator, str) or operator not in OPERATORS:
        return f'"op" is one of {", ".join(OPERATORS)}.'
    if not isinstance(condition.get("negate", False), bool):
        return '"negate" is true or false.'
    if operator == "in" and not isinstance(value, list):
        return 'The value of "in" is a list.'
    if operator == "regex":
        try:
            pattern(value)
        except (TypeError, ValueError) as error:
            return f"The value is no pattern: {error}."
    return ""


def holds(condition: Any, data: Any) -> bool:
    """Whether a condition without fault holds for `data`; none always does."""
    if not condition:
        return True
    if "and" in condition:
        return all(holds(each, data) for each in condition["and"])
    if "or" in condition:
        return any(holds(each, data) for each in condition["or"])
    found = look_up(data, condition["attr"].split("."))
    met = OPERATORS[condition.get("op", "eq")](found, condition["value"])
    return met is not bool(condition.get("negate", False))


def look_up(data: Any, path: list[str]) -> Any:
    """What stands at a path; None where nothing does."""
    for index, name in enumerate(path):
        if isinstance(data, list):
            return [look_up(each, path[index:]) for each in data]
        data = data.get(name) if isinstance(data, dict) else None
    return data
