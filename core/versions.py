"""The version of a row: what an ETag says and `If-Match` and forms compare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from core.errors import Stale
from core.gather import GIVEN, Fetch, arrays, execute, named
from core.history.subjects import ignored_columns, links_of
from core.models import TaggedItem

if TYPE_CHECKING:
    from core.resource import Resource

Check = Callable[["Resource", Sequence[int]], None]


def versions(resource: Resource, ids: Iterable[int]) -> dict[int, str]:
    """The entity tag of each row that exists, by id, in one statement.

    It starts with the time of the last change where the row has one, and ends with a digest of the
    row, its tags and its parts: two changes in one microsecond differ, and so does a row whose tag
    was taken away by deleting the tag. Columns that are derived or kept out of the history, such
    as when a token was last used, are left out.
    """
    [rows] = execute([fetch_of(resource).of(ids)])
    return tags_in(rows)


def tags_in(rows: Iterable[Sequence[Any]]) -> dict[int, str]:
    """The entity tags in what `fetch_of` has found."""
    return {
        pk: f'W/"{f"{changed.isoformat()}." if changed else ""}{digest}"'
        for pk, changed, digest in rows
    }


def version(resource: Resource, pk: int) -> str:
    """The entity tag of one row; empty when there is none."""
    return versions(resource, [pk]).get(pk, "")


def version_check(expected: str | None) -> Check | None:
    """A check for `write.update` and `write.delete`: every row's version must be one of these.

    `expected` is the value of an `If-Match` header. Raises Stale with the present version of the
    first row that has another. None, when anything will do.
    """
    if expected is None or expected.strip() == "*":
        return None
    named = {part.strip().removeprefix("W/") for part in expected.split(",")}

    def check(resource: Resource, ids: Sequence[int]) -> None:
        found = versions(resource, ids)
        for pk in ids:
            current = found.get(pk, "")
            if current.removeprefix("W/") not in named:
                raise Stale(current)

    return check


@cache
def fetch_of(resource: Resource) -> Fetch:
    """The statement for a resource: a digest over the row and over what belongs to it."""
    ignored = [name for name in ignored_columns(resource) if name != "last_updated"]
    kind = ContentType.objects.get_for_model(resource.model).pk
    quote = connection.ops.quote_name
    table, meta = quote(resource.model._meta.db_table), resource.model._meta
    pk = quote(str(meta.pk.column if meta.pk else "id"))
    parts = ["(to_jsonb(t) - %(ignored)s::text[])::text"]
    if resource.has_field("tags"):
        parts.append(
            f"(SELECT string_agg(x.tag_id::text, ',' ORDER BY x.tag_id)"  # noqa: S608
            f" FROM {quote(TaggedItem._meta.db_table)} x"
            f" WHERE x.content_type_id = %(kind)s AND x.object_id = t.{pk})"
        )
    for link in links_of(resource):
        member = quote(link.member_column) if link.member_column else ""
        shown = f"x.{member}::text" if member else "to_jsonb(x)::text"
        parts.append(
            f"(SELECT string_agg({shown}, ',' ORDER BY {shown}) FROM {quote(link.table_name)} x"  # noqa: S608
            f" WHERE x.{quote(link.owner_column)} = t.{pk})"
        )
    digest = (
        f"left(encode(sha256(convert_to(concat_ws('|', {', '.join(parts)}), 'UTF8')), 'hex'), 16)"
    )
    names = {field.name for field in meta.concrete_fields}
    changed = "t.last_updated" if "last_updated" in names else "NULL::timestamptz"
    found = arrays([f"t.{pk}", changed, digest])
    rows = f"(SELECT {found} FROM {table} t WHERE t.{pk} = ANY({GIVEN}))"  # noqa: S608
    return named(rows, {"ignored": ignored, "kind": kind}, [(1, dt.datetime.fromisoformat)])
