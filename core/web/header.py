"""What upper apps put into the header of every page, registered at start."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

# The request to HTML, or None for nothing to show.
Item = Callable[[HttpRequest], str | None]

_items: list[Item] = []


def add_item(item: Item) -> None:
    """Show `item(request)`'s HTML in the header, before what is the user's own."""
    _items.append(item)


def items(request: HttpRequest) -> list[str]:
    """HTML of what there is to show."""
    return [html for item in _items if (html := item(request))]
