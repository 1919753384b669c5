"""What circuits carry: apparent power, currents in lines, imbalance."""

from __future__ import annotations

import math

import numpy as np

from power.engine.rows import Flags, Floats, Ints

ROOT3 = math.sqrt(3.0)


def apparent_power(volts: float, amperes: float, phases: int, percent: float = 100.0) -> float:
    """VA of a circuit: V · A for one phase, √3 · V (line to line) · A for three, times `percent`.

    A continuous load may take 80 % of a breaker's rating unless the assembly is listed for all of
    it (NEC 210.20(A)).
    """
    return abs(volts) * amperes * (ROOT3 if phases == 3 else 1.0) * percent / 100.0


def line_currents(legs_va: Floats, volts: Floats, neutral: Flags) -> Floats:
    """Amperes in lines A, B, C of three-phase circuits, shape (n, 3).

    `legs_va`, shape (n, 3), is the apparent power of the loads on each leg, VA; `volts`, shape
    (n,), the voltage line to line. Where loads stand between a line and neutral the current of a
    line is that of its leg, S ÷ (V ÷ √3). Where they stand between two lines the legs are the
    pairs AB, BC, CA with currents S ÷ V, and at equal power factor
    I_A = √(I_AB² + I_CA² + I_AB · I_CA), likewise B and C.
    """
    pairs = legs_va / volts[:, None]
    before = np.roll(pairs, 1, axis=1)
    delta = np.sqrt(pairs**2 + before**2 + pairs * before)
    return np.where(neutral[:, None], pairs * ROOT3, delta)


def currents(va: Floats, legs_va: Floats, volts: Floats, phases: Ints, neutral: Flags) -> Floats:
    """Amperes, shape (n, 3): in the three lines, or of a single-phase circuit in the first alone.

    NaN where the voltage or the number of phases is unknown.
    """
    found = line_currents(legs_va, volts, neutral)
    single = phases == 1
    found[single] = np.nan
    found[single, 0] = va[single] / volts[single]
    found[phases == 0] = np.nan
    return found


def imbalance(amperes: Floats) -> Floats:
    """max |I - mean| ÷ mean over the three lines, shape (n,); 0 where nothing flows."""
    mean = amperes.mean(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.abs(amperes - mean[:, None]).max(axis=1) / mean
    return np.where(mean == 0, 0.0, found)
