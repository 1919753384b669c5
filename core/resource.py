"""One declaration per resource: a model plus what the world may see of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.contenttypes.fields import GenericRelation
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Model, QuerySet

from core import access, deletion, filters, search_index
from core.access import Actor
from core.custom_fields import PREFIX, definitions
from core.custom_fields.columns import CustomColumn, columns_of
from core.custom_fields.expressions import search_condition
from core.derived import Derived
from core.errors import Messages
from core.fields import Choice, Field, Identity, Ref, Refs, Scalar, Slot
from core.history.requests import request_filters
from core.models import Record, TreeRecord
from core.read import Reader
from core.rows import insert_rows, update_rows
from core.serializers import WriteSerializer
from core.special_fields import Count, CustomFields, Depth, GenericObject, ObjectType, Tags

HEAD = ("id", "url", "display_url", "display")
TAIL = ("tags", "custom_fields", "created", "last_updated")


@dataclass(frozen=True)
class Action:
    """An endpoint of a resource beside CRUD: a view class at a route below the resource's path.

    The class gets the resource as its attribute `resource`.
    """

    route: str
    view: Any


class Resource:
    """What REST, pages, search, import and export know of a model.

    A subclass names its `model`, `path` and `fields`; everything else has a default that an
    attribute or a `get_…`-like method overrides. Names in `fields` become fields by the kind of
    the model's column; a `Field` instance says it itself.

    Every write is recorded in the change history unless `history` is false. Columns in `secret`
    never reach it, those in `unrecorded` are bookkeeping that is no change by itself. A change also
    shows in the history of the first of `history_of` that is set. `history_parts` names tables that
    hold part of a row: by name in its data, the model and its reference to the row.

    `discreet` has a sentence for each rule whose own sentence names other rows: only those who may
    see every row of the models in `discreet_of` (of none: superusers) are told those names.
    """

    model: ClassVar[type[Model]]
    path: ClassVar[str]
    object_type: str = ""
    fields: ClassVar[Sequence[str | Field]]
    brief: ClassVar[Sequence[str]] = (*HEAD[:2], "display", "name", "description")
    nested: Sequence[str] = ()
    filter_key: str = ""
    extra_filters: ClassVar[Sequence[filters.Filters]] = ()
    unfiltered: ClassVar[Sequence[str]] = ()
    case_insensitive: ClassVar[Sequence[str]] = ()
    search: ClassVar[dict[str, int]] = {"name": 10, "description": 50}
    display_columns: ClassVar[Sequence[str]] = ("name",)
    ordering: ClassVar[Sequence[str]] = ()
    table: ClassVar[Sequence[str]] = ()
    crumbs: ClassVar[Sequence[str]] = ()
    label_ends: ClassVar[Sequence[str]] = ()  # with these a row has a label for each of its ends
    form: ClassVar[dict[str, Sequence[str]]] = {}
    methods: ClassVar[Sequence[str]] = ("get", "post", "put", "patch", "delete")
    write_only: ClassVar[Sequence[str]] = ()
    secret: ClassVar[Sequence[str]] = ()
    detail_only: ClassVar[Sequence[str]] = ()
    constraint_fields: ClassVar[dict[str, str]] = {}
    discreet: ClassVar[dict[str, str]] = {}
    discreet_of: ClassVar[Sequence[type[Model]]] = ()
    deferrable: ClassVar[Sequence[str]] = ()
    checked_with: ClassVar[Sequence[str] | None] = None  # references `clean` follows; None: any
    natural_key: ClassVar[Sequence[str]] = ()
    history: ClassVar[bool] = True
    history_of: ClassVar[Sequence[str]] = ()
    history_parts: ClassVar[dict[str, tuple[type[Model], str]]] = {}
    unrecorded: ClassVar[Sequence[str]] = ()
    icon: ClassVar[str] = "box"
    menu: ClassVar[str] = ""
    actions: Sequence[Action] = ()

    def __init__(self) -> None:
        app = self.path.split("/")[0]
        self.object_type = self.object_type or f"{app}.{self.model._meta.model_name}"
        self._fields = {field.name: field for field in map(self._make_field, self.fields)}
        self.derived: dict[str, Derived] = {}
        self._readers: dict[tuple[str, ...], Reader] = {}
        self._idle: list[WriteSerializer] = []
        self.nested = tuple(self.nested or self._default_nested())
        columns = {column.name for column in self.model._meta.concrete_fields}
        self.filter_key = self.filter_key or ("slug" if "slug" in columns else "name")

    def _make_field(self, item: str | Field) -> Field:
        field = item if isinstance(item, Field) else self._field_of(item)
        return field.attach(self)

    def _field_of(self, name: str) -> Field:
        if name in HEAD:
            return Identity(name)
        if name == "tags":
            return Tags()
        if name == "custom_fields":
            return CustomFields()
        if name == "_depth":
            return Depth()
        try:
            column: Any = self.model._meta.get_field(name)
        except FieldDoesNotExist:
            raise ValueError(
                f"{type(self).__name__}: {self.model.__name__} has no field {name!r}"
            ) from None
        if isinstance(column, GenericRelation):
            raise ValueError(f"{type(self).__name__}: {name!r} needs a Field of its own")
        if column.many_to_many or column.one_to_many:
            return Refs(name)
        if column.is_relation:
            if column.related_model._meta.label == "contenttypes.ContentType":
                return ObjectType(name)
            return Ref(name)
        if getattr(column, "choices", None):
            return Choice(name)
        return Scalar(name, read_only=not column.editable)

    def _default_nested(self) -> list[str]:
        def shown(name: str) -> bool:
            field = self._fields.get(name)
            return not (isinstance(field, Count) and not field.in_references)

        return [name for name in self.brief if shown(name)]

    # names

    @property
    def name(self) -> str:
        """What one is called, in lower case."""
        return str(self.model._meta.verbose_name)

    @property
    def plural(self) -> str:
        """What several are called, in lower case."""
        return str(self.model._meta.verbose_name_plural)

    @property
    def component(self) -> str:
        """Name of its schema in the OpenAPI document."""
        return self.model.__name__

    @property
    def brief_component(self) -> str:
        """Name of its brief schema in the OpenAPI document."""
        return f"Brief{self.model.__name__}"

    @property
    def slug(self) -> str:
        """Last part of its path."""
        return self.path.split("/")[1]

    # fields

    def field(self, name: str) -> Field:
        """The field with this name; LookupError where there is none."""
        found = self._fields.get(name) or self._custom(name)
        if found is None:
            raise LookupError(f"{self.path} has no field {name}")
        return found

    def fill(self, field: Field) -> None:
        """Put a field of an upper app into the slot of its name.

        Raises ValueError where the declaration has no such slot.
        """
        if not isinstance(self._fields.get(field.name), Slot):
            raise ValueError(f"{self.path} has no slot {field.name}")
        self._fields[field.name] = field.attach(self)

    def derive(self, made: Derived) -> None:
        """Have lists and REST filtered and ordered by what an upper app works out of the rows."""
        self.derived[made.name] = made

    def generic_reference(self, field: Field) -> GenericObject | None:
        """The generic reference of which `field` is the type or the id; None for other fields."""
        for whole in self._fields.values():
            if isinstance(whole, GenericObject) and field.source in (
                whole.type_source,
                whole.id_source,
            ):
                return whole
        return None

    def add_action(self, action: Action) -> None:
        """Add an upper app's endpoint to this resource."""
        self.actions = [*self.actions, action]

    def has_field(self, name: str) -> bool:
        """Whether there is a field with this name."""
        return name in self._fields or self._custom(name) is not None

    def _custom(self, name: str) -> CustomColumn | None:
        return self.custom_columns.get(name) if name.startswith(PREFIX) else None

    @property
    def custom_columns(self) -> dict[str, CustomColumn]:
        """The custom fields in force, each as a field of its own, by name with `cf_` before it."""
        return columns_of(self)

    @cached_property
    def all_fields(self) -> tuple[Field, ...]:
        """Every field, in the order of responses."""
        return tuple(self._fields.values())

    @cached_property
    def field_names(self) -> tuple[str, ...]:
        """Every name a response holds, in order."""
        return tuple(name for name in self._fields if name not in self.write_only)

    @cached_property
    def writable_fields(self) -> tuple[Field, ...]:
        """The fields clients may send."""
        return tuple(field for field in self.all_fields if field.writable)

    def reader(self, names: Sequence[str] | None = None) -> Reader:
        """The compiled reader of these fields (default: all)."""
        key = tuple(names) if names is not None else self.field_names
        found = self._readers.get(key)
        if found is None:
            found = Reader(self, key)
            if not any(name.startswith(PREFIX) for name in key):  # custom fields come and go
                self._readers[key] = found
        return found

    # display and addresses

    @property
    def plain_display(self) -> bool:
        """Whether `display` is just its one column."""
        return type(self).display is Resource.display

    def display(self, *values: Any) -> str:
        """What a person calls the row with these `display_columns`."""
        return " ".join(str(value) for value in values if value not in (None, ""))

    def url(self, pk: int, base: str = "") -> str:
        """Absolute REST address of a row."""
        return f"{base}/api/{self.path}/{pk}/"

    def list_url(self, base: str = "") -> str:
        """Absolute REST address of the list."""
        return f"{base}/api/{self.path}/"

    def display_url(self, pk: int, base: str = "") -> str:
        """Absolute address of the row's page."""
        return f"{base}/{self.path}/{pk}/"

    def page_url(self, base: str = "") -> str:
        """Absolute address of the list's page."""
        return f"{base}/{self.path}/"

    # rows

    def queryset(self, user: Actor, action: str = access.VIEW) -> QuerySet[Any]:
        """The rows on which `user` may do `action`, in the default order."""
        rows = access.restrict(self.model._default_manager.all(), user, action)
        return rows.order_by(*access.ordering(self.model, self.order_columns, user), "pk")

    @cached_property
    def is_tree(self) -> bool:
        """Whether the rows form a tree with a `path`."""
        return issubclass(self.model, TreeRecord) or any(
            column.name == "path" and hasattr(column, "base_field")
            for column in self.model._meta.concrete_fields
        )

    @cached_property
    def order_columns(self) -> tuple[str, ...]:
        """Columns of the default order, without the tie-breaking key."""
        chosen = self.ordering or self.model._meta.ordering or ()
        return tuple(str(name) for name in chosen if name not in ("pk", "id"))

    def order_by(self, names: Sequence[str], user: Actor) -> list[Any]:
        """Columns to order by for field names with optional minus; unknown ones are left out.

        For a custom field it is an expression, and where `user` may not see what a reference
        leads to.
        """
        found: list[Any] = []
        for name in names:
            down, bare = name.startswith("-"), name.lstrip("-+")
            if (custom := self._custom(bare)) and (value := custom.annotation(None)) is not None:
                found.append(models.OrderBy(value, descending=down, nulls_last=True))
            if (made := self.derived.get(bare)) is not None:
                value = made.expression(user)
                found.append(models.OrderBy(value, descending=down, nulls_last=True))
            if bare not in self._fields:
                continue
            for column in self._fields[bare].order_by():
                flipped = column[1:] if column.startswith("-") else f"-{column}"
                found.append(flipped if down else column)
        return access.ordering(self.model, found, user)

    # filters

    @cached_property
    def filterset(self) -> type[filters.ResourceFilterSet]:
        """The filter set class with every parameter of the resource."""
        return type(
            f"{self.model.__name__}FilterSet",
            (filters.ResourceFilterSet,),
            {**self.all_filters, "further": staticmethod(self.custom_filters)},
        )

    def custom_filters(self, names: Iterable[str] | None = None) -> filters.Filters:
        """The query parameters of custom fields; none where no name of `names` can be one."""
        if names is not None and not any(name.startswith(PREFIX) for name in names):
            return {}
        found: filters.Filters = {}
        for column in self.custom_columns.values():
            found.update(column.filters())
        return found

    @property
    def filters_in_force(self) -> filters.Filters:
        """Every query parameter, those of custom fields too."""
        return {**self.all_filters, **self.custom_filters()}

    @cached_property
    def all_filters(self) -> filters.Filters:
        """Every query parameter and its filter."""
        found: filters.Filters = {}
        for field in self.all_fields:
            if field.filterable and field.name not in self.unfiltered:
                found.update(field.filters())
        for group in self.get_extra_filters():
            found.update(group)
        for made in self.derived.values():
            found.update(made.filters())
        if issubclass(self.model, Record):
            found.update(request_filters(self.model))
        if self.search:
            found["q"] = filters.ParameterFilter(self.search_condition, label="Search")
        return found

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """Filters beyond those of the fields; built late, when every resource is known."""
        return self.extra_filters

    def search_text(self, text: str) -> str:
        """What was typed to be found, as this resource's columns would hold it."""
        return text

    def search_condition(self, text: str) -> models.Q:
        """Rows of which any searched column holds `text`."""
        text = self.search_text(text)
        condition, indexed = models.Q(), models.Q()
        covered = search_index.columns_of(self.model)
        for column in self.search:
            matches = models.Q(**{f"{column}__icontains": text})
            if text and self._may_be_empty(column):
                # Most labels and descriptions are, which is seen sooner than compared.
                matches = models.Q(**{f"{column}__gt": ""}) & matches
            if column in covered:
                indexed |= matches
                continue
            if "__" in column:
                matches &= access.along(self.model, column, filters.current_reader.get())
            condition |= matches
        if covered:
            condition |= search_index.candidates(self.model, text) & indexed
        if self.has_field("custom_fields"):
            condition |= search_condition(definitions.current().of(self.model), text)
        return condition

    def _may_be_empty(self, name: str) -> bool:
        """Whether it is one of the model's own texts, and one that may be left empty."""
        column: Any = None if "__" in name else self.model._meta.get_field(name)
        return isinstance(column, models.CharField) and column.blank

    # writing

    @cached_property
    def serializer_class(self) -> type[WriteSerializer]:
        """The serializer class that validates one object of a request."""
        return type(f"{self.model.__name__}Serializer", (WriteSerializer,), {"resource": self})

    @contextmanager
    def validator(self, context: dict[str, Any], *, partial: bool) -> Iterator[WriteSerializer]:
        """A serializer to run validations with; lent, since building one takes longer than that.

        `context` has the `user` whose eyes references are looked up with, and `references`, a
        cache of rows by path and id.
        """
        serializer = self._idle.pop() if self._idle else self.serializer_class()
        serializer.lend(context, partial=partial)
        try:
            yield serializer
        finally:
            serializer.lend({}, partial=False)
            self._idle.append(serializer)

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Called with each instance before it is checked, its columns set; may adjust it."""

    def insert(self, instances: list[Any]) -> None:
        """Store new rows with bulk SQL; overridden where creating a row creates more."""
        insert_rows(instances)

    def update(self, instances: list[Any], columns: Sequence[str]) -> None:
        """Store changed columns of rows with bulk SQL."""
        update_rows(instances, columns)

    def after_write(self, instances: list[Any], *, created: bool) -> None:
        """Called inside the transaction once rows and their relations are stored."""

    def explain(self, instance: Any, constraint: str) -> Messages | None:
        """More than the constraint says of a row that it refused; asked when that is undone."""
        return None

    def reveal(self, instance: Any) -> dict[str, Any]:
        """What only the answer to a creation shows, such as a new secret."""
        return {}

    def remove(self, ids: Sequence[int]) -> None:
        """Delete rows and what depends on them; raises core.deletion.Blocked."""
        deletion.remove(self.model, ids)
