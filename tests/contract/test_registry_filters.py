"""Every filter of every resource: taken, refused where wrong, and right about its own values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from django.db import models as db
from django.http import QueryDict
from rest_framework.test import APIClient

from core import filters, registry
from core.fields import Choice, Ref, Scalar
from core.models import User
from core.resource import Resource
from core.special_fields import Tags
from tests.contract.conftest import Kept, of
from tests.contract.payloads import Body

pytestmark = pytest.mark.django_db

RESOURCES = registry.resources()
NUMERIC = ("", "n", "lt", "lte", "gt", "gte")
BAD = {"integer": "x1", "number": "x1", "boolean": "maybe"}
EXTREMES = ("99999999999999999999", "-1", "nan", "a\x00b")


def groups(names: list[str], size: int = 20) -> Iterator[list[str]]:
    """The names, some at a time."""
    for start in range(0, len(names), size):
        yield names[start : start + size]


def plausible(item: filters.ParameterFilter) -> str:
    """A value the parameter takes."""
    if item.value_choices:
        return str(next(value for value, _ in item.value_choices if value != ""))
    if isinstance(item.source, filters.ReferenceSource):
        source = item.source
        row = source.model._default_manager.values_list(source.attribute, flat=True).first()
        return "null" if row in (None, "") else str(row)
    if isinstance(item.extra["parse"], filters.ReferenceParser):
        return "null"
    if item.extra["parse"] is filters.parse_uuid:
        return "00000000-0000-0000-0000-000000000000"
    kind, form = item.schema.get("type"), item.schema.get("format")
    if form == "date-time":
        return "2024-02-03T04:05:06Z"
    return {"integer": "1", "number": "1.5", "boolean": "true"}.get(kind or "", "null")


def bad_value(item: filters.ParameterFilter) -> str | None:
    """A value the parameter refuses; None where any text will do."""
    if item.value_choices or isinstance(item.source, filters.ReferenceSource):
        return "no-such-thing"
    if item.extra["parse"] is filters.parse_regex:
        return "("
    if item.schema.get("format") == "date-time":
        return "yesterday"
    return BAD.get(item.schema.get("type", ""))


@of(RESOURCES)
def test_every_filter_takes_a_value(kept: Kept, resource: Resource) -> None:
    for group in groups(list(resource.all_filters)):
        query = {name: plausible(resource.all_filters[name]) for name in group}
        answer = kept.client.get(resource.list_url(), {**query, "fields": "id"})
        assert answer.status_code == 200, (query, answer.json())


@of(RESOURCES)
def test_every_filter_refuses_a_bad_value(kept: Kept, resource: Resource) -> None:
    bad = {
        name: value
        for name, item in resource.all_filters.items()
        if (value := bad_value(item)) is not None
    }
    answer = kept.client.get(resource.list_url(), bad)
    assert answer.status_code == 400
    assert set(answer.json()) == set(bad)
    assert all(isinstance(messages, list) for messages in answer.json().values())


def kind_of(resource: Resource, name: str) -> tuple[Any, ...]:
    """What a parameter does with a value: filters of one kind differ in their column only."""
    item = resource.all_filters[name]
    field, _, lookup = name.partition("__")
    column = resource.field(field).model_field if resource.has_field(field) else None
    return (
        lookup,
        type(column),
        field in resource.case_insensitive,
        getattr(item.extra["parse"], "__qualname__", type(item.extra["parse"])),
        getattr(item.condition, "__qualname__", type(item.condition)),
        bool(item.path),
        getattr(item.source, "attribute", type(item.source)),
        bool(item.value_choices),
        None if column is not None else name,
    )


@cache
def first_of_their_kind() -> dict[str, set[str]]:
    """By resource, the parameters of a kind that no resource before has."""
    found: dict[str, set[str]] = {}
    seen = set()
    for resource in RESOURCES:
        names = found[resource.path] = set()
        for name in resource.all_filters:
            kind = kind_of(resource, name)
            if kind not in seen:
                names.add(name)
            seen.add(kind)
    return found


@of(RESOURCES)
def test_no_value_of_a_filter_breaks_the_server(kept: Kept, resource: Resource) -> None:
    for odd in EXTREMES:
        try_everywhere(kept.client, resource, odd)


def try_everywhere(client: APIClient, resource: Resource, odd: str) -> None:
    """All parameters at once tell which refuse the value; new kinds of others ask the database."""
    address = resource.list_url()
    answer = client.get(address, dict.fromkeys(resource.all_filters, odd))
    assert answer.status_code in (200, 400)
    refused = set(answer.json()) if answer.status_code == 400 else set()
    assert refused <= set(resource.all_filters)
    for group in groups(sorted(first_of_their_kind()[resource.path] - refused)):
        answer = client.get(address, {**dict.fromkeys(group, odd), "fields": "id"})
        assert answer.status_code in (200, 400), (group, odd, answer.json())


# What the parameters of a field must find, told from the rows as they are shown.


def expected(resource: Resource, parameter: str, row: Body, value: Any) -> bool | None:
    """Whether `row` matches `parameter=value`; None for parameters this knows nothing of."""
    name, _, lookup = parameter.partition("__")
    shown = row[name]
    if isinstance(shown, dict) and "value" in shown:
        shown = shown["value"]
    fold = name in resource.case_insensitive
    test = TESTS.get(lookup)
    return None if test is None else test(shown, value, fold)


def _text(test: Callable[[str, str], bool]) -> Callable[[Any, Any, bool], bool]:
    def wrapped(shown: Any, value: Any, fold: bool) -> bool:
        return shown is not None and test(str(shown).lower(), str(value).lower())

    return wrapped


def _not(test: Callable[[Any, Any, bool], bool]) -> Callable[[Any, Any, bool], bool]:
    return lambda shown, value, fold: not test(shown, value, fold)


def _same(shown: Any, value: Any, fold: bool) -> bool:
    if fold and isinstance(shown, str):
        return shown.lower() == str(value).lower()
    return bool(shown == value)


def _empty(shown: Any, value: Any, fold: bool) -> bool:
    return (shown in (None, "")) == value


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any, bool], bool]:
    return lambda shown, value, fold: shown is not None and test(shown, value)


_contains = _text(lambda shown, value: value in shown)
_starts = _text(lambda shown, value: shown.startswith(value))
_ends = _text(lambda shown, value: shown.endswith(value))
_equals = _text(lambda shown, value: shown == value)
TESTS: dict[str, Callable[[Any, Any, bool], bool]] = {
    "": _same,
    "n": _not(_same),
    "ic": _contains,
    "nic": _not(_contains),
    "isw": _starts,
    "nisw": _not(_starts),
    "iew": _ends,
    "niew": _not(_ends),
    "ie": _equals,
    "nie": _not(_equals),
    "empty": _empty,
    "regex": lambda shown, value, fold: shown is not None and bool(re.search(value, str(shown))),
    "iregex": lambda shown, value, fold: (
        shown is not None and bool(re.search(value, str(shown), re.IGNORECASE))
    ),
    "lt": _compare(lambda shown, value: shown < value),
    "lte": _compare(lambda shown, value: shown <= value),
    "gt": _compare(lambda shown, value: shown > value),
    "gte": _compare(lambda shown, value: shown >= value),
}


def values_for(lookup: str, shown: Any) -> list[Any]:
    """Values to ask for: what the row has, a part of it in another case, and a neighbour."""
    if isinstance(shown, dict):
        shown = shown["value"]
    if lookup == "empty":
        return [True, False]
    if isinstance(shown, bool):
        return [shown, not shown]
    if "regex" in lookup and shown not in (None, ""):
        return [f"^{re.escape(str(shown)[:2])}", re.escape(str(shown).swapcase())]
    if isinstance(shown, int | float) and lookup in NUMERIC:
        return [shown, shown + 1, shown - 1]
    if not isinstance(shown, str) or shown == "":
        return []
    if lookup in ("ic", "nic"):
        return [shown[1:-1].upper() or shown]
    if lookup in ("isw", "nisw"):
        return [shown[: len(shown) // 2 + 1].upper()]
    if lookup in ("iew", "niew"):
        return [shown[len(shown) // 2 :].upper()]
    if lookup in ("ie", "nie"):
        return [shown.upper()]
    return [shown]


def wire(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def matching(resource: Resource, admin: User, query: Body) -> set[int]:
    """Ids of the rows that match, without the cost of a response."""
    data = QueryDict(mutable=True)
    for name, value in query.items():
        data.setlist(name, [wire(item) for item in (value if isinstance(value, list) else [value])])
    rows = resource.model._default_manager.order_by()
    found = filters.apply(resource.filterset, rows, data, admin)
    return set(found.values_list("pk", flat=True))


@of(RESOURCES)
def test_filters_of_a_field_find_the_rows_that_have_the_value(
    kept: Kept, resource: Resource
) -> None:
    rows = kept.rows
    for parameter, item in resource.all_filters.items():
        name, _, lookup = parameter.partition("__")
        if not resource.has_field(name) or name not in rows[0]:
            continue
        if lookup and parameter not in first_of_their_kind()[resource.path]:
            continue  # the parameter without a lookup tells that the column is right
        field = resource.field(name)
        column = field.model_field
        plain = type(field) is Scalar or isinstance(field, Choice) or name == "id"
        if not plain or isinstance(column, db.JSONField | db.DateTimeField):
            continue
        allowed = {str(value) for value, _ in item.value_choices or ()}
        values = {str(v): v for row in rows[:2] for v in values_for(lookup, row[name])}
        for text, value in values.items():
            if allowed and text not in allowed:
                continue
            wanted = {row["id"] for row in rows if expected(resource, parameter, row, value)}
            found = matching(resource, kept.admin, {parameter: value})
            assert found == wanted, (parameter, value)


@of([r for r in RESOURCES if "post" in r.methods])
def test_times_are_compared(kept: Kept, resource: Resource) -> None:
    rows = kept.rows
    every = {row["id"] for row in rows}
    for name in ("created", "last_updated"):
        if f"{name}__lt" not in resource.all_filters:
            continue
        earliest = min(row[name] for row in rows)
        plans = {
            f"{name}__gte": (earliest, every),
            f"{name}__lt": (earliest, set()),
            f"{name}__lte": ("2000-01-01", set()),
            f"{name}__gt": ("2000-01-01T00:00:00+02:00", every),
            f"{name}__empty": ("false", every),
        }
        for parameter, (value, wanted) in plans.items():
            assert matching(resource, kept.admin, {parameter: value}) == wanted, parameter


@of(RESOURCES)
def test_references_find_the_rows_that_have_them(kept: Kept, resource: Resource) -> None:
    rows = kept.rows
    every = {row["id"] for row in rows}
    known = resource.all_filters
    for field in resource.all_fields:
        if type(field) is not Ref or f"{field.name}_id" not in known:
            continue
        # Filters of a tree find what lies below too, so only rows without one are told apart.
        for row in rows:
            there = row[field.name]
            if there is None or (field.target.is_tree and field.target is resource):
                continue
            target = field.model_field.related_model
            having = {r["id"] for r in rows if r[field.name] and r[field.name]["id"] == there["id"]}
            values = {f"{field.name}_id": there["id"]}
            item = known.get(field.name)
            if item is not None and isinstance(item.source, filters.ReferenceSource):
                attribute = item.source.attribute
                values[field.name] = target._default_manager.values_list(attribute, flat=True).get(
                    pk=there["id"]
                )
            for parameter, value in values.items():
                if item is not None and item.source.model is not target:
                    continue
                assert matching(resource, kept.admin, {parameter: value}) == having, parameter
                if f"{parameter}__n" in known:
                    others = matching(resource, kept.admin, {f"{parameter}__n": value})
                    assert others == every - having
        unset = {row["id"] for row in rows if row[field.name] is None}
        if field.model_field.null:
            assert matching(resource, kept.admin, {f"{field.name}_id": "null"}) == unset, field.name


@of([r for r in RESOURCES if r.has_field("tags") and isinstance(r.field("tags"), Tags)])
def test_several_tags_mean_all_of_them(kept: Kept, resource: Resource) -> None:
    rows = kept.rows
    row = next(row for row in rows if row["tags"])
    other = {"name": "Other", "slug": "other"}
    assert kept.client.post("/api/extras/tags/", other, format="json").status_code == 201
    given = row["tags"][0]["slug"]
    every = {row["id"] for row in rows}
    plans: list[tuple[Body, set[int]]] = [
        ({"tag": given}, {row["id"]}),
        ({"tag": [given, "other"]}, set()),
        ({"tag__any": [given, "other"]}, {row["id"]}),
        ({"tag_id": row["tags"][0]["id"]}, {row["id"]}),
        ({"tag__n": given}, every - {row["id"]}),
        ({"tag": "null"}, every - {row["id"]}),
    ]
    for query, wanted in plans:
        if set(query) <= set(resource.all_filters):
            assert matching(resource, kept.admin, query) == wanted, query
    kept.client.patch(row["url"], {"add_tags": [{"slug": "other"}]}, format="json")
    assert matching(resource, kept.admin, {"tag": [given, "other"]}) == {row["id"]}
