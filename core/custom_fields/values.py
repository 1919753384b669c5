"""From what was sent to what is stored: one function a type, each with its sentence."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import jsonschema
import jsonschema.exceptions
import jsonschema.validators
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Model
from django.utils.dateparse import parse_date, parse_datetime
from referencing import Registry
from referencing.exceptions import Unresolvable
from rest_framework import serializers

from core import patterns, registry
from core.custom_fields import PREFIX
from core.custom_fields.definitions import REFERENCES, Definition, Definitions, Kind
from core.serializers import ReferenceField, plain_id

if TYPE_CHECKING:
    from core.resource import Resource

UNKNOWN = 'There is no custom field "{name}" for this object type.'
REQUIRED = "This field is required."
EXACT_INTEGERS = 2**53
LARGEST = 2**63 - 1
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_url = URLValidator()


class Cleaned(dict[str, Any]):
    """Values as they are stored, None for unset ones.

    `raw` is what they were made from and `version` that of the definitions they were checked
    against, so that a write under newer ones can check them anew.
    """

    def __init__(self, values: Mapping[str, Any], raw: Any, version: int | None) -> None:
        super().__init__(values)
        self.raw = raw
        self.version = version


class Faults(Exception):
    """What is wrong with custom data, by field name."""

    def __init__(self, messages: dict[str, list[str]]) -> None:
        super().__init__(messages)
        self.messages = messages


def clean_all(
    resource: Resource, raw: Mapping[str, Any], found: Definitions, context: dict[str, Any]
) -> Cleaned:
    """The given values as they are stored. Raises Faults.

    `context` holds `user`, whose eyes references are looked up with, and `references`, a cache.
    """
    known = {each.name: each for each in found.of(resource.model)}
    values: dict[str, Any] = {}
    faults: dict[str, list[str]] = {}
    for name, value in raw.items():
        if name not in known:
            faults[str(name)] = [UNKNOWN.format(name=name)]
            continue
        try:
            values[name] = clean(known[name], value, context)
        except ValueError as error:
            faults[name] = [str(error)]
        except ValidationError as error:
            faults[name] = [str(message) for message in error.messages]
        except serializers.ValidationError as error:
            faults[name] = sentences(error.detail)
    if faults:
        raise Faults(faults)
    return Cleaned(values, raw, found.version)


def clean(field: Definition, value: Any, context: dict[str, Any]) -> Any:
    """One value as it is stored; None for unset.

    Raises ValueError, or a ValidationError of Django or REST framework, with a sentence.
    """
    if value is None or (value == "" and field.type not in (Kind.TEXT, Kind.LONGTEXT, Kind.URL)):
        if field.required:
            raise ValueError(REQUIRED)
        return None
    if field.required and value in ("", []):
        raise ValueError(REQUIRED)
    if value == "":
        return value
    if field.type in REFERENCES:
        return _reference(field, value, context)
    return _CLEANERS[field.type](field, value)


def _text(field: Definition, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("Give a text.")
    if field.regex and not patterns.found_in(field.regex, value, start=True):
        raise ValueError(f'This does not match the pattern "{field.regex}".')
    return value


def _link(field: Definition, value: Any) -> str:
    text = _text(field, value)
    _url(text)
    return text


def _integer(field: Definition, value: Any) -> int:
    refusal = ValueError("Give a whole number.")
    if isinstance(value, str):
        if not re.fullmatch(r"[+-]?\d{1,19}", value.strip(), re.ASCII):
            raise refusal
        value = int(value)
    elif isinstance(value, float | Decimal) and math.isfinite(value) and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise refusal
    if abs(value) > LARGEST:
        raise ValueError("This number is too large.")
    _within(field, Decimal(value))
    return value


def _decimal(field: Definition, value: Any) -> int | float:
    """Whole numbers are stored as such, so that equal values are equal as text too."""
    refusal = ValueError("Give a number.")
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise refusal
    try:
        number = Decimal(repr(value) if isinstance(value, float) else str(value).strip()[:100])
    except InvalidOperation:
        raise refusal from None
    if not number.is_finite():
        raise refusal
    if abs(number) > LARGEST:
        raise ValueError("This number is too large.")
    _within(field, number)
    whole = number == number.to_integral_value() and abs(number) <= EXACT_INTEGERS
    return int(number) if whole else float(number)


def _within(field: Definition, number: Decimal) -> None:
    if field.minimum is not None and number < field.minimum:
        raise ValueError(f"This must be at least {plain_number(field.minimum)}.")
    if field.maximum is not None and number > field.maximum:
        raise ValueError(f"This must be at most {plain_number(field.maximum)}.")


def plain_number(number: Decimal) -> str:
    """A number without needless zeros."""
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"


def _boolean(field: Definition, value: Any) -> bool:
    text = value.strip().lower() if isinstance(value, str) else ""
    if value in (0, 1) or text in (*_YES, *_NO):
        return bool(value) if not text else text in _YES
    raise ValueError("Give true or false.")


def _date(field: Definition, value: Any) -> str:
    try:
        if isinstance(value, dt.datetime):
            found: dt.date | None = value.date()
        else:
            found = value if isinstance(value, dt.date) else parse_date(str(value).strip())
    except ValueError:
        found = None
    if found is None:
        raise ValueError("Give a date as YYYY-MM-DD.")
    return found.isoformat()


def _datetime(field: Definition, value: Any) -> str:
    try:
        found = value if isinstance(value, dt.datetime) else parse_datetime(str(value).strip())
        if found is None and (day := parse_date(str(value).strip())):
            found = dt.datetime(day.year, day.month, day.day)
        if found is not None:
            found = found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found
            found = found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise ValueError("Give a date and time as YYYY-MM-DDTHH:MM:SSZ.")
    return found.isoformat().replace("+00:00", "Z")


def _pattern(checker: Any, pattern: str, value: Any, schema: Any) -> Iterator[Any]:
    if checker.is_type(value, "string") and not patterns.found_in(pattern, value):
        yield jsonschema.exceptions.ValidationError(f'"{value[:100]}" does not match "{pattern}"')


_Checker = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": _pattern})


def _json(field: Definition, value: Any) -> Any:
    if field.schema:
        # An empty registry: nothing is ever fetched for a schema that refers to others.
        checker = _Checker(field.schema, registry=Registry())
        try:
            error = jsonschema.exceptions.best_match(checker.iter_errors(value))
        except Unresolvable:
            raise ValueError("The schema of this field refers to what is not in it.") from None
        if error is not None:
            where = "".join(f"[{part!r}]" for part in error.absolute_path)
            raise ValueError(f"This does not fit the schema: {where} {error.message[:300]}")
    return value


def _select(field: Definition, value: Any) -> str:
    if not isinstance(value, str) or value not in field.choices.labels:
        shown = value if isinstance(value, str | int | float) else type(value).__name__
        raise ValueError(f'"{str(shown)[:100]}" is not one of the choices.')
    return value


def _multiselect(field: Definition, value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise ValueError("Give a list of choices.")
    return list(dict.fromkeys(_select(field, item) for item in value))


_CLEANERS: dict[str, Callable[[Definition, Any], Any]] = {
    Kind.TEXT: _text,
    Kind.LONGTEXT: _text,
    Kind.URL: _link,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.JSON: _json,
    Kind.SELECT: _select,
    Kind.MULTISELECT: _multiselect,
}


def target_of(field: Definition) -> Resource:
    """The resource that a field of objects refers to. Raises ValueError where it is gone."""
    found = registry.of_content_type(field.related_type)
    if found is None:
        raise ValueError("What this field refers to does not exist any more.")
    return found


def _reference(field: Definition, value: Any, context: dict[str, Any]) -> Any:
    lookup = ReferenceField(target_of(field))
    lookup._context = context  # type: ignore[attr-defined]
    if field.type == Kind.OBJECT:
        return _key(lookup, value)
    if not isinstance(value, list | tuple):
        raise ValueError("Give a list of objects.")
    return list(dict.fromkeys(_key(lookup, item) for item in value))


def _key(lookup: ReferenceField, value: Any) -> int:
    found = value if isinstance(value, Model) else lookup.run_validation(value)
    return int(found.pk)


def referred(fields: Iterable[Definition], raw: Any) -> list[tuple[Resource, int]]:
    """The rows that custom data names plainly by id, so that they can be fetched together."""
    if not isinstance(raw, dict):
        return []
    found = []
    for field in fields:
        if field.type not in REFERENCES or field.name not in raw:
            continue
        value = raw[field.name]
        for item in value if isinstance(value, list) else [value]:
            pk = item.get("id") if isinstance(item, dict) else item
            if plain_id(pk):
                found.append((target_of(field), pk))
    return found


def sentences(detail: Any) -> list[str]:
    """Every sentence of a nest of messages."""
    if isinstance(detail, Mapping):
        return [text for inner in detail.values() for text in sentences(inner)]
    if isinstance(detail, Sequence) and not isinstance(detail, str):
        return [text for inner in detail for text in sentences(inner)]
    return [str(detail)]


def flat(messages: Mapping[str, Any]) -> dict[str, Any]:
    """Messages by field with those about custom fields under `cf_<name>`."""
    found = {name: inner for name, inner in messages.items() if name != "custom_fields"}
    inner = messages.get("custom_fields")
    if isinstance(inner, Mapping):
        found.update({f"{PREFIX}{name}": text for name, text in inner.items()})
    elif inner is not None:
        found["custom_fields"] = inner
    return found


def stored_form(value: Any) -> Any:
    """A value of a response as it is stored: objects by id."""
    if isinstance(value, dict) and "id" in value and "url" in value:
        return value["id"]
    if isinstance(value, list):
        return [stored_form(item) for item in value]
    return value


def is_set(value: Any) -> bool:
    """Whether a stored value counts as one."""
    return value is not None and value != "" and value != []
