"""What a rule would have done over daily figures of the past; pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alerts.engine.stepping import Limit, Phase, Transition, step_many

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

DAY = 86400.0  # s


@dataclass(frozen=True)
class Past:
    """Of each day with figures its ordinal and how many alerts would have been open.

    began: how many would have begun on all days. objects: at how many objects.
    """

    days: Ints
    open: Ints
    began: int
    objects: int


def replay(rule: Limit, objects: Ints, days: Ints, values: Floats) -> Past:
    """Step a rule through daily figures, shape (n,) each: of which object, of which day, the value.

    At most one value for each object and day; where there is none it is unknown on that day. A
    figure is taken as that of the end of its day and to have lasted until the next.
    """
    ids, place = np.unique(objects, return_inverse=True)
    phase = np.zeros(len(ids), dtype=np.int8)
    since = np.zeros(len(ids))
    same = np.ones(len(ids), dtype=bool)
    fired = np.zeros(len(ids), dtype=np.int64)
    order = np.argsort(days, kind="stable")
    known, first = np.unique(days[order], return_index=True)
    count = np.zeros(len(known), dtype=np.int64)
    for index, here in enumerate(np.split(order, first[1:]) if len(known) else []):
        now = np.full(len(ids), np.nan)
        now[place[here]] = values[here]
        phase, since, did = step_many(rule, phase, since, same, now, float(known[index]) * DAY)
        fired += did == Transition.FIRE
        count[index] = int((phase == Phase.FIRING).sum())
    return Past(known, count, int(fired.sum()), int((fired > 0).sum()))
