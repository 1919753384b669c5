"""A program given to CP-SAT."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from ortools.sat.python import cp_model

from capacity.engine.placement.aims import Group, groups, least
from capacity.engine.placement.given import Aim, Goal, Level, Rule
from capacity.engine.placement.rows import Program, Row, Terms

# Deterministic time does not depend on what else the machine does. With this much of it a second,
# it mostly ends the search before the clock, and the same case gives the same answer.
DETERMINISTIC = 0.16
_TANGENTS = 40
_LATE = 0.85

Told = Callable[[int, int], None]  # value and bound of each better answer


@dataclass
class Clock:
    """The time there is, in seconds: by the clock, and by the solver's own deterministic time."""

    seconds: float
    started: float
    spent: float = 0.0

    @classmethod
    def start(cls, seconds: float) -> Clock:
        """A clock that starts now."""
        return cls(seconds, time.monotonic())

    @property
    def passed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    @property
    def over(self) -> bool:
        """Whether there is no time for another stage, which takes some to set up."""
        return self.passed >= self.seconds * _LATE or self.spent >= self.seconds * DETERMINISTIC


@dataclass(frozen=True)
class Found:
    """The best that was found: a value a column, what it is worth, and the bound on that."""

    values: list[int]
    value: int
    bound: int
    freed: list[tuple[Row, int]]

    @property
    def proved(self) -> bool:
        """Whether nothing better exists."""
        return self.value == self.bound


class _Listener(cp_model.CpSolverSolutionCallback):
    """Tells of each answer; what the told raises ends the search and is raised after it."""

    def __init__(self, told: Told) -> None:
        super().__init__()
        self.told = told
        self.raised: BaseException | None = None

    def on_solution_callback(self) -> None:
        try:
            self.told(round(self.objective_value), round(self.best_objective_bound))
        except BaseException as error:  # it must not pass through the solver's own code
            self.raised = error
            self.stop_search()


class Search:
    """The solver's model of a program, with the racks used counted where `packing`.

    With `only`, no device is put into other racks than those at these positions.
    """

    def __init__(
        self, program: Program, *, packing: bool = False, only: Collection[int] | None = None
    ) -> None:
        self.program = program
        self.model = cp_model.CpModel()
        self.most = program.columns.most
        if only is not None:
            racks = program.columns.rack
            self.most = [m if at in only else 0 for m, at in zip(self.most, racks, strict=True)]
        self.columns = [self.model.new_int_var(0, most, "") for most in self.most]
        self.slack: dict[tuple[object, ...], tuple[Row, cp_model.IntVar]] = {}
        self.asked = sum(item.count for item in program.case.items)
        self.used: dict[int, cp_model.IntVar] = {}
        self.hints: list[tuple[cp_model.IntVar, Terms, Callable[[int], int]]] = []
        if packing:
            self._count_racks()
        every: Terms = []
        for k, item in enumerate(program.case.items):
            mine = [(column, 1) for column, of in enumerate(program.columns.item) if of == k]
            self.model.add(self._sum(mine) <= item.count)
            every += mine
        self.placed = self._sum(every)
        for terms in program.equal:
            self.model.add(self._sum(terms) == 0)
        for row in program.rows:
            self._row(row)

    def _sum(self, terms: Terms) -> cp_model.LinearExprT:
        terms = [(column, need) for column, need in terms if self.most[column]]
        columns = [self.columns[column] for column, _ in terms]
        return cp_model.LinearExpr.weighted_sum(columns, [need for _, need in terms])

    def _row(self, row: Row) -> None:
        used = self.used.get(row.rack)
        if row.rule in self.program.elastic and not row.hard:
            self.model.add(self._sum(row.terms) <= row.limit + self._slack(row))
        elif used is not None and all(need > 0 for _, need in row.terms):
            self.model.add(self._sum(row.terms) <= row.limit * used)  # says more than used >= any
        else:
            self.model.add(self._sum(row.terms) <= row.limit)

    def _slack(self, row: Row) -> cp_model.IntVar:
        """What is freed for a row; one unit freed in a rack serves all rows about its units."""
        whole = row.rule in (Rule.SPACE, Rule.RESERVATION, Rule.AT_MOST)
        key = (row.rule, row.index) if whole else (row.rule, row.index, len(self.slack))
        if key not in self.slack:
            reach = max(1, *self.most) * sum(max(0, need) for _, need in row.terms)
            self.slack[key] = (row, self.model.new_int_var(0, reach, ""))
        return self.slack[key][1]

    def freed(self) -> cp_model.LinearExprT:
        """All that is freed; of several rules, weighed by what one device needs of each."""
        need: dict[Rule, int] = {}
        for row, _ in self.slack.values():
            need[row.rule] = max(need.get(row.rule, 1), *(n for _, n in row.terms))
        top = max(need.values(), default=1)
        weights = [top // need[row.rule] for row, _ in self.slack.values()]
        slacks = [slack for _, slack in self.slack.values()]
        return cp_model.LinearExpr.weighted_sum(slacks, weights)

    def _count_racks(self) -> None:
        for position, terms in self._groups(Level.RACK):
            used = self.used[position[1]] = self._used(terms)
            for column, _ in terms:
                self.model.add(self.columns[column] <= self.most[column] * used)

    def _used(self, terms: Terms) -> cp_model.IntVar:
        used = self.model.new_bool_var("")
        self.hints.append((used, terms, lambda count: int(count > 0)))
        return used

    def _groups(self, level: Level) -> list[tuple[Group, Terms]]:
        """Those that a device may be in, with the columns of the devices in each."""
        found = []
        for key, columns in groups(self.program, level).items():
            terms = [(column, 1) for column in columns if self.most[column]]
            if terms:
                found.append((key, terms))
        return found

    def measure(self, aim: Aim) -> cp_model.LinearExprT:
        """What is to be least for an aim."""
        costs: list[cp_model.IntVar] = []
        for key, terms in self._groups(aim.level):
            most = min(self.asked, sum(self.most[column] for column, _ in terms))
            if aim.goal is Goal.APART:
                costs.append(self._square(terms, most))
            elif aim.level is Level.RACK and self.used:
                costs.append(self.used[key[1]])
            else:
                used = self._used(terms)
                self.model.add(self._sum(terms) <= most * used)
                costs.append(used)
        total = cp_model.LinearExpr.sum(costs)
        self.model.add(total >= least(self.program, aim))
        return total

    def spread_evenly(self, aim: Aim) -> None:
        """No rack (row, site, feed) has more than it must have if all had as many."""
        found = self._groups(aim.level)
        for _, terms in found:
            self.model.add(self._sum(terms) <= -(-self.asked // len(found)))

    def _square(self, terms: Terms, most: int) -> cp_model.IntVar:
        """The square of a count, from below, since it is made as small as can be."""
        square = self.model.new_int_var(0, most * most, "")
        count = self.model.new_int_var(0, most, "")
        self.model.add(self._sum(terms) == count)
        self.hints += [(count, terms, int), (square, terms, lambda n: n * n)]
        if most > _TANGENTS:
            self.model.add_multiplication_equality(square, [count, count])
        else:
            for n in range(1, most + 1):
                self.model.add(square >= (2 * n - 1) * count - n * (n - 1))
        return square

    def hint(self, values: list[int]) -> None:
        """Start from an answer."""
        for column, value in zip(self.columns, values, strict=True):
            self.model.add_hint(column, value)
        for derived, terms, value_of in self.hints:
            count = sum(values[column] * need for column, need in terms)
            self.model.add_hint(derived, value_of(count))

    def run(
        self,
        clock: Clock,
        goal: cp_model.LinearExprT,
        *,
        most: bool = False,
        thorough: bool = True,
        part: float = 1.0,
        told: Told | None = None,
    ) -> Found | None:
        """The least of a goal, or the most of it, within a part of the time left.

        None where there is no answer or none was found. Thorough: the rows are sums, and what binds
        them shows in the linear relaxation; to place devices somewhere needs less of it.
        """
        if most:
            self.model.maximize(goal)
        else:
            self.model.minimize(goal)
        solver = cp_model.CpSolver()
        given = solver.parameters
        given.num_workers = 1
        given.random_seed = 1
        given.linearization_level = 2 if thorough else 1
        given.cp_model_probing_level = 0
        given.max_presolve_iterations = 1
        given.max_time_in_seconds = max(0.1, part * (clock.seconds - clock.passed))
        left = clock.seconds * DETERMINISTIC - clock.spent
        given.max_deterministic_time = max(0.01, part * left)
        listener = None if told is None else _Listener(told)
        status = solver.solve(self.model, listener)
        clock.spent += solver.response_proto.deterministic_time
        if listener is not None and listener.raised is not None:
            raise listener.raised
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        value, bound = round(solver.objective_value), round(solver.best_objective_bound)
        freed = [(row, solver.value(slack)) for row, slack in self.slack.values()]
        return Found([solver.value(column) for column in self.columns], value, bound, freed)
