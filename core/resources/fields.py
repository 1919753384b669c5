"""What several of the framework's resources share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q
from rest_framework import exceptions

from core import filters, patterns, registry
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

    def named() -> list[tuple[int, str]]:
        found = registry.resources()
        return [(registry.content_type(resource).pk, resource.object_type) for resource in found]

    return {
        **known_name_filters(name, f"{source}__in", named),
        **object_type_filters(name, source),
    }


def known_name_filters(
    name: str, lookup: str, named: Callable[[], Iterable[tuple[int, str]]]
) -> filters.Filters:
    """`name` and its text lookups over names that no column holds, but the process knows.

    `named` gives ids and names; `lookup` is the condition that takes the ids whose names match.
    """
    tests: dict[str, Callable[[str, str], bool]] = {
        "": lambda text, value: text == value,
        "ic": lambda text, value: value.lower() in text.lower(),
        "isw": lambda text, value: text.lower().startswith(value.lower()),
        "iew": lambda text, value: text.lower().endswith(value.lower()),
        "ie": lambda text, value: text.lower() == value.lower(),
    }

    def condition(test: Callable[[str, str], bool]) -> Callable[[str], Q]:
        return lambda value: Q(**{lookup: [pk for pk, text in named() if test(text, value)]})

    def matching(ignore_case: bool) -> Callable[[str], Q]:
        def test(text: str, value: str) -> bool:
            try:
                return patterns.found_in(value, text, ignore_case=ignore_case)
            except patterns.PatternFault as fault:
                raise exceptions.ValidationError({name: [str(fault)]}) from None

        return condition(test)

    found: filters.Filters = {}
    for suffix, test in tests.items():
        plain = f"{name}__{suffix}" if suffix else name
        found[plain] = filters.ParameterFilter(condition(test))
        found[f"{name}__n{suffix}"] = filters.ParameterFilter(condition(test), negate=True)
    for suffix, ignore_case in (("regex", False), ("iregex", True)):
        found[f"{name}__{suffix}"] = filters.ParameterFilter(
            matching(ignore_case), filters.parse_regex
        )
    return found
