"""Expressions that the ORM has no word for."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Func, Value
from django.db.models.functions import Cast

MAX_ID = 2**63 - 1  # what a key may be at most


def among(column: str, ids: Iterable[int]) -> Func:
    """`column = ANY(ids)`: like `__in`, with the ids as one parameter instead of thousands."""
    text = "{" + ",".join(map(str, ids)) + "}"
    return Func(
        F(column),
        Cast(Value(text), ArrayField(BigIntegerField())),
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
