"""How full the racks of a site or location are, on its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Sum
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.template.loader import render_to_string

from core import access
from core.registry import of_model
from core.web.page import actor
from core.web.parts import meter
from dcim.models import Device
from racks.models import Rack


def space_panel(parameter: str) -> Callable[[HttpRequest, int, dict[str, Any]], str | None]:
    """The panel of a place; `parameter` narrows the list of racks to it. Two statements."""
    condition = of_model(Rack).all_filters[parameter].condition

    def panel(request: HttpRequest, pk: int, context: dict[str, Any]) -> str | None:
        racks = access.restrict(Rack.objects.all(), actor(request)).filter(condition([pk]))
        sums = racks.order_by().aggregate(racks=Count("pk"), units=Sum("u_height"))
        if not sums["racks"]:
            return None
        used, total = used_halves(racks), 2 * sums["units"]
        shown = {
            "elevations": f"/dcim/rack-elevations/?{parameter}={pk}",
            "bar": meter(used, total, "Space used", f"{_units(used)} of {_units(total)} U"),
            "free": _units(total - used),
        }
        return render_to_string("dcim/space_panel.html", shown, request)

    return panel


def _units(halves: int) -> str:
    """Rack units with narrow spaces between the thousands."""
    return f"{halves / 2:,.1f}".removesuffix(".0").replace(",", "\u202f")


def used_halves(racks: Any) -> int:
    """Half units of these racks in which something stands that counts as used space."""
    low = Cast(F("position") * 2, IntegerField())
    halves = Func(low, low + F("height_half_u") - 1, function="generate_series")
    halves.set_returning = True
    halves.output_field = IntegerField()
    placed = Device.objects.filter(
        rack__in=racks.order_by().values("pk"),
        position__isnull=False,
        device_type__exclude_from_utilization=False,
    )
    return int(placed.order_by().values("rack", _half=halves).distinct().count())
