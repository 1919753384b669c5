"""How the state of a rule at an object follows from a value; pure, the clock an argument.

Between two values the last one is taken to have lasted. So it does not matter how often a rule is
looked at in between: a timer and the events that change the value lead to the same state.

An unknown value (`None`, NaN) says nothing: what was firing goes on, a breach that waits out its
hold time goes on waiting, and what is clear stays clear.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]


class Comparison(StrEnum):
    """How a value is held against the threshold."""

    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"


class Phase(IntEnum):
    """Where a rule stands at an object."""

    CLEAR = 0
    PENDING = 1  # over the threshold, the hold time not yet over
    FIRING = 2


class Transition(IntEnum):
    """What a step did that others must hear of or remember."""

    NONE = 0
    PEND = 1  # clear to pending
    WITHDRAW = 2  # pending to clear, never told
    FIRE = 3  # to firing
    RESOLVE = 4  # firing to clear
    CHANGE = 5  # firing as before, under another severity


_COMPARE: dict[Comparison, Callable[[Any, Any], Any]] = {
    Comparison.GT: lambda a, b: a > b,
    Comparison.GTE: lambda a, b: a >= b,
    Comparison.LT: lambda a, b: a < b,
    Comparison.LTE: lambda a, b: a <= b,
}


@dataclass(frozen=True)
class Limit:
    """What a rule asks of a value: beyond `threshold` for `hold` seconds it fires.

    It clears where the value is no longer beyond `clear`, by default the threshold itself. The
    clear threshold lies on the quiet side of the threshold, else `fault` says so.
    """

    comparison: Comparison
    threshold: float
    clear: float | None = None
    hold: float = 0.0
    severity: str = "warning"

    @property
    def rising(self) -> bool:
        """Whether high values are the bad ones."""
        return self.comparison in (Comparison.GT, Comparison.GTE)

    @property
    def fault(self) -> str:
        """What is wrong with it, in a sentence; empty when nothing is."""
        if self.clear is None or self.clear == self.threshold:
            return ""
        if (self.clear > self.threshold) is self.rising:
            side = "below" if self.rising else "above"
            return f"The clear threshold lies {side} the threshold, or what fires never clears."
        return ""

    def breaches(self, value: Any) -> Any:
        """Whether a value, or each of an array, is beyond the threshold; NaN never is."""
        return _COMPARE[self.comparison](value, self.threshold)

    def lasts(self, value: Any) -> Any:
        """Whether a value, or each of an array, is still beyond the clear threshold."""
        clear = self.threshold if self.clear is None else self.clear
        return _COMPARE[self.comparison](value, clear)


@dataclass(frozen=True)
class State:
    """Where a rule stands at one object.

    `since` is when the breach began, in seconds; `severity` under which it fires.
    """

    phase: Phase = Phase.CLEAR
    since: float = 0.0
    severity: str = ""


CLEAR = State()


def step(rule: Limit, state: State, value: float | None, now: float) -> tuple[State, Transition]:
    """The state after `value` was seen at `now` (seconds), and what that did.

    A step that comes again changes nothing, and neither do steps between two values.
    """
    unknown = value is None or math.isnan(value)
    held = state.phase == Phase.PENDING and now - state.since >= rule.hold
    if state.phase == Phase.FIRING or held:
        if not unknown and not rule.lasts(value):
            # Never told of before: that it would have fired just now is no news any more.
            told = state.phase == Phase.FIRING
            return CLEAR, Transition.RESOLVE if told else Transition.WITHDRAW
        firing = State(Phase.FIRING, state.since, rule.severity)
        if held:
            return firing, Transition.FIRE
        changed = state.severity != rule.severity
        return firing, Transition.CHANGE if changed else Transition.NONE
    if unknown:
        return state, Transition.NONE
    if state.phase == Phase.PENDING:
        return (state, Transition.NONE) if rule.breaches(value) else (CLEAR, Transition.WITHDRAW)
    if not rule.breaches(value):
        return CLEAR, Transition.NONE
    if rule.hold > 0:
        return State(Phase.PENDING, now), Transition.PEND
    return State(Phase.FIRING, now, rule.severity), Transition.FIRE


def step_many(
    rule: Limit, phase: Codes, since: Floats, same: Flags, values: Floats, now: float
) -> tuple[Codes, Floats, Codes]:
    """`step` for many objects at once: phases, beginnings and transitions after `values`.

    A value that is NaN is unknown.

    `same` tells where what fires does so under the rule's severity already.
    """
    unknown = np.isnan(values)
    with np.errstate(invalid="ignore"):
        breach = np.asarray(rule.breaches(values), dtype=bool)
        quiet = ~unknown & ~np.asarray(rule.lasts(values), dtype=bool)
    clear, pending, fires = (phase == each for each in (Phase.CLEAR, Phase.PENDING, Phase.FIRING))
    held = pending & (now - since >= rule.hold)
    begins = clear & breach
    new_phase, did = phase.copy(), np.full(len(phase), Transition.NONE, dtype=np.int8)
    new_since = np.where(begins, now, since)

    def move(where: Flags, to: Phase, transition: Transition) -> None:
        new_phase[where], did[where] = to, transition

    move(begins, *((Phase.PENDING, Transition.PEND) if rule.hold > 0 else _FIRES))
    move(held & ~quiet, *_FIRES)
    move(held & quiet, Phase.CLEAR, Transition.WITHDRAW)
    move(pending & ~held & ~unknown & ~breach, Phase.CLEAR, Transition.WITHDRAW)
    move(fires & quiet, Phase.CLEAR, Transition.RESOLVE)
    did[fires & ~quiet & ~same] = Transition.CHANGE
    return new_phase, new_since, did


_FIRES = (Phase.FIRING, Transition.FIRE)
