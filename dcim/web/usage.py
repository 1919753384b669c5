"""How many ports of a device are in use, by kind, on its page."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Value
from django.http import HttpRequest
from django.template.loader import render_to_string

from core import access
from core.gather import Lookup, Steps
from core.registry import content_type, of_model
from core.web.navigation import title
from core.web.page import actor
from core.web.parts import meter
from dcim import models
from dcim.models import CableTermination
from dcim.web import ports


@cache
def _counts(model: Any, kind: int) -> Lookup:
    """How many ports of a kind a device has, and how many of them are in use."""
    plugged = CableTermination.objects.filter(termination_type=kind, termination_id=OuterRef("pk"))
    used = Count("pk", filter=Q(Exists(plugged)) | Q(mark_connected=True))

    def make(given: Any, user: access.Actor) -> Any:
        rows = access.visible(model, user).filter(given("device_id"))
        if model is models.Interface:
            rows = rows.exclude(type__in=ports.UNCABLED)
        counted = rows.values(_one=Value(1)).annotate(_all=Count("pk"), _used=used)
        return counted.values_list("_all", "_used")

    return Lookup(make)


def device_panel(request: HttpRequest, pk: int, context: dict[str, Any]) -> Steps:
    """A meter for each kind of port that takes cables."""
    kinds = [of_model(model) for model in ports.MODELS]
    found = yield [
        _counts(each.model, content_type(each).pk).fetch([pk], actor(request)) for each in kinds
    ]
    shown = []
    for resource, rows in zip(kinds, found, strict=True):
        if not rows:
            continue
        label, [(total, used)] = title(resource.plural), rows
        bar = meter(used, total, f"{label} in use", f"{used} of {total}")
        shown.append((label, resource, bar))
    if not shown:
        return None
    return render_to_string("dcim/usage_panel.html", {"kinds": shown, "base": context["base"]})
