"""What can be done with a port: connect it, follow its path, disconnect it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib.contenttypes.models import ContentType
from django.db.models import BooleanField, Case, Exists, Model, OuterRef, Q, Subquery, Value, When
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import access
from core.access import Actor
from core.registry import of_model
from core.web import cells
from core.web.columns import RowAction
from core.web.page import actor, address, may, reading
from dcim import models
from dcim.choices import VIRTUAL_INTERFACE_TYPES, WIRELESS_INTERFACE_TYPES, CableStatus
from dcim.models import Cable, CableTermination

MODELS: tuple[type[Model], ...] = (
    models.Interface,
    models.PowerPort,
    models.PowerOutlet,
    models.ConsolePort,
    models.ConsoleServerPort,
    models.FrontPort,
    models.RearPort,
)
TRACE = "Trace"
UNCABLED = (*VIRTUAL_INTERFACE_TYPES, *WIRELESS_INTERFACE_TYPES)


def state(
    model: type[Model], ids: Sequence[int], user: Actor
) -> dict[int, tuple[int | None, bool]]:
    """By port: its cable if the user may see it, and whether it takes one. One statement."""
    kind = ContentType.objects.get_for_model(model)
    plugged = CableTermination.objects.filter(termination_type=kind, termination_id=OuterRef("pk"))
    visible = plugged.filter(cable__in=access.restrict(Cable.objects.all(), user))
    taken = Q(mark_connected=True) | Q(Exists(plugged))
    closed = [When(taken, then=Value(False))]
    if model is models.Interface:
        closed.append(When(type__in=UNCABLED, then=Value(False)))
    rows: Any = model._default_manager.filter(pk__in=ids).order_by()
    found = rows.annotate(
        _cable=Subquery(visible.values("cable")[:1]),
        _open=Case(*closed, default=Value(True), output_field=BooleanField()),
    ).values_list("pk", "_cable", "_open")
    return {pk: (cable, taking) for pk, cable, taking in found}


def cables(
    model: type[Model],
) -> Callable[[HttpRequest, Sequence[int]], dict[int, SafeString]]:
    """The cables of rows of a list of ports, as links with their colours and states."""

    def load(request: HttpRequest, ids: Sequence[int]) -> dict[int, SafeString]:
        plugged = {pk: cable for pk, (cable, _) in state(model, ids, actor(request)).items()}
        names = ("id", "url", "display", "color", "status")
        rows = reading(request).load(of_model(Cable), names, plugged.values())
        return {pk: _cable(rows[cable]) for pk, cable in plugged.items() if cable in rows}

    return load


def _cable(row: dict[str, Any]) -> SafeString:
    """A cable as a link with its colour, and its status where it is not simply connected."""
    link, status = cells.reference(row), row["status"]
    if status["value"] == CableStatus.CONNECTED:
        return link
    return format_html('{} <span class="quiet">{}</span>', link, status["label"].lower())


def connect_url(model: type[Model], pk: int, back: str) -> str:
    """The page that connects a port, with the port as end A."""
    ends = {"a_terminations": f"{of_model(model).object_type}:{pk}", "return": back}
    return f"{address(of_model(Cable), action='add')}?{urlencode(ends)}"


def disconnect_url(cable: int, back: str) -> str:
    """The page that takes a cable away."""
    return f"{address(of_model(Cable), cable, 'delete')}?{urlencode({'return': back})}"


def offered(
    request: HttpRequest, model: type[Model], ids: Sequence[int], back: str
) -> dict[int, list[RowAction]]:
    """The actions of ports by id; afterwards people come back to `back`."""
    cables = of_model(Cable)
    may_connect, may_cut = may(request, cables, "add"), may(request, cables, "delete")
    found: dict[int, list[RowAction]] = {}
    for pk, (cable, taking) in state(model, ids, actor(request)).items():
        found[pk] = []
        if cable is not None:
            url = f"{address(of_model(model), pk)}#trace"
            found[pk].append(RowAction(TRACE, "waypoints", url))
            if may_cut:
                found[pk].append(RowAction("Disconnect", "unplug", disconnect_url(cable, back)))
        elif taking and may_connect:
            found[pk].append(RowAction("Connect", "plug", connect_url(model, pk, back)))
    return found


def actions(
    model: type[Model],
) -> Callable[[HttpRequest, Sequence[int]], dict[int, list[RowAction]]]:
    """The actions of rows of a list of ports."""

    def load(request: HttpRequest, ids: Sequence[int]) -> dict[int, list[RowAction]]:
        return offered(request, model, ids, request.get_full_path())

    return load
