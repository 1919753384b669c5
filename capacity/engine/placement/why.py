"""Why not all fit: each rule is left out in turn, and what would have to give way is measured."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from capacity.engine.placement.answer import Binding, Shortage
from capacity.engine.placement.given import Case, Rule
from capacity.engine.placement.program import build
from capacity.engine.placement.rows import FINE
from capacity.engine.placement.search import Clock, Found, Search

# These are not quantities: a wish is given up, or feeds are laid in another way.
_UNMEASURED = (Rule.DIVERSITY, Rule.KEEP)
_KG_OR_WATTS = frozenset(Rule) - {
    Rule.SPACE,
    Rule.RESERVATION,
    Rule.OUTLET,
    Rule.PORT,
    Rule.AT_MOST,
    *_UNMEASURED,
}


def explain(case: Case, fits: int) -> tuple[tuple[Binding, ...], tuple[Rule, ...]]:
    """The rules that keep devices out, and, where none is enough alone, some that are together.

    Takes as long again as the search may; what time does not suffice for is left out.
    """
    clock = Clock.start(case.wishes.seconds)
    asked = sum(item.count for item in case.items)
    rules = _rules(case)
    found = []
    for rule in rules:
        if clock.over:
            break
        without = _most(case.less(rule), clock)
        if without > fits:
            enough = without == asked
            shortages, proved = _short(case, rule, clock) if enough else ((), False)
            found.append(Binding(rule, without, enough, shortages, proved))
    found.sort(key=lambda each: (-each.fits, rules.index(each.rule)))
    if not found or not found[0].enough:
        return tuple(found), _together(case, rules, asked, clock)
    return tuple(found), ()


def _rules(case: Case) -> list[Rule]:
    """The rules that may matter, in their own order."""
    room, wishes = case.room, case.wishes
    given = {Rule.SPACE, Rule.OUTLET, Rule.FEED, Rule.UPSTREAM}
    given |= {budget.rule for budget in room.budgets}
    if room.reserved.any():
        given.add(Rule.RESERVATION)
    if any(item.diverse for item in case.items):
        given.add(Rule.DIVERSITY)
    if any(item.ports for item in case.items):
        given.add(Rule.PORT)
    if wishes.at_most is not None or any(item.at_most is not None for item in case.items):
        given.add(Rule.AT_MOST)
    if wishes.keep:
        given.add(Rule.KEEP)
    return [rule for rule in Rule if rule in given]


def _most(case: Case, clock: Clock) -> int:
    search = Search(build(case))
    found = search.run(clock, search.placed, most=True)
    return found.value if found else 0


def _short(case: Case, rule: Rule, clock: Clock) -> tuple[tuple[Shortage, ...], bool]:
    """The least that has to be freed of a rule's quantity for all to fit.

    What was overdrawn before has to be freed as well, where anything is put.
    """
    if rule in _UNMEASURED:
        return (), True
    search = Search(build(case, rule))
    search.model.add(search.placed == search.asked)
    found = search.run(clock, search.freed())
    if found is None:
        return (), False
    return _amounts(rule, found), found.proved


def _amounts(rule: Rule, found: Found) -> tuple[Shortage, ...]:
    total: dict[tuple[str, int, int], int] = defaultdict(int)
    for row, freed in found.freed:
        if freed:
            total[row.of, row.index, row.budget] += freed + row.overdrawn
    return tuple(
        Shortage(rule, of, index, amount / (FINE if rule in _KG_OR_WATTS else 1), budget)
        for (of, index, budget), amount in sorted(total.items())
    )


def _together(case: Case, rules: list[Rule], asked: int, clock: Clock) -> tuple[Rule, ...]:
    """Rules without which all fit, though not without fewer of them; none where they never do."""
    if _most(replace(case, without=frozenset(rules)), clock) < asked:
        return ()
    needed = list(rules)
    for rule in rules:
        fewer = [each for each in needed if each is not rule]
        if not clock.over and _most(replace(case, without=frozenset(fewer)), clock) == asked:
            needed = fewer
    return tuple(needed)
