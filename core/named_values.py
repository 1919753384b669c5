"""What the values of reference filters name, for whose eyes; found by one statement together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model

from core import access
from core.gather import Fetch, compiled, execute

NULL = "null"

# Whose eyes filter values are checked with while a filter set runs.
current_reader: ContextVar[Any] = ContextVar("current_reader", default=None)


@contextmanager
def reading_as(user: Any) -> Iterator[None]:
    """Make conditions for the eyes of `user`."""
    token = current_reader.set(user)
    try:
        yield
    finally:
        current_reader.reset(token)


def parse_text(value: str) -> str:
    """Text as it stands; NUL characters cannot be stored, so they are refused."""
    if "\x00" in value:
        raise ValidationError("Null characters are not allowed.")
    return value


class ReferenceParser:
    """From a parameter's value to the ids of the rows it names."""

    def __init__(self, model: type[Model], attribute: str) -> None:
        self.model = model
        self.attribute = attribute

    def __call__(self, value: str) -> Any:
        """The ids, or `null` as it stands; raises ValidationError where there is no such row."""
        if value == NULL:
            return NULL
        key = (self.model, self.attribute, value)
        known = _named.get()
        ids = known[key] if key in known else _ids(*execute([self.fetch(value)]))
        if not ids:
            raise self.refusal(value)
        return ids

    def refusal(self, value: str) -> ValidationError:
        """The error for a value that names nothing."""
        return ValidationError(
            f"Select a valid choice. {value} is not one of the available choices."
        )

    def fetch(self, value: str) -> Fetch:
        """The statement for the ids; raises ValidationError for what cannot be a value."""
        if self.attribute == "pk" and not re.fullmatch(r"\d{1,18}", value.strip()):
            raise self.refusal(value)
        parse_text(value)
        rows = access.restrict(self.model._default_manager.all(), current_reader.get())
        named = rows.filter(**{self.attribute: value}).order_by().values_list("pk")
        return compiled(named[:1000])


def _ids(rows: Sequence[Sequence[int]]) -> Sequence[int]:
    return [pk for [pk] in rows]


# What references name that have been asked for together: by model, attribute and value.
_named: ContextVar[dict[Any, Sequence[int]]] = ContextVar("named", default={})  # noqa: B039


@contextmanager
def asked_together(used: dict[str, Any], data: Any) -> Iterator[None]:
    """Let one statement find what all reference filters name."""
    fetches: dict[Any, Fetch] = {}
    for name, each in used.items():
        parse = getattr(each, "extra", {}).get("parse")
        if isinstance(parse, ReferenceParser):
            for value in filter(None, data.getlist(name)):
                with suppress(ValidationError):
                    fetches[parse.model, parse.attribute, value] = parse.fetch(value)
    found = zip(fetches, execute(list(fetches.values())), strict=True) if fetches else ()
    token = _named.set({key: _ids(rows) for key, rows in found})
    try:
        yield
    finally:
        _named.reset(token)
