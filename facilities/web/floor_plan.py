"""The page of a floor plan: the hall to scale, and its editor."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from core import access
from core.read import ReadContext
from core.resource import Resource
from core.web.page import reading, root
from facilities.choices import FloorItemKind
from facilities.engine.tiles import tile_name
from facilities.floor.document import document, load
from facilities.models import FloorPlan, Location, Site

# What can be added that is no record elsewhere: kind, words of its button, icon.
PALETTE = (
    (FloorItemKind.ROW, "Row", "rows-3"),
    (FloorItemKind.COLD_AISLE, "Cold aisle", "snowflake"),
    (FloorItemKind.HOT_AISLE, "Hot aisle", "flame"),
    (FloorItemKind.CONTAINMENT, "Containment", "square-dashed"),
    (FloorItemKind.CRAC, "CRAC", "fan"),
    (FloorItemKind.COLUMN, "Column", "square-x"),
    (FloorItemKind.WALL, "Wall", "brick-wall"),
    (FloorItemKind.DOOR, "Door", "door-open"),
    (FloorItemKind.LABEL, "Label", "type"),
    (FloorItemKind.OTHER, "Other", "shapes"),
)
Json = dict[str, Any]


def show(
    request: HttpRequest, *, resource: Resource, pk: int, context: dict[str, Any]
) -> HttpResponse:
    """The plan with its document; without JavaScript as a picture and a table."""
    told = reading(request)
    plan = access.visible(FloorPlan, told.user).get(pk=pk)
    found = document(load(plan, told), told)
    by = request.GET.get("by", "")
    known = [each["name"] for each in found["colourings"]]
    colouring = by if by in known else ("" if "by" in request.GET else next(iter(known), ""))
    size, first = (plan.tile_width, plan.tile_depth), (plan.first_column, plan.first_row)
    query = f"?by={colouring}" if colouring else ""
    here, rest = context["base"], f"{root()}/api/{resource.path}/{pk}/"
    place = {
        "site": _seen(Site, plan.site_id, told),
        "location": _seen(Location, plan.location_id, told),
    }
    context |= {
        "document": found,
        "colouring": colouring,
        "palette": PALETTE,
        "records": [
            {**item, "tile": tile_name(item["x"], item["y"], size, first)}
            for item in found["items"]
            if not item["key"].startswith("item:")
        ],
        "document_url": f"{rest}document/",
        "colours_url": f"{rest}colours/",
        "drawing_url": rest,
        "svg_url": f"{here}plan.svg{query}",
        "pdf_url": f"{here}plan.pdf{query}",
        **place,
        "add_rack_url": f"{root()}/dcim/racks/add/?{urlencode(place)}",
        "racks_url": f"{root()}/api/dcim/racks/",
    }
    return render(request, "facilities/floor_plan.html", context)


def picture(request: HttpRequest, pk: int, context: dict[str, Any]) -> str:
    """What the plan shows, on its first page: it leads to the plan itself."""
    shown = {"base": context["base"], "name": context["row"]["display"]}
    return render_to_string("facilities/plan_panel.html", shown)


def _seen(model: type[Site | Location], pk: int | None, told: ReadContext) -> int | str:
    """The id where the reader may see the row, else an empty text."""
    seen = pk is not None and access.visible(model, told.user).filter(pk=pk).exists()
    return pk if pk is not None and seen else ""
