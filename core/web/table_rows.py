"""The lines of a list as HTML, put together here: a template takes several times as long."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from django.utils.html import conditional_escape as text
from django.utils.safestring import SafeString, mark_safe

from core.web.parts import icon

if TYPE_CHECKING:
    from core.web.table import Row

# What every row ends with: where it leads, what it is called, and its mark for style and scripts,
# which draw the icon. A list of fifty rows would hold more elements of icons than of anything else.
EDIT = ("edit/", "Edit", "data-edit")
CLONE = ("clone/", "Clone", "data-clone")


def lines(rows: Iterable[Row], context: Any) -> SafeString:
    """The lines with a box to choose them and the links at their end, as far as permitted."""
    links = []
    if context.get("may_change"):
        links.append(EDIT)
    if context.get("may_add"):
        links.append(CLONE)
    query = text(context.get("row_query", ""))
    select, menu = bool(context.get("may_select")), bool(context.get("may_label"))
    return mark_safe(  # noqa: S308
        "".join([_line(row, links, query, select=select, menu=menu) for row in rows])
    )


def _line(
    row: Row, links: list[tuple[str, str, str]], query: str, *, select: bool, menu: bool
) -> str:
    name, url = escape(row.display), escape(row.url)
    parts = ["<tr>"]
    if select:
        box = f'<input type="checkbox" name="pk" value="{row.pk}" aria-label="Select {name}">'
        parts.append(f'<td class="select-cell">{box}</td>')
    for cell, number in row.cells:
        parts.append(
            f'<td class="number">{text(cell)}</td>' if number else f"<td>{text(cell)}</td>"
        )
    parts.append('<td class="row-actions"><span>')
    for action in row.actions:
        what = text(action.label)
        parts.append(
            f'<a href="{text(action.url)}" aria-label="{what}: {name}" title="{what}">'
            f"{icon(action.icon, 'icon-small')}</a>"
        )
    for where, label, mark in links:
        parts.append(
            f'<a href="{url}{where}{query}" {mark} aria-label="{label} {name}" title="{label}"></a>'
        )
    if menu:
        parts.append(
            '<button type="button" data-row-more aria-haspopup="menu" title="Actions"'
            f' aria-label="Actions of {name}"></button>'
        )
    parts.append("</span></td></tr>")
    return "".join(parts)
