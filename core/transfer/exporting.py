"""Export: the rows of a queryset with chosen columns, as they can be imported again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from core.custom_fields.columns import CustomColumn
from core.fields import Choice, Ref, Refs
from core.read import ReadContext, Row
from core.resource import Resource
from core.special_fields import Tags
from core.transfer import formats
from core.transfer.references import Finder, id_text

CHUNK = 2000
LINKS = ("url", "display_url")


def default_columns(resource: Resource) -> list[str]:
    """What an export holds when nobody chose: everything that can be written again."""
    hidden = resource.write_only
    names = [field.name for field in resource.writable_fields if field.name not in hidden]
    return [name for name in names if name != "custom_fields"] + list(resource.custom_columns)


def columns_of(resource: Resource, chosen: Sequence[str] = ()) -> list[str]:
    """The columns of an export: `id`, then the chosen ones that there are."""
    names = [name for name in chosen if resource.has_field(name)] or default_columns(resource)
    allowed = [name for name in names if name not in (*resource.write_only, *LINKS)]
    return list(dict.fromkeys(["id", *allowed]))


class Exporter:
    """Turns rows into values; references become names that mean one row only, else `#<id>`."""

    def __init__(self, resource: Resource, columns: Sequence[str], context: ReadContext) -> None:
        self.reader = resource.reader(tuple(columns))
        self.context = context
        self.columns = list(columns)
        self.names: dict[str, dict[int, str]] = {}
        self.fields = [resource.field(name) for name in columns]

    def build(self, rows: Sequence[Row]) -> list[list[Any]]:
        """Values of fetched rows, in the order of the columns."""
        found = self.reader.build(rows, self.context)
        makers = [self._maker(field, found) for field in self.fields]
        pairs = list(zip(self.columns, makers, strict=True))
        return [[make(row[name]) for name, make in pairs] for row in found]

    def _maker(self, field: Any, rows: Sequence[dict[str, Any]]) -> Callable[[Any], Any]:
        if isinstance(field, Tags):
            return lambda value: [item["slug"] for item in value]
        if isinstance(field, Choice):
            return lambda value: value["value"] if isinstance(value, dict) else value
        custom = isinstance(field, CustomColumn)
        if isinstance(field, Ref | Refs) and (custom or field.model_field is not None):
            return self._reference_maker(field, rows)
        return slim if field.model_field is None and not custom else plain

    def _reference_maker(self, field: Any, rows: Sequence[dict[str, Any]]) -> Callable[[Any], Any]:
        values = [row[field.name] for row in rows]
        items = [
            item for value in values for item in (value if isinstance(value, list) else [value])
        ]
        if not all(item is None or (isinstance(item, dict) and "id" in item) for item in items):
            return plain
        names = self._names(field.target, {item["id"] for item in items if item})

        def make(value: Any) -> Any:
            if isinstance(value, list):
                return [names[item["id"]] for item in value]
            return names[value["id"]] if value else None

        return make

    def _names(self, target: Resource, ids: set[int]) -> dict[int, str]:
        """The text of each row: its first name that no other row has too, and is no number."""
        table = self.names.setdefault(target.path, {})
        missing = sorted(ids - table.keys())
        if not missing:
            return table
        finder = Finder(target, self.context.user)
        rows = list(finder.rows.filter(pk__in=missing).order_by().values_list("pk", *finder.names))
        finder.load({text for _, *texts in rows for text in texts if text})
        for pk, *texts in rows:
            good = (text for text in texts if text and self._means_one(finder, text))
            table[pk] = next(good, id_text(pk))
        for pk in missing:
            table.setdefault(pk, id_text(pk))
        return table

    @staticmethod
    def _means_one(finder: Finder, text: str) -> bool:
        looks_like_id = text.removeprefix("#").isdigit()
        plain_text = text == text.strip()
        return plain_text and not looks_like_id and len(finder.candidates(text)) == 1


def slim(value: Any) -> Any:
    """A list of entries without the objects nested in them, whose ids the entries have too."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return plain(value)
    return [{k: v for k, v in item.items() if not isinstance(v, dict)} for item in value]


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, dt.datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str | int | float | list | dict) or value is None:
        return value
    return str(value)


def stream(
    resource: Resource,
    rows: QuerySet[Any],
    columns: Sequence[str],
    format: str,
    context: ReadContext,
    progress: Callable[[int], None] | None = None,
) -> Iterator[bytes]:
    """The bytes of an export of `rows`, read and written by chunks."""
    # Made at once: what it knows of custom fields is of this request.
    exporter = Exporter(resource, columns, context)

    def chunks() -> Iterator[list[list[Any]]]:
        done = 0
        fetched = rows.values_list(*exporter.reader.columns).iterator(chunk_size=CHUNK)
        while chunk := list(islice(fetched, CHUNK)):
            yield exporter.build(chunk)
            done += len(chunk)
            if progress:
                progress(done)

    return formats.write(format, columns, chunks())
