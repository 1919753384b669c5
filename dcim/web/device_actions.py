"""What can be done with a device beside editing it, on its page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from core import access
from core.registry import of_model
from core.web.page import address, may
from core.web.panels import RecordAction
from dcim.models import Cable, Device
from racks.models import Rack


def connect_url(parameter: str, pk: int, back: str) -> str:
    """The page that connects many ports, with a place as its end A."""
    query = urlencode({parameter: pk, "return": back})
    return f"{address(of_model(Cable), action='connect')}?{query}"


def of_rack(request: HttpRequest, pk: int, context: dict[str, Any]) -> list[RecordAction]:
    """What can be done with the ports in a rack."""
    if not may(request, of_model(Cable), access.ADD):
        return []
    url = connect_url("a_rack", pk, address(of_model(Rack), pk))
    return [RecordAction("Connect ports", "cable", url, folded=True)]


def load(request: HttpRequest, pk: int, context: dict[str, Any]) -> list[RecordAction]:
    """The actions of a device for those who may do them."""
    found, here = [], of_model(Device)
    if context["may_change"]:
        found.append(RecordAction("Move", "move", address(here, pk, "move")))
    if may(request, of_model(Cable), access.ADD):
        url = connect_url("a_device", pk, address(here, pk))
        found.append(RecordAction("Connect ports", "cable", url, folded=True))
    if context["may_change"]:
        url = address(here, pk, "decommission")
        found.append(RecordAction("Decommission", "archive", url, folded=True))
    return found
