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
from core.web.parts import sparkline
from power.web.units import percent

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


def specimen(request: HttpRequest, scheme: str) -> dict[str, Any]:
    """A strip with a cell on each step, for the page of the design."""
    steps = [(str(place), share) for place, share in enumerate((31, 62, 78, 93, 108), 1)]
    words = [word for level, word in figures.WORDS.items() if level != "unknown"]
    cells = [
        figures.Shown(
            label="Power",
            level=level,
            percent=percent(share) or "",
            bar_used=min(share, 100) * 0.8,
            bar_more=min(share, 100) * 0.2,
            mark=None,
            text=f"{share / 10:.1f} of 10.0 kW",
            word=word,
            title="",
            trend=sparkline([share - 8, share - 6, share - 3, share - 4, share]),
        )
        for (level, share), word in zip(steps, words, strict=True)
    ]
    here = "#capacity"
    return {"cells": cells, "forecast": here, "board": here, "figures": here}
