"""From cells to the input of a serializer, references resolved for all rows at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from rest_framework import serializers

from core import registry
from core.access import Actor
from core.custom_fields import PREFIX
from core.custom_fields.columns import CustomColumn
from core.custom_fields.definitions import Kind
from core.fields import Choice, Field, Ref, Refs
from core.models import Tag
from core.resource import Resource
from core.serializers import ReferenceListField
from core.special_fields import CustomFields, GenericObject, ObjectType, Tags
from core.transfer.formats import Fault, Table, column_name, split
from core.transfer.references import Finder, id_of, lookup_path, scopes

CLOSE = 0.7  # least likeness of a name that is proposed
EXTRA = ("add_tags", "remove_tags")
_ABSENT = object()


@dataclass
class Draft:
    """One row on its way: `data` is what the serializer gets, `waiting` what is not found yet."""

    line: int
    pk: int | None
    cells: dict[str, Any]
    data: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    new: bool = True

    def fault(self, column: str, message: str) -> None:
        """Note that something is wrong with the row."""
        self.faults.append(Fault(self.line, column, message))


class Heading:
    """The columns of a file, told apart: what is read, looked up by attribute, or left alone."""

    def __init__(self, resource: Resource, table: Table) -> None:
        self.plain: list[str] = []
        self.lookups: dict[str, dict[str, str]] = {}
        self.unread: list[str] = []
        self.faults: list[Fault] = []
        self.has_id = "id" in table.columns
        line = table.rows[0].line if table.rows else 1
        self.line = 1 if line > 1 else line
        for name in table.columns:
            if name != "id":
                self._sort(resource, name)
        for head in set(self.plain) & set(self.lookups):
            self.faults.append(
                Fault(self.line, head, f"Name {head} either by itself or by its attributes.")
            )

    def _sort(self, resource: Resource, name: str) -> None:
        head, dot, rest = name.partition(".")
        tagged = name in EXTRA and resource.has_field("tags")
        if not tagged and not resource.has_field(head):
            close = likely(resource, head)
            hint = f" Did you mean {close}?" if close else ""
            self.faults.append(Fault(self.line, name, f"There is no column {name}.{hint}"))
        elif not tagged and not resource.field(head).writable:
            self.unread.append(name)
        elif not dot:
            self.plain.append(name)
        else:
            declared = resource.field(head)
            path = lookup_path(declared.target, rest) if isinstance(declared, Ref) else None
            if path is None:
                sentence = f"{head} cannot be looked up by {rest}."
                self.faults.append(Fault(self.line, name, sentence))
            else:
                self.lookups.setdefault(head, {})[name] = path


def likely(resource: Resource, name: str, taken: Collection[str] = ()) -> str:
    """The column of the record that a file's column of another name most likely is, none of those
    taken; empty where none is like it.
    """
    import difflib

    spelt: dict[str, str] = {}
    for each in (*resource.writable_fields, *resource.custom_columns.values()):
        if each.name not in taken:
            spelt[each.name] = each.name
            spelt.setdefault(column_name(each.label), each.name)
            spelt.setdefault(column_name(f"{resource.name} {each.name}"), each.name)
            if isinstance(each, Ref):
                spelt.setdefault(f"{each.name}_name", each.name)
    return spelt[close[0]] if (close := difflib.get_close_matches(name, spelt, 1, CLOSE)) else ""


def drafts_of(table: Table) -> list[Draft]:
    """A draft per row, with its id where the file gives one."""
    found: list[Draft] = []
    seen: dict[int, int] = {}
    for row in table.rows:
        text = str(row.values.get("id") if row.values.get("id") is not None else "").strip()
        pk = id_of(text) if text else None
        cells = {name: value for name, value in row.values.items() if name != "id"}
        draft = Draft(row.line, pk, cells, new=not text)
        if text and pk is None:
            draft.fault("id", f'"{text[:50]}" is no id.')
        elif pk is not None and pk in seen:
            draft.fault("id", f"The id {pk} is on line {seen[pk]} already.")
        elif pk is not None:
            seen[pk] = row.line
        found.append(draft)
    return found


class Converter:
    """Fills the `data` of drafts from their cells."""

    def __init__(self, resource: Resource, heading: Heading, user: Actor) -> None:
        self.resource = resource
        self.heading = heading
        self.user = user
        self.finders: dict[str, Finder] = {}

    def finder(self, target: Resource) -> Finder:
        """The finder of a resource, kept for the whole file."""
        if target.path not in self.finders:
            self.finders[target.path] = Finder(target, self.user)
        return self.finders[target.path]

    def convert(self, drafts: Sequence[Draft]) -> None:
        """Read every column; references that share others with the row come last."""
        late: list[tuple[Ref, list[str]]] = []
        for name in self.heading.plain:
            declared = self.resource.field("tags" if name in EXTRA else name)
            if isinstance(declared, Ref):
                custom = isinstance(declared, CustomColumn)
                shared = [] if custom else scopes(self.resource, declared.target)
                if shared:
                    late.append((declared, shared))
                else:
                    self.references(drafts, declared, [])
            elif isinstance(declared.write_field(), ReferenceListField):
                self.lists(drafts, name, declared)
            else:
                self.scalars(drafts, name, declared)
        for head, columns in self.heading.lookups.items():
            self.by_attributes(drafts, head, columns)
        for declared, shared in sorted(late, key=lambda pair: len(pair[1])):
            self.references(drafts, declared, shared)
        for draft in drafts:
            fold(draft)

    def scalars(self, drafts: Sequence[Draft], name: str, declared: Field) -> None:
        """A column that refers to nothing."""
        convert = _converter(declared)
        for draft in drafts:
            value = draft.cells.get(name, _ABSENT)
            if value is _ABSENT:
                continue
            if value == "" or value is None:
                self._empty(draft, name, declared, value)
                continue
            try:
                draft.data[name] = convert(value)
            except ValueError as error:
                draft.fault(name, str(error))

    def _empty(self, draft: Draft, name: str, declared: Field, value: Any) -> None:
        """An empty cell clears what may be empty, and leaves the default of a new row."""
        accepts = declared.write_field()
        column = declared.model_field
        if getattr(accepts, "allow_null", False):
            draft.data[name] = None
        elif isinstance(accepts, serializers.JSONField):
            draft.data[name] = column.get_default() if _has_default(column) else None
        elif getattr(accepts, "allow_blank", False) or isinstance(declared, Choice):
            if not draft.new or not _has_default(column):
                draft.data[name] = ""
        elif declared.schema().get("type") == "array":
            draft.data[name] = []
        elif not draft.new or (accepts is not None and accepts.required):
            draft.fault(name, "This may not be empty.")

    def references(self, drafts: Sequence[Draft], declared: Ref, shared: list[str]) -> None:
        """A column of names or ids of rows of one resource."""
        name, target = declared.name, declared.target
        finder = self.finder(target)
        wanted: list[tuple[Draft, str]] = []
        for draft in drafts:
            value = draft.cells.get(name, _ABSENT)
            if isinstance(value, dict) and "id" in value:
                value = f"#{value['id']}"
            if value is _ABSENT:
                continue
            if value is None or value == "":
                self._no_reference(draft, declared)
            elif isinstance(value, bool | float | list):
                draft.fault(name, f"A name or an id is needed, not {value!r}.")
            elif isinstance(value, dict):
                self._attributes(draft, declared, value)
            else:
                wanted.append((draft, str(value).strip()))
        within = self._within(drafts, target, shared)
        finder.load((text for _, text in wanted), within)
        for draft, text in wanted:
            self.choose(draft, declared, text, shared)

    def choose(self, draft: Draft, declared: Ref, text: str, shared: list[str]) -> None:
        """Set the reference of a row to the one row that `text` means, or say why not."""
        name, target = declared.name, declared.target
        found = self.finder(target).candidates(text)
        for scope in shared if len(found) > 1 else ():
            given = draft.data.get(scope)
            if given is not None:
                nearer = [row for row in found if getattr(row, f"{scope}_id") == given.pk]
                found = nearer or found
        draft.waiting.pop(name, None)
        if len(found) == 1:
            draft.data[name] = found[0]
        elif found:
            sentence = f'{len(found)} {target.plural} are called "{text}". Give the id as #123'
            draft.fault(name, f"{sentence}, or more attributes as in {name}.name.")
        elif target is self.resource and not text.startswith("#"):
            draft.waiting[name] = text
        else:
            draft.fault(name, f'There is no {target.name} "{text[:100]}".')

    def _no_reference(self, draft: Draft, declared: Ref) -> None:
        if getattr(declared.write_field(), "allow_null", False):
            draft.data[declared.name] = None
        else:
            draft.fault(declared.name, "This may not be empty.")

    def _within(self, drafts: Sequence[Draft], target: Resource, shared: list[str]) -> Q | None:
        """Narrows a search among very common names to the places the rows are in."""
        for scope in shared:
            given = {draft.data[scope].pk for draft in drafts if draft.data.get(scope)}
            if given and all(draft.data.get(scope) for draft in drafts):
                column = target.model._meta.get_field(scope)
                if not getattr(column, "null", True) and len(given) < 1000:
                    return Q(**{f"{scope}__in": given})
        return None

    def _attributes(self, draft: Draft, declared: Ref, value: dict[str, Any]) -> None:
        """A reference given as an object of attributes, in JSON and YAML."""
        lookups = {}
        for path, text in _flat(value):
            found = lookup_path(declared.target, path)
            if found is None:
                draft.fault(declared.name, f"{declared.name} cannot be looked up by {path}.")
                return
            lookups[found] = str(text)
        key = tuple(sorted(lookups.items()))
        try:
            self.finder(declared.target).load_lookups([key])
        except (ValueError, TypeError, ValidationError):
            draft.fault(declared.name, f"{declared.name} cannot be looked up by such values.")
            return
        self._one(draft, declared, key)

    def by_attributes(self, drafts: Sequence[Draft], head: str, columns: dict[str, str]) -> None:
        """Columns such as `rack.name` and `rack.site.name` that together mean one row."""
        declared: Any = self.resource.field(head)
        wanted: list[tuple[Draft, tuple[tuple[str, Any], ...]]] = []
        for draft in drafts:
            given = {
                path: str(draft.cells[column]).strip()
                for column, path in columns.items()
                if draft.cells.get(column) not in (None, "")
            }
            if given:
                wanted.append((draft, tuple(sorted(given.items()))))
            elif any(column in draft.cells for column in columns):
                self._no_reference(draft, declared)
        try:
            self.finder(declared.target).load_lookups(key for _, key in wanted)
        except (ValueError, TypeError, ValidationError):
            for draft, _ in wanted:
                draft.fault(head, f"{head} cannot be looked up by such values.")
            return
        for draft, key in wanted:
            self._one(draft, declared, key)

    def _one(self, draft: Draft, declared: Ref, key: tuple[tuple[str, Any], ...]) -> None:
        target = declared.target
        found = self.finder(target).by_lookup.get(key, [])
        said = ", ".join(f'{path.replace("__", ".")} "{value}"' for path, value in key)
        if len(found) == 1:
            draft.data[declared.name] = found[0]
        elif found:
            draft.fault(declared.name, f"{len(found)} {target.plural} have {said}.")
        else:
            draft.fault(declared.name, f"There is no {target.name} with {said}.")

    def lists(self, drafts: Sequence[Draft], name: str, declared: Field) -> None:
        """A column of several names or ids each."""
        target = registry.of_model(Tag) if isinstance(declared, Tags) else _target(declared)
        finder = self.finder(target)
        wanted: list[tuple[Draft, list[str]]] = []
        for draft in drafts:
            value = draft.cells.get(name, _ABSENT)
            if value is not _ABSENT:
                wanted.append((draft, _texts(value)))
        finder.load(text for _, texts in wanted for text in texts)
        for draft, texts in wanted:
            rows = []
            for text in texts:
                found = finder.candidates(text)
                if len(found) == 1:
                    rows.append(found[0])
                else:
                    many = f"{len(found)} {target.plural} are" if found else f"No {target.name} is"
                    draft.fault(name, f'{many} called "{text[:100]}".')
            draft.data[name] = rows


def fold(draft: Draft) -> None:
    """Put columns of custom fields together; an empty one leaves the default of a new row."""
    custom = {name: draft.data.pop(name) for name in list(draft.data) if name.startswith(PREFIX)}
    if custom:
        given = draft.data.get("custom_fields")
        values = dict(given) if isinstance(given, dict) else {}
        for name, value in custom.items():
            if value not in (None, []) or not draft.new:
                values[name.removeprefix(PREFIX)] = None if value == [] else value
        draft.data["custom_fields"] = values


def _target(declared: Any) -> Resource:
    resource: Resource = declared.target
    return resource


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    items = value if isinstance(value, list) else split(str(value))
    found = []
    for item in items:
        if isinstance(item, dict):
            item = f"#{item['id']}" if "id" in item else item.get("slug") or item.get("name", "")
        found.append(str(item).strip())
    return [text for text in found if text]


def _flat(value: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, item in value.items():
        path = f"{prefix}{name}"
        found += _flat(item, f"{path}.") if isinstance(item, dict) else [(path, item)]
    return found


def _has_default(column: Any) -> bool:
    return bool(column is not None and (column.has_default() or column.has_db_default()))


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError("This is not valid JSON.") from None


def _list(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return _json(value) if value.lstrip().startswith("[") else split(value)


def _choice(value: Any) -> Any:
    return value.get("value") if isinstance(value, dict) else value


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _custom_converter(column: CustomColumn) -> Callable[[Any], Any]:
    kind = column.definition.type
    if kind == Kind.MULTISELECT:
        return _list
    if kind == Kind.JSON:
        return _json
    return _text if kind in (Kind.TEXT, Kind.LONGTEXT, Kind.SELECT) else _same


def _converter(declared: Field) -> Callable[[Any], Any]:
    column = declared.model_field
    if isinstance(declared, CustomColumn):
        return _custom_converter(declared)
    if isinstance(declared, Choice):
        return _choice
    if isinstance(column, ArrayField) or isinstance(declared, Refs):
        return _list
    if isinstance(declared, CustomFields | GenericObject) or isinstance(column, models.JSONField):
        return _json
    if isinstance(declared, ObjectType) or column is not None:
        return _same
    kind = declared.schema().get("type")
    return _list if kind == "array" else _json if kind == "object" else _same
