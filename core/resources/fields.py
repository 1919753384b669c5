"""What several of the framework's resources share."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db.models import Q

from core import filters, registry
from core.special_fields import object_type_filters

USER_FIELDS = ("id", "url", "display", "username")


def type_id_filters(name: str, source: str) -> filters.Filters:
    """`name` and its negation: the id of an object type on a foreign key to content types."""

    def condition(value: Any) -> Q:
        return Q(**{source: value})

    options: dict[str, Any] = {"schema": {"type": "integer"}}
    return {
        name: filters.ParameterFilter(condition, filters.parse_number, **options),
        f"{name}__n": filters.ParameterFilter(
            condition, filters.parse_number, negate=True, **options
        ),
    }


def type_text_filters(name: str, source: str) -> filters.Filters:
    """Text filters on the wire name of an object type."""
    tests: dict[str, Callable[[str, str], bool]] = {
        "ic": lambda label, value: value.lower() in label,
        "isw": lambda label, value: label.startswith(value.lower()),
        "iew": lambda label, value: label.endswith(value.lower()),
        "ie": lambda label, value: label == value.lower(),
    }

    def condition(test: Callable[[str, str], bool]) -> Callable[[str], Q]:
        def matches(value: str) -> Q:
            kinds = [
                registry.content_type(resource).pk
                for resource in registry.resources()
                if test(resource.object_type, value)
            ]
            return Q(**{f"{source}__in": kinds})

        return matches

    found = object_type_filters(name, source)
    for suffix, test in tests.items():
        found[f"{name}__{suffix}"] = filters.ParameterFilter(condition(test))
        found[f"{name}__n{suffix}"] = filters.ParameterFilter(condition(test), negate=True)
    for suffix, flags in (("regex", 0), ("iregex", re.IGNORECASE)):
        found[f"{name}__{suffix}"] = filters.ParameterFilter(
            condition(lambda label, value, flags=flags: bool(re.search(value, label, flags))),  # type: ignore[misc]
            filters.parse_regex,
        )
    return found
