"""From a file's text to the values of columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models

NOTHING = ("", "~", "null", "Null", "NULL")
TRUE, FALSE = ("true", "yes", "on", "y"), ("false", "no", "off", "n")


def is_text(raw: Any) -> bool:
    """Whether it is text and not blank."""
    return isinstance(raw, str) and bool(raw.strip())


def is_whole(raw: Any) -> bool:
    """Whether it is text that spells a whole number."""
    return isinstance(raw, str) and re.fullmatch(r"[0-9]{1,9}", raw) is not None


_converters: dict[tuple[type[models.Model], str], Callable[[Any], Any]] = {}


def converter(model: type[models.Model], column: str) -> Callable[[Any], Any]:
    """A function from a file's text to the value of a column; it raises ValueError with a reason.

    Nothing in the file is the column's default, or null where it has none.
    """
    known = _converters.get((model, column))
    if known is None:
        known = _converters[model, column] = _make_converter(model._meta.get_field(column))
    return known


def _make_converter(column: Any) -> Callable[[Any], Any]:
    convert: Callable[[str], Any]
    if isinstance(column, models.BooleanField):
        convert = _flag
    elif isinstance(column, models.IntegerField):
        convert = _whole_converter(column)
    elif isinstance(column, models.DecimalField):
        convert = _decimal_converter(column)
    elif column.flatchoices:
        convert = _choice_converter({str(value) for value, _ in column.flatchoices})
    else:
        convert = _text_converter(column.max_length, lower=column.name == "color")
    default = column.get_default()
    empty = None if column.null else default

    def read(raw: Any) -> Any:
        if raw is None:
            return empty
        if not isinstance(raw, str):
            raise ValueError("must be a single value")
        text = raw.strip()
        return empty if text in NOTHING else convert(text)

    return read


def _flag(text: str) -> bool:
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ValueError("must be true or false")


def _whole_converter(column: Any) -> Callable[[str], Any]:
    low = max((v.limit_value for v in column.validators if v.code == "min_value"), default=0)
    high = min((v.limit_value for v in column.validators if v.code == "max_value"), default=2**31)

    def convert(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return convert


def _decimal_converter(column: Any) -> Callable[[str], Any]:
    finest = Decimal(1).scaleb(-column.decimal_places)
    step = Decimal("0.5") if column.name == "u_height" else finest
    limit = Decimal(10) ** (column.max_digits - column.decimal_places)

    def convert(text: str) -> Decimal:
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or not 0 <= value < limit or value % step:
            raise ValueError(f"must be a number from 0 to below {limit} in steps of {step}")
        return value.quantize(finest)

    return convert


def _choice_converter(choices: set[str]) -> Callable[[str], Any]:
    def convert(text: str) -> str:
        if text not in choices:
            raise ValueError(f"cannot be {text[:40]}")
        return text

    return convert


def _text_converter(longest: int | None, *, lower: bool) -> Callable[[str], Any]:
    def convert(text: str) -> str:
        if "\0" in text:
            raise ValueError("holds a zero byte")
        if longest is not None and len(text) > longest:
            raise ValueError(f"is longer than {longest} characters")
        if lower and not re.fullmatch("[0-9a-fA-F]{6}", text):
            raise ValueError("must be six hex digits")
        return text.lower() if lower else text

    return convert
