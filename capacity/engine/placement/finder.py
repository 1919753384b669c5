"""From what is given to an answer: whether all fit, then better and better ones, or why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from capacity.engine.placement.answer import Answer, Progress, Reached, Status
from capacity.engine.placement.given import Aim, Case, Item, Nodes, Room, Wishes

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
    ends the search and comes out of here. The same case gives the same answer, as long as the
    machine is not so slow that the clock ends the search before the solver's own measure of time
    does.
    """
    from capacity.engine.placement.places import positions  # the solver takes a while to import
    from capacity.engine.placement.stages import Stages
    from capacity.engine.placement.why import Why, explain

    case = Case(room, nodes, tuple(items), wishes)
    stages = Stages(case, on_progress)
    stages.place()
    asked, fits, most = stages.asked, stages.best.value, stages.best.bound
    if fits == asked:
        for aim in wishes.aims:
            stages.reach(aim)
    why = explain(case, most) if most < asked else Why()
    return Answer(
        _status(asked, fits, most, wishes.aims, stages.reached),
        tuple(positions(stages.program, stages.values)),
        asked,
        fits,
        most,
        stages.clock.passed,
        tuple(stages.reached),
        stages.program.assumptions,
        why.binding,
        why.together,
        why.shortages,
        why.unchecked,
    )


def _status(
    asked: int, fits: int, most: int, aims: tuple[Aim, ...], reached: list[Reached]
) -> Status:
    if most < asked:
        return Status.INFEASIBLE
    if fits < asked:
        return Status.UNKNOWN
    proved = len(reached) == len(aims) and not any(each.gap for each in reached)
    return Status.OPTIMAL if proved else Status.FEASIBLE
