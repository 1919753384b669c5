"""Search over every resource: exact matches first, then by the weight of the column found in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import FieldDoesNotExist
from django.db import OperationalError, connection, transaction
from django.db.models import CharField, Func, IntegerField, Q, QuerySet, Value, Window
from django.db.models import Count as CountOf
from django.db.models.functions import Least, Lower, Upper
from django.db.models.lookups import Exact
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import access, filters, registry, search_index
from core.custom_fields.expressions import Stored
from core.read import ReadContext
from core.resource import Resource
from core.web import cells, commands, navigation, search_statements, search_terms, table
from core.web.overview import EMPTY, estimates
from core.web.page import actor, page, reading, root
from core.web.readers import page_reader

SHORTEST = 2
PER_GROUP, PER_GROUP_LIVE = 8, 5
GROUPS, GROUPS_LIVE = 15, 6
# A table estimated larger than this is searched after the others, unless an index finds its texts;
# not at all while somebody types.
LONG = 8_000
# One larger than this is searched on its own, and for so long only.
LARGE = 250_000
# So many rows are ranked while somebody types, of tables whose texts an index finds.
MOST_LIVE = 500
# Columns below this weight tell one row from another: names, serials, asset tags.
IDENTITY = 50
PATIENCE_MS = 400

Found = tuple[str, int, int, int]


@dataclass(frozen=True)
class Hit:
    """A row found: its name, what it is besides, and its page."""

    display: str
    details: str
    url: str


@dataclass(frozen=True)
class Group:
    """The best hits of one resource, how many there are, and where all of them are listed."""

    label: str
    icon: str
    hits: list[Hit]
    total: int
    url: str

    @property
    def count(self) -> str:
        """How many there are in words; only so many are counted."""
        return f"{MOST_LIVE}+" if self.total >= MOST_LIVE else str(self.total)


@require_safe
@page
def show(request: HttpRequest) -> HttpResponse:
    """The search page, or with `live` only the results, for the dialog.

    The page asks for the hits of long tables itself, once the others are shown (`rest`).
    """
    text = request.GET.get("q", "").replace("\x00", "").strip()
    live, rest = bool(request.GET.get("live")), request.GET.get("rest", "")
    terms, words = search_terms.split(text)
    groups: list[Group] = []
    left: list[Resource] = []
    in_vain: list[str] = []
    if terms:
        groups = find_typed(request, terms, words, live=live)
        if not groups:
            user = actor(request)
            in_vain = search_terms.in_vain(searchable(user), terms, user)
    elif len(text) >= SHORTEST:
        groups, left = find_rest(request, text) if rest else find(request, text, live=live)
    later = urlencode({"q": text, "rest": "more" if groups else "all"})
    context = {
        "search_text": text,
        "commands": [] if terms or rest else commands.matching(request, text),
        "groups": groups,
        "later": f"{root()}/search/?{later}" if left and not live and not rest else "",
        "found_before": rest == "more",
        "skipped": [_list_entry(resource, text) for resource in left] if live or rest else [],
        "in_vain": in_vain,
        "too_short": 0 < len(text) < SHORTEST,
        "all_url": f"{root()}/search/?{urlencode({'q': text})}",
    }
    if rest and getattr(request, "htmx", False):
        return render(request, "core/_hits.html", {**context, "whole": True})
    return render(request, "core/_hits.html" if live else "core/search.html", context)


def _list_entry(resource: Resource, text: str) -> tuple[str, str]:
    query = urlencode({"q": text})
    return navigation.title(resource.plural), f"{resource.page_url(root())}?{query}"


def searchable(user: access.Actor) -> list[Resource]:
    """The resources a search covers for this user: records, not what is told of them."""
    return [
        resource
        for resource in registry.resources()
        if resource.menu
        and resource.history
        and "detail" not in resource.detail_only
        and _columns(resource)
        and access.may(user, access.VIEW, resource.model)
    ]


def _columns(resource: Resource) -> list[tuple[str, int]]:
    return [item for item in resource.search.items() if _exists(resource, item[0])]


def _exists(resource: Resource, column: str) -> bool:
    model: Any = resource.model
    for part in column.split("__"):
        try:
            model = model._meta.get_field(part).related_model
        except FieldDoesNotExist:
            return False
    return True


class Rank(Func):
    """How well a column matches: its weight when equal, later for a beginning or a part.

    One expression written out, since sixty resources with three columns each are compiled for
    every key that is typed.
    """

    output_field = IntegerField()

    def __init__(self, column: Any, text: str, weight: int) -> None:
        super().__init__(column)
        self.text = text
        self.weight = weight

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        """The CASE expression and its parameters."""
        column, given = compiler.compile(self.source_expressions[0])
        upper = f"UPPER({column}::text)"
        sql = (
            f"CASE WHEN {upper} = UPPER(%s) THEN {self.weight}"
            f" WHEN starts_with({upper}, UPPER(%s)) THEN {1000 + self.weight}"
            f" WHEN strpos({upper}, UPPER(%s)) > 0 THEN {2000 + self.weight} ELSE 9000 END"
        )
        return sql, [*given, self.text] * 3


def _matches(resource: Resource, user: access.Actor, text: str, limit: int) -> QuerySet[Any]:
    """(path, id, rank, total) of the best matches: exact before beginning before anywhere.

    While somebody types, some matches of a large table and all that equal the text are ranked: to
    rank all that `srv` finds takes seconds.
    """
    text = resource.search_text(text)
    ranks = [Rank(column, text, weight) for column, weight in _columns(resource)]
    ranks += [
        Rank(Stored(column.definition.name), text, column.definition.search_weight)
        for column in resource.custom_columns.values()
        if column.definition.searched
    ]
    rank = ranks[0] if len(ranks) == 1 else Least(*ranks)
    visible = access.restrict(resource.model._default_manager.all(), user)
    with filters.reading_as(user):
        matching = visible.filter(resource.search_condition(text)).order_by()
    if limit == PER_GROUP_LIVE and (columns := search_index.columns_of(resource.model)):
        some = matching.values("pk")[:MOST_LIVE]
        keys = [column for column in columns if resource.search.get(column, IDENTITY) < IDENTITY]
        same = [visible.filter(_equals(key, text)).order_by().values("pk") for key in keys]
        matching = visible.filter(pk__in=some.union(*same, all=True)).order_by()
    rows: QuerySet[Any] = (
        matching.annotate(
            _path=Value(resource.path, output_field=CharField()),
            _rank=rank,
            _total=Window(CountOf("*")),
        )
        .order_by("_rank", "pk")
        .values_list("_path", "pk", "_rank", "_total")[:limit]
    )
    return rows


def _equals(column: str, text: str) -> Q:
    """Whether a column is this text, in a way that ordinary indexes find."""
    if column == "name":
        return Q(Exact(Lower(column), Lower(Value(text))))
    return Q(**{column: text}) | Q(**{column: Upper(Value(text))})


def find(request: HttpRequest, text: str, *, live: bool) -> tuple[list[Group], list[Resource]]:
    """Groups of hits, best first, and the resources whose tables are too long for this.

    The others are searched by one statement.
    """
    user, limit = actor(request), PER_GROUP_LIVE if live else PER_GROUP
    sizes = _sizes(user)
    long = [resource for resource, size in sizes.items() if _is_long(resource, size)]
    short = [resource for resource in sizes if resource not in long]
    found = search_statements.run(short, user, text, limit, _matches)
    return _groups(reading(request), text, found, GROUPS_LIVE if live else GROUPS), long


def find_rest(request: HttpRequest, text: str) -> tuple[list[Group], list[Resource]]:
    """The same of long tables, and those for which even the time given was too short."""
    user, skipped = actor(request), []
    sizes = {each: size for each, size in _sizes(user).items() if _is_long(each, size)}
    together = [resource for resource, size in sizes.items() if size <= LARGE]
    found = search_statements.run(together, user, text, PER_GROUP, _matches)
    for resource in sizes:
        if resource not in together:
            rows = _patiently(_matches(resource, user, text, PER_GROUP))
            if rows is None:
                skipped.append(resource)
            else:
                found.extend(rows)
    return _groups(reading(request), text, found, GROUPS), skipped


def _sizes(user: access.Actor) -> dict[Resource, int]:
    """What is searched that has rows, and how many it has by estimate."""
    known = estimates()
    sizes = {each: known.get(each.model._meta.db_table, 0) for each in searchable(user)}
    return {resource: size for resource, size in sizes.items() if size != EMPTY}


def _is_long(resource: Resource, size: int) -> bool:
    return size > LONG and not search_index.columns_of(resource.model)


def find_exact(request: HttpRequest, text: str) -> list[Found]:
    """What is called exactly this, by a column that tells one row from another.

    Of tables too large to be gone through only those with an index of their texts are looked at.
    """
    user, sizes = actor(request), estimates()
    chosen = [
        resource
        for resource in searchable(user)
        if (size := sizes.get(resource.model._meta.db_table, 0)) != EMPTY
        and _keys(resource)
        and (size <= LARGE or search_index.columns_of(resource.model))
    ]
    return [*search_statements.run(chosen, user, text, PER_GROUP, _same)]


def grouped(request: HttpRequest, text: str, found: Sequence[Found]) -> list[Group]:
    """What was found, by resource, with its names."""
    return _groups(reading(request), text, found, GROUPS)


def _keys(resource: Resource) -> list[tuple[str, int]]:
    """The row's own columns that tell it from another."""
    return [(c, weight) for c, weight in _columns(resource) if weight < IDENTITY and "__" not in c]


def _same(resource: Resource, user: access.Actor, text: str, limit: int) -> QuerySet[Any]:
    """(path, id, rank, total) of the rows of which a key is the text."""
    condition = Q(pk__in=[])
    for column, _ in _keys(resource):
        condition |= _equals(column, text)
    rows: QuerySet[Any] = (
        access.visible(resource.model, user)
        .filter(condition)
        .annotate(
            _path=Value(resource.path, output_field=CharField()),
            _rank=Value(min(weight for _, weight in _keys(resource))),
            _total=Window(CountOf("*")),
        )
        .order_by("pk")
        .values_list("_path", "pk", "_rank", "_total")[:limit]
    )
    return rows


def find_typed(
    request: HttpRequest, terms: Sequence[search_terms.Term], text: str, *, live: bool
) -> list[Group]:
    """Groups of what fulfils every term and holds the text, of the resources with such fields."""
    user, limit = actor(request), PER_GROUP_LIVE if live else PER_GROUP
    found: list[Found] = []
    queries: dict[str, str] = {}
    for resource in searchable(user):
        matching = search_terms.condition(resource, terms, user)
        if matching is None:
            continue
        rows = access.visible(resource.model, user).filter(matching[0])
        if text:
            with filters.reading_as(user):
                rows = rows.filter(resource.search_condition(text))
        rows = rows.order_by(*access.ordering(resource.model, resource.order_columns, user), "pk")
        first = list(rows.values_list("pk", flat=True)[:MOST_LIVE])
        found += [(resource.path, pk, rank, len(first)) for rank, pk in enumerate(first[:limit])]
        queries[resource.path] = urlencode([*matching[1], *([("q", text)] if text else [])])
    return _groups(reading(request), text, found, GROUPS_LIVE if live else GROUPS, queries)


def _patiently(rows: QuerySet[Any]) -> list[Found] | None:
    """The rows, or None when PostgreSQL needs longer than it is given."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
            found = list(rows)
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = DEFAULT")
            return found
    except OperationalError:
        return None


def _groups(
    context: ReadContext,
    text: str,
    found: Sequence[Found],
    limit: int,
    queries: Mapping[str, str] | None = None,
) -> list[Group]:
    """The hits by resource; `queries` are the filters of the lists that show all of them."""
    by_path: dict[str, list[Found]] = {}
    for row in sorted(found, key=lambda row: row[2]):
        by_path.setdefault(row[0], []).append(row)
    groups = []
    for path, rows in list(by_path.items())[:limit]:
        resource = registry.of_path(path)
        hits = _hits(context, resource, [row[1] for row in rows])
        label, url = _list_entry(resource, text)
        if queries is not None:
            url = f"{resource.page_url(root())}?{queries[path]}"
        groups.append(Group(label, resource.icon, hits, rows[0][3], url))
    return groups


def _hits(context: ReadContext, resource: Resource, ids: Sequence[int]) -> list[Hit]:
    linked = table.link_column(resource, resource.table)
    names = [
        name
        for name in resource.table
        if name != linked
        and not (resource.has_field(name) and cells.is_color(resource.field(name)))
    ][:3]
    rows = page_reader(resource, ("id", "display", *names)).by_id(ids, context)
    found = []
    for pk in ids:
        if pk in rows:
            row = rows[pk]
            details = " · ".join(filter(None, (_words(row[name]) for name in names)))
            found.append(Hit(str(row["display"]), details, resource.display_url(pk, root())))
    return found


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("label") or value.get("display") or "")
    if isinstance(value, str):
        return value
    return ""
