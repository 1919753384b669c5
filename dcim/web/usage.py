"""How many ports of a device are in use, by kind, on its page."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, OuterRef, Q, Value
from django.http import HttpRequest
from django.template.loader import render_to_string

from core import access
from core.registry import of_model
from core.web.navigation import title
from core.web.page import actor
from core.web.parts import meter
from dcim import models
from dcim.models import CableTermination
from dcim.web import ports


def device_panel(request: HttpRequest, pk: int, context: dict[str, Any]) -> str | None:
    """A meter for each kind of port that takes cables. One statement."""
    counted = []
    for number, model in enumerate(ports.MODELS):
        rows = access.restrict(model._default_manager.all(), actor(request))
        rows = rows.filter(device=pk).order_by()
        if model is models.Interface:
            rows = rows.exclude(type__in=ports.UNCABLED)
        plugged = CableTermination.objects.filter(
            termination_type=ContentType.objects.get_for_model(model), termination_id=OuterRef("pk")
        )
        used = Count("pk", filter=Q(Exists(plugged)) | Q(mark_connected=True))
        counted.append(rows.values(_kind=Value(number)).annotate(_all=Count("pk"), _used=used))
    shown = []
    for row in counted[0].union(*counted[1:], all=True).order_by("_kind"):
        if not row["_all"]:
            continue
        resource = of_model(ports.MODELS[row["_kind"]])
        label, used, total = title(resource.plural), row["_used"], row["_all"]
        bar = meter(used, total, f"{label} in use", f"{used} of {total}")
        shown.append((label, resource, bar))
    if not shown:
        return None
    return render_to_string("dcim/usage_panel.html", {"kinds": shown, "base": context["base"]})
