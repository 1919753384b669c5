"""The forecast of a place: a chart for each of its resources, and what-if growth."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as Unclear
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ValidationError

from capacity import store
from capacity.choices import ResourceKind as Kind
from capacity.forecast_api import growth
from capacity.forecasting import tell
from capacity.models import Utilization
from capacity.web.chart import chart, sentence
from capacity.web.figures import amount
from core import access
from core.registry import of_model
from core.web.choosers import Chooser
from core.web.page import actor, address, page, require, visible_or_404
from dcim.models import DeviceType

SHOWN = (
    Kind.SPACE,
    Kind.POWER,
    Kind.WEIGHT,
    Kind.FLOOR_LOAD,
    Kind.AIR_COOLING,
    Kind.LIQUID_COOLING,
)


@require_safe
@page
def show(request: HttpRequest, place: str, pk: int) -> HttpResponse:
    """When the resources of a rack, location, site or tenant will be used up."""
    require(request, access.VIEW, of_model(Utilization))
    kind = place.replace("-", "_")
    if kind not in store.PLACES:
        raise Http404(f"There is no {place[:50]}.")
    resource = of_model(store.PLACES[kind])
    visible_or_404(request, resource, pk)
    user = actor(request)
    rows = access.restrict(
        Utilization.objects.filter(
            object_type=store.kind(kind), object_id=pk, resource__in=SHOWN, variant=""
        ),
        user,
    )
    ordered = sorted(rows, key=lambda row: SHOWN.index(Kind(row.resource)))
    faults, more = [], None
    given: dict[str, Any] = {}
    text = request.GET.get("per_week", "").strip()
    types = Chooser(DeviceType, "device_type", user)
    try:
        chosen = types.read(request.GET)
        if chosen or text:
            given = {"device_type": chosen or 0, "per_week": float(text or 1)}
            more = growth(given, user)
    except (ValueError, Unclear, ValidationError):
        faults.append("Give a device type and how many of it come a week.")
    told = tell(ordered, growth=more)
    name = resource.model._default_manager.filter(pk=pk).first()
    context = {
        "heading": str(name),
        "url": address(resource, pk),
        "faults": faults,
        "growth": more,
        "given": {"per_week": text, "device_type": types.html(request.GET, **{"class": "input"})},
        "charts": [
            {
                "label": Kind(each.row.resource).label,
                "chart": chart(each),
                "sentence": sentence(each),
                "course": each.course,
                "used": amount(each.row.used, each.row.unit),
                "capacity": amount(each.row.capacity, each.row.unit),
                "slope": amount(each.course.slope * 7, each.row.unit) if each.course else "",
                "mae": amount(each.course.error.mae, each.row.unit) if each.course else "",
                "naive": amount(each.course.error.naive, each.row.unit) if each.course else "",
            }
            for each in told
        ],
    }
    return render(request, "capacity/forecast.html", context, status=400 if faults else 200)
