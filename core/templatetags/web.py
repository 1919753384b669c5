"""Template tags of the pages."""

from __future__ import annotations

from typing import Any

from django import template

from core.resource import Resource
from core.web import navigation, page, parts

register = template.Library()

register.simple_tag(parts.icon)
register.simple_tag(parts.swatch)
register.simple_tag(parts.meter)
register.simple_tag(page.root)
register.simple_tag(page.address)


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
    """An integer with narrow spaces between its thousands."""
    return f"{number:,}".replace(",", "\u202f") if isinstance(number, int) else str(number)
