"""Rows referred to by what people call them, found for a whole file in a few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models
from django.db.models import Q

from core import access
from core.access import Actor
from core.fields import Choice, Identity, Ref, Scalar
from core.resource import Resource

NAMES = ("name", "slug", "username", "model", "key")
BATCH = 5000


def names_of(target: Resource) -> list[str]:
    """The text columns of `target` by which a person may name one of its rows."""
    columns = {column.name: column for column in target.model._meta.concrete_fields}
    wanted = dict.fromkeys((*NAMES, target.filter_key, *target.natural_key))
    return [
        name
        for name in wanted
        if isinstance(columns.get(name), models.CharField) and name not in target.write_only
    ]


def id_text(pk: int) -> str:
    """A row's id as text that cannot be taken for a name."""
    return f"#{pk}"


def id_of(text: str) -> int | None:
    """The id in a text such as `12` or `#12`."""
    digits = text.removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def scopes(resource: Resource, target: Resource) -> list[str]:
    """References that both share and that tell rows of `target` with one name apart.

    A rack's name is unique in its location only, so a device's row that names both means the rack
    in that location.
    """
    unique: set[str] = set()
    for constraint in target.model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            unique.update(constraint.fields)
    found = []
    for column in target.model._meta.concrete_fields:
        if not column.is_relation or not (column.name in unique or not column.null):
            continue
        field = resource.field(column.name) if resource.has_field(column.name) else None
        if isinstance(field, Ref) and field.writable and field.target is not resource:
            same = field.model_field.related_model is column.related_model
            found += [column.name] if same else []
    return found


def lookup_path(target: Resource, path: str) -> str | None:
    """The query name of a dotted attribute such as `site.name`; None where there is none.

    Only what the resources show can be asked for.
    """
    parts = path.split(".")
    found: list[str] = []
    for index, part in enumerate(parts):
        if not target.has_field(part) or part in target.write_only:
            return None
        field, last = target.field(part), index == len(parts) - 1
        if part == "id" and last:
            return "__".join([*found, "pk"])
        if isinstance(field, Ref) and field.model_field is not None and not last:
            target = field.target
            found.append(field.source)
        elif last and isinstance(field, Scalar | Choice) and not isinstance(field, Identity):
            found.append(field.source)
        else:
            return None
    return "__".join(found)


class Finder:
    """Finds rows of one resource for the texts of many cells."""

    def __init__(self, target: Resource, user: Actor) -> None:
        self.target = target
        self.user = user
        self.rows = access.restrict(target.model._default_manager.all(), user)
        self.names = names_of(target)
        self.by_id: dict[int, Any] = {}
        self.by_name: dict[str, dict[int, Any]] = {}
        self.by_lookup: dict[tuple[tuple[str, Any], ...], list[Any]] = {}

    def load(self, texts: Iterable[str], within: Q | None = None) -> None:
        """Fetch the rows that any of `texts` may mean."""
        wanted = sorted({text for text in texts if text})
        for start in range(0, len(wanted), BATCH):
            part = wanted[start : start + BATCH]
            ids = [pk for text in part if (pk := id_of(text)) is not None]
            condition = Q(pk__in=ids)
            for name in self.names:
                condition |= Q(**{f"{name}__in": part})
            rows = self.rows.filter(condition)
            for row in rows.filter(within | Q(pk__in=ids)) if within is not None else rows:
                self.by_id[row.pk] = row
                for name in self.names:
                    self.by_name.setdefault(getattr(row, name), {})[row.pk] = row

    def candidates(self, text: str) -> list[Any]:
        """The rows a text may mean; `#12` is an id, `12` an id or a name."""
        found = dict(self.by_name.get(text, {}))
        pk = id_of(text)
        if pk is not None and pk in self.by_id:
            if text.startswith("#"):
                return [self.by_id[pk]]
            found[pk] = self.by_id[pk]
        return list(found.values())

    def load_lookups(self, wanted: Iterable[tuple[tuple[str, Any], ...]]) -> None:
        """Fetch the rows for combinations of attributes, each a tuple of (query name, value)."""
        by_shape: dict[tuple[str, ...], set[tuple[Any, ...]]] = {}
        for lookup in wanted:
            if lookup not in self.by_lookup:
                self.by_lookup[lookup] = []
                shape = tuple(name for name, _ in lookup)
                by_shape.setdefault(shape, set()).add(tuple(value for _, value in lookup))
        for shape, values in by_shape.items():
            self._load_shape(shape, sorted(values, key=str))

    def _load_shape(self, shape: tuple[str, ...], values: Sequence[tuple[Any, ...]]) -> None:
        for start in range(0, len(values), BATCH):
            part = values[start : start + BATCH]
            condition = Q()
            for index, name in enumerate(shape):
                condition &= Q(**{f"{name}__in": list({value[index] for value in part})})
                condition &= access.along(self.target.model, name, self.user)
            pairs = list(self.rows.filter(condition).values_list("pk", *shape))
            fetched = self.rows.in_bulk([pk for pk, *_ in pairs])
            for pk, *found in pairs:
                key = tuple(zip(shape, map(str, found), strict=True))
                if key in self.by_lookup and pk in fetched:
                    self.by_lookup[key].append(fetched[pk])
