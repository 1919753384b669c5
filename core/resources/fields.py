"""What several of the framework's resources share."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from core import filters

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
