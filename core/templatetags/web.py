"""Template tags of the pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core import preferences, units
from core.resource import Resource
from core.web import header, navigation, page, panels, parts, table, table_rows, undo

register = template.Library()

register.simple_tag(parts.icon)
register.simple_tag(parts.swatch)
register.simple_tag(parts.mark)
register.simple_tag(parts.meter)
register.simple_tag(parts.sparkline)
register.simple_tag(parts.imported)
register.simple_tag(page.root)
register.simple_tag(page.address)
register.filter("offered_undo", undo.offered)


@register.simple_tag(takes_context=True)
def allowed(context: Any, resource: Resource, action: str) -> bool:
    """Whether the user may do `action` (add, change, delete) on some rows of `resource`."""
    return page.may(context["request"], resource, action)


@register.simple_tag(takes_context=True)
def header_items(context: Any) -> SafeString:
    """What apps put into the header."""
    return mark_safe("".join(header.items(context["request"])))  # noqa: S308


@register.simple_tag(takes_context=True)
def form_panels(context: Any) -> SafeString:
    """What apps put below the fields of a record's form."""
    found = panels.form_panels(context["request"], context["resource"])
    return mark_safe("".join(found))  # noqa: S308


@register.simple_tag(takes_context=True, name="navigation")
def navigation_menu(context: Any) -> SafeString:
    """The menu at the side."""
    request = context["request"]
    return _navigation(*navigation.shown(request), page.root(), request.path_info == "/")


@lru_cache(maxsize=512)
def _navigation(
    pages: tuple[navigation.Page, ...], current: str, root: str, at_home: bool
) -> SafeString:
    # The same for all who may see the same, as long as they are at the same place.
    found = navigation.grouped(pages, current, root)
    return render_to_string("core/_navigation.html", {"groups": found, "at_home": at_home})


@register.simple_tag(takes_context=True)
def table_lines(context: Any, rows: Iterable[table.Row]) -> str:
    """The lines of a list."""
    return table_rows.lines(rows, context)


@register.simple_tag
def appearance() -> SafeString:
    """Attributes of the page that say which theme and density its reader wants."""
    chosen = preferences.current.get()
    theme = "" if chosen.theme == "system" else format_html(' data-theme="{}"', chosen.theme)
    return format_html('{} data-density="{}"', theme, chosen.density)


@register.filter
def moment(value: dt.datetime | None) -> str:
    """A time in the reader's zone and form, to the minute, with the zone; empty for None."""
    return f"{preferences.moment(value)} {preferences.zone(value)}" if value else ""


@register.filter
def exact_moment(value: dt.datetime | None) -> str:
    """A time in the reader's zone and form, to the second, with the zone; empty for None."""
    if not value:
        return ""
    return f"{preferences.moment(value, seconds=True)} {preferences.zone(value)}"


@register.simple_tag
def units_wanted() -> str:
    """The system of units that the reader wants."""
    return preferences.current.get().units


@register.filter
def measured(value: float | None, unit: str) -> str:
    """A value of a unit in the units that the reader wants; empty for None."""
    return "" if value is None else units.told(value, unit)


@register.filter
def day(value: dt.date | None) -> str:
    """A day in the reader's form; empty for None."""
    return preferences.day(value) if value else ""


@register.simple_tag(takes_context=True)
def specimen(context: Any, part: Any, values: dict[str, Any], scheme: str) -> SafeString:
    """A part of the design's page with what it shows."""
    name = part.template if "/" in part.template else f"core/design/{part.template}.html"
    return render_to_string(name, {**values, "scheme": scheme}, context["request"])


@register.filter
def title_case(text: Any) -> str:
    """The first letter a capital, the others as they are."""
    return navigation.title(str(text))


@register.filter
def get_item(table: dict[str, Any], key: str) -> Any:
    """The value of a key."""
    return table.get(key)


@register.filter
def grouped(number: Any) -> str:
    """An integer with narrow spaces between its thousands."""
    return f"{number:,}".replace(",", "\u202f") if isinstance(number, int) else str(number)
