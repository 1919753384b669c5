"""A rack in small, with what is to stand in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from capacity.finder import queries
from power.reckoning import Json

UNIT, WIDTH, EDGE = 6, 110, 3


def drawings(positions: Sequence[Json], heights: Sequence[float]) -> dict[int, SafeString]:
    """The fronts of the racks of some positions, by rack; three statements.

    `heights` is that of each item in rack units.
    """
    ids = sorted({each["rack_id"] for each in positions})
    rack = queries.racks(ids)
    blocks: dict[int, list[tuple[str, float, float]]] = defaultdict(list)
    mounted = queries.mounted(ids, None)
    for pk, low, size in zip(mounted["rack"], mounted["low"], mounted["size"], strict=True):
        blocks[int(pk)].append(("standing", low / 2, size / 2))
    kept = queries.reserved(ids, None, None)
    for pk, low in zip(kept["rack"], kept["low"], strict=True):
        blocks[int(pk)].append(("kept", low / 2, 1.0))
    for each in positions:
        if each["position"] is not None:
            blocks[each["rack_id"]].append(("new", each["position"], heights[each["item"]]))
    found = {}
    for index, pk in enumerate(rack["id"]):
        first, units = int(rack["first"][index]), int(rack["units"][index])
        downwards = bool(rack["descending"][index])
        found[int(pk)] = _drawing(blocks[int(pk)], first, units, downwards)
    return found


def _drawing(
    blocks: Sequence[tuple[str, float, float]], first: int, units: int, downwards: bool
) -> SafeString:
    height = units * UNIT + 2 * EDGE

    def y(low: float, size: float) -> float:
        from_low = (low - first) * UNIT
        return EDGE + (from_low if downwards else units * UNIT - from_low - size * UNIT)

    shapes = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (kind, EDGE, y(low, size) + 0.5, WIDTH - 2 * EDGE, size * UNIT - 1)
            for kind, low, size in sorted(blocks, key=lambda each: each[0] == "new")
        ),
    )
    new = sum(kind == "new" for kind, _, _ in blocks)
    return format_html(
        '<svg class="small-rack" viewBox="0 0 {} {}" role="img" aria-label="{} new of {} units">'
        '<rect class="frame" x="1" y="1" width="{}" height="{}" rx="2"/>{}</svg>',
        WIDTH,
        height,
        new,
        units,
        WIDTH - 2,
        height - 2,
        shapes,
    )
