"""Floor plans as files: `plan.svg` and `plan.pdf`."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import access
from core.read import ReadContext
from core.web.page import actor, page, reading
from facilities.engine.sheet import PAPERS, Piece, Sheet, Subject, lay_out
from facilities.floor import files
from facilities.floor.document import Layout, load, short_labels
from facilities.floor.findings import OVERHEAD, rect, room
from facilities.floor.sources import Colours, sources
from facilities.models import FloorPlan

# A file opened by itself runs nothing and loads nothing, whatever got into it.
_FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
PAPER = "a3"


def _found(request: HttpRequest, pk: int) -> Layout:
    plan = (
        access.visible(FloorPlan, actor(request))
        .select_related("site", "location")
        .filter(pk=pk)
        .first()
    )
    if plan is None:
        raise Http404
    return load(plan, reading(request))


def _coloured(layout: Layout, by: str, context: ReadContext) -> tuple[str, Colours]:
    """The label of a way to colour, and the colours; nothing where there is no such way."""
    for source in sources():
        label = dict(source.colourings()).get(by)
        if label:
            keys = (s.key.partition(":") for s in layout.standing)
            numbers = [int(number) for prefix, _, number in keys if prefix == source.prefix]
            return label, source.colours(by, numbers, context)
    return "", Colours()


def subject(layout: Layout, by: str, context: ReadContext) -> Subject:
    """What is laid out: everything that stands on the plan, coloured by `by`."""
    plan = layout.plan
    label, colours = _coloured(layout, by, context)
    short = short_labels(layout.standing)
    pieces = [
        Piece(
            kind="busway" if each.symbol in OVERHEAD else each.kind,
            rect=rect(each),
            label=short.get(each.key, each.label),
            color=colours.shades[each.key].color if each.key in colours.shades else "",
        )
        for each in layout.standing
    ]
    lies = None
    if plan.drawing:
        width = plan.drawing_width or plan.width
        height = width * (plan.drawing_ratio or 1)
        lies = (plan.drawing_x, plan.drawing_y, width, height, plan.drawing_opacity / 100)
    return Subject(
        width=plan.width,
        depth=plan.depth,
        tile=(plan.tile_width, plan.tile_depth),
        first=(plan.first_column, plan.first_row),
        outline=room(plan),
        pieces=pieces,
        drawing=lies,
        title=plan.name,
        notes=_notes(layout, context),
        legend_title=label,
        legend=list(colours.legend),
    )


def _notes(layout: Layout, context: ReadContext) -> list[str]:
    plan = layout.plan
    places = [
        str(place)
        for place in (plan.site, plan.location)
        if place is not None
        and not access.outside(type(place), [place.pk], context.user, access.VIEW)
    ]
    racks = sum(each.kind == "rack" for each in layout.standing)
    size = f"{plan.width / 1000:g} by {plan.depth / 1000:g} m"
    tiles = f"tiles of {plan.tile_width} by {plan.tile_depth} mm"
    return [
        " · ".join(places),
        f"{size} · {tiles} · {racks} {'rack' if racks == 1 else 'racks'}",
        f"Drawn {timezone.localdate().isoformat()}",
    ]


def _respond(
    request: HttpRequest, pk: int, kind: str, make: Callable[[Sheet, Layout], bytes]
) -> HttpResponse:
    layout = _found(request, pk)
    paper = request.GET.get("paper", PAPER).lower()
    sheet = lay_out(
        subject(layout, request.GET.get("by", ""), reading(request)),
        paper if paper in PAPERS else PAPER,
    )
    name = re.sub(r"[^\w.-]+", "-", layout.plan.name, flags=re.ASCII).strip("-") or "plan"
    disposition = "attachment" if request.GET.get("download") else "inline"
    types = {"svg": "image/svg+xml; charset=utf-8", "pdf": "application/pdf"}
    return HttpResponse(
        make(sheet, layout),
        content_type=types[kind],
        headers={
            "Content-Disposition": f'{disposition}; filename="{name}.{kind}"',
            "Content-Security-Policy": _FILE_POLICY,
            "Cache-Control": "private, no-cache",
        },
    )


def _drawing(layout: Layout) -> files.Drawing | None:
    file = layout.plan.drawing
    if not file:
        return None
    try:
        with file.open() as opened:
            return files.Drawing(str(file.name), opened.read())
    except OSError:
        return None


@require_safe
@page
def as_svg(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan on a sheet of paper, as SVG."""
    return _respond(request, pk, "svg", lambda sheet, layout: files.svg(sheet, _drawing(layout)))


@require_safe
@page
def as_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan on a sheet of paper, as PDF."""
    return _respond(
        request,
        pk,
        "pdf",
        lambda sheet, layout: files.pdf(sheet, layout.plan.name, timezone.now(), _drawing(layout)),
    )
