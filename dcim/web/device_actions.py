"""What can be done with a device beside editing it, on its page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from core.registry import of_model
from core.web.page import address
from core.web.panels import RecordAction
from dcim.models import Device


def load(request: HttpRequest, pk: int, context: dict[str, Any]) -> list[RecordAction]:
    """The actions of a device for those who may do them."""
    if not context["may_change"]:
        return []
    here = of_model(Device)
    return [
        RecordAction("Decommission", "archive", address(here, pk, "decommission"), folded=True),
    ]
