"""Figures that rules can watch: each a number for rows of one model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Model, QuerySet

from capacity.choices import UNITS, ResourceKind, Unit
from capacity.models import Utilization
from capacity.store import PLACES


@dataclass(frozen=True)
class Metric:
    """A figure of the rows of a model.

    `rows()` has the columns `object_id` and `value`, without rows whose value is unknown; it can be
    filtered further by `object_id__in`.
    """

    name: str
    label: str
    unit: str
    model: type[Model]
    rows: Callable[[], QuerySet[Any, Any]]


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
                    )
                )


_declare()
