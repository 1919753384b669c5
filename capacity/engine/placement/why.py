"""Why not all fit: each rule is left out in turn, and what would have to give way is measured."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

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


@dataclass(frozen=True)
class Why:
    """What `Answer` has of the same names."""

    binding: tuple[Binding, ...] = ()
    together: tuple[Rule, ...] = ()
    shortages: tuple[Shortage, ...] = ()
    unchecked: tuple[Rule, ...] = ()


def explain(case: Case, most: int) -> Why:
    """Why no more than `most` fit. It takes as long again as the search may."""
    clock = Clock.start(case.wishes.seconds)
    asked = sum(item.count for item in case.items)
    rules = _rules(case)
    found: list[Binding] = []
    unchecked: list[Rule] = []
    for rule in rules:
        without = None if clock.over else _most(case.less(rule), clock)
        if without is not None and without.value > most:
            enough = without.value == asked
            shortages, proved = _short(case, (rule,), clock) if enough else ((), False)
            found.append(Binding(rule, without.value, enough, shortages, proved))
        elif without is None or not without.proved:
            unchecked.append(rule)
    found.sort(key=lambda each: (-each.fits, rules.index(each.rule)))
    together: tuple[Rule, ...] = ()
    if not any(each.enough for each in found) and not unchecked:
        helpful = [each.rule for each in found]
        order = sorted(rules, key=lambda r: -helpful.index(r) if r in helpful else -len(rules))
        together = _together(case, order, asked, clock)
    shortages = _short(case, together, clock)[0] if together else ()
    return Why(tuple(found), together, shortages, tuple(unchecked))


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


def _most(case: Case, clock: Clock) -> Found | None:
    search = Search(build(case))
    return search.run(clock, search.placed, most=True)


def _short(case: Case, rules: tuple[Rule, ...], clock: Clock) -> tuple[tuple[Shortage, ...], bool]:
    """The least that has to be freed of the rules' quantities for all to fit.

    What was overdrawn before has to be freed as well, where anything is put.
    """
    given_up = [rule for rule in rules if rule in _UNMEASURED]
    measured = [rule for rule in rules if rule not in _UNMEASURED]
    if not measured:
        return (), True
    search = Search(build(case.less(*given_up), measured))
    search.model.add(search.placed == search.asked)
    found = search.run(clock, search.freed())
    return ((), False) if found is None else (_amounts(found), found.proved)


def _amounts(found: Found) -> tuple[Shortage, ...]:
    total: dict[tuple[Rule, str, int, int], int] = defaultdict(int)
    for row, freed in found.freed:
        if freed:
            total[row.rule, row.of, row.index, row.budget] += freed + row.overdrawn
    return tuple(
        Shortage(rule, of, index, amount / (FINE if rule in _KG_OR_WATTS else 1), budget)
        for (rule, of, index, budget), amount in sorted(total.items())
    )


def _together(case: Case, rules: list[Rule], asked: int, clock: Clock) -> tuple[Rule, ...]:
    """Rules without which all fit, though not without fewer of them; none where they never do.

    Those that help least by themselves come first in `rules` and are the first to be kept.
    """
    needed = list(rules)
    if not _all_fit(replace(case, without=frozenset(needed)), asked, clock):
        return ()
    for rule in rules:
        fewer = [each for each in needed if each is not rule]
        if _all_fit(replace(case, without=frozenset(fewer)), asked, clock):
            needed = fewer
    return tuple(rule for rule in Rule if rule in needed)


def _all_fit(case: Case, asked: int, clock: Clock) -> bool:
    found = None if clock.over else _most(case, clock)
    return found is not None and found.value == asked
