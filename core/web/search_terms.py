"""Typed terms of a search: `rack:A12 status:planned web` is two terms and a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import CharField, Q, TextField

from core import access
from core.fields import Choice, Field, Ref, Refs, Scalar
from core.resource import Resource

KINDS = ("type", "is", "kind")
ALIASES = {
    "asset": "asset_tag",
    "sn": "serial",
    "model": "device_type",
    "maker": "manufacturer",
    "tag": "tags",
    "at": "site",
    "hall": "location",
    "room": "location",
}
_TERM = re.compile(r'(?:^|(?<=\s))([A-Za-z][A-Za-z_-]*):("[^"]*"|\S+)')
MOST_NAMED = 100
MOST_WORDS = 12  # of a field's choices that are told


@dataclass(frozen=True)
class Term:
    """What a field must hold; `name` in lower case with underscores."""

    name: str
    value: str


def split(text: str) -> tuple[list[Term], str]:
    """The terms of what was typed, and the text that is left."""
    found = []
    for match in _TERM.finditer(text):
        name = match[1].lower().replace("-", "_")
        found.append(Term(ALIASES.get(name, name), match[2].strip('"')))
    return found, " ".join(_TERM.sub(" ", text).split())


def condition(
    resource: Resource, terms: Sequence[Term], user: access.Actor
) -> tuple[Q, list[tuple[str, str]]] | None:
    """Rows of the resource that fulfil every term, and the same as filters of its list.

    None when it has no such field, or is no such kind.
    """
    found, query = Q(), []
    for term in terms:
        if term.name in KINDS:
            if not _is_kind(resource, term.value):
                return None
            continue
        if not resource.has_field(term.name):
            return None
        one = _of_field(resource, resource.field(term.name), term.value, user)
        if one is None:
            return None
        found &= one[0]
        query += [(one[1], value) for value in one[2]]
    return found, query


def in_vain(resources: Sequence[Resource], terms: Sequence[Term], user: access.Actor) -> list[str]:
    """Of terms that found nothing, what is wrong with those that could not find anything."""
    found = []
    for term in terms:
        if term.name in KINDS:
            if not any(_is_kind(resource, term.value) for resource in resources):
                found.append(f"There is no kind of record called “{term.value}”.")
            continue
        fields = [(each, each.field(term.name)) for each in resources if each.has_field(term.name)]
        label = term.name.replace("_", " ")
        if not fields:
            found.append(f"No record has a field “{label}”.")
        elif not any(_of_field(each, field, term.value, user) for each, field in fields):
            words = dict.fromkeys(
                str(label).lower()
                for _, field in fields
                if isinstance(field, Choice)
                for _, label in field.choices
            )
            known = f": it is {', '.join(list(words)[:MOST_WORDS])}" if words else ""
            found.append(f"No {label} is “{term.value}”{known}.")
    return found


def _is_kind(resource: Resource, value: str) -> bool:
    wanted = value.lower().replace("-", " ").replace("_", " ")
    return resource.name.lower() == wanted or resource.plural.lower() == wanted


def _of_field(
    resource: Resource, field: Field, value: str, user: access.Actor
) -> tuple[Q, str, list[str]] | None:
    """The condition on a field, and the list's parameter and values that say the same."""
    if isinstance(field, Choice):
        wanted = value.lower()
        chosen = [
            str(key)
            for key, label in field.choices
            if str(key).lower().startswith(wanted) or label.lower().startswith(wanted)
        ]
        return (Q(**{f"{field.source}__in": chosen}), field.name, chosen) if chosen else None
    if isinstance(field, Ref | Refs):
        ids = _named(field.target, value, user)
        if not ids:
            return None
        matching = Q(**{f"{field.source}__in": ids})
        if isinstance(field, Refs):  # a join would find a row once for each
            matching = Q(pk__in=resource.model._base_manager.filter(matching).values("pk"))
        return matching, f"{field.name}_id", [str(pk) for pk in ids]
    if isinstance(field, Scalar) and isinstance(field.model_field, CharField | TextField):
        return Q(**{f"{field.source}__icontains": value}), f"{field.name}__ic", [value]
    return None


def _named(target: Resource, value: str, user: access.Actor) -> list[int]:
    """Rows of a resource that the user may see: of this name, or else of a name that holds it."""
    columns = [column for column in target.search if column in ("name", "model", "slug")]
    columns = columns or [column for column in target.search if "__" not in column][:1]
    if not columns:
        return []
    visible = access.visible(target.model, user)
    for lookup in ("iexact", "icontains"):
        matching = Q()
        for column in columns:
            matching |= Q(**{f"{column}__{lookup}": value})
        if ids := list(visible.filter(matching).values_list("pk", flat=True)[:MOST_NAMED]):
            return ids
    return []
