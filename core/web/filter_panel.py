"""The filters of a list as a person sees them: a control per field and a chip per active one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core import registry
from core.custom_fields.columns import CustomColumn
from core.fields import Field
from core.filters import NULL, ParameterFilter, ReferenceSource
from core.models import CustomField
from core.resource import Resource
from core.web import table
from core.web.page import actor, reading

LOOKUPS = {
    "": "",
    "n": "not",
    "ic": "contains",
    "nic": "does not contain",
    "isw": "starts with",
    "nisw": "does not start with",
    "iew": "ends with",
    "niew": "does not end with",
    "ie": "is",
    "nie": "is not",
    "gte": "at least",
    "gt": "above",
    "lte": "at most",
    "lt": "below",
    "empty": "is empty:",
    "regex": "matches",
    "iregex": "matches",
    "any": "any of",
}


@dataclass(frozen=True)
class Option:
    """A choice of a select."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True)
class Control:
    """One field of the panel: `kind` is text, number, time, boolean, choice or reference."""

    kind: str
    name: str
    label: str
    value: str = ""
    upper: str = ""
    options: tuple[Option, ...] = ()
    reference: str = ""
    attribute: str = "id"

    @property
    def identifier(self) -> str:
        """The id of its element."""
        return f"filter_{self.name}"

    @property
    def html(self) -> SafeString:
        """The field."""
        return _rendered(self)


@lru_cache(maxsize=2048)
def _rendered(control: Control) -> SafeString:
    # A list has some fifty, which are the same each time but for the few that are filled in.
    return render_to_string("core/_filter.html", {"control": control})


@dataclass(frozen=True)
class Chip:
    """An active filter and the address of the list without it."""

    label: str
    value: str
    url: str


class Panel:
    """Controls and chips of one request."""

    def __init__(
        self, request: HttpRequest, resource: Resource, fixed: Collection[str] = ()
    ) -> None:
        """Without controls for the parameters named in `fixed`."""
        self.request = request
        self.resource = resource
        self.filters = resource.filters_in_force
        self.given: QueryDict = table.parameters(request)
        self.names = self._displays()
        self.controls = [c for c in self._main_controls() if c.name not in fixed]
        shown = {control.name for control in self.controls}
        self.more = self._further_controls(shown.union(fixed))
        self.chips = self._chips()

    def _displays(self) -> dict[tuple[str, str], str]:
        """What given references are called, by parameter and value.

        A statement a resource, two where it is named by another field than its id.
        """
        context, found = reading(self.request), {}
        for name, values in self.given.lists():
            source = getattr(self.filters.get(name), "source", None)
            if not isinstance(source, ReferenceSource) or not registry.has_model(source.model):
                continue
            target = registry.of_model(source.model)
            if source.attribute == "pk":
                given = {
                    int(value): value for value in values if value.isdecimal() and len(value) < 19
                }
            else:
                named = {f"{source.attribute}__in": [v for v in values if "\0" not in v]}
                known = target.queryset(actor(self.request)).filter(**named)
                given = dict(known.values_list("pk", source.attribute))
            rows = context.load(target, ("id", "display"), given)
            found.update({(name, given[pk]): str(row["display"]) for pk, row in rows.items()})
        return found

    # controls

    def _main_controls(self) -> list[Control]:
        resource = self.resource
        names = [*resource.table, *(name for group in resource.form.values() for name in group)]
        if resource.has_field("tags"):
            names.append("tags")
        found = []
        for name in dict.fromkeys(names):
            if resource.has_field(name) and (control := self._control(resource.field(name))):
                found.append(control)
        for made in resource.derived.values():
            if control := self._scalar(made.name, made.label, self.filters[made.name]):
                found.append(control)
        for column in resource.custom_columns.values():
            found += self._custom(column)
        return found

    def _custom(self, column: CustomColumn) -> list[Control]:
        """The control of a custom field, where it has one."""
        made = self.filters.get(column.name)
        if made is None or column.definition.visible == CustomField.Visible.HIDDEN:
            return []
        if isinstance(made.source, ReferenceSource):
            return [self._reference(column.name, column.label, made.source)]
        if made.value_choices:
            return [self._choice(column, made)]
        control = self._scalar(column.name, column.label, made)
        return [control] if control else []

    def _further_controls(self, shown: set[str]) -> list[Control]:
        found = []
        for name, made in self.filters.items():
            if "__" in name or name in shown or name == "id":
                continue
            source = getattr(made, "source", None)
            if isinstance(source, ReferenceSource) and source.attribute == "pk":
                if registry.has_model(source.model) and name != "tag_id":
                    label = table.label_of(self.resource, name)
                    found.append(self._reference(name, label, source))
            elif made.schema.get("type") == "boolean" and made.source is None:
                found.append(self._boolean(name, table.label_of(self.resource, name)))
        return sorted(found, key=lambda control: control.label)

    def _control(self, field: Field) -> Control | None:
        known = self.filters
        name, label = field.name, field.label
        if name == "tags" and "tag" in known:
            return self._reference("tag", "Tags", known["tag"].source)
        if isinstance(source := _source(known.get(f"{name}_id")), ReferenceSource):
            if registry.has_model(source.model):
                return self._reference(f"{name}_id", label, source)
            return None
        made = known.get(name)
        if made is None:
            return None
        if made.value_choices and made.schema.get("type") != "boolean":
            return self._choice(field, made)
        return self._scalar(name, label, made)

    def _choice(self, field: Field, made: ParameterFilter) -> Control:
        given = set(self.given.getlist(field.name))
        options = tuple(
            Option(str(value), str(text), str(value) in given)
            for value, text in made.value_choices or ()
        )
        return Control("choice", field.name, field.label, options=options)

    def _scalar(self, name: str, label: str, made: ParameterFilter) -> Control | None:
        known, kind = self.filters, made.schema.get("type")
        if kind == "boolean":
            return self._boolean(name, label)
        if f"{name}__gte" in known:
            timed = made.schema.get("format") == "date-time"
            return Control(
                "time" if timed else "number",
                name,
                label,
                self.given.get(f"{name}__gte", "")[: 10 if timed else None],
                self.given.get(f"{name}__lte", "")[: 10 if timed else None],
            )
        if f"{name}__ic" in known:
            return Control("text", f"{name}__ic", label, self.given.get(f"{name}__ic", ""))
        return None

    def _boolean(self, name: str, label: str) -> Control:
        return Control("boolean", name, label, self.given.get(name, "").lower())

    def _reference(self, name: str, label: str, source: ReferenceSource) -> Control:
        target = registry.of_model(source.model)
        options = tuple(
            Option(value, self.names.get((name, value), value), True)
            for value in dict.fromkeys(self.given.getlist(name))
        )
        attribute = "id" if source.attribute == "pk" else source.attribute
        return Control(
            "reference", name, label, options=options, reference=target.path, attribute=attribute
        )

    # chips

    def _chips(self) -> list[Chip]:
        found = []
        for name, values in self.given.lists():
            made = self.filters.get(name)
            if made is None:
                continue
            lookup = name.partition("__")[2]
            label = f"{table.label_of(self.resource, name)} {LOOKUPS.get(lookup, lookup)}".strip()
            for value in dict.fromkeys(values):
                found.append(
                    Chip(label, self._words(name, made, value), self._without(name, value))
                )
        return found

    def _words(self, name: str, made: ParameterFilter, value: str) -> str:
        if value == NULL:
            return "none"
        for key, label in made.value_choices or ():
            if str(key) == value:
                return str(label)
        if made.schema.get("type") == "boolean":
            return {"true": "yes", "false": "no"}.get(value.lower(), value)
        return self.names.get((name, value), value)

    def _without(self, name: str, value: str) -> str:
        query = self.request.GET.copy()
        query.pop("page", None)
        query.setlist(name, [other for other in query.getlist(name) if other != value])
        if not query.getlist(name):
            query.pop(name, None)
        return f"{self.request.path}?{query.urlencode()}" if query else self.request.path

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Parameters the panel's form has no control for but must keep when it is sent."""
        own: set[str] = {"page", "q"}
        for control in (*self.controls, *self.more):
            own |= {control.name, f"{control.name}__gte", f"{control.name}__lte"}
        return [
            (name, value)
            for name, values in self.request.GET.lists()
            if name not in own
            for value in values
            if value
        ]

    @property
    def cleared(self) -> str:
        """The address of the list without any filter."""
        query = self.request.GET.copy()
        for name in list(query):
            if name not in ("sort", "size", "columns"):
                del query[name]
        return f"{self.request.path}?{query.urlencode()}" if query else self.request.path


def _source(made: Any) -> Any:
    return getattr(made, "source", None)
