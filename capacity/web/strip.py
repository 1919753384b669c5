"""The strip of figures on the page of a place."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from capacity import board
from capacity.models import Utilization
from capacity.store import PLACES
from capacity.web import figures
from core import access, registry
from core.gather import Steps
from core.web.page import actor, root

PARAMETERS = {"site": "site", "location": "location"}


def panel(place: str) -> Any:
    """The panel of a kind of place: a cell for each resource."""

    def show(request: HttpRequest, pk: int, context: dict[str, Any]) -> Steps:
        user = actor(request)
        if not access.may(user, access.VIEW, Utilization):
            return None
        [line] = yield board.steps([(place, pk, "")], user)
        if not line.cells:
            return None
        names = yield figures.name_steps([line])
        query = f"?{PARAMETERS[place]}={pk}" if place in PARAMETERS else ""
        shown = {
            "cells": figures.cells(line, board.COLUMNS, names),
            "forecast": figures.forecast_address(place, pk),
            "board": f"{root()}/capacity/board/{query}",
            "figures": f"{root()}/capacity/utilization/?object_type={_type(place)}&object_id={pk}",
        }
        return render_to_string("capacity/strip.html", shown, request)

    return show


def _type(place: str) -> str:
    return registry.of_model(PLACES[place]).object_type
