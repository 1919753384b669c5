"""Lanes of cables: which connector and position at one end leads to which at the other."""

from __future__ import annotations

import re

Lane = tuple[int, int, int, int]


def ends(profile: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Connectors and positions per connector at ends A and B.

    `trunk-4c8p` has four connectors of eight positions at both ends, `breakout-1c4p-4c1p` one of
    four at A and four of one at B.
    """
    sizes = [(int(c), int(p)) for c, p in re.findall(r"(\d+)c(\d+)p", profile)]
    return sizes[0], sizes[-1]


def lanes(profile: str) -> list[Lane]:
    """(connector at A, position at A, connector at B, position at B) of every lane.

    Straight profiles join the n-th position at A to the n-th at B. A shuffle sends equal parts of
    each connector at one end to every connector at the other.
    """
    near, far = ends(profile)
    near_slots = [(c, p) for c in range(1, near[0] + 1) for p in range(1, near[1] + 1)]
    far_slots = [(c, p) for c in range(1, far[0] + 1) for p in range(1, far[1] + 1)]
    if profile.endswith("-shuffle"):
        far_slots = [far_slots[k] for k in _shuffle(near[0], near[1])]
    return [(*a, *b) for a, b in zip(near_slots, far_slots, strict=True)]


def _shuffle(connectors: int, positions: int) -> list[int]:
    """Where each slot at A comes out at B, both counted from nought."""
    part = positions // connectors
    order = []
    for connector in range(connectors):
        for position in range(positions):
            target, within = divmod(position, part)
            order.append(target * positions + connector * part + within)
    return order
