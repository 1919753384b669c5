"""Figures that rules can watch: each a number for rows of one model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Model, QuerySet

from capacity.choices import UNITS, ResourceKind, Unit
from capacity.models import Utilization
from capacity.store import PLACES
from capacity.store import kind as kind_of
from power.queries import Columns, columns


@dataclass(frozen=True)
class Metric:
    """A figure of the rows of a model.

    `rows()` has the columns `object_id` and `value`, without rows whose value is unknown; it can be
    filtered further by `object_id__in`. `past(day)` gives what daily figures since a day
    tell of it: the columns `object`, `day` (ordinal) and `value`, of several values of one object
    and day the highest.
    """

    name: str
    label: str
    unit: str
    model: type[Model]
    rows: Callable[[], QuerySet[Any, Any]]
    past: Callable[[dt.date], Columns] | None = None


_metrics: dict[str, Metric] = {}


def register(metric: Metric) -> None:
    """Make a figure known. Raises ValueError when the name is taken."""
    if metric.name in _metrics:
        raise ValueError(f"the metric {metric.name} is registered twice")
    _metrics[metric.name] = metric


def metrics() -> dict[str, Metric]:
    """Every figure that can be watched, by name."""
    return dict(_metrics)


_FIGURES = {
    "percent": ("used", "%"),
    "committed_percent": ("used, reserved and planned", "%"),
    "worst_percent": ("worst case over single failures", "%"),
    "free": ("free", ""),
    "stranded": ("stranded", ""),
}
_POWER_ONLY = ("worst_percent",)
_STRANDED = (ResourceKind.SPACE, ResourceKind.POWER)
_WORDS = {
    "rack": "racks",
    "location": "locations",
    "site": "sites",
    "tenant": "tenants",
    "redundancy_group": "redundancy groups",
}


def _rows(place: str, resource: str, column: str) -> Callable[[], QuerySet[Any, Any]]:
    def rows() -> QuerySet[Any, Any]:
        kind = ContentType.objects.get_for_model(PLACES[place])
        found = Utilization.objects.filter(object_type=kind, resource=resource)
        values = found.filter(**{f"{column}__isnull": False}).annotate(value=F(column))
        return values.order_by().values_list("object_id", "value")

    return rows


# What daily figures tell of a figure.
_KEPT = {
    "percent": "max(s.used * 100 / nullif(s.capacity, 0))",
    "committed_percent": "max(s.committed * 100 / nullif(s.capacity, 0))",
    "worst_percent": "max(s.worst_percent)",
}


def _past(place: str, resource: str, column: str) -> Callable[[dt.date], Columns]:
    def past(since: dt.date) -> Columns:
        return columns(
            f"""
            SELECT u.object_id AS "object:i", (s.day - date '0001-01-01' + 1)::bigint AS "day:i",
                {_KEPT[column]}::float8 AS "value:f"
            FROM capacity_utilizationsnapshot s JOIN capacity_utilization u
                ON u.id = s.utilization_id
            WHERE u.object_type_id = {{kind}} AND u.resource = {{resource}} AND s.day >= {{since}}
            GROUP BY 1, 2 HAVING {_KEPT[column]} IS NOT NULL
            """,  # noqa: S608
            kind=kind_of(place),
            resource=str(resource),
            since=since,
        )

    return past


def _declare() -> None:
    for place, model in PLACES.items():
        for resource in ResourceKind:
            for column, (words, unit) in _FIGURES.items():
                if column in _POWER_ONLY and resource != ResourceKind.POWER:
                    continue
                if column == "stranded" and resource not in _STRANDED:
                    continue
                if place == "redundancy_group" and resource != ResourceKind.POWER:
                    continue
                figure = column.replace("_", "-")
                register(
                    Metric(
                        name=f"{place.replace('_', '-')}.{resource}.{figure}",
                        label=f"{resource.label} of {_WORDS[place]}: {words}",
                        unit=unit or str(Unit(UNITS[resource])),
                        model=model,
                        rows=_rows(place, resource, column),
                        past=_past(place, resource, column) if column in _KEPT else None,
                    )
                )


_declare()
