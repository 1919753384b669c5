"""Figures of capacity as pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from capacity.board import Cell, Line
from capacity.choices import ResourceKind as Kind
from core import registry, units
from core.gather import Load, Steps
from core.read import ReadContext
from core.web.page import root
from core.web.parts import sparkline
from power.reckoning import MODELS
from power.web.units import GAP, THIN, kilo, percent

LEVELS = {"unknown": "unknown", "low": "1", "half": "2", "warn": "3", "critical": "4", "over": "5"}
WORDS = {
    "unknown": "unknown",
    "low": "",
    "half": "",
    "warn": "filling up",
    "critical": "nearly full",
    "over": "over the limit",
}


def amount(value: float | None, unit: str) -> str:
    """A figure with its unit; `unknown` for none."""
    if value is None:
        return "unknown"
    if unit == "W":
        return kilo(value, "W")
    value, unit = units.value(value, unit), units.symbol(unit)
    if unit == "kg" and abs(value) >= 10_000:
        return f"{value / 1000:,.1f}{GAP}t".replace(",", THIN)
    figure = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"
    return f"{figure}{GAP}{unit}".replace(",", THIN)


@dataclass(frozen=True)
class Shown:
    """A cell ready to be shown."""

    label: str
    level: str
    percent: str
    bar_used: float
    bar_more: float
    mark: float | None
    text: str
    word: str
    title: str
    trend: SafeString | str


def cell(found: Cell | None, names: dict[str, str], *, worst: bool = False) -> Shown | None:
    """A resource's cell, or that of its worst case; None where the place has none of it."""
    if found is None or (worst and found.worst_percent is None):
        return None
    return _worst(found, names) if worst else _normal(found)


def _normal(found: Cell) -> Shown:
    share = min(found.percent or 0.0, 100.0)
    more = min((found.committed or 0.0) - (found.percent or 0.0), 100.0 - share)
    if found.capacity is None:
        text = f"{amount(found.used, found.unit)}, limit unknown"
    else:
        used, whole = amount(found.used, found.unit), amount(found.capacity, found.unit)
        same = used.rpartition(GAP)[2] == whole.rpartition(GAP)[2]
        text = f"{used.rpartition(GAP)[0] if same else used} of {whole}"
    notes = [f"Free: {amount(found.free, found.unit)}"]
    if found.reserved:
        notes.append(f"reserved: {amount(found.reserved, found.unit)}")
    if found.planned:
        notes.append(f"planned: {amount(found.planned, found.unit)}")
    if found.longest_run is not None:
        notes.append(f"longest run: {amount(found.longest_run, found.unit)}")
    if found.measured is not None:
        notes.append(f"measured: {amount(found.measured, found.unit)}")
    if found.stranded:
        by = Kind(found.binding).label.lower() if found.binding else ""
        notes.append(f"stranded: {amount(found.stranded, found.unit)}, bound by {by}")
    if found.unknown:
        notes.append(f"{found.unknown} without a figure")
    notes += [f"{name}: {used:.0f} of {whole:.0f}" for name, used, whole in found.variants]
    return Shown(
        label=str(Kind(found.resource).label),
        level=LEVELS[found.level],
        percent=percent(found.percent) or "—",
        bar_used=round(share, 1),
        bar_more=round(max(more, 0.0), 1),
        mark=None,
        text=text,
        word=WORDS[found.level] if found.capacity is not None else "",
        title="; ".join(notes),
        trend=sparkline([share for _, share in found.trend], [day for day, _ in found.trend]),
    )


def full(line: Line) -> dict[str, Any] | None:
    """When the first resource of a place will be full, and which; None where that is not told."""
    first = line.first_full
    if first is None:
        return None
    return {
        "day": first.full_on,
        "label": str(Kind(first.resource).label),
        "title": f"{first.full_earliest:%Y-%m-%d} at the earliest",
    }


def _worst(found: Cell, names: dict[str, str]) -> Shown:
    node = names.get(found.worst_node, "a node that you may not see")
    cause = names.get(found.worst_cause, "something that you may not see")
    title = f"{node} carries {amount(found.worst, 'W')}"
    if found.worst_cause:
        title += f" when {cause} fails"
    return Shown(
        label="Power, worst case",
        level=LEVELS[found.worst_level],
        percent=percent(found.worst_percent),
        bar_used=round(min(found.worst_percent or 0.0, 100.0), 1),
        bar_more=0.0,
        mark=None,
        text=node,
        word=WORDS[found.worst_level],
        title=title,
        trend="",
    )


def cells(line: Line, resources: Iterable[Kind], names: dict[str, str]) -> list[Shown]:
    """The cells of the resources that a place has, power also in the worst case."""
    found = []
    for kind in resources:
        found.append(cell(line.cells.get(kind), names))
        if kind == Kind.POWER:
            found.append(cell(line.cells.get(kind), names, worst=True))
    return [each for each in found if each]


def forecast_address(place: str, pk: int) -> str:
    """The page with the forecast of a place, by its word in `PLACES`."""
    return f"{root()}/capacity/forecast/{place.replace('_', '-')}/{pk}/"


def node_names(lines: Sequence[Line], context: ReadContext) -> dict[str, str]:
    """The names of the nodes and causes of worst cases, as far as the user may see them."""
    found: dict[str, str] = context.run(name_steps(lines))
    return found


def name_steps(lines: Sequence[Line]) -> Steps:
    """The step of `node_names`."""
    wanted: dict[str, set[int]] = {}
    for line in lines:
        power = line.cells.get(Kind.POWER)
        for reference in (power.worst_node, power.worst_cause) if power else ():
            kind, _, pk = reference.partition(":")
            if pk:
                wanted.setdefault(kind, set()).add(int(pk))
    tables = yield [
        Load(registry.of_model(MODELS[kind]), ("display",), ids) for kind, ids in wanted.items()
    ]
    return {
        f"{kind}:{pk}": str(table[pk]["display"])
        for (kind, ids), table in zip(wanted.items(), tables, strict=True)
        for pk in ids
        if pk in table
    }


def figure(shown: Shown) -> SafeString:
    """A cell: its share with its course, a bar of what is used and committed, and the amounts.

    Put together here: a board has a thousand, and a template takes several times as long.
    """
    word = f'<span class="cap-word">{escape(shown.word)}</span>' if shown.word else ""
    return mark_safe(  # noqa: S308
        f'<span class="cap-figure"><b>{escape(shown.percent)}</b>{word}{shown.trend}</span>'
        '<svg class="cap-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="cap-used" width="{shown.bar_used}" height="6"/>'
        f'<rect class="cap-more" x="{shown.bar_used}" width="{shown.bar_more}" height="6"/></svg>'
        f'<span class="cap-text">{escape(shown.text)}</span>'
    )


def listed(cells: Iterable[Shown]) -> SafeString:
    """Cells as terms of a list with their figures."""
    return mark_safe(  # noqa: S308
        "".join(
            f'<div class="cap cap-{each.level}" title="{escape(each.title)}">'
            f"<dt>{escape(each.label)}</dt><dd>{figure(each)}</dd></div>"
            for each in cells
        )
    )
