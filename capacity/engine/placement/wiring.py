"""Which sides of a rack a device's inputs are plugged into, and what that may put on each node."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from capacity.engine.placement.given import Case, Item, Nodes, Rule

Wiring = tuple[int, ...]  # of each side of a rack, how many of a device's inputs are in it


class Wirings:
    """The wirings that a case allows in each rack, and their loads."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.nodes = case.nodes
        self._together = cache(self._find_together)
        self._allowed = cache(_allowed)
        self._shares = cache(self._find_shares)

    def of(self, item: Item, sides: tuple[int, ...]) -> list[Wiring]:
        """The wirings of an item in a rack with these sides, in a fixed order."""
        if not item.inputs:
            return [(0,) * len(sides)]
        if not sides:  # without the rule about feeds, a rack that has none would get one
            return [()] if Rule.FEED in self.case.without else []
        diverse = item.diverse and Rule.DIVERSITY not in self.case.without
        together = self._together(sides) if diverse else frozenset()
        return self._allowed(len(sides), item.inputs, item.inputs - item.required, together)

    def shares(
        self, sides: tuple[int, ...], wiring: Wiring, required: int
    ) -> list[tuple[int, float]]:
        """Of each node the part of a device's watts that may land on it, never more than all."""
        return self._shares(sides, wiring, required)

    def _find_shares(
        self, sides: tuple[int, ...], wiring: Wiring, required: int
    ) -> list[tuple[int, float]]:
        found: dict[int, float] = {}
        for side, inputs in zip(sides, wiring, strict=False):
            if inputs:
                part = min(1.0, inputs / required)
                for node, share in self.nodes.share.row(side):
                    found[node] = found.get(node, 0.0) + part * share
        return [(node, min(1.0, share)) for node, share in found.items() if share > 0]

    def _find_together(self, sides: tuple[int, ...]) -> frozenset[frozenset[int]]:
        """Sets of sides, as positions in `sides`, that one loss takes down."""
        lost: dict[int, set[int]] = {}
        for position, side in enumerate(sides):
            for node in fatal(self.nodes, side):
                lost.setdefault(node, set()).add(position)
        return frozenset(frozenset(each) for each in lost.values())


def fatal(nodes: Nodes, side: int) -> set[int]:
    """The nodes whose loss takes a side down."""
    found = {int(nodes.feed[side])}
    if nodes.fatal is not None:
        found.update(node for node, _ in nodes.fatal.row(side))
    return found


def _allowed(
    sides: int, inputs: int, spare: int, together: frozenset[frozenset[int]]
) -> list[Wiring]:
    return [
        wiring
        for wiring in _spread(sides, inputs)
        if all(sum(wiring[side] for side in each) <= spare for each in together)
    ]


def _spread(sides: int, inputs: int) -> Iterator[Wiring]:
    if sides == 1:
        yield (inputs,)
        return
    for here in range(inputs, -1, -1):
        for rest in _spread(sides - 1, inputs - here):
            yield (here, *rest)
