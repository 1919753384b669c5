"""Needs of one answer, served round by round: all that is waited for together is one statement.

An answer costs as many statements as its longest chain of needs, not as many as there are kinds of
things in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from core.gather import (
    GIVEN,
    Fetch,
    Ids,
    Load,
    Once,
    Rows,
    Steps,
    answer,
    array_of,
)

if TYPE_CHECKING:
    from core.ahead import Node, Plan
    from core.read import ReadContext, Reader
    from core.resource import Resource

Done = Callable[[Any], None]


class _Task:
    """A step under way, and who waits for it."""

    __slots__ = ("done", "steps")

    def __init__(self, steps: Steps, done: Done) -> None:
        self.steps = steps
        self.done = done


class Gathering:
    """Runs steps to their end; each round of what they wait for is one statement."""

    def __init__(self, context: ReadContext) -> None:
        self.context = context
        self.fetches: list[tuple[Fetch, Done]] = []
        self.rows: list[tuple[Plan, Collection[int], Done]] = []
        self.loads: dict[Any, tuple[Resource, set[int], list[Done]]] = {}
        self.shared: dict[Any, list[Done]] = {}
        # What has been found ahead, by the SQL and the ids of the lookup that will want it.
        self.ready: dict[tuple[str, str | None], tuple[Fetch, str | None]] = {}
        # Rows that are known not to be there for the reader.
        self.absent: dict[Any, set[int]] = defaultdict(set)

    def run(self, need: Any) -> Any:
        """What is needed."""
        found: list[Any] = []
        self.serve(need, found.append)
        while self.fetches or self.rows or self.loads:
            self._round()
        return found[0]

    def _round(self) -> None:
        """Ask for all that is waited for now."""
        fetches, rows, loads = self.fetches, self.rows, self.loads
        self.fetches, self.rows, self.loads = [], [], {}
        user = self.context.user
        for (_, names), (resource, ids, waiting) in loads.items():
            reader = resource.reader(names)
            rows.append((reader.plan(user, ids), ids, self._storing(reader, ids, waiting)))
        parts = [(fetch.sql, "") for fetch, _ in fetches]
        parts += [(plan.sql, plan.tables) for plan, _, _ in rows]
        given = [fetch.ids for fetch, _ in fetches]
        given += [array_of(ids) for _, ids, _ in rows]
        using = fetches[0][0].using if fetches else rows[0][0].fetches[0].using
        texts = iter(answer(parts, given, using))
        for fetch, done in fetches:
            done(fetch.found(next(texts)))
        for plan, _, done in rows:
            done(self._taken(plan.root, plan, [next(texts) for _ in plan.fetches]))

    def _taken(self, node: Node, plan: Plan, texts: Sequence[str | None]) -> list[Any]:
        """The rows of a node, column by column; what they need is kept for who asks for it."""
        cells: list[Any] = plan.fetches[node.place].found(texts[node.place])
        if cells:
            ids = cells[node.reader.pk] = Ids(cells[node.reader.pk])
            for place, template in node.lookups:
                key = (template.sql, ids.array if GIVEN in template.sql else None)
                self.ready[key] = plan.fetches[place], texts[place]
        for child, place in node.members:
            pairs = plan.fetches[place].found(texts[place]) if cells else ()
            store = self._storing(child.reader, {member for _, member in pairs}, ())
            store(self._taken(child, plan, texts))
        for child, indexes in node.below:
            wanted = {pk for index in indexes for pk in cells[index]} if cells else set()
            store = self._storing(child.reader, wanted - {None}, ())
            store(self._taken(child, plan, texts))
        return cells

    def _storing(self, reader: Reader, ids: set[int], waiting: Iterable[Done]) -> Done:
        """What takes rows found by these ids, builds them and tells who waits."""
        key = (reader.resource.path, reader.names)
        table = self.context.briefs.setdefault(key, {})

        def fetched(cells: list[Any]) -> None:
            def built(rows: list[dict[str, Any]]) -> None:
                if rows:
                    table.update(zip(cells[reader.pk], rows, strict=True))
                for done in waiting:
                    done(table)

            self.absent[key] |= ids.difference(cells[reader.pk] if cells else ())
            self.serve(reader.steps(cells, self.context), built)

        return fetched

    def serve(self, need: Any, done: Done) -> None:
        """See to it that `done` gets what is needed, now or after a round."""
        kind = type(need)
        if kind is Fetch:
            known = self.ready.get((need.sql, need.ids))
            if known is None:
                self.fetches.append((need, done))
            else:
                done(known[0].found(known[1]))
        elif kind is Load:
            self._load(need, done)
        elif kind is Rows and not need.ids:
            done([])
        elif kind is Rows:
            plan = need.reader.plan(self.context.user, need.ids, own=need.own)
            self.rows.append((plan, need.ids, done))
        elif kind is Once:
            self._share(need, done)
        elif kind is list:
            self._all(need, done)
        else:
            self._advance(_Task(need, done), None)

    def _load(self, need: Load, done: Done) -> None:
        key = (need.resource.path, need.names)
        table = self.context.briefs.setdefault(key, {})
        missing = {pk for pk in need.ids if pk is not None and pk not in table}
        if missing and key in self.absent:
            missing -= self.absent[key]
        if not missing:
            done(table)
            return
        _, ids, waiting = self.loads.setdefault(key, (need.resource, set(), []))
        ids |= missing
        waiting.append(done)

    def _share(self, need: Once, done: Done) -> None:
        memo = self.context.memo
        if need.key in memo:
            done(memo[need.key])
        elif need.key in self.shared:
            self.shared[need.key].append(done)
        else:
            self.shared[need.key] = [done]

            def ended(value: Any) -> None:
                memo[need.key] = value
                for waiting in self.shared.pop(need.key):
                    waiting(value)

            self.serve(need.steps(), ended)

    def _all(self, needs: list[Any], done: Done) -> None:
        results: list[Any] = [None] * len(needs)
        left = len(needs)
        if not needs:
            done(results)

        def take(index: int) -> Done:
            def taken(value: Any) -> None:
                nonlocal left
                results[index] = value
                left -= 1
                if not left:
                    done(results)

            return taken

        for index, need in enumerate(needs):
            self.serve(need, take(index))

    def _advance(self, task: _Task, value: Any) -> None:
        try:
            need = task.steps.send(value)
        except StopIteration as end:
            task.done(end.value)
            return
        self.serve(need, lambda found: self._advance(task, found))
