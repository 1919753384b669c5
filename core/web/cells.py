"""How a value looks in a table or among a record's facts, by kind of field."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import escape  # cells are a thousand plain texts; Django's looks at each twice
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from core import preferences, registry, units
from core.custom_fields.columns import CustomColumn
from core.custom_fields.definitions import Kind
from core.fields import Choice, Field, Identity, Ref, Refs, Scalar
from core.resource import Resource
from core.special_fields import Count, Tags
from core.web.page import root
from core.web.parts import icon, swatch

UNITS = ((31556952, "year"), (2629746, "month"), (86400, "day"), (3600, "hour"), (60, "minute"))
EMPTY = mark_safe("")
SHOWN = 4
Renderer = Callable[[Any, dict[str, Any]], SafeString]

# Words of states and the tone they are told in; another word is neutral.
TONES = {
    "good": "active available completed sent connected enabled online ok primary success",
    "plan": "planned pending scheduled reserved requested new info queued sending",
    "stage": "staged staging running candidate provisioning in-progress inventory",
    "warn": "warning deprecated decommissioning stale maintenance secondary expiring errored"
    " paused",
    "bad": "failed down critical error lost",
}
# Units that begin a field's help text, as they stand behind its label.
SYMBOLS = {
    "rack units": "U",
    "watts": "W",
    "volts": "V",
    "amperes": "A",
    "percent": "%",
    "millimeters": "mm",
    "kg": "kg",
    "kbps": "kbps",
    "MHz": "MHz",
    "dBm": "dBm",
}
_TONE_OF = {word: tone for tone, words in TONES.items() for word in words.split()}


def tone(value: Any) -> str:
    """The tone of a state."""
    return _TONE_OF.get(str(value), "idle")


def is_number(field: Field) -> bool:
    """Whether values are numbers, to be aligned right."""
    if isinstance(field, Choice | Ref | Refs):
        return False
    return field.schema().get("type") in ("integer", "number")


def label(field: Field) -> str:
    """What the field is called, with its unit: a count is called after what it counts."""
    return _label(field, preferences.current.get().units)


@lru_cache(maxsize=4096)
def _label(field: Field, system: str) -> str:
    # Of a system of units, as that is what `units` goes by.
    if isinstance(field, Count) and (found := reverse_link(field.resource, field.source)):
        plural = found[0].plural
        return plural[:1].upper() + plural[1:]
    if isinstance(field, Identity) and field.name == "display":
        return field.resource.name[:1].upper() + field.resource.name[1:]
    if "(" not in field.label:
        for unit, symbol in SYMBOLS.items():
            if re.match(rf"{unit}\b", field.help_text):
                return f"{field.label} ({units.symbol(symbol)})"
    elif fixed := fixed_unit(field):
        return field.label.replace(f"({fixed})", f"({units.symbol(fixed)})")
    return field.label


def fixed_unit(field: Field) -> str | None:
    """The unit that all values of a number have, where its reader may want another."""
    if not is_number(field):
        return None
    if found := re.search(r"\((\S+)\)$", field.label):
        return found[1] if units.known(found[1]) else None
    for unit, symbol in SYMBOLS.items():
        if units.known(symbol) and re.match(rf"{unit}\b", field.help_text):
            return symbol
    return None


def unit_of(resource: Resource, name: str) -> str | None:
    """The choice that holds the unit of a number: `weight_unit` of `weight` and `max_weight`."""
    if not resource.has_field(name) or not is_number(resource.field(name)):
        return None
    parts = name.split("_")
    for found in (f"{name}_unit", f"{parts[-1]}_unit", f"{parts[0]}_unit"):
        if resource.has_field(found) and isinstance(resource.field(found), Choice):
            return found
    return None


def is_unit(resource: Resource, name: str) -> bool:
    """Whether the field is the unit of another, beside whose number it is shown."""
    return name.endswith("_unit") and any(
        unit_of(resource, field.name) == name for field in resource.all_fields
    )


def _measure_renderer(unit: str) -> Renderer:
    """A number with its row's unit."""

    def render(value: Any, row: dict[str, Any]) -> SafeString:
        chosen = row.get(unit)
        symbol = chosen["value"] if isinstance(chosen, dict) else chosen
        if value is None or not symbol:
            return plain(value)
        if symbol == units.symbol(symbol):
            return format_html("{} {}", plain(value), symbol)
        return conditional_escape(units.told(value, symbol))

    return render


def _fixed_renderer(unit: str) -> Renderer:
    """A number whose unit its label tells."""

    def render(value: Any, row: dict[str, Any]) -> SafeString:
        if value is None or unit == units.symbol(unit):
            return plain(value)
        return conditional_escape(units.figure(value, unit))

    return render


def is_color(field: Field) -> bool:
    """Whether values are colours of six hexadecimal digits."""
    column = field.model_field
    return field.name == "color" and getattr(column, "max_length", None) == 6


def page_of(value: dict[str, Any]) -> str | None:
    """The page of a nested object, from its REST address."""
    url = value.get("url")
    if not isinstance(url, str) or not url.startswith("/"):
        return None
    # Of the server's own prefix too it is the last part that tells REST from pages.
    prefix, found, path = url.rpartition("/api/")
    return f"{prefix}/{path}" if found else None


def reference(value: dict[str, Any]) -> SafeString:
    """A nested object as a link, with its colour and the device it belongs to, if any."""
    owner = value.get("device")
    if isinstance(owner, dict):
        part = {key: shown for key, shown in value.items() if key != "device"}
        return format_html("{} {}", reference(owner), reference(part))
    text = escape(str(value.get("display") or value.get("name") or value.get("id", "")))
    url = page_of(value)
    shown = f"{swatch(value['color'])}{text}" if value.get("color") else text
    return mark_safe(shown if url is None else f'<a href="{escape(url)}">{shown}</a>')  # noqa: S308


def moment(value: dt.datetime) -> SafeString:
    """A time to the minute; how long ago as its title."""
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        relative(value, timezone.now()),
        preferences.moment(value),
    )


def relative(value: dt.datetime, now: dt.datetime) -> str:
    """The distance between two moments in words, such as `3 hours ago`."""
    seconds = (now - value).total_seconds()
    size = abs(seconds)
    if size < 60:
        return "just now" if seconds >= 0 else "in a moment"
    length, word = next((unit for unit in UNITS if size >= unit[0]), UNITS[-1])
    number = int(size // length)
    words = f"{number} {word}{'' if number == 1 else 's'}"
    return f"{words} ago" if seconds >= 0 else f"in {words}"


def boolean(value: bool) -> SafeString:
    """Yes or no, as a sign and for screen readers in words."""
    name, word, classes = ("check", "Yes", "") if value else ("minus", "No", "quiet")
    return format_html(
        '<span class="flag {}">{}<span class="flag-word">{}</span></span>',
        classes,
        icon(name, "icon-small"),
        word,
    )


def number(value: float) -> SafeString:
    """A number without needless decimals."""
    text = f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
    return mark_safe(f'<span class="figures">{escape(text)}</span>')  # noqa: S308


def items(values: Sequence[Any]) -> SafeString:
    """The first few of several values and how many more there are; lists in them in brackets."""
    shown = (
        (format_html("({})", plain(value)) if isinstance(value, list) else plain(value),)
        for value in values[:SHOWN]
    )
    parts = format_html_join(", ", "{}", shown)
    more = len(values) - SHOWN
    return format_html('{} <span class="quiet">+{}</span>', parts, more) if more > 0 else parts


def plain(value: Any, row: dict[str, Any] | None = None) -> SafeString:
    """A value by its type alone."""
    if value is None or value == "" or value == []:
        return EMPTY
    if type(value) is str:
        return mark_safe(escape(value))  # noqa: S308
    if isinstance(value, bool):
        return boolean(value)
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, dt.datetime):
        return moment(value)
    if isinstance(value, dt.date):
        return conditional_escape(preferences.day(value))
    if isinstance(value, dict):
        if "label" in value and "value" in value:
            return conditional_escape(value["label"])
        if "url" in value or "display" in value:
            return reference(value)
        if isinstance(value.get("object"), dict):
            return reference(value["object"])
        return format_html("<code>{}</code>", json.dumps(value, default=str)) if value else EMPTY
    if isinstance(value, list | tuple):
        return items(value)
    return conditional_escape(value)


@lru_cache(maxsize=1024)
def _badge(key: Any, label: Any) -> SafeString:
    return format_html('<span class="badge tone-{}">{}</span>', tone(key), label)


def _status(value: Any, row: dict[str, Any]) -> SafeString:
    if value in (None, ""):
        return EMPTY
    key, label = (value["value"], value["label"]) if isinstance(value, dict) else (value, value)
    return _badge(key, label)


def _choice_renderer(field: Choice) -> Renderer:
    """Shows the label of a choice that REST gives as its bare value."""
    labels = dict(field.choices)

    def render(value: Any, row: dict[str, Any]) -> SafeString:
        return plain(labels.get(value, value))

    return render


def _color(value: Any, row: dict[str, Any]) -> SafeString:
    return format_html('{} <span class="mono">{}</span>', swatch(value), value) if value else EMPTY


def tags_renderer(resource: Resource) -> Renderer:
    """Chips, each a link to the list of what carries the tag."""
    path = resource.page_url("")

    def render(value: Any, row: dict[str, Any]) -> SafeString:
        if not value:
            return EMPTY
        chips = format_html_join(
            "",
            '<a class="chip" href="{}{}?tag={}">{}{}</a>',
            ((root(), path, tag["slug"], swatch(tag["color"]), tag["name"]) for tag in value),
        )
        return format_html('<span class="chips">{}</span>', chips)

    return render


def reverse_link(resource: Resource, relation_name: str) -> tuple[Resource, str] | None:
    """The resource at the far side of a reverse relation, and its filter by this one's id."""
    relation: Any = resource.model._meta.get_field(relation_name)
    if not relation.auto_created or not registry.has_model(relation.related_model):
        return None
    target = registry.of_model(relation.related_model)
    name = f"{relation.field.name}_id"
    return (target, name) if name in target.all_filters else None


def _count_renderer(field: Count) -> Renderer:
    found = reverse_link(field.resource, field.source)
    if found is None:
        return plain
    target, parameter = found
    path = target.page_url("")

    def render(value: Any, row: dict[str, Any]) -> SafeString:
        if not value or "id" not in row:
            return number(value or 0)
        shown = f"{value:,}".replace(",", "\u202f")
        return format_html(
            '<a class="figures" href="{}{}?{}={}">{}</a>',
            root(),
            path,
            parameter,
            row["id"],
            shown,
        )

    return render


def _link(value: Any, row: dict[str, Any]) -> SafeString:
    if not value:
        return EMPTY
    if not str(value).startswith(("http://", "https://")):
        return conditional_escape(value)
    return format_html('<a href="{}" rel="noreferrer noopener">{}</a>', value, value)


def _picture(value: Any, row: dict[str, Any]) -> SafeString:
    """A small picture that leads to the whole one."""
    if not value:
        return EMPTY
    return format_html(
        '<a href="{0}"><img class="picture-small" src="{0}" alt="Picture" loading="lazy"></a>',
        value,
    )


def _email(value: Any, row: dict[str, Any]) -> SafeString:
    return format_html('<a href="mailto:{}">{}</a>', value, value) if value else EMPTY


def _custom_renderer(field: CustomColumn) -> Renderer:
    """Shows a stored value of a custom field."""
    kind, choices = field.definition.type, field.definition.choices

    def choice(value: Any) -> SafeString:
        color = choices.colors.get(value)
        mark = swatch(color) if color else EMPTY
        return format_html("{}{}", mark, choices.labels.get(value, value))

    def render(value: Any, row: dict[str, Any]) -> SafeString:
        if value is None or value == "" or value == []:
            return EMPTY
        if kind == Kind.URL:
            return _link(value, row)
        if kind == Kind.DATETIME and (found := parse_datetime(str(value))):
            return moment(found)
        if kind == Kind.SELECT:
            return choice(value)
        if kind == Kind.MULTISELECT:
            return format_html_join(", ", "{}", ((choice(item),) for item in value))
        if kind == Kind.JSON:
            return format_html("<code>{}</code>", json.dumps(value, ensure_ascii=False))
        return plain(value)

    return render


_own: dict[type[Field], Renderer] = {}


def add_renderer(kind: type[Field], render: Renderer) -> None:
    """Have `render` show the values of a kind of field."""
    _own[kind] = render


def renderer(field: Field) -> Renderer:
    """The function that shows a value of `field`, given the value and its row."""
    if type(field) in _own:
        return _own[type(field)]
    if isinstance(field, CustomColumn):
        return _custom_renderer(field)
    if isinstance(field, Tags):
        return tags_renderer(field.resource)
    if isinstance(field, Choice):
        if field.name.endswith(("status", "severity")):
            return _status
        return _choice_renderer(field) if field.plain else plain
    if isinstance(field, Count):
        return _count_renderer(field)
    if is_color(field):
        return _color
    if unit := unit_of(field.resource, field.name):
        return _measure_renderer(unit)
    if unit := fixed_unit(field):
        return _fixed_renderer(unit)
    if isinstance(field, Scalar):
        if isinstance(field.model_field, models.URLField):
            return _link
        if isinstance(field.model_field, models.ImageField):
            return _picture
        if isinstance(field.model_field, models.EmailField):
            return _email
    return plain
