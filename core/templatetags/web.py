"""Template tags of the pages."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.resource import Resource
from core.web import navigation, page

register = template.Library()


@lru_cache(maxsize=1)
def _icon_names() -> frozenset[str]:
    path = finders.find("vendor/icons.svg")
    if not isinstance(path, str):
        return frozenset()
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        return frozenset(re.findall(r'symbol id="([a-z0-9-]+)"', file.read()))


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """An icon of the sprite; a box where the sprite has none of that name."""
    known = name if name in _icon_names() else "box"
    return format_html(
        '<svg class="icon icon-{} {}" aria-hidden="true"><use href="{}#{}"/></svg>',
        name,
        classes,
        static("vendor/icons.svg"),
        known,
    )


@register.simple_tag
def root() -> str:
    """The path prefix of this server, without a closing slash."""
    return page.root()


@register.simple_tag
def address(resource: Resource, pk: int | None = None, action: str = "") -> str:
    """The path of a resource's list, of a row's page, or of an action of either."""
    return page.address(resource, pk, action)


@register.simple_tag(takes_context=True)
def allowed(context: Any, resource: Resource, action: str) -> bool:
    """Whether the user may do `action` (add, change, delete) on some rows of `resource`."""
    return page.may(context["request"], resource, action)


@register.inclusion_tag("core/_navigation.html", takes_context=True, name="navigation")
def navigation_menu(context: Any) -> dict[str, Any]:
    """The menu at the side."""
    request = context["request"]
    return {"groups": navigation.groups(request), "at_home": request.path == f"{page.root()}/"}





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
    """An integer with thin spaces between its thousands."""
    return f"{number:,}".replace(",", "\u202f") if isinstance(number, int) else str(number)


@register.simple_tag
def meter(value: float, maximum: float, label: str = "", text: str = "") -> SafeString:
    """How full something is: a bar with its figure, its colour by steps of use."""
    share = 100 * float(value) / float(maximum) if maximum else 0.0
    level = 1 + sum(share > bound for bound in (50, 70, 85, 100))
    return format_html(
        '<span class="meter meter-{}" role="meter" aria-label="{}" aria-valuenow="{}" '
        'aria-valuemin="0" aria-valuemax="100"><svg viewBox="0 0 100 6" '
        'preserveAspectRatio="none" aria-hidden="true"><rect class="meter-fill" width="{}" '
        'height="6"/></svg><span class="meter-text">{}</span></span>',
        level,
        label,
        round(share),
        round(min(share, 100), 1),
        text or f"{round(share)} %",
    )


@register.simple_tag
def swatch(color: str) -> SafeString:
    """A small square of a colour given as six hexadecimal digits."""
    digits = color if re.fullmatch(r"[0-9a-fA-F]{6}", color or "") else "9e9e9e"
    return format_html(
        '<svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">'
        '<rect width="12" height="12" fill="#{}"/></svg>',
        digits,
    )
