"""The definitions in force, kept by each process for as long as their version stays the same.

Reads ask for the version in their own statement (`VERSION`), so a list costs none more. Whatever
else needs the definitions asks once a request or job (`scope`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import BigIntegerField, Model, Q
from django.db.models.expressions import RawSQL

from core.custom_fields.choices import Choices
from core.models.custom_fields import LOCK, CustomField

Kind = CustomField.Type
TEXTS = (Kind.TEXT, Kind.LONGTEXT, Kind.URL)
NUMBERS = (Kind.INTEGER, Kind.DECIMAL)
TIMES = (Kind.DATE, Kind.DATETIME)
SELECTIONS = (Kind.SELECT, Kind.MULTISELECT)
REFERENCES = (Kind.OBJECT, Kind.MULTIOBJECT)
LISTS = (Kind.MULTISELECT, Kind.MULTIOBJECT)
SEARCHED = (*TEXTS, *NUMBERS, Kind.DATE, Kind.SELECT)

_VERSION_SQL = "(SELECT max(id) FROM core_customfieldsversion)"
INDEX_PREFIX = "core_cf_unique_"


def version_expression() -> RawSQL:
    """The version in force, as a column of another statement."""
    return RawSQL(_VERSION_SQL, (), output_field=BigIntegerField())  # noqa: S611


@dataclass(frozen=True, eq=False)
class Definition:
    """One custom field as rows and pages need it."""

    pk: int
    name: str
    type: str
    label: str
    group: str
    help_text: str
    required: bool
    unique: bool
    default: Any
    minimum: Decimal | None
    maximum: Decimal | None
    regex: str
    schema: Any
    related_type: int | None
    related_filter: dict[str, Any] | None
    filter_logic: str
    search_weight: int
    visible: str
    editable: str
    cloneable: bool
    types: tuple[int, ...]
    choice_set: int | None = None
    choices: Choices = field(default_factory=Choices)

    @property
    def index_stem(self) -> str:
        """Beginning of the names of the unique indexes that hold its values apart."""
        return f"{INDEX_PREFIX}{self.pk}_"

    @property
    def searched(self) -> bool:
        """Whether searches look into its values."""
        return self.search_weight > 0 and self.type in SEARCHED


@dataclass(frozen=True, eq=False)
class Definitions:
    """All custom fields of one version, in the order people see them."""

    version: int | None
    every: tuple[Definition, ...] = ()

    @cached_property
    def _by_type(self) -> dict[int, tuple[Definition, ...]]:
        found: dict[int, list[Definition]] = {}
        for each in self.every:
            for content_type in each.types:
                found.setdefault(content_type, []).append(each)
        return {pk: tuple(each) for pk, each in found.items()}

    def of(self, model: type[Model]) -> tuple[Definition, ...]:
        """The custom fields of a model's rows."""
        if not self.every:
            return ()
        kind = ContentType.objects.get_for_model(model, for_concrete_model=False)
        return self._by_type.get(kind.pk, ())

    def by_id(self, pk: int) -> Definition | None:
        """The field with this id."""
        return next((each for each in self.every if each.pk == pk), None)

    def of_index(self, name: str) -> Definition | None:
        """The field whose values a unique index of this name holds apart."""
        if not name.startswith(INDEX_PREFIX):
            return None
        return next((each for each in self.every if name.startswith(each.index_stem)), None)

    def defaults(self, model: type[Model]) -> dict[str, Any]:
        """What a new row holds where nothing is given."""
        return {each.name: each.default for each in self.of(model) if each.default is not None}


# The version of the definitions in force, which nobody can change until the transaction ends. To be
# asked for before the transaction locks rows.
HOLD = "core_custom_fields_hold()"

_kept = Definitions(None)
_scope: ContextVar[dict[str, Definitions] | None] = ContextVar("custom_fields", default=None)


@contextmanager
def scope() -> Iterator[None]:
    """Within it the definitions are asked for once, until they are changed in it.

    One inside another is the same.
    """
    if _scope.get() is not None:
        yield
        return
    token = _scope.set({})
    try:
        yield
    finally:
        _scope.reset(token)


def forget() -> None:
    """Ask again: this request has changed a definition."""
    known = _scope.get()
    if known is not None:
        known.clear()


def current() -> Definitions:
    """The definitions in force; one statement at most where their version is still the same."""
    known = _scope.get()
    if known is not None and "found" in known:
        return known["found"]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_VERSION_SQL}")
        [version] = cursor.fetchone()
    return at(version)


def at(version: int | None) -> Definitions:
    """The definitions of the version that a statement has just read."""
    global _kept
    found = _kept
    if found.version != version:
        found = Definitions(None) if version is None else _load(version)
        _kept = found
    known = _scope.get()
    if known is not None:
        known["found"] = found
    return found


def alone() -> Definitions:
    """The definitions in force, which nobody else can read for a write or change meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    forget()
    return current()


def kept() -> Definitions:
    """What this process knows, without asking the database."""
    return _kept


def _load(version: int) -> Definitions:
    rows = list(
        CustomField.objects.annotate(
            _version=version_expression(),
            _types=ArrayAgg("object_types", filter=Q(object_types__isnull=False), default=[]),
        )
        .order_by("group_name", "weight", "name")
        .values(
            *("pk", "name", "type", "label", "group_name", "description", "required", "unique"),
            *("default", "validation_minimum", "validation_maximum", "validation_regex"),
            *("validation_schema", "related_object_type_id", "related_object_filter"),
            *("filter_logic", "search_weight", "ui_visible", "ui_editable", "is_cloneable"),
            *("choice_set_id", "choice_set__base_choices", "choice_set__extra_choices"),
            *("choice_set__choice_colors", "choice_set__order_alphabetically"),
            *("_version", "_types"),
        )
    )
    if not rows:
        return Definitions(version)
    return Definitions(rows[0]["_version"], tuple(definition(row) for row in rows))


def definition(row: dict[str, Any]) -> Definition:
    """A definition from the columns of a custom field and its choice set."""
    return Definition(
        pk=row["pk"],
        name=row["name"],
        type=row["type"],
        label=row["label"] or _label(row["name"]),
        group=row["group_name"],
        help_text=row["description"],
        required=row["required"],
        unique=row["unique"],
        default=row["default"],
        minimum=row["validation_minimum"],
        maximum=row["validation_maximum"],
        regex=row["validation_regex"],
        schema=row["validation_schema"],
        related_type=row["related_object_type_id"],
        related_filter=row["related_object_filter"],
        filter_logic=row["filter_logic"],
        search_weight=row["search_weight"],
        visible=row["ui_visible"],
        editable=row["ui_editable"],
        cloneable=row["is_cloneable"],
        types=tuple(row["_types"]),
        choice_set=row["choice_set_id"],
        choices=Choices.of(
            row["choice_set__base_choices"],
            row["choice_set__extra_choices"],
            row["choice_set__choice_colors"],
            alphabetical=bool(row["choice_set__order_alphabetically"]),
        ),
    )


def _label(name: str) -> str:
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]
