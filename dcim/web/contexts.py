"""The tab of a device with its config context and what that is made of."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core import access
from core.registry import of_model
from core.resource import Resource
from core.web.page import actor, address, reading
from dcim.contexts import merged, sources
from dcim.models import ConfigContext


def tab(request: HttpRequest, resource: Resource, pk: int, context: dict[str, Any]) -> HttpResponse:
    """The merged data, then each source, the weakest first; unseen ones are not named."""
    user, kind = actor(request), of_model(ConfigContext)
    found = reading(request).run(sources([pk], user)).get(pk, [])
    seen = access.visible(ConfigContext, user).filter(pk__in=[each.pk for each in found])
    known = set(seen.values_list("pk", flat=True))
    local = context["row"].get("local_context_data")
    shown = [
        {
            "name": each.name if each.pk in known else "A context you may not see",
            "url": address(kind, each.pk) if each.pk in known else "",
            "weight": each.weight,
            "data": _text(each.data) if each.pk in known else "",
        }
        for each in found
    ]
    whole = merged([*(each.data for each in found), local])
    context |= {"merged": _text(whole) if whole else "", "sources": shown}
    context |= {"local": _text(local) if local else ""}
    return render(request, "dcim/config_context.html", context)


def _text(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)
