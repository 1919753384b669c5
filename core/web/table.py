"""A list as a page shows it: filtered, ordered, a page of it, in chosen columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import filters
from core.access import Actor
from core.fields import Absent, Field, Identity, Scalar
from core.models import CustomField, TreeRecord
from core.preferences import SIZES, current
from core.resource import Resource
from core.special_fields import CustomFields
from core.web import cells, unknown
from core.web.columns import PageColumn, RowAction, declared, page_columns, row_actions
from core.web.page import actor, reading, root
from core.web.readers import page_reader

RESERVED = ("sort", "page", "size", "columns", "format", "live", "view", "template")
SESSION_COLUMNS, SESSION_SIZE = "columns", "page_size"


@dataclass(frozen=True)
class Column:
    """A header: its label, how it is ordered now, and where a click leads."""

    name: str
    label: str
    number: bool
    direction: str
    url: str | None


@dataclass(frozen=True)
class Row:
    """A line: the row's id, name, address, and cells in the order of the columns."""

    pk: int
    display: str
    url: str
    cells: list[tuple[SafeString, bool]]
    actions: list[RowAction] = field(default_factory=list)


@dataclass
class Table:
    """What the list template shows."""

    columns: list[Column]
    rows: list[Row]
    total: int
    number: int
    pages: int
    size: int
    urls: dict[str, str]
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def first(self) -> int:
        """Position of the first row shown, counted from 1."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Position of the last row shown."""
        return self.first + len(self.rows) - 1 if self.rows else 0


# columns


def choosable(resource: Resource) -> list[Field]:
    """The fields a list may show."""
    hidden = {"url", "display_url", "custom_fields", *resource.write_only}
    return [
        field
        for field in resource.all_fields
        if field.name not in hidden and not isinstance(field, Absent | CustomFields)
    ] + [
        column
        for column in resource.custom_columns.values()
        if column.definition.visible != CustomField.Visible.HIDDEN
    ]


def column_labels(resource: Resource) -> dict[str, str]:
    """Name and label of every column a list may show."""
    return {each.name: cells.label(each) for each in choosable(resource)} | {
        name: column.label for name, column in page_columns(resource).items()
    }


def chosen_columns(
    request: HttpRequest, resource: Resource, within: Collection[str] = ()
) -> list[str]:
    """Names of the columns to show: of the request, else of the session, else declared.

    What all rows share, by the parameters of `within`, is left out.
    """
    fixed = {name.removesuffix("_id") for name in within}
    known = column_labels(resource)
    session = request.session.get(SESSION_COLUMNS, {}).get(resource.path, ())
    for names in (request.GET.get("columns", "").split(","), session, declared(resource)):
        found = [name for name in dict.fromkeys(names) if name in known and name not in fixed]
        if found:
            return found
    return ["display"]


def link_column(resource: Resource, names: Sequence[str]) -> str:
    """The column that links to the row's page: the first of plain text, else `display`."""
    for name in filter(resource.has_field, names):
        column = resource.field(name)
        if isinstance(column, Identity) and column.name == "display":
            return name
        if isinstance(column, Scalar) and column.schema().get("type") == "string":
            kind = column.schema().get("format")
            if kind is None and not cells.is_color(column) and name not in NOT_NAMES:
                return name
    return "display"


NOT_NAMES = ("description", "comments", "label")


# rows


def parameters(request: HttpRequest) -> QueryDict:
    """The query without what is no filter and without empty values."""
    found = request.GET.copy()
    for name in list(found):
        values = [value for value in found.getlist(name) if value]
        if name in RESERVED or not values:
            del found[name]
        else:
            found.setlist(name, values)
    return found


def ordered(queryset: QuerySet[Any], resource: Resource, sort: str, user: Actor) -> QuerySet[Any]:
    """`queryset` in the order of a field's name with optional minus; empty values last."""
    name = sort.lstrip("-")
    if not name and issubclass(resource.model, TreeRecord):
        # Branch by branch, so that the indents tell the truth.
        return queryset.order_by(*resource.order_by(resource.crumbs, user), "sort_path", "pk")
    if not name or not (resource.has_field(name) or name in resource.derived):
        return queryset
    down = sort.startswith("-")
    if columns := resource.order_by([sort], user):
        keys = [
            column
            if not isinstance(column, str)
            else F(column.lstrip("-")).desc(nulls_last=True)
            if column.startswith("-") and _nullable(resource, column.lstrip("-"))
            else column
            for column in columns
        ]
        return queryset.order_by(*keys, "pk")
    annotation = resource.field(name).annotation(user)
    if annotation is None:
        return queryset
    counted: QuerySet[Any] = queryset.alias(_sort=annotation)
    return counted.order_by("-_sort" if down else "_sort", "pk")


def _nullable(resource: Resource, column: str) -> bool:
    model: Any = resource.model
    for part in column.split("__"):
        found = model._meta.pk if part == "pk" else model._meta.get_field(part)
        if getattr(found, "null", True):
            return True
        model = found.related_model
    return False


def sortable(field: Field) -> bool:
    """Whether a list can be ordered by the field."""
    return bool(field.order_by()) or field.annotation(None) is not None


def filtered(
    request: HttpRequest, resource: Resource, within: Mapping[str, str] | None = None
) -> QuerySet[Any]:
    """The rows the request asks for, in its order, of those that match `within` too.

    Raises ValidationError with messages by parameter for values that cannot be.
    """
    user, given = actor(request), parameters(request)
    for name, value in (within or {}).items():
        given[name] = value
    rows: QuerySet[Any] = filters.apply(resource.filterset, resource.queryset(user), given, user)
    return ordered(rows, resource, request.GET.get("sort", ""), user)


def page_size(request: HttpRequest) -> int:
    """Rows a page: of the request, which is kept in the session, else as the person prefers."""
    wanted = request.GET.get("size", "")
    if wanted.isdecimal() and int(wanted) in SIZES:
        if request.session.get(SESSION_SIZE) != int(wanted):
            request.session[SESSION_SIZE] = int(wanted)
        return int(wanted)
    kept = request.session.get(SESSION_SIZE)
    return kept if kept in SIZES else current.get().rows


def with_query(request: HttpRequest, **changes: Any) -> str:
    """This page's address with changed parameters; None takes one away."""
    query = request.GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _header(
    request: HttpRequest, resource: Resource, field: Field | PageColumn, sort: str
) -> Column:
    ascending, descending = sort == field.name, sort == f"-{field.name}"
    direction = "ascending" if ascending else "descending" if descending else ""
    target = f"-{field.name}" if ascending else field.name
    url = with_query(request, sort=target, page=None)
    if isinstance(field, PageColumn):
        known = field.name in resource.derived
        return Column(
            field.name,
            field.label,
            field.number,
            direction if known else "",
            url if known else None,
        )
    label, number = cells.label(field), cells.is_number(field)
    return Column(field.name, label, number, direction, url if sortable(field) else None)


def build(
    request: HttpRequest, resource: Resource, within: Mapping[str, str] | None = None
) -> Table:
    """The table of a request. A fixed number of statements, whatever its length.

    `within` holds filters that cannot be taken away; what they are by is no column.
    """
    size = page_size(request)
    errors: list[str] = []
    try:
        queryset = filtered(request, resource, within)
    except ValidationError as error:
        queryset = resource.model._default_manager.none()
        for name, messages in error.message_dict.items():
            errors.extend(f"{label_of(resource, name)}: {message}" for message in messages)
    asked = request.GET.get("page", "1")
    number = max(int(asked), 1) if asked.isdecimal() and len(asked) < 9 else 1
    names = chosen_columns(request, resource, within or ())
    linked = link_column(resource, names)
    if linked not in names:
        names = [linked, *names]
    place = (number - 1) * size, size
    rows, total = read_page(request, resource, queryset, place, names, linked)
    pages = max(1, -(-total // size))
    if number > pages:
        number = pages
        place = (number - 1) * size, size
        rows, total = read_page(request, resource, queryset, place, names, linked)
    sort = request.GET.get("sort", "")
    urls = {
        "first": with_query(request, page=None),
        "previous": with_query(request, page=number - 1),
        "next": with_query(request, page=number + 1),
        "last": with_query(request, page=pages),
    }
    extra = page_columns(resource)
    columns = [
        _header(request, resource, extra[name] if name in extra else resource.field(name), sort)
        for name in names
    ]
    notes = unknown.notes(request, resource, column_labels(resource), number, RESERVED)
    return Table(columns, rows, total, number, pages, size, urls, errors, notes)


def label_of(resource: Resource, parameter: str) -> str:
    """What people call the field behind a query parameter."""
    base = parameter.split("__")[0]
    for name in (base, base.removesuffix("_id")):
        if resource.has_field(name):
            return resource.field(name).label
    if base in resource.derived:
        return resource.derived[base].label
    text = base.removesuffix("_id").replace("_", " ")
    return text[:1].upper() + text[1:] if base != "q" else "Search"


def read_page(
    request: HttpRequest,
    resource: Resource,
    queryset: QuerySet[Any],
    place: tuple[int, int],
    names: Sequence[str],
    linked: str,
) -> tuple[list[Row], int]:
    """Some rows with rendered cells, and how many there are; `place` is offset and limit."""
    in_order = not request.GET.get("sort") and resource.has_field("_depth")
    extra = {name: made for name, made in page_columns(resource).items() if name in names}
    fields = [name for name in names if name not in extra]
    units = [unit for name in fields if (unit := cells.unit_of(resource, name))]
    wanted = ["id", "display", *(["_depth"] if in_order else []), *fields, *units]
    reader = page_reader(resource, tuple(dict.fromkeys(wanted)))
    shown = {name: cells.renderer(resource.field(name)) for name in fields}
    numbers = [
        extra[name].number if name in extra else cells.is_number(resource.field(name))
        for name in names
    ]
    rows, total = reader.page(queryset, *place, reading(request))
    ids = [values["id"] for values in rows]
    loaded = {name: column.load(request, ids) for name, column in extra.items() if ids}
    actions = row_actions(request, resource, ids)
    found, prefix = [], root()
    for values in rows:
        pk = values["id"]
        url = resource.display_url(pk, prefix)
        line = []
        for name, number in zip(names, numbers, strict=True):
            if name in extra:
                line.append((loaded[name].get(pk, cells.EMPTY), number))
                continue
            html = shown[name](values[name], values)
            if name == linked:
                depth = min(values.get("_depth") or 0, 6)
                html = format_html(
                    '<a class="row-link{}" href="{}">{}</a>',
                    f" depth-{depth}" if depth else "",
                    url,
                    html or values["display"],
                )
            line.append((html, number))
        found.append(Row(pk, str(values["display"]), url, line, actions.get(pk, [])))
    return found, total
