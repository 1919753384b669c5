"""The figures that rules may watch: those of capacity, and those that the watch adds itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from django.db.models import Model

from capacity import metrics
from facilities.models import Site
from power.queries import Columns
from power.reckoning import Reckoning, reckon

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Values:
    """A figure's values at one moment: ids in ascending order, and a value each, NaN if unknown.

    An object that is not among them is none the figure is of.
    """

    ids: Ints
    values: Floats

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, float | None]], *, lowest: bool = False) -> Values:
        """From ids and values; of several values of one object the highest counts, or lowest."""
        found = np.array([(pk, np.nan if v is None else v) for pk, v in pairs], dtype=np.float64)
        if not len(found):
            return cls(np.empty(0, dtype=np.int64), np.empty(0))
        # The value that counts comes first among those of one object, the unknown last.
        rank = np.nan_to_num(found[:, 1] if lowest else -found[:, 1], nan=np.inf)
        found = found[np.lexsort((rank, found[:, 0]))]
        ids, first = np.unique(found[:, 0].astype(np.int64), return_index=True)
        return cls(ids, found[first, 1])


@dataclass(frozen=True)
class Reading:
    """One look at all figures, at one moment; what several of them need is reckoned once."""

    now: dt.datetime

    @cached_property
    def power(self) -> Reckoning:
        """The power chain of all sites."""
        return reckon(list(Site.objects.order_by("pk").values_list("pk", flat=True)))


@dataclass(frozen=True)
class Figure:
    """Something that is measured at each object of a model.

    `watches` are the models whose changes may change it, after which `pause` seconds pass so that
    changes that come together are looked at once. Figures of utilization change by themselves when
    they are reckoned again (`reckoned`). `past` tells what daily figures since a day kept of it.
    `state` is what an object is said to be where a figure of yes and no is 1.
    """

    name: str
    label: str
    unit: str
    model: type[Model]
    values: Callable[[Reading], Values]
    watches: Sequence[type[Model]] = ()
    pause: float = 0.0
    reckoned: bool = False
    past: Callable[[dt.date], Columns] | None = None
    state: str = ""


_figures: dict[str, Figure] = {}


def register(figure: Figure) -> Figure:
    """Make a figure known. Raises ValueError when its name is taken."""
    if figure.name in _figures:
        raise ValueError(f"there are two figures {figure.name}")
    _figures[figure.name] = figure
    return figure


def figures() -> dict[str, Figure]:
    """Every figure by its name, in order of names."""
    return dict(sorted({**_capacity(len(metrics.metrics())), **_figures}.items()))


def figure(name: str) -> Figure | None:
    """A figure by its name; None where it is not known (any more)."""
    return _figures.get(name) or _capacity(len(metrics.metrics())).get(name)


@lru_cache(maxsize=1)
def _capacity(count: int) -> dict[str, Figure]:
    """The figures of capacity, of which there are so many."""
    return {each.name: _reckoned(each) for each in metrics.metrics().values()}


def _reckoned(metric: metrics.Metric) -> Figure:
    def values(reading: Reading) -> Values:
        known: list[tuple[int, float | None]] = list(metric.rows())
        # An object without a row is one whose figure is unknown.
        every = metric.model._default_manager.order_by().values_list("pk", flat=True)
        unknown = set(every) - {pk for pk, _ in known}
        lowest = metric.name.endswith(".free")
        return Values.of([*known, *((pk, None) for pk in unknown)], lowest=lowest)

    return Figure(
        metric.name,
        metric.label,
        metric.unit,
        metric.model,
        values,
        reckoned=True,
        past=metric.past,
    )
