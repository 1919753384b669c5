"""The figures that rules may watch: those of capacity, and those that the watch adds itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from django.db.models import Model

from facilities.models import Site
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
    def of(cls, pairs: Iterable[tuple[int, float | None]]) -> Values:
        """From ids and values; of several values of one object the highest counts."""
        found = np.array([(pk, np.nan if v is None else v) for pk, v in pairs], dtype=np.float64)
        if not len(found):
            return cls(np.empty(0, dtype=np.int64), np.empty(0))
        # The highest known value comes first among those of one object.
        found = found[np.lexsort((-np.nan_to_num(found[:, 1], nan=-np.inf), found[:, 0]))]
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
    they are reckoned again (`reckoned`).
    """

    name: str
    label: str
    unit: str
    model: type[Model]
    values: Callable[[Reading], Values]
    watches: Sequence[type[Model]] = ()
    pause: float = 0.0
    reckoned: bool = False


_figures: dict[str, Figure] = {}


def register(figure: Figure) -> Figure:
    """Make a figure known. Raises ValueError when its name is taken."""
    if figure.name in _figures:
        raise ValueError(f"there are two figures {figure.name}")
    _figures[figure.name] = figure
    return figure


def figures() -> dict[str, Figure]:
    """Every figure by its name, in order of names."""
    return dict(sorted(_figures.items()))


def figure(name: str) -> Figure | None:
    """A figure by its name; None where it is not known (any more)."""
    return _figures.get(name)
