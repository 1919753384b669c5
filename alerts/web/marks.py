"""Open alerts as marks on racks and nodes of the power chain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from functools import cache
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import BigIntegerField, Case, Count, F, Model, OuterRef, Q, Subquery, When

from alerts import figures
from alerts.models import Alert, Severity
from core import access
from core.access import Actor
from core.gather import Lookup
from core.read import ReadContext
from core.web import cells
from core.web.marks import Mark, add_marks
from dcim.models import Device
from racks.colouring import NONE, TONES, Colouring, Shade, add_colouring
from racks.models import Rack


def open_alerts(model: type[Model], ids: Collection[int], user: Actor) -> dict[int, Mark]:
    """How many alerts are open at each record, and the worst; at a rack also those of its devices.

    One statement, none for models that no rule can watch.
    """
    return {pk: _mark(found) for pk, found in _counts(model, ids, user).items()}


def _counts(model: type[Model], ids: Collection[int], user: Actor) -> dict[int, dict[str, int]]:
    """Open alerts by record and severity."""
    if not ids or model not in {figure.model for figure in figures.figures().values()}:
        return {}
    kind, device = (ContentType.objects.get_for_model(each).pk for each in (model, Device))
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for pk, severity, count in ReadContext(user).run(
        _counted(model, kind, device).fetch(ids, user)
    ):
        counts[pk][severity] = count
    return counts


@cache
def _counted(model: type[Model], kind: int, device: int) -> Lookup:
    """Records of a kind with open alerts, a severity of theirs, and how many there are of it."""

    def make(given: Any, user: Actor) -> Any:
        rows = access.visible(Alert, user).filter(resolved__isnull=True)
        at: F | Case = F("object_id")
        mine = Q(given("object_id"), object_type=kind)
        if model is Rack:
            inside = Device.objects.filter(given("rack_id")).order_by()
            rows = rows.filter(mine | Q(object_type=device, object_id__in=inside.values("pk")))
            rack = inside.filter(pk=OuterRef("object_id")).values("rack")[:1]
            here = When(object_type=kind, then=F("object_id"))
            at = Case(here, default=Subquery(rack), output_field=BigIntegerField())
        else:
            rows = rows.filter(mine)
        counted = rows.annotate(at=at).values("at", "severity").annotate(count=Count("pk"))
        return counted.values_list("at", "severity", "count")

    return Lookup(make)


def _worst(found: dict[str, int]) -> str:
    return next(each for each in reversed(Severity.values) if found.get(each))


def _mark(found: dict[str, int]) -> Mark:
    total = sum(found.values())
    worst = _worst(found)
    text = f"{total} open alert{'s' if total > 1 else ''}, {Severity(worst).label.lower()}"
    return Mark(text if total == 1 else f"{text} at worst", cells.tone(worst), str(total))


def rack_shades(ids: Collection[int], context: ReadContext) -> dict[int, Shade]:
    """Racks by the worst alert that is open at them."""
    shades = dict.fromkeys(ids, Shade(NONE, "no open alert", "none"))
    for pk, found in _counts(Rack, ids, context.user).items():
        worst, total = _worst(found), sum(found.values())
        text = f"{total} alert{'s' if total > 1 else ''}"
        shades[pk] = Shade(TONES[cells.tone(worst)], Severity(worst).label, text)
    return shades


add_marks(open_alerts)
add_colouring(Colouring("rack-alerts", "Open alerts", rack_shades))
