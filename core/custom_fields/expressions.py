"""SQL for stored values, and the filters made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    F,
    Func,
    Q,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_date

from core import filters
from core.custom_fields import PREFIX
from core.custom_fields.definitions import LISTS, NUMBERS, TEXTS, Definition, Kind
from core.custom_fields.values import target_of
from core.filters import Filters, ParameterFilter

COLUMN = "custom_field_data"


class Stored(Func):
    """A value as text; NULL where it is unset."""

    template = "(%(expressions)s)"
    arg_joiner = " ->> "

    def __init__(self, name: str, cast: str = "", output: Any = None) -> None:
        super().__init__(F(COLUMN), Value(name), output_field=output or TextField())
        if cast:
            self.template = f"(%(expressions)s)::{cast}"


_CASTS: dict[str, tuple[str, Callable[[], Any]]] = {
    Kind.INTEGER: ("numeric", lambda: DecimalField(max_digits=40, decimal_places=12)),
    Kind.DECIMAL: ("numeric", lambda: DecimalField(max_digits=40, decimal_places=12)),
    Kind.BOOLEAN: ("boolean", BooleanField),
    Kind.DATE: ("date", DateField),
    Kind.DATETIME: ("timestamptz", DateTimeField),
}


def stored(field: Definition) -> Stored:
    """A field's value, as what it is, to compare and order by."""
    cast, output = _CASTS.get(field.type, ("", TextField))
    return Stored(field.name, cast, output())


def make_filters(field: Definition) -> Filters:
    """Every query parameter of a custom field."""
    if field.filter_logic == "disabled":
        return {}
    name = f"{PREFIX}{field.name}"
    found = _MAKERS[field.type](name, field)
    needs = {_alias(field): Coalesce(Stored(field.name), Value("", output_field=TextField()))}
    found[f"{name}__empty"] = filters.boolean_filter(_empty(field), needs=needs)
    return found


def _alias(field: Definition) -> str:
    return f"_text_{field.pk}"


def _empty(field: Definition) -> Callable[[bool], Q]:
    unset = ("", "[]") if field.type in LISTS else ("",)

    def condition(empty: bool) -> Q:
        found = Q(**{f"{_alias(field)}__in": unset})
        return found if empty else ~found

    return condition


def _holds(field: Definition, wrap: Callable[[Any], Any] = lambda value: value) -> Any:
    """Rows that hold just this value; an index on the whole column serves it."""

    def condition(value: Any) -> Q:
        if value == filters.NULL:
            return ~Q(**{f"{COLUMN}__has_key": field.name})
        found = [value] if not isinstance(value, list) else value
        matches = Q()
        for item in found:
            matches |= Q(**{f"{COLUMN}__contains": {field.name: wrap(item)}})
        return matches

    return condition


def _texts(name: str, field: Definition) -> Filters:
    alias = _alias(field)
    options: dict[str, Any] = {
        "needs": {alias: Coalesce(Stored(field.name), Value("", output_field=TextField()))}
    }

    def lookup(suffix: str) -> Callable[[Any], Q]:
        return lambda value: Q(**{f"{alias}__{suffix}": value})

    found: Filters = {name: ParameterFilter(_holds(field), source=field)}
    if field.type in TEXTS and field.filter_logic == "loose":
        found[name] = ParameterFilter(lookup("icontains"), source=field, **options)
    found[f"{name}__n"] = ParameterFilter(_holds(field), negate=True)
    for suffix, sql in filters.TEXT_LOOKUPS.items():
        parse = filters.parse_regex if "regex" in suffix else filters.parse_text
        found[f"{name}__{suffix}"] = ParameterFilter(lookup(sql), parse, **options)
    for suffix, sql in filters.NEGATED_TEXT.items():
        found[f"{name}__{suffix}"] = ParameterFilter(lookup(sql), negate=True, **options)
    return found


def _select(name: str, field: Definition) -> Filters:
    return {**_texts(name, field), **_choices(name, field)}


def _choices(name: str, field: Definition) -> Filters:
    labels = field.choices.labels

    def parse(value: str) -> str:
        if value != filters.NULL and value not in labels:
            raise ValidationError(
                f"Select a valid choice. {value} is not one of the available choices."
            )
        return value

    wrap = _in_list if field.type == Kind.MULTISELECT else _itself
    options: dict[str, Any] = {"choices": field.choices.pairs, "source": field}
    return {
        name: ParameterFilter(_holds(field, wrap), parse, **options),
        f"{name}__n": ParameterFilter(_holds(field, wrap), parse, negate=True, **options),
    }


def _itself(value: Any) -> Any:
    return value


def _in_list(value: Any) -> Any:
    return [value]


def parse_decimal(value: str) -> Decimal:
    """A number, exactly as it was written."""
    try:
        number = Decimal(value.strip()[:100])
    except InvalidOperation:
        raise ValidationError("Enter a number.") from None
    if not number.is_finite() or abs(number) > 10**25:
        raise ValidationError("Enter a number.")
    return number


def parse_day(value: str) -> Any:
    """A date."""
    try:
        found = parse_date(value.strip()[:10])
    except ValueError:
        found = None
    if found is None:
        raise ValidationError("Enter a valid date.")
    return found


def _compared(parse: Any, schema: dict[str, Any]) -> Callable[[str, Definition], Filters]:
    def make(name: str, field: Definition) -> Filters:
        alias = f"_value_{field.pk}"
        options: dict[str, Any] = {"needs": {alias: stored(field)}, "schema": schema}

        def lookup(suffix: str) -> Callable[[Any], Q]:
            return lambda value: Q(**{f"{alias}__{suffix}": value})

        def other(value: Any) -> Q:
            return Q(**{f"{alias}__isnull": False}) & Q(**{f"{alias}__exact": value})

        found: Filters = {
            name: ParameterFilter(lookup("exact"), parse, source=field, **options),
            f"{name}__n": ParameterFilter(other, parse, negate=True, **options),
        }
        for suffix in filters.NUMBER_LOOKUPS:
            found[f"{name}__{suffix}"] = ParameterFilter(lookup(suffix), parse, **options)
        return found

    return make


def _boolean(name: str, field: Definition) -> Filters:
    return {name: filters.boolean_filter(_holds(field), source=field)}


def _references(name: str, field: Definition) -> Filters:
    target = target_of(field)
    source = filters.ReferenceSource(target.model, "pk")
    wrap = _in_list if field.type == Kind.MULTIOBJECT else _itself
    parse = filters.reference_parser(target.model, "pk")
    options: dict[str, Any] = {"schema": {"type": "integer"}, "source": source}
    return {
        name: ParameterFilter(_holds(field, wrap), parse, **options),
        f"{name}__n": ParameterFilter(_holds(field, wrap), parse, negate=True, **options),
    }


_TIME = {"type": "string", "format": "date-time"}
_MAKERS: dict[str, Callable[[str, Definition], Filters]] = {
    **dict.fromkeys(TEXTS, _texts),
    **dict.fromkeys(NUMBERS, _compared(parse_decimal, {"type": "number"})),
    Kind.DATE: _compared(parse_day, _TIME),
    Kind.DATETIME: _compared(filters.parse_time, _TIME),
    Kind.BOOLEAN: _boolean,
    Kind.SELECT: _select,
    Kind.MULTISELECT: _choices,
    Kind.OBJECT: _references,
    Kind.MULTIOBJECT: _references,
    Kind.JSON: lambda name, field: {},
}


def search_condition(fields: Iterable[Definition], text: str) -> Q:
    """Rows of which any searched custom field holds `text`."""
    condition = Q()
    for field in fields:
        if field.searched:
            condition |= Q(_Contains(field.name, text))
    return condition


class _Contains(Func):
    """Whether a value holds a text, whatever the case."""

    template = "(%(expressions)s)"
    arg_joiner = " ILIKE "

    def __init__(self, name: str, text: str) -> None:
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        value = Value(f"%{escaped}%", output_field=TextField())
        super().__init__(Stored(name), value, output_field=BooleanField())
