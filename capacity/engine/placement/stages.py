"""The search in stages: places for all, then one aim after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from capacity.engine.placement.aims import groups, least, worth
from capacity.engine.placement.answer import Progress, Reached
from capacity.engine.placement.given import Aim, Case, Goal, Level
from capacity.engine.placement.program import build
from capacity.engine.placement.search import Clock, Found, Search

_PLENTY = 3  # times what is asked for, or half of what is to spare, is room to look in first
_QUICK = 0.4  # part of the time left for looking there
_SHARE = 0.6  # part of the time left for an aim that others follow


class Stages:
    """What is found so far.

    Each stage looks first in the few racks with the most room, which takes a fraction of the time,
    and then in all of them, starting from what was found.
    """

    def __init__(self, case: Case, on_progress: Callable[[Progress], None] | None) -> None:
        self.clock = Clock.start(case.wishes.seconds)
        self.case, self.on_progress = case, on_progress
        self.program = build(case)
        self.asked = sum(item.count for item in case.items)
        self.values = [0] * len(self.program.columns.most)
        self.best = Found(self.values, 0, self.asked, [])
        self.reached: list[Reached] = []

    def _told(self, aim: Aim | None) -> Callable[[int, int], None] | None:
        if self.on_progress is None:
            return None
        on_progress, clock = self.on_progress, self.clock

        def told(value: int, bound: int) -> None:
            placed = value if aim is None else self.asked
            on_progress(Progress(clock.passed, placed, value, bound, aim))

        return told

    def place(self) -> None:
        """As many as can be, and the bound on that."""
        few = self._roomiest(Level.RACK)
        if few:
            self._place(Search(self.program, only=few), _QUICK)
            self.best = replace(self.best, bound=self.asked)
        if self.best.value < self.asked:
            search = Search(self.program)
            if self.best.value:
                search.hint(self.values)
            self._place(search, 1.0, thorough=True)

    def _place(self, search: Search, part: float, *, thorough: bool = False) -> None:
        found = search.run(
            self.clock,
            search.placed,
            most=True,
            thorough=thorough,
            part=part,
            told=self._told(None),
        )
        if found is not None:
            values = found.values if found.value >= self.best.value else self.values
            value = max(found.value, self.best.value)
            self.values, self.best = values, Found(values, value, found.bound, [])

    def reach(self, aim: Aim) -> None:
        """An aim as far as it goes, once all are placed and the earlier aims reached."""
        bound = least(self.program, aim)
        self._reach_quickly(aim)
        value = worth(self.program, aim, self.values)
        if value > bound and not self.clock.over:
            last = aim == self.case.wishes.aims[-1]
            found = self._run(self._search(aim), aim, 1.0 if last else _SHARE)
            if found is not None:
                self.values, bound = found.values, max(bound, found.bound)
                value = worth(self.program, aim, self.values)
        self.reached.append(Reached(aim, value, bound))
        if self.on_progress is not None:
            self.on_progress(Progress(self.clock.passed, self.asked, value, bound, aim))

    def _reach_quickly(self, aim: Aim) -> None:
        """A good answer: in few racks, or as even as can be."""
        if aim.goal is Goal.APART:
            search = self._search(aim)
            search.spread_evenly(aim)
            found = search.run(self.clock, search.placed, most=True, thorough=False, part=_QUICK)
            if found is not None and found.value < self.asked:
                found = None
        else:
            kept = self._kept_racks()
            few = kept or self._roomiest(aim.level)
            part = _SHARE if kept else _QUICK
            found = self._run(self._search(aim, few), aim, part) if few else None
        if found is not None and worth(self.program, aim, found.values) <= worth(
            self.program, aim, self.values
        ):
            self.values = found.values

    def _run(self, search: Search, aim: Aim, part: float) -> Found | None:
        search.model.add(search.placed == self.asked)
        goal = search.measure(aim)
        search.hint(self.values)
        return search.run(self.clock, goal, part=part, told=self._told(aim))

    def _kept_racks(self) -> set[int]:
        """The racks of the rows (sites) that an earlier aim brought the devices together in."""
        found: set[int] = set()
        for each in self.reached:
            if each.aim.goal is Goal.TOGETHER and each.aim.level in (Level.ROW, Level.SITE):
                for columns in groups(self.program, each.aim.level).values():
                    if any(self.values[column] for column in columns):
                        found.update(self.program.columns.rack[column] for column in columns)
        return found

    def _search(self, aim: Aim, only: set[int] | None = None) -> Search:
        packing = Aim(Goal.TOGETHER, Level.RACK) in (aim, *(each.aim for each in self.reached))
        search = Search(self.program, packing=packing, only=only)
        for each in self.reached:
            search.model.add(search.measure(each.aim) <= each.value)
        return search

    def _roomiest(self, level: Level) -> set[int] | None:
        """The racks of the roomiest groups that have plenty for all, with those used so far.

        None where that is most of the racks there are.
        """
        columns, case = self.program.columns, self.case
        room: list[list[int]] = []
        together: dict[tuple[bool, int], list[int]] = defaultdict(list)
        group_of = {Level.ROW: case.room.row, Level.SITE: case.room.site}.get(level)
        used = {at for value, at in zip(self.values, columns.rack, strict=True) if value}
        for at, here in enumerate(self.program.by_rack):
            each = [sum(columns.most[c] for c in here.get(k, ())) for k in range(len(case.items))]
            room.append([min(m, item.count) for m, item in zip(each, case.items, strict=True)])
            group = -1 if group_of is None else int(group_of[self.program.racks[at]])
            together[group < 0, at if group < 0 else group].append(at)

        total: list[int] = [max(1, sum(each)) for each in zip(*room, strict=True)]

        def scarce(racks: list[int]) -> float:
            """Their part of all the room there is, item by item."""
            parts = [n / t for at in racks for n, t in zip(room[at], total, strict=True)]
            return -float(sum(parts))

        left = [
            min(item.count * _PLENTY, (item.count + t) // 2)
            for item, t in zip(case.items, total, strict=True)
        ]
        for racks in sorted(together.values(), key=scarce):
            if all(n <= 0 for n in left):
                return used
            used.update(racks)
            for at in racks:
                left = [n - m for n, m in zip(left, room[at], strict=True)]
            if 2 * len(used) > len(room):
                return None
        return None
