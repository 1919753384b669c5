"""From what is given to an answer: whether all fit, then better and better ones, or why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from capacity.engine.placement.answer import Answer, Progress, Reached, Status
from capacity.engine.placement.given import Aim, Case, Goal, Item, Level, Nodes, Room, Wishes

OnProgress = Callable[[Progress], None]


def solve(
    room: Room,
    nodes: Nodes,
    items: Sequence[Item],
    wishes: Wishes,
    on_progress: OnProgress | None = None,
) -> Answer:
    """Find places for all items, or the most of them and what keeps out the rest.

    First as many as can be are placed; then each aim in turn is brought as far as it goes without
    giving way on an earlier one. `on_progress` is called for each better answer; what it raises
    ends the search and comes out of here. The same case gives the same answer, as long as
    the machine is not so slow that the clock ends the search before the solver's own measure of
    time does.
    """
    from capacity.engine.placement.places import positions  # the solver takes a second to import
    from capacity.engine.placement.program import build
    from capacity.engine.placement.search import Clock, Found, Search
    from capacity.engine.placement.why import explain

    clock = Clock.start(wishes.seconds)
    case = Case(room, nodes, tuple(items), wishes)
    program = build(case)
    asked = sum(item.count for item in items)

    def tell(aim: Aim | None) -> Callable[[int, int], None]:
        def told(value: int, bound: int) -> None:
            if on_progress is not None:
                placed = value if aim is None else asked
                on_progress(Progress(clock.passed, placed, value, bound, aim))

        return told

    search = Search(program)
    found = search.run(clock, search.placed, most=True, told=tell(None))
    best = found or Found([0] * len(program.columns.most), 0, asked, [])
    fits, most, reached = best.value, best.bound, []
    if fits == asked and wishes.aims:
        packing = Aim(Goal.TOGETHER, Level.RACK) in wishes.aims
        search = Search(program, packing=packing)
        search.model.add(search.placed == asked)
        for n, aim in enumerate(wishes.aims):
            goal = search.measure(aim)
            search.hint(best.values)
            part = 1.0 if n == len(wishes.aims) - 1 else 0.6
            found = search.run(clock, goal, part=part, told=tell(aim))
            if found is None:
                break
            best = found
            reached.append(Reached(aim, found.value, found.bound))
            search.model.add(goal <= found.value)
    done = len(reached) == len(wishes.aims) and all(not each.gap for each in reached)
    status = Status.OPTIMAL if done else Status.FEASIBLE
    why = explain(case, fits) if fits == most < asked else ((), ())
    if fits < asked:
        status = Status.INFEASIBLE if most < asked else Status.UNKNOWN
    return Answer(
        status,
        tuple(positions(program, best.values)),
        asked,
        fits,
        most,
        clock.passed,
        tuple(reached),
        program.assumptions,
        *why,
    )
