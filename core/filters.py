"""Filters: every lookup a client may send, validated, and none of them quietly ignored."""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, make_aware

from core import access, patterns, registry
from core.named_values import NULL as NULL
from core.named_values import ReferenceParser, asked_together
from core.named_values import current_reader as current_reader
from core.named_values import parse_text as parse_text
from core.named_values import reading_as as reading_as

TEXT_LOOKUPS = {
    "ic": "icontains",
    "isw": "istartswith",
    "iew": "iendswith",
    "ie": "iexact",
    "regex": "regex",
    "iregex": "iregex",
}
NEGATED_TEXT = {"nic": "icontains", "nisw": "istartswith", "niew": "iendswith", "nie": "iexact"}
NUMBER_LOOKUPS = ("lt", "lte", "gt", "gte")
TRUE, FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off"}

Parse = Callable[[str], Any]
Filters = dict[str, "ParameterFilter"]


def parse_number(value: str) -> float | int:
    """An integer or decimal number."""
    try:
        number = int(value) if re.fullmatch(r"[+-]?\d{1,18}", value.strip()) else float(value)
    except ValueError:
        raise ValidationError("Enter a number.") from None
    if number != number or abs(number) > 9.2e18:
        raise ValidationError("Enter a number.")
    return number


def parse_boolean(value: str) -> bool:
    """true or false, also 1/0, yes/no, on/off."""
    lowered = value.strip().lower()
    if lowered in TRUE | FALSE:
        return lowered in TRUE
    raise ValidationError("Select true or false.")


def parse_time(value: str) -> Any:
    """An ISO 8601 date-time or date; without a zone it is UTC."""
    try:
        moment = parse_datetime(value.strip().replace(" ", "+", 1)) or parse_datetime(value.strip())
        if moment is None and (day := parse_date(value.strip())):
            moment = parse_datetime(f"{day.isoformat()}T00:00:00Z")
    except ValueError:
        moment = None
    if moment is None:
        raise ValidationError("Enter a valid date and time.")
    return make_aware(moment) if is_naive(moment) else moment


def parse_uuid(value: str) -> uuid.UUID:
    """A UUID."""
    try:
        return uuid.UUID(value)
    except ValueError:
        raise ValidationError("Enter a valid UUID.") from None


def parse_regex(value: str) -> str:
    """A regular expression that PostgreSQL can be trusted with.

    The process's own parser stands in for PostgreSQL's; what only PostgreSQL refuses is reported by
    the error handler.
    """
    parse_text(value)
    try:
        patterns.compiled(value)
    except patterns.PatternFault as fault:
        raise ValidationError(str(fault)) from None
    return value


class ValuesField(forms.Field):
    """A form field that takes every value given for one parameter."""

    def __init__(self, *, parse: Parse, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)
        self.parse = parse
        self.widget = forms.MultipleHiddenInput()

    def clean(self, value: Any) -> list[Any]:
        """Parsed values without the empty ones; raises ValidationError at the first bad one."""
        given = value if isinstance(value, list | tuple) else [value]
        return [self.parse(str(item)) for item in given if item not in (None, "")]


class ParameterFilter(django_filters.Filter):  # type: ignore[misc]
    """One query parameter. Any of several values matches; a negated one excludes all of them.

    `condition(value)` gives the Q of one value. `path` is the way from the filtered rows to the
    column; rows that lead through what the reader may not see do not match. `needs` are annotations
    by name, or functions that make them for the reader.
    """

    field_class = ValuesField

    def __init__(
        self,
        condition: Callable[[Any], Q],
        parse: Parse = parse_text,
        *,
        negate: bool = False,
        every: bool = False,
        schema: dict[str, Any] | None = None,
        choices: Iterable[tuple[Any, Any]] | None = None,
        needs: dict[str, Any] | None = None,
        source: Any = None,
        label: str = "",
        path: str = "",
    ) -> None:
        super().__init__(field_name="pk", parse=parse)
        self.condition = condition
        self.negate = negate
        self.every = every
        self.schema = schema or {"type": "string"}
        self.value_choices = list(choices) if choices else None
        self.needs = needs or {}
        self.source = source
        self.caption = label
        self.path = path if "__" in path else ""

    def __deepcopy__(self, memo: Any) -> ParameterFilter:
        # Each filter set copies its filters; with what their conditions refer to, that costs more
        # than the rest of a request.
        return copy.copy(self)

    def matches(self, model: type[Model], value: Any) -> Q:
        """The condition of one value, where the reader may see what the path leads through."""
        found = self.condition(value)
        if self.path and value != NULL:
            found &= access.along(model, self.path, current_reader.get())
        return found

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Narrow `qs` to the rows that match `value`, the list of parsed values."""
        if not value:
            return qs
        if self.needs:
            qs = qs.alias(
                **{k: made() if callable(made) else made for k, made in self.needs.items()}
            )
        if self.every:
            for item in value:
                found = self.matches(qs.model, item)
                qs = qs.exclude(found) if self.negate else qs.filter(found)
            return qs
        matches = Q()
        for item in value:
            matches |= self.matches(qs.model, item)
        return qs.exclude(matches) if self.negate else qs.filter(matches)


def text_filters(
    name: str, source: str, *, case: bool = True, empty: bool = True, **options: Any
) -> Filters:
    """`name` and all its text lookups on column `source`."""
    exact = "exact" if case else "iexact"
    options["path"] = source
    pairs: list[tuple[str, ParameterFilter]] = [
        (name, ParameterFilter(_lookup(source, exact), source=source, **options)),
        (
            f"{name}__n",
            ParameterFilter(_lookup(source, exact), negate=True, source=source, path=source),
        ),
    ]
    for suffix, lookup in TEXT_LOOKUPS.items():
        parse = parse_regex if "regex" in suffix else parse_text
        pairs.append(
            (f"{name}__{suffix}", ParameterFilter(_lookup(source, lookup), parse, path=source))
        )
    for suffix, lookup in NEGATED_TEXT.items():
        made = ParameterFilter(_lookup(source, lookup), negate=True, path=source)
        pairs.append((f"{name}__{suffix}", made))
    if empty:
        pairs.append((f"{name}__empty", empty_filter(source, text=True)))
    return dict(pairs)


def number_filters(
    name: str,
    source: str,
    parse: Parse = parse_number,
    *,
    lookups: Iterable[str] = ("n", *NUMBER_LOOKUPS, "empty"),
    schema: dict[str, Any] | None = None,
    needs: dict[str, Any] | None = None,
) -> Filters:
    """`name` and its comparisons on column or annotation `source`."""
    schema = schema or {"type": "number"}
    options: dict[str, Any] = {"schema": schema, "needs": needs, "source": source, "path": source}
    found: Filters = {name: ParameterFilter(_lookup(source, "exact"), parse, **options)}
    for lookup in lookups:
        if lookup == "n":
            found[f"{name}__n"] = ParameterFilter(
                _lookup(source, "exact"), parse, negate=True, **options
            )
        elif lookup == "empty":
            found[f"{name}__empty"] = empty_filter(source, needs=needs)
        else:
            found[f"{name}__{lookup}"] = ParameterFilter(_lookup(source, lookup), parse, **options)
    return found


def time_filters(
    name: str,
    source: str,
    lookups: Iterable[str] | None = None,
    *,
    needs: dict[str, Any] | None = None,
) -> Filters:
    """`name` and its comparisons on a date-time column or annotation."""
    schema = {"type": "string", "format": "date-time"}
    names = ("n", *NUMBER_LOOKUPS, "empty") if lookups is None else lookups
    return number_filters(name, source, parse_time, lookups=names, schema=schema, needs=needs)


def boolean_filter(
    condition: Callable[[bool], Q],
    needs: dict[str, Any] | None = None,
    source: Any = None,
    path: str = "",
) -> ParameterFilter:
    """A yes-or-no parameter."""
    schema = {"type": "boolean"}
    return ParameterFilter(
        condition, parse_boolean, schema=schema, needs=needs, source=source, path=path
    )


def empty_filter(
    source: str, *, text: bool = False, needs: dict[str, Any] | None = None
) -> ParameterFilter:
    """Whether a column has no value."""

    def condition(empty: bool) -> Q:
        blank = Q(**{f"{source}__isnull": True})
        if text:
            blank |= Q(**{source: ""})
        return blank if empty else ~blank

    return boolean_filter(condition, needs, path=source)


def choice_filters(
    name: str, source: str, choices: Iterable[tuple[Any, Any]], *, lookups: bool = True
) -> Filters:
    """`name` and its text lookups on a column of choices; a value outside of them is refused."""
    known = {str(value): value for value, _label in choices}
    integers = bool(known) and all(isinstance(value, int) for value in known.values())

    def parse(value: str) -> Any:
        if value == NULL:
            return NULL
        if value not in known:
            raise ValidationError(
                f"Select a valid choice. {value} is not one of the available choices."
            )
        return known[value]

    def condition(value: Any) -> Q:
        return Q(**{f"{source}__isnull": True}) if value == NULL else Q(**{source: value})

    schema: dict[str, Any] = {"type": "integer" if integers else "string"}
    options: dict[str, Any] = {"schema": schema, "choices": choices, "source": source}
    options["path"] = source
    found = text_filters(name, source, empty=not integers) if lookups else {}
    found[name] = ParameterFilter(condition, parse, **options)
    found[f"{name}__n"] = ParameterFilter(condition, parse, negate=True, **options)
    return found


def reference_filters(
    name: str,
    source: str,
    model: type[Model],
    *,
    key: str = "slug",
    by_id: str | None = None,
    tree: bool = False,
    negated: bool = True,
    by_key: bool = True,
) -> Filters:
    """`<name>_id` by id and `<name>` by `key` on relation `source`; branches for trees.

    `source` is the path from the filtered model to the reference, such as `rack__site`; an empty
    one is the filtered row itself. A path through a to-many relation is put in a subquery, so no
    row comes twice.
    """
    found: Filters = {}
    id_name = by_id or f"{name}_id"
    plans = [(id_name, "pk", {"type": "integer"})]
    if by_key:
        plans.append((name, key, {"type": "string"}))
    for parameter, attribute, schema in plans:
        parse = reference_parser(model, attribute)
        condition = reference_condition(source, model, tree=tree)
        options: dict[str, Any] = {"schema": schema, "source": ReferenceSource(model, attribute)}
        options["path"] = source
        found[parameter] = ParameterFilter(condition, parse, **options)
        if negated:
            found[f"{parameter}__n"] = ParameterFilter(condition, parse, negate=True, **options)
    return found


class ReferenceSource:
    """What a reference filter's values are: rows of `model` known by `attribute`."""

    def __init__(self, model: type[Model], attribute: str) -> None:
        self.model = model
        self.attribute = attribute


def reference_parser(model: type[Model], attribute: str) -> Parse:
    """A parser from a parameter's value to the ids of the rows it names."""
    return ReferenceParser(model, attribute)


def reference_condition(
    source: str, model: type[Model], *, tree: bool = False
) -> Callable[[Any], Q]:
    """The Q of rows whose `source` is among the ids given, or below them in a tree."""

    def condition(ids: Any) -> Q:
        if ids == NULL:
            return Q(**{f"{source}__isnull": True})
        if tree:
            branch = model._default_manager.filter(path__overlap=ids).order_by()
            return Q(**{f"{source or 'pk'}__in": branch.values("pk")})
        return Q(**{f"{source or 'pk'}__in": ids})

    return condition


def related_filter(queryset: Callable[[], QuerySet[Any]], outer: str, make: Filters) -> Filters:
    """Put filters of a to-many relation into an EXISTS on `queryset`, joined by `outer`.

    Rows that the reader may not see do not count.
    """
    found: Filters = {}
    for name, inner in make.items():
        wrapped = copy.copy(inner)

        def exists(value: Any, inner: ParameterFilter = inner) -> Q:
            rows = seen(queryset())
            matches = inner.matches(rows.model, value)
            return Q(Exists(rows.filter(matches, **{outer: OuterRef("pk")})))

        wrapped.condition, wrapped.path = exists, ""
        found[name] = wrapped
    return found


def seen(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of the rows that the reader may see; all of a table that is no resource."""
    if not registry.has_model(rows.model):
        return rows
    return access.restrict(rows, current_reader.get())


def absent_filters(name: str, *, negated: bool = True, by_id: bool = True) -> Filters:
    """Filters by a reference that Headroom does not have: no row has one."""

    def parse(value: str) -> str:
        if value != NULL:
            raise ValidationError(
                f"Select a valid choice. {value} is not one of the available choices."
            )
        return value

    def condition(_value: str) -> Q:
        return Q(pk__isnull=False)

    names = [name, f"{name}_id"] if by_id else [name]
    found: Filters = {}
    for parameter in names:
        found[parameter] = ParameterFilter(condition, parse)
        if negated:
            found[f"{parameter}__n"] = ParameterFilter(condition, parse, negate=True)
    return found


def _lookup(source: str, lookup: str) -> Callable[[Any], Q]:
    def condition(value: Any) -> Q:
        return Q(**{f"{source}__{lookup}": value})

    return condition


class ResourceFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """The filters of one resource; only those the request names are instantiated."""

    base_filters: dict[str, Any]
    further: Callable[[Iterable[str]], Filters] = staticmethod(lambda names: {})

    def __init__(self, data: Any = None, queryset: Any = None, **kwargs: Any) -> None:
        every, names = self.base_filters, list(data or {})
        known = {**every, **further} if (further := self.further(names)) else every
        self.base_filters = {name: known[name] for name in names if name in known}
        super().__init__(data, queryset, **kwargs)
        self.base_filters = every


def apply(
    filterset: type[ResourceFilterSet], queryset: QuerySet[Any], data: Any, user: Any
) -> QuerySet[Any]:
    """`queryset` narrowed by the parameters in `data` (a QueryDict).

    Raises ValidationError with a message per parameter for values that cannot be.
    """
    from core.saved_filters import expand  # it is a resource's model, which has filters

    with reading_as(user):
        expanded = expand(queryset.model, data, user)
        found = filterset(expanded, queryset=queryset)
        if not found.filters:
            return queryset  # a form, which is a class of its own, is dear
        with asked_together(found.filters, expanded):
            valid = found.is_valid()
        if not valid:
            raise ValidationError({name: list(errors) for name, errors in found.errors.items()})
        rows: QuerySet[Any] = found.qs
        return rows
