"""What must hold between places."""

from __future__ import annotations

from collections.abc import Iterator

from core.integrity import Finding, Rule, add, rule
from facilities.engine.outline import is_outline
from facilities.models import FloorPlan, Location

rule(
    Location,
    "facilities_location_parent_site",
    "Its parent is in another site.",
    "SELECT t.id, 'parent ' || p.id FROM facilities_location t"
    " JOIN facilities_location p ON p.id = t.parent_id WHERE p.site_id <> t.site_id",
)
rule(
    FloorPlan,
    "facilities_floorplan_location_site",
    "Its location is in another site.",
    "SELECT t.id, 'location ' || l.id FROM facilities_floorplan t"
    " JOIN facilities_location l ON l.id = t.location_id WHERE l.site_id <> t.site_id",
)


def _outlines() -> Iterator[Finding]:
    rows = FloorPlan.objects.exclude(outline=[]).values_list("pk", "outline", "width", "depth")
    for pk, outline, width, depth in rows.iterator():
        if not is_outline(outline, width, depth):
            yield f"facilities.floorplan {pk}", str(outline)[:100]


add(Rule("facilities_floorplan_outline", "Its outline is none.", _outlines))
