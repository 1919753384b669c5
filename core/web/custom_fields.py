"""Custom fields in forms and on a record's page."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.custom_fields import PREFIX
from core.custom_fields.columns import CustomColumn
from core.custom_fields.definitions import Kind
from core.models import CustomField
from core.resource import Resource
from core.resources.custom_fields import ChoicePairs
from core.web import cells, form_fields
from core.web.parts import swatch

LEGEND = "Custom fields"
MANY = 20  # choices from which on a selection can be searched
EMPTY = form_fields.EMPTY
Visible, Editable = CustomField.Visible, CustomField.Editable


def made_fields(resource: Resource) -> dict[str, forms.Field]:
    """The form fields of a resource's custom fields, by name with `cf_` before it."""
    return {
        name: make(column)
        for name, column in resource.custom_columns.items()
        if column.definition.editable != Editable.HIDDEN
    }


def groups_of(resource: Resource) -> dict[str, list[str]]:
    """Names of custom fields by the legend they stand under."""
    found: dict[str, list[str]] = {}
    for name, column in resource.custom_columns.items():
        found.setdefault(column.definition.group or LEGEND, []).append(name)
    return found


def make(column: CustomColumn) -> forms.Field:
    """The form field of one custom field."""
    field = column.definition
    options: dict[str, Any] = {
        "label": column.label,
        "help_text": column.help_text,
        "required": field.required,
        "disabled": field.editable == Editable.NO,
    }
    found = _MAKERS[field.type](column, options)
    found.initial = initial_value(column, field.default)
    return found


def _integer(column: CustomColumn, options: dict[str, Any]) -> forms.Field:
    low, high = column.definition.minimum, column.definition.maximum
    if low is not None:
        options["min_value"] = math.ceil(low)
    if high is not None:
        options["max_value"] = math.floor(high)
    return forms.IntegerField(**options)


def _decimal(column: CustomColumn, options: dict[str, Any]) -> forms.Field:
    field = column.definition
    made = forms.DecimalField(min_value=field.minimum, max_value=field.maximum, **options)
    made.widget.attrs["step"] = "any"
    return made


def _boolean(column: CustomColumn, options: dict[str, Any]) -> forms.Field:
    return forms.TypedChoiceField(
        choices=[("", EMPTY), ("True", "Yes"), ("False", "No")],
        coerce=lambda text: str(text) == "True",
        empty_value=None,
        **options,
    )


def _day(column: CustomColumn, options: dict[str, Any]) -> forms.Field:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, **options)


def _moment(column: CustomColumn, options: dict[str, Any]) -> forms.Field:
    options["label"] = form_fields.with_zone(options["label"])
    attrs = {"type": "datetime-local", "step": "1"}
    widget = forms.DateTimeInput(attrs=attrs, format="%Y-%m-%dT%H:%M:%S")
    return forms.DateTimeField(widget=widget, **options)


def _json(column: CustomColumn, options: dict[str, Any]) -> forms.Field:
    widget = forms.Textarea(attrs={"rows": 6, "class": "mono"})
    return form_fields.JsonInput(widget=widget, **options)


def _select(column: CustomColumn, options: dict[str, Any]) -> forms.Field:
    pairs = column.definition.choices.pairs
    found = forms.ChoiceField(choices=[("", EMPTY), *pairs], **options)
    if len(pairs) > MANY:
        found.widget.attrs["data-picker"] = ""
    return found


def _multiselect(column: CustomColumn, options: dict[str, Any]) -> forms.Field:
    made = forms.MultipleChoiceField(choices=column.definition.choices.pairs, **options)
    made.widget.attrs.update({"data-picker": "", "size": "1"})
    return made


def _object(column: CustomColumn, options: dict[str, Any]) -> forms.Field:
    many = column.definition.type == Kind.MULTIOBJECT
    made = form_fields.ReferenceInput(column.target, multiple=many, **options)
    made.widget.query = column.definition.related_filter or {}
    if made.widget.query:
        made.widget.attrs["data-query"] = json.dumps(made.widget.query)
    return made


_MAKERS: dict[str, Callable[[CustomColumn, dict[str, Any]], forms.Field]] = {
    Kind.TEXT: lambda column, options: forms.CharField(**options),
    Kind.LONGTEXT: lambda column, options: forms.CharField(
        widget=forms.Textarea(attrs={"rows": 5}), **options
    ),
    Kind.URL: lambda column, options: forms.URLField(assume_scheme="https", **options),
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _day,
    Kind.DATETIME: _moment,
    Kind.JSON: _json,
    Kind.SELECT: _select,
    Kind.MULTISELECT: _multiselect,
    Kind.OBJECT: _object,
    Kind.MULTIOBJECT: _object,
}


def initial_value(column: CustomColumn, value: Any) -> Any:
    """A stored value as the form field wants it."""
    kind = column.definition.type
    if value is None:
        return None
    if kind == Kind.DATE:
        return parse_date(str(value))
    if kind == Kind.DATETIME:
        return parse_datetime(str(value))
    if kind == Kind.BOOLEAN:
        return str(bool(value))
    return value


def gather(values: dict[str, Any]) -> dict[str, Any]:
    """Values of a form with those of custom fields put together as REST takes them."""
    custom = {
        name.removeprefix(PREFIX): None if value == "" else _plain(value)
        for name, value in values.items()
        if name.startswith(PREFIX)
    }
    found = {name: value for name, value in values.items() if not name.startswith(PREFIX)}
    return {**found, "custom_fields": custom} if custom else found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime | dt.date) else value


class PairsInput(forms.CharField):
    """Pairs of value and label, one a line as `value: label`."""

    widget = forms.Textarea(attrs={"rows": 8, "class": "mono", "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(text if text == label else f"{text}: {label}" for text, label in value)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        found = []
        for line in str(value or "").splitlines():
            text, _, label = line.partition(":")
            if text.strip():
                found.append([text.strip(), label.strip() or text.strip()])
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))


def _pairs(field: Any, options: dict[str, Any]) -> forms.Field:
    options["help_text"] = "One a line: value: label. A value by itself is its own label."
    return PairsInput(**{**options, "required": False})


SHOWN = 100


def _show_pairs(value: Any, row: dict[str, Any]) -> SafeString:
    """Labels with their colours; the values they stand for as titles."""
    colors = row.get("choice_colors") or {}
    shown = format_html_join(
        ", ",
        '<span title="{}">{}{}</span>',
        (
            (text, swatch(colors[text]) if colors.get(text) else "", label)
            for text, label in value[:SHOWN]
        ),
    )
    more = len(value) - SHOWN
    return format_html('{} <span class="quiet">+{}</span>', shown, more) if more > 0 else shown


form_fields.add_maker(ChoicePairs, _pairs)
cells.add_renderer(ChoicePairs, _show_pairs)
