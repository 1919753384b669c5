"""What aims count: devices by rack, row, site or feed."""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate

from capacity.engine.placement.given import Aim, Goal, Level
from capacity.engine.placement.rows import Program

Group = tuple[Level, int]


def groups(program: Program, level: Level) -> dict[Group, list[int]]:
    """The columns that count devices in each rack (by position), row, site or feed (by node).

    A rack in no row or site is one of its own.
    """
    columns, room, nodes = program.columns, program.case.room, program.case.nodes
    found: dict[Group, list[int]] = defaultdict(list)
    for column, k in enumerate(columns.item):
        if k < 0:
            continue
        position = columns.rack[column]
        rack = program.racks[position]
        keys = {(Level.RACK, position)}
        if level is Level.FEED:
            wired = zip(room.sides[rack], columns.wiring[column], strict=False)
            keys = {(level, int(nodes.feed[side])) for side, inputs in wired if inputs}
        elif level is not Level.RACK:
            group = int((room.row if level is Level.ROW else room.site)[rack])
            keys = {(level, group)} if group >= 0 else keys
        for key in sorted(keys):
            found[key].append(column)
    return found


def worth(program: Program, aim: Aim, values: list[int]) -> int:
    """What an aim counts in an answer."""
    counts = [sum(values[c] for c in each) for each in groups(program, aim.level).values()]
    if aim.goal is Goal.TOGETHER:
        return sum(count > 0 for count in counts)
    return sum(count * count for count in counts)


def least(program: Program, aim: Aim) -> int:
    """A bound on what an aim counts when all stand: by each item alone, or as even as can be."""
    columns, items = program.columns, program.case.items
    each = list(groups(program, aim.level).values())
    if aim.goal is Goal.APART:
        wired = [i.count for i in items if aim.level is not Level.FEED or i.inputs]
        most = [columns_of for columns_of in each if any(columns.most[c] for c in columns_of)]
        share, over = divmod(sum(wired), max(1, len(most)))
        return (max(1, len(most)) - over) * share**2 + over * (share + 1) ** 2
    fewest = 0
    for k, item in enumerate(items):
        if item.inputs or aim.level is not Level.FEED:
            room = [sum(columns.most[c] for c in mine if columns.item[c] == k) for mine in each]
            held = accumulate(sorted(room, reverse=True), initial=0)
            fewest = max(fewest, sum(before < item.count for before in held if before < sum(room)))
    return fewest
