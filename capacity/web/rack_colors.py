"""How full racks are, as colours of racks side by side."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from capacity.choices import ResourceKind
from capacity.models import Utilization
from core import access
from core.read import ReadContext
from racks.colouring import Colouring, Shade, add_colouring, level

WAYS = (
    ("space", "Space committed", ResourceKind.SPACE, "committed_percent"),
    ("power", "Power committed", ResourceKind.POWER, "committed_percent"),
    ("power-worst", "Power, worst case", ResourceKind.POWER, "worst_percent"),
    ("weight", "Weight committed", ResourceKind.WEIGHT, "committed_percent"),
)
FIRST = "power-worst"


def _loader(
    resource: str, column: str
) -> Callable[[Collection[int], ReadContext], Mapping[int, Shade]]:
    def load(ids: Collection[int], context: ReadContext) -> dict[int, Shade]:
        rows = access.visible(Utilization, context.user).filter(
            object_id__in=ids, rack__isnull=False, resource=resource, variant=""
        )
        known = dict(rows.values_list("rack_id", column))
        return {pk: level(known.get(pk)) for pk in ids}

    return load


def _free_units(ids: Collection[int], context: ReadContext) -> dict[int, Shade]:
    """How many units nothing stands on or is kept for; coloured by how many are committed."""
    rows = access.visible(Utilization, context.user).filter(
        object_id__in=ids, rack__isnull=False, resource=ResourceKind.SPACE, variant=""
    )
    found = {pk: level(None) for pk in ids}
    for pk, free, percent in rows.values_list("rack_id", "free", "committed_percent"):
        if free is not None:
            found[pk] = replace(level(percent), text=f"{free:g} U")
    return found


def register() -> None:
    """Offer these colours to the pages that colour racks."""
    add_colouring(Colouring("rack-free", "Free units", _free_units))
    for name, label, resource, column in WAYS:
        load = _loader(resource, column)
        add_colouring(Colouring(f"rack-{name}", label, load, first=name == FIRST))
