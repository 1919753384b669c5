"""Fields that are no plain column: tags, custom data, counts, generic references."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count as CountOf
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from rest_framework import serializers

from core import access, filters, registry
from core.custom_fields.columns import CustomFields
from core.fields import Field, Json
from core.gather import Load, Lookup, OverlapsGiven, Steps
from core.models import Tag, TaggedItem
from core.read import Binder, Cells, Columns, ReadContext, Values
from core.serializers import ObjectTypeField, ReferenceListField

__all__ = [
    "TAG_FIELDS",
    "BranchCount",
    "Computed",
    "Count",
    "CustomFields",
    "Depth",
    "GenericObject",
    "ObjectType",
    "Tags",
    "object_type_filters",
]

TAG_FIELDS = ("id", "url", "display_url", "display", "name", "slug", "color")


class Tags(Field):
    """The row's tags; a given list replaces them, `add_tags` and `remove_tags` change them."""

    def __init__(self, name: str = "tags") -> None:
        super().__init__(name)

    @property
    def is_column(self) -> bool:
        return False

    def bind_read(self, columns: Columns) -> Binder:
        index = columns.index("pk")
        model = self.resource.model
        target = registry.of_model(Tag)

        pairs_of = columns.expect(
            Lookup(
                lambda given, user: (
                    TaggedItem.objects.filter(
                        given("object_id"), content_type=ContentType.objects.get_for_model(model)
                    )
                    .order_by("tag__weight", "tag__name")
                    .values_list("object_id", "tag_id")
                )
            ),
            (target, TAG_FIELDS),
        )

        def bind(cells: Cells, context: ReadContext) -> Steps:
            pairs = yield pairs_of.fetch(cells[index], context.user)
            if not pairs:
                return repeat([], len(cells[index]))
            carried: dict[int, list[int]] = defaultdict(list)
            for owner, tag in pairs:
                carried[owner].append(tag)
            table = yield Load(target, TAG_FIELDS, {t for found in carried.values() for t in found})
            shown = {
                owner: [table[tag] for tag in tags if tag in table]
                for owner, tags in carried.items()
            }
            return [shown.get(owner, []) for owner in cells[index]]

        return bind

    def write_field(self) -> serializers.Field[Any, Any, Any, Any]:
        return ReferenceListField(registry.of_model(Tag))

    def hidden_members(self, row: Any, user: access.Actor) -> list[Any]:
        if access.may_all(user, access.VIEW, Tag):
            return []
        kind = ContentType.objects.get_for_model(self.resource.model)
        items = TaggedItem.objects.filter(content_type=kind, object_id=row.pk)
        seen = access.visible(Tag, user).values("pk")
        return list(Tag.objects.filter(pk__in=items.values("tag")).exclude(pk__in=seen))

    def store(self, values: Sequence[tuple[Any, Any]]) -> None:
        kind = ContentType.objects.get_for_model(self.resource.model)
        owners = [instance.pk for instance, _ in values]
        TaggedItem.objects.filter(content_type=kind, object_id__in=owners).delete()
        self.add(values)

    def add(self, values: Sequence[tuple[Any, Any]]) -> None:
        """Give tags besides those that are there."""
        kind = ContentType.objects.get_for_model(self.resource.model)
        TaggedItem.objects.bulk_create(
            [
                TaggedItem(content_type=kind, object_id=instance.pk, tag=tag)
                for instance, tags in values
                for tag in dict.fromkeys(tags)
            ],
            ignore_conflicts=True,
        )

    def remove(self, values: Sequence[tuple[Any, Any]]) -> None:
        """Take tags away."""
        kind = ContentType.objects.get_for_model(self.resource.model)
        for instance, tags in values:
            TaggedItem.objects.filter(
                content_type=kind, object_id=instance.pk, tag__in=tags
            ).delete()

    def filters(self) -> filters.Filters:
        model = self.resource.model
        found: filters.Filters = {}
        for name, key in (("tag", "slug"), ("tag_id", "pk")):
            parse = filters.reference_parser(Tag, key)
            schema = {"type": "integer" if key == "pk" else "string"}

            def condition(ids: Any) -> Q:
                items = TaggedItem.objects.filter(
                    content_type=ContentType.objects.get_for_model(model)
                )
                if ids == filters.NULL:
                    return ~Q(pk__in=items.values("object_id"))
                return Q(pk__in=items.filter(tag__in=ids).values("object_id"))

            source = filters.ReferenceSource(Tag, key)
            options: dict[str, Any] = {"schema": schema, "source": source}
            found[name] = filters.ParameterFilter(condition, parse, every=True, **options)
            found[f"{name}__n"] = filters.ParameterFilter(condition, parse, negate=True, **options)
            found[f"{name}__any"] = filters.ParameterFilter(condition, parse, **options)
        return found

    def schema(self) -> Json:
        return {"type": "array", "items": {"$ref": "#/components/schemas/NestedTag"}}

    def write_schema(self) -> Json:
        return {
            "type": "array",
            "items": {"oneOf": [{"type": "integer"}, {"type": "object"}]},
        }


class Count(Field):
    """How many rows of a relation point at this one.

    `relation` is the query name of a reverse foreign key or a many-to-many. A plain reference does
    not show it (`nested` leaves it out) unless `in_references`.
    """

    def __init__(
        self,
        name: str,
        relation: str,
        *,
        in_references: bool = False,
        filterable: bool = False,
        label: str | None = None,
    ) -> None:
        super().__init__(name, relation, read_only=True, filterable=filterable, label=label)
        self.in_references = in_references

    @property
    def model_field(self) -> Any:
        return None

    @property
    def relation(self) -> Any:
        """The model's relation."""
        return self.resource.model._meta.get_field(self.source)

    def counted(self, given: Any, user: access.Actor) -> QuerySet[Any, Any]:
        """Id and count of every row that has any."""
        if self.relation.one_to_many:
            return self._related(user, given(self.relation.field.attname))
        own = self.resource.model._default_manager.filter(given("pk")).order_by()
        rows: QuerySet[Any, Any] = own.values_list("pk").annotate(total=self.total(user))
        return rows

    def _related(self, user: access.Actor, condition: Any) -> QuerySet[Any, Any]:
        """What points at rows, and how many of it; of a reverse foreign key.

        Rows are counted, not a column: the index of the reference is all that is read.
        """
        related = access.visible(self.relation.related_model, user).filter(condition)
        rows: QuerySet[Any, Any]
        rows = related.values_list(self.relation.field.attname).annotate(total=CountOf("*"))
        return rows

    def total(self, user: access.Actor) -> CountOf:
        """The aggregate: how many of the related rows the user may see."""
        related: Any = self.relation.related_model
        if access.may_all(user, access.VIEW, related):
            return CountOf(self.source)
        rows = access.visible(related, user).values("pk")
        return CountOf(self.source, filter=Q(**{f"{self.source}__in": rows}))

    def bind_read(self, columns: Columns) -> Binder:
        index = columns.index("pk")
        lookup = columns.expect(Lookup(self.counted))

        def bind(cells: Cells, context: ReadContext) -> Steps:
            pairs = yield lookup.fetch(cells[index], context.user)
            if not pairs:
                return repeat(0, len(cells[index]))
            found = dict(pairs)
            return [found.get(pk, 0) for pk in cells[index]]

        return bind

    def annotation(self, user: access.Actor) -> Any:
        if self.relation.one_to_many:
            pointing = Q(**{self.relation.field.attname: OuterRef("pk")})
            counted = self._related(user, pointing).values("total")
        else:
            own = self.resource.model._default_manager.filter(pk=OuterRef("pk")).order_by()
            counted = own.values("pk").annotate(total=self.total(user)).values("total")
        return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

    def filters(self) -> filters.Filters:
        alias = f"_{self.name}"

        def for_reader() -> Any:
            return self.annotation(filters.current_reader.get())

        return filters.number_filters(
            self.name, alias, schema={"type": "integer"}, needs={alias: for_reader}
        )

    def schema(self) -> Json:
        return {"type": "integer", "format": "int64", "readOnly": True}


class BranchCount(Count):
    """How many rows point at this tree node or at any below it."""

    def __init__(self, name: str, relation: str, **options: Any) -> None:
        options.setdefault("in_references", True)
        super().__init__(name, relation, **options)

    def bind_read(self, columns: Columns) -> Binder:
        index = columns.index("pk")
        nodes = self.resource.model._default_manager
        lookup = columns.expect(
            Lookup(
                lambda given, user: (
                    nodes.filter(OverlapsGiven("path"))
                    .order_by()
                    .values_list("path", self.annotation(user))
                )
            )
        )

        def bind(cells: Cells, context: ReadContext) -> Steps:
            total: dict[int, int] = defaultdict(int)
            pairs = yield lookup.fetch(cells[index], context.user)
            for path, own in pairs:
                for ancestor in path:
                    total[ancestor] += own
            return [total.get(pk, 0) for pk in cells[index]]

        return bind


class Depth(Field):
    """How deep a tree row lies; roots are 0."""

    def __init__(self, name: str = "_depth") -> None:
        super().__init__(name, "path", read_only=True, filterable=False)

    def bind_read(self, columns: Columns) -> Binder:
        index = columns.index("path")
        return lambda cells, context: [len(path) - 1 for path in cells[index]]

    def order_by(self) -> tuple[str, ...]:
        return ("path__len",)

    def schema(self) -> Json:
        return {"type": "integer", "readOnly": True}


class ObjectType(Field):
    """A content type by its wire name, such as `dcim.rack`."""

    def bind_read(self, columns: Columns) -> Binder:
        index = columns.index(f"{self.source}_id")

        def bind(cells: Cells, context: ReadContext) -> Values:
            targets = {kind: registry.of_content_type(kind) for kind in set(cells[index])}
            names = {kind: found.object_type for kind, found in targets.items() if found}
            return map(names.get, cells[index])

        return bind

    def write_field(self) -> serializers.Field[Any, Any, Any, Any] | None:
        if self.read_only:
            return None
        optional = self.model_field.null
        return ObjectTypeField(allow_null=optional, required=not optional)

    def filters(self) -> filters.Filters:
        return object_type_filters(self.name, self.source)

    def schema(self) -> Json:
        nullable = bool(self.model_field and self.model_field.null)
        return {"type": "string", "nullable": nullable, "readOnly": self.read_only}


def object_type_filters(name: str, source: str) -> filters.Filters:
    """`name` and its negation, by wire name, on a foreign key to content types."""

    def parse(value: str) -> Any:
        if value == filters.NULL:
            return value
        try:
            resource = registry.of_type(value)
        except LookupError:
            from django.core.exceptions import ValidationError

            raise ValidationError(
                f"Select a valid choice. {value} is not one of the available choices."
            ) from None
        return registry.content_type(resource).pk

    def condition(value: Any) -> Q:
        if value == filters.NULL:
            return Q(**{f"{source}__isnull": True})
        return Q(**{source: value})

    return {
        name: filters.ParameterFilter(condition, parse),
        f"{name}__n": filters.ParameterFilter(condition, parse, negate=True),
    }


class GenericObject(Field):
    """The row a (content type, id) pair points at, in its brief form."""

    def __init__(self, name: str, type_source: str, id_source: str, **options: Any) -> None:
        super().__init__(name, name, read_only=True, filterable=False, **options)
        self.type_source = type_source
        self.id_source = id_source

    @property
    def model_field(self) -> Any:
        return None

    def bind_read(self, columns: Columns) -> Binder:
        kind = columns.index(f"{self.type_source}_id")
        pk = columns.index(self.id_source)

        def bind(cells: Cells, context: ReadContext) -> Steps:
            wanted: dict[int, set[int]] = defaultdict(set)
            for of, one in zip(cells[kind], cells[pk], strict=True):
                if of is not None and one is not None:
                    wanted[of].add(one)
            targets = {found: registry.of_content_type(found) for found in wanted}
            known = {found: target for found, target in targets.items() if target}
            loaded = yield [
                Load(target, tuple(target.nested), wanted[found]) for found, target in known.items()
            ]
            tables: dict[int, dict[int, Json]] = dict(zip(known, loaded, strict=True))
            return [
                tables.get(of, {}).get(one) for of, one in zip(cells[kind], cells[pk], strict=True)
            ]

        return bind

    def schema(self) -> Json:
        return {"type": "object", "nullable": True, "readOnly": True}


class Computed(Field):
    """A read-only value made by a function of columns, or of all the page's rows at once.

    Give `columns` and `value(*columns)`; or `load(ids, context)`, values by id or a step that
    returns them, and `default` for ids it leaves out. `expects` are the lookups by the ids that the
    step begins with.
    """

    def __init__(
        self,
        name: str,
        *,
        columns: Sequence[Any] = (),
        value: Callable[..., Any] | None = None,
        load: Callable[[Sequence[int], ReadContext], Steps | dict[int, Any]] | None = None,
        expects: Sequence[Lookup] = (),
        default: Any = None,
        schema: Json | None = None,
        order: Sequence[str] = (),
        make_filters: Callable[[], filters.Filters] | None = None,
        label: str | None = None,
    ) -> None:
        super().__init__(name, read_only=True, label=label)
        self.columns = list(columns)
        self.value = value
        self.load = load
        self.expects = expects
        self.default = default
        self._schema = schema or {}
        self._order = tuple(order)
        self._filters = make_filters

    @property
    def model_field(self) -> Any:
        return None

    def bind_read(self, columns: Columns) -> Binder:
        if self.load is not None:
            load, default, index = self.load, self.default, columns.index("pk")
            for lookup in self.expects:
                columns.expect(lookup)

            def bind(cells: Cells, context: ReadContext) -> Steps:
                found = load(cells[index], context)
                table = found if isinstance(found, dict) else (yield found)
                return [table.get(pk, default) for pk in cells[index]]

            return bind
        indexes = [columns.index(column) for column in self.columns]
        value = self.value
        assert value is not None, f"{self.name} has neither load nor value"
        return lambda cells, context: map(value, *[cells[index] for index in indexes])

    def filters(self) -> filters.Filters:
        return self._filters() if self._filters else {}

    def order_by(self) -> tuple[str, ...]:
        return self._order

    def schema(self) -> Json:
        return {**self._schema, "readOnly": True}
