"""What rows will need, found by the statement that finds the rows.

Most of what a row shows follows from its id or from one of its columns alone: counts, tags, the
rows it refers to, and what those show in turn. A field says so when its reader is compiled
(`Columns.expect`, `Columns.refer`). The statement that finds the rows then finds that too, by ids
it takes from the rows itself, instead of another statement a round later.

Fields ask for what they need as if nothing had been found; `core.rounds` gives them what is here.
Whatever is expected costs time where nobody asks for it, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.gather import GIVEN, NOTHING, NUMBER, Fetch

if TYPE_CHECKING:
    from core.access import Actor
    from core.read import Reader

DEPTH_MAX = 3  # references followed
# As many as a page has at most, so that all lists cost the same number of statements. Of more rows
# looking through them again for what they refer to takes longer than one more statement.
ROWS_MAX = 1000


@dataclass(slots=True)
class Node:
    """Rows of a reader and what they need, each by the place of its fetch in the plan.

    `lookups` are by the ids of the rows, with their templates; `below` are the rows that columns
    refer to, and `members` those that lookups do.
    """

    reader: Reader
    place: int
    lookups: list[tuple[int, Fetch]] = field(default_factory=list)
    below: list[tuple[Node, Sequence[int]]] = field(default_factory=list)
    members: list[tuple[Node, int]] = field(default_factory=list)


class Plan:
    """A part of a statement: the tables it begins with and its fetches, those of `root` first.

    With `few` rows also what they refer to is found.
    """

    def __init__(self, reader: Reader, rows: Fetch, user: Actor, *, few: bool) -> None:
        self.user = user
        self.few = few
        self._tables: list[str] = []
        self.fetches: list[Fetch] = []
        self.root = self._node(reader, rows, GIVEN, (_key(reader),))
        self.tables = ", ".join(self._tables)
        self.sql = ", ".join(fetch.sql for fetch in self.fetches)

    def _node(self, reader: Reader, rows: Fetch, ids: str, above: tuple[Any, ...]) -> Node:
        """The rows with these ids, which are the SQL of an array."""
        node = Node(reader, self._add(rows.among(ids)))
        if rows.sql == NOTHING.sql:
            return node
        for lookup, members in reader.expected.items():
            template = lookup.template(self.user)
            place = self._add(template.among(ids))
            node.lookups.append((place, template))
            if members and self.few:
                self._members(node, place, template, ids, members[0].reader(members[1]), above)
        below = list(self._below(reader, above)) if self.few else []
        if not below:
            return node
        name, chosen = f"rows{NUMBER}_{node.place}", f"ids{NUMBER}_{node.place}"
        self.fetches[node.place] = rows.of_table(name)
        lists = (
            " || ".join(f"array_agg(DISTINCT c{i})" for i in columns) for _, columns, _ in below
        )
        listed = ", ".join(f"{sql} AS i{number}" for number, sql in enumerate(lists))
        self._tables += [
            f"{name} {rows.table.replace(GIVEN, ids)}",
            f"{chosen} AS MATERIALIZED (SELECT {listed} FROM {name})",  # noqa: S608
        ]
        for number, (other, indexes, template) in enumerate(below):
            given = f"(SELECT i{number} FROM {chosen})::bigint[]"  # noqa: S608
            child = self._node(other, template, given, (*above, _key(other)))
            node.below.append((child, indexes))
        return node

    def _members(
        self,
        node: Node,
        place: int,
        template: Fetch,
        ids: str,
        reader: Reader,
        above: tuple[Any, ...],
    ) -> None:
        """Find what the second column of a lookup refers to."""
        found = reader.lookup.template(self.user)
        if len(above) > DEPTH_MAX or NOTHING.sql in (template.sql, found.sql):
            return
        name = f"rows{NUMBER}_{place}"
        self.fetches[place] = template.among(ids).of_table(name)
        self._tables.append(f"{name} {template.table.replace(GIVEN, ids)}")
        given = f"ARRAY(SELECT c1 FROM {name})"  # noqa: S608
        node.members.append((self._node(reader, found, given, (*above, _key(reader))), place))

    def _below(
        self, reader: Reader, above: tuple[Any, ...]
    ) -> Iterator[tuple[Reader, Sequence[int], Fetch]]:
        """Readers of what the rows refer to, the columns that do, and the templates."""
        if len(above) > DEPTH_MAX:
            return
        for (target, names), indexes in reader.referred.items():
            other = target.reader(names)
            found = other.lookup.template(self.user)
            if _key(other) not in above and found.sql != NOTHING.sql:
                yield other, indexes, found

    def _add(self, fetch: Fetch) -> int:
        self.fetches.append(fetch)
        return len(self.fetches) - 1


def _key(reader: Reader) -> Any:
    return reader.resource.path, reader.names
