"""Sheets of labels with QR codes that open the pages of records, to be printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import segno
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods

from core import access
from core.resource import Resource
from core.rest import base_url
from core.web import table
from core.web.bulk import picked
from core.web.page import actor, page, reading, require
from core.web.readers import page_reader

MOST = 1000
DETAILS = 3
# Name, label, width and height in mm: sheets of A4 without margins, and tape, a label each page.
SHEETS = (
    ("a4-24", "A4, 24 of 70 by 37 mm"),
    ("a4-40", "A4, 40 of 52.5 by 29.7 mm"),
    ("a4-65", "A4, 65 of 42 by 22.8 mm"),
    ("tape-62", "Tape, 62 by 29 mm each"),
    ("tape-90", "Tape, 90 by 29 mm each"),
)


@dataclass(frozen=True)
class Label:
    """What a label says, and its code."""

    name: str
    details: list[str]
    url: str
    code: SafeString


@require_http_methods(["GET", "HEAD", "POST"])
@page
def show(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Labels of the rows chosen in a list, or of all that match its filters, in its order."""
    require(request, access.VIEW, resource)
    given = request.POST if request.method == "POST" else request.GET
    rows = _chosen(request, resource, given)
    ids = list(rows.values_list("pk", flat=True)[: MOST + 1])
    sheets = dict(SHEETS)
    chosen = given.get("sheet", "")
    context = {
        "resource": resource,
        "labels": _labels(request, resource, ids[:MOST]),
        "too_many": len(ids) > MOST,
        "most": MOST,
        "sheet": chosen if chosen in sheets else SHEETS[0][0],
        "sheets": SHEETS,
        "pks": ",".join(map(str, ids[:MOST])),
    }
    return render(request, "core/labels.html", context)


def _chosen(request: HttpRequest, resource: Resource, given: QueryDict) -> QuerySet[Any]:
    rows = resource.queryset(actor(request))
    if given.get("all") != "1":
        return rows.filter(pk__in=picked(given))
    try:
        return table.filtered(request, resource)
    except ValidationError:
        return rows.none()


def _labels(request: HttpRequest, resource: Resource, ids: list[int]) -> list[Label]:
    linked = table.link_column(resource, resource.table)
    names = [name for name in resource.table if name not in (linked, "status", "tags")]
    names = [name for name in names if resource.has_field(name)]
    rows = page_reader(resource, ("id", "display", *names)).by_id(ids, reading(request))
    base = settings.PUBLIC_URL or base_url(request)
    found = []
    for pk in ids:
        if pk not in rows:
            continue
        row = rows[pk]
        url = resource.display_url(pk, base)
        code = _code(url)
        words = {name: _words(row[name]) for name in names}
        for details in _details(resource, words):
            found.append(Label(str(row["display"]), details[:DETAILS], url, code))
    return found


def _details(resource: Resource, words: dict[str, str]) -> list[list[str]]:
    """What each label of a row says: one, or one for each end with that end first."""
    ends = [name for name in resource.label_ends if name in words]
    if not ends:
        return [[text for text in words.values() if text]]
    rest = [text for name, text in words.items() if text and name not in ends]
    found = []
    for near in ends:
        far = [f"\u2192 {words[name]}" for name in ends if name != near and words[name]]
        found.append([text for text in (words[near], *far, *rest) if text])
    return found


def _code(url: str) -> SafeString:
    svg = segno.make(url, error="m", micro=False).svg_inline(
        border=0, omitsize=True, svgclass="label-code", lineclass=None, dark="#000"
    )
    return mark_safe(svg)  # noqa: S308


def _words(value: Any) -> str:
    if isinstance(value, dict) and isinstance(value.get("object"), dict):
        return _words(value["object"])
    if isinstance(value, dict) and isinstance(value.get("device"), dict):
        return f"{value['device'].get('display', '')} {value.get('display', '')}"
    if isinstance(value, dict):
        return str(value.get("label") or value.get("display") or "")
    if isinstance(value, list):
        return ", ".join(filter(None, (_words(each) for each in value)))
    return value if isinstance(value, str) else ""
