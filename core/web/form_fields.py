"""Form fields by kind of a resource's field: each cleans to what the serializer takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.http import QueryDict
from django.utils.functional import lazy
from django.utils.html import format_html, format_html_join
from rest_framework import serializers

from core import filters, preferences, registry
from core.access import Actor
from core.fields import Choice, Field, Ref
from core.models import Tag
from core.read import ReadContext
from core.resource import Resource
from core.serializers import ObjectTypeField, ReferenceListField
from core.special_fields import ObjectType, Tags
from core.transfer.formats import join, split
from core.transfer.references import Finder, id_of, scopes
from core.validators import COLOR
from core.web.picture_form import PictureInput

PLAIN_OPTIONS = 100  # a reference to a resource with more rows is searched for
UNITS = {
    *("rack units", "millimeters", "inches", "kg", "watts", "volts", "amperes", "percent"),
    *("degrees", "kbps", "MHz", "dBm", "octets", "minutes", "seconds"),
}
EMPTY = "—"
COLORS = {
    "f44336": "Red",
    "ff9800": "Orange",
    "ffeb3b": "Yellow",
    "ffc107": "Amber",
    "4caf50": "Green",
    "00bcd4": "Aqua",
    "2196f3": "Blue",
    "3f51b5": "Indigo",
    "9c27b0": "Violet",
    "e91e63": "Pink",
    "795548": "Brown",
    "111111": "Black",
    "9e9e9e": "Grey",
    "ffffff": "White",
}
Test = Callable[[Field, Any], bool]
Maker = Callable[[Any, dict[str, Any]], forms.Field]
_own: dict[type[Field], Maker] = {}


class ReferenceSelect(forms.Select):
    """A select of rows of a resource; with many rows it holds only the chosen ones.

    A script turns it into a searchable one. Without scripts a name or an id can be typed where the
    rows are too many to be listed.
    """

    user: Actor = None
    empty_label = EMPTY

    def __init__(
        self,
        target: Resource,
        *,
        multiple: bool = False,
        narrowed: Mapping[str, str] | None = None,
        attrs: Any = None,
    ) -> None:
        """`narrowed`: query parameters and the controls of the form that give their values."""
        given = {"data-reference": target.path, **(attrs or {})}
        if narrowed:
            given["data-params"] = json.dumps(narrowed)
        super().__init__(attrs=given)
        self.target = target
        self.allow_multiple_selected = multiple
        self.query: Mapping[str, Any] = {}

    def rows(self, chosen: Sequence[str]) -> tuple[list[tuple[int, str]], bool]:
        """Id and name of the options, and whether they are all there are."""
        visible = every = self.target.queryset(self.user)
        if self.query:
            visible = self.narrowed(visible)
        reader = self.target.reader(("id", "display"))
        context = ReadContext(user=self.user)
        found = reader.rows(visible[: PLAIN_OPTIONS + 1], context)
        complete = len(found) <= PLAIN_OPTIONS
        if not complete or self.query:
            ids = {int(text) for text in chosen if text.isdecimal() and len(text) < 19}
            found = found if complete else []
            ids -= {row["id"] for row in found}
            found += reader.rows(every.filter(pk__in=ids), context) if ids else []
        return [(row["id"], str(row["display"])) for row in found], complete

    def narrowed(self, rows: Any) -> Any:
        """The rows that match `query`; all of them where it cannot be understood."""
        given = QueryDict(mutable=True)
        for name, value in self.query.items():
            given.setlist(name, [str(v) for v in (value if isinstance(value, list) else [value])])
        try:
            return filters.apply(self.target.filterset, rows, given, self.user)
        except forms.ValidationError:
            return rows

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> list[Any]:
        """The options, the chosen ones selected."""
        chosen = [text for text in map(str, value) if text]
        rows, self.complete = self.rows(chosen)
        choices: list[tuple[Any, str]] = list(rows)
        if not self.allow_multiple_selected:
            choices.insert(0, ("", self.empty_label))
        self.choices = choices
        return super().optgroups(name, chosen, attrs)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """One value or a list; the last one given wins, which is the typed one."""
        if not self.allow_multiple_selected:
            return data.get(name)
        values = data.getlist(name) if hasattr(data, "getlist") else data.get(name)
        return [part for value in values or () for part in str(value).split(",") if part.strip()]

    def format_value(self, value: Any) -> list[str]:
        if value is None or value == "":
            return []
        return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """The select, and where needed the field that stands in without scripts."""
        html = super().render(name, value, attrs, renderer)
        if self.complete:
            return html
        given = ",".join(self.format_value(value))
        typed = format_html(
            '<noscript><input name="{}" value="{}" aria-label="{}" placeholder="{}"></noscript>',
            name,
            given,
            *("Names or ids, with commas" if self.allow_multiple_selected else "Name or id",) * 2,
        )
        return html + typed


class FormWidget(forms.Widget):
    """A widget that needs the form it is in; `field_class` is a CSS class of its field."""

    form: Any
    field_class = ""


class ReferenceInput(forms.Field):
    """Cleans to an id, a list of ids, or None."""

    widget: Any

    def __init__(self, target: Resource, *, multiple: bool = False, **options: Any) -> None:
        super().__init__(widget=ReferenceSelect(target, multiple=multiple), **options)
        self.multiple = multiple
        if not self.required:
            self.widget.attrs["data-null"] = "1"
        if multiple:
            self.widget.attrs["multiple"] = True

    def to_python(self, value: Any) -> Any:
        if self.multiple:
            return [self._id(item) for item in value or ()]
        return None if value in (None, "") else self._id(value)

    def _id(self, value: Any) -> int:
        text = str(value).strip()
        pk = id_of(text)
        if pk is not None:
            return pk
        finder = Finder(self.widget.target, self.widget.user)
        finder.load([text])
        found = finder.candidates(text)
        if len(found) != 1:
            several = "Several are called so: give the id." if found else "Choose one of the list."
            raise forms.ValidationError(several)
        return int(found[0].pk)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            given = self.to_python(data)
        except forms.ValidationError:
            return True
        if self.multiple:
            return bool(sorted(initial or ()) != sorted(given))
        return bool(initial != given)


class ListInput(forms.CharField):
    """A list typed with commas."""

    def prepare_value(self, value: Any) -> Any:
        return join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return split(value) if isinstance(value, str) else value or []

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool([str(item) for item in initial or ()] != self.to_python(data))


class JsonInput(forms.JSONField):
    """JSON, shown indented."""

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value or ""
        return json.dumps(value, indent=2, ensure_ascii=False)

    def has_changed(self, initial: Any, data: Any) -> bool:
        if isinstance(initial, str):
            initial = json.loads(initial) if initial else None
        try:
            return bool(self.to_python(data) != initial)
        except forms.ValidationError:
            return True


class ColorText(forms.TextInput):
    """Six digits to type, or a colour to choose by its name; may be left empty."""

    def __init__(self) -> None:
        super().__init__(attrs={"placeholder": "rrggbb", "maxlength": 7})

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """The input with the common colours to choose from."""
        options = format_html_join("", '<option value="{}">{}</option>', COLORS.items())
        html = super().render(name, value, {**(attrs or {}), "list": f"colors_{name}"}, renderer)
        return html + format_html('<datalist id="colors_{}">{}</datalist>', name, options)


class ColorInput(forms.CharField):
    """An RGB colour; the browser writes it with a number sign."""

    widget = forms.TextInput(attrs={"type": "color"})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(self.widget, ColorText):
            return str(value or "").removeprefix("#")
        return f"#{value}" if value and not str(value).startswith("#") else value

    def to_python(self, value: Any) -> Any:
        return str(value or "").removeprefix("#").lower()

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial) != self.to_python(data))


def label_of(field: Field) -> tuple[str, str]:
    """A field's label with its unit, and the help that is left."""
    text, label = field.help_text, field.label
    unit, _, rest = text.partition(", ")
    if unit in UNITS:
        rest = rest[:1].upper() + rest[1:]
        return (label if "(" in label else f"{label} ({unit})"), rest
    return label, text[:1].upper() + text[1:]


def add_maker(kind: type[Field], maker: Maker) -> None:
    """Have `maker(field, options)` make the form fields of a kind of an app's own."""
    _own[kind] = maker


def make(field: Field) -> forms.Field | None:
    """The form field of a resource's field; None for what no form can write."""
    accepts = field.write_field() if not field.read_only else None
    if accepts is None:
        return None
    label, help_text = label_of(field)
    options: dict[str, Any] = {
        "label": label,
        "help_text": help_text,
        "required": bool(accepts.required) and not isinstance(accepts, serializers.BooleanField),
    }
    own = _own.get(type(field))
    maker = own or next((make for test, make in _MAKERS if test(field, accepts)), _json)
    found = maker(field, options)
    column = field.model_field
    if column is not None and not found.required and _has_default(column):
        found.initial = column.get_default()
    return found


def _has_default(column: Any) -> bool:
    return bool(getattr(column, "has_default", lambda: False)())


def _reference(field: Any, options: dict[str, Any]) -> forms.Field:
    found = ReferenceInput(field.target, **options)
    shared = scopes(field.resource, field.target)
    if shared:
        narrowing = {f"{name}_id": name for name in shared}
        found.widget.attrs["data-params"] = json.dumps(narrowing)
    return found


def _references(field: Any, options: dict[str, Any]) -> forms.Field:
    target = registry.of_model(Tag) if isinstance(field, Tags) else field.target
    return ReferenceInput(target, multiple=True, **options)


def _choice(field: Any, options: dict[str, Any]) -> forms.Field:
    column = field.model_field
    kinds = {str(value): value for value, _ in field.choices}
    choices = list(column.choices)
    optional = not options["required"] and (column.null or column.blank)
    if optional or not _has_default(column):
        choices.insert(0, ("", EMPTY))
    return forms.TypedChoiceField(
        choices=choices, coerce=lambda text: kinds.get(text, text), empty_value="", **options
    )


def _types(field: Any, options: dict[str, Any]) -> forms.Field:
    feature = getattr(field, "feature", "")

    def choices() -> list[tuple[str, str]]:
        return _type_choices(feature)

    found = forms.MultipleChoiceField(choices=choices, **options)
    found.widget.attrs.update({"data-picker": "", "size": "1"})
    return found


def _type(field: Any, options: dict[str, Any]) -> forms.Field:
    def choices() -> list[tuple[str, str]]:
        return [("", EMPTY), *_type_choices()]

    return forms.ChoiceField(choices=choices, **options)


def _type_choices(feature: str = "") -> list[tuple[str, str]]:
    """Wire name and name of every object type, of those alone that have a field so named."""
    found = [
        (resource.object_type, resource.name.capitalize())
        for resource in registry.resources()
        if not feature or resource.has_field(feature)
    ]
    return sorted(found, key=lambda pair: pair[1])


def _password(field: Field, options: dict[str, Any]) -> forms.Field:
    attrs = {"autocomplete": "new-password"}
    return forms.CharField(widget=forms.PasswordInput(attrs=attrs), strip=False, **options)


def _color(field: Field, options: dict[str, Any]) -> forms.Field:
    if not options["required"] and not _has_default(field.model_field):
        # A browser's colour picker cannot be left empty.
        options["widget"] = ColorText()
    return ColorInput(**options)


def _list(field: Field, options: dict[str, Any]) -> forms.Field:
    options["help_text"] = options["help_text"] or "Several are separated by commas."
    return ListInput(**options)


def _json(field: Field, options: dict[str, Any]) -> forms.Field:
    entries = field.write_schema().get("items", {}).get("properties", {})
    if entries and not options["help_text"]:
        options["help_text"] = f"A JSON list of objects with {', '.join(entries)}."
    return JsonInput(widget=forms.Textarea(attrs={"rows": 6, "class": "mono"}), **options)


def _boolean(field: Field, options: dict[str, Any]) -> forms.Field:
    if field.model_field is not None and field.model_field.null:
        return forms.NullBooleanField(**options)
    return forms.BooleanField(**options)


def _with_zone(label: str) -> str:
    return f"{label} ({preferences.zone()})"


# Told when it is shown, since forms are kept and readers have their own zones.
with_zone = lazy(_with_zone, str)


def _moment(field: Field, options: dict[str, Any]) -> forms.Field:
    options["label"] = with_zone(options["label"])
    attrs = {"type": "datetime-local", "step": "1"}
    widget = forms.DateTimeInput(attrs=attrs, format="%Y-%m-%dT%H:%M:%S")
    return forms.DateTimeField(widget=widget, **options)


def _day(field: Field, options: dict[str, Any]) -> forms.Field:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, **options)


def _column(field: Any, options: dict[str, Any]) -> forms.Field:
    if isinstance(field.model_field, models.URLField):
        options["assume_scheme"] = "https"
    made = field.model_field.formfield(**options)
    if isinstance(made.widget, forms.Textarea):
        made.widget.attrs["rows"] = 5
    if isinstance(made, forms.DecimalField):
        places = field.model_field.decimal_places
        made.widget.attrs["step"] = str(Decimal(1).scaleb(-places)) if places else "1"
    found: forms.Field = made
    return found


def _of_column(*kinds: type[models.Field[Any, Any]]) -> Test:
    return lambda field, accepts: isinstance(field.model_field, kinds)


# The first test that holds names the maker.
_MAKERS: list[tuple[Test, Maker]] = [
    (lambda field, accepts: hasattr(field, "form_field"), lambda field, o: field.form_field(o)),
    (lambda field, accepts: field.name in field.resource.write_only, _password),
    (lambda field, accepts: isinstance(field, Ref), _reference),
    (lambda field, accepts: isinstance(accepts, ReferenceListField), _references),
    (lambda field, accepts: isinstance(field, Choice), _choice),
    (lambda field, accepts: isinstance(field, ObjectType), _type),
    (lambda field, accepts: isinstance(getattr(accepts, "child", None), ObjectTypeField), _types),
    (lambda field, accepts: COLOR in getattr(field.model_field, "validators", ()), _color),
    (_of_column(models.ImageField), lambda field, options: PictureInput(**options)),
    (_of_column(ArrayField), _list),
    (_of_column(models.JSONField), _json),
    (_of_column(models.BooleanField), _boolean),
    (_of_column(models.DateTimeField), _moment),
    (_of_column(models.DateField), _day),
    (lambda field, accepts: hasattr(field.model_field, "formfield") and field.is_column, _column),
    (lambda field, accepts: isinstance(accepts, serializers.BooleanField), _boolean),
    (
        lambda field, accepts: type(accepts) is serializers.CharField,
        lambda field, options: forms.CharField(**options),
    ),
    (
        lambda field, accepts: type(accepts) is serializers.IntegerField,
        lambda field, options: forms.IntegerField(**options),
    ),
]


def initial_value(field: Field, made: forms.Field, value: Any) -> Any:
    """A value of a REST response as the form field's initial value."""
    if isinstance(made, ReferenceInput):
        if made.multiple:
            return [item["id"] for item in value or ()]
        return value["id"] if value else None
    if isinstance(field, Choice):
        value = value["value"] if isinstance(value, dict) else value
        return "" if value is None else value
    if isinstance(value, float) and isinstance(made, forms.DecimalField):
        return Decimal(repr(value))
    return value
