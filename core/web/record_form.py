"""The form of a resource: made from its declaration, saved by the one write path."""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import transaction
from django.forms.utils import ErrorDict

from core import versions, write
from core.access import Actor
from core.custom_fields.columns import CustomColumn
from core.custom_fields.values import flat
from core.errors import Invalid, Stale
from core.read import ReadContext
from core.resource import Resource
from core.web import custom_fields, form_fields
from core.web.navigation import title

MAX_SEVERAL = 1000
_RANGE = re.compile(r"\[([^\[\]]+)\]")
STALE = "Somebody changed this after you opened it, so nothing was saved. Your input is kept."


class RecordForm(forms.Form):
    """Base of every resource's form. `resource` and `groups` are set by `form_class`."""

    resource: Resource
    groups: dict[str, list[str]]
    stale = False
    theirs: frozenset[str] = frozenset()  # fields in which somebody else's change is taken

    def __init__(self, *args: Any, user: Actor, pk: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.pk = user, pk
        self.fields.update(custom_fields.made_fields(self.resource))
        for name, made in self.fields.items():
            made.widget.attrs.setdefault("aria-describedby", f"id_{name}_notes")
            if isinstance(made.widget, form_fields.ReferenceSelect):
                made.widget.user = user
            if isinstance(made.widget, form_fields.FormWidget):
                made.widget.form = self
            if pk is not None and name in self.resource.write_only:
                made.required = False
                made.help_text = made.help_text or "Leave empty to keep it."

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Legend and fields of each group."""
        found = {
            legend: [self[name] for name in names if name in self.fields]
            for legend, names in self.groups.items()
        }
        for legend, names in custom_fields.groups_of(self.resource).items():
            found.setdefault(legend, []).extend(self[n] for n in names if n in self.fields)
        return [(legend, bound) for legend, bound in found.items() if bound]

    def faulty(self) -> list[forms.BoundField]:
        """The fields with errors."""
        return [bound for bound in self if bound.errors]

    def forgive(self) -> None:
        """Forget the faults, to show what was sent once more without saving it."""
        self._errors = ErrorDict()

    def wire_values(self) -> dict[str, Any]:
        """What to send to the serializer: everything for a new row, else what was changed."""
        values = dict(self.cleaned_data)
        for name in self.resource.write_only:
            if values.get(name) in ("", None):
                values.pop(name, None)
        if self.pk is not None:
            names = [name for name in self.changed_data if name not in self.theirs]
            changed = {name: values[name] for name in names if name in values}
            return custom_fields.gather(changed)
        given = {
            name: value
            for name, value in values.items()
            if value not in (None, "") or not self._defaulted(name)
        }
        return custom_fields.gather(given)

    def _defaulted(self, name: str) -> bool:
        column = self.resource.field(name).model_field
        return bool(column is not None and getattr(column, "has_default", bool)())

    def validated(self, wire: dict[str, Any], *, all: bool = True) -> dict[str, Any] | None:
        """The values as the write path wants them; None when errors were added to the form.

        Without `all` what is missing is no error.
        """
        context: dict[str, Any] = {"user": self.user, "references": {}}
        serializer = self.resource.serializer_class(
            data=wire, partial=self.pk is not None or not all, context=context
        )
        if serializer.is_valid():
            return dict(serializer.validated_data)
        self.show_messages(dict(serializer.errors))
        return None

    def show_messages(self, messages: dict[str, Any]) -> None:
        """Put messages beside their fields, the others on top."""
        for name, found in flat(messages).items():
            sentences = _sentences(found)
            if name in self.fields:
                known = [str(message) for message in self.errors.get(name, [])]
                for sentence in sentences:
                    if sentence not in known:
                        self.add_error(name, sentence)
            else:
                general = name in (NON_FIELD_ERRORS, "non_field_errors")
                if not general and self.resource.has_field(name):
                    label = self.resource.field(name).label
                    sentences = [f"{label}: {sentence}" for sentence in sentences]
                for sentence in sentences:
                    self.add_error(None, sentence)

    def save(self, version: str | None = None) -> list[Any]:
        """Write what was sent; the instances, or nothing when errors were added to the form."""
        if not self.is_valid():
            self.validated(self.wire_values(), all=False)
            return []
        values = self.validated(self.wire_values())
        if values is None:
            return []
        try:
            if self.pk is None:
                return write.create(self.resource, [values], self.user)
            check = versions.version_check(version)
            return write.update(self.resource, [(self.pk, values)], self.user, check=check)
        except Invalid as error:
            self.show_messages(error.items[0])
        except Stale:
            self.stale = True
            self.add_error(None, STALE)
        return []

    def save_several(self, patterned: list[str]) -> list[Any]:
        """Create a row for each name that the patterns in these fields stand for."""
        if not self.is_valid():
            return []
        lists: dict[str, list[str]] = {}
        for name in patterned:
            try:
                lists[name] = expand(self.cleaned_data.get(name) or "")
            except ValueError as error:
                self.add_error(name, str(error))
        count = max((len(found) for found in lists.values()), default=0)
        for name, found in lists.items():
            if len(found) not in (1, count):
                self.add_error(name, f"This stands for {len(found)} texts, another for {count}.")
        if self.errors:
            return []
        rows = []
        base = self.wire_values()
        for index in range(count):
            row = {n: found[index if len(found) > 1 else 0] for n, found in lists.items()}
            values = self.validated({**base, **row})
            if values is None:
                return []
            rows.append(values)
        try:
            with transaction.atomic():
                return write.create(self.resource, rows, self.user)
        except Invalid as error:
            for item, row in zip(error.items, rows, strict=True):
                if item:
                    name = row.get("name", "")
                    self.show_messages(
                        {k: [f"{name}: {m}" for m in v] for k, v in flat(item).items()}
                    )
        return []


def _sentences(messages: Any) -> list[str]:
    if isinstance(messages, dict):
        return [s for inner in messages.values() for s in _sentences(inner)]
    if isinstance(messages, list | tuple):
        return [s for inner in messages for s in _sentences(inner)]
    return [str(messages)]


def expand(text: str) -> list[str]:
    """The texts a pattern stands for: `eth[0-2,7]` gives eth0, eth1, eth2, eth7.

    Ranges of numbers keep leading zeros; ranges of single letters work too. Raises ValueError for
    a pattern that cannot be, or that stands for more than 1,000 texts.
    """
    parts = _RANGE.split(text)
    choices = [[part] if index % 2 == 0 else _members(part) for index, part in enumerate(parts)]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > MAX_SEVERAL:
        raise ValueError(f"The pattern stands for more than {MAX_SEVERAL:,} texts.")
    return ["".join(found) for found in product(*choices)]


def _members(body: str) -> list[str]:
    found: list[str] = []
    for part in body.split(","):
        low, dash, high = part.strip().partition("-")
        if not dash:
            found.append(low)
        elif low.isdecimal() and high.isdecimal() and int(low) <= int(high) < int(low) + 10_000:
            width = len(low) if low.startswith("0") else 0
            found += [str(number).zfill(width) for number in range(int(low), int(high) + 1)]
        elif len(low) == len(high) == 1 and low.isalpha() and high.isalpha() and low <= high:
            found += [chr(code) for code in range(ord(low), ord(high) + 1)]
        else:
            raise ValueError(f"[{body}] is no range such as [0-47] or [a-d].")
    return found


@cache
def form_class(resource: Resource) -> type[RecordForm]:
    """The form class of a resource: the declared groups, or every field that can be written."""
    names = [field.name for field in resource.writable_fields if field.name != "custom_fields"]
    groups = {legend: list(group) for legend, group in resource.form.items()}
    groups = groups or {title(resource.name): names}
    made: dict[str, Any] = {}
    for group in groups.values():
        for name in group:
            field = form_fields.make(resource.field(name))
            if field is not None:
                made[name] = field
    found: Any = type(f"{resource.model.__name__}Form", (RecordForm,), made)
    # Set afterwards, since a field may have the name of an attribute.
    found.resource = resource
    found.groups = groups
    form: type[RecordForm] = found
    return form


def initial_of(resource: Resource, pk: int, user: Actor) -> dict[str, Any]:
    """A row's values as the initial values of its form; empty when the user cannot see it."""
    fields = form_class(resource).base_fields
    custom = custom_fields.made_fields(resource)
    names = [name for name in (*fields, *custom) if name not in resource.write_only]
    rows = resource.reader(tuple(names)).by_id([pk], ReadContext(user=user))
    found = {}
    for name, value in rows.get(pk, {}).items():
        field, made = resource.field(name), fields.get(name) or custom[name]
        found[name] = form_fields.initial_value(field, made, value)
        if isinstance(field, CustomColumn):
            found[name] = custom_fields.initial_value(field, found[name])
    return found


def unique_columns(resource: Resource) -> set[str]:
    """Fields of which no two rows may have the same value, so that a copy cannot keep them."""
    found = {column.name for column in resource.model._meta.concrete_fields if column.unique}
    for constraint in resource.model._meta.constraints:
        fields = getattr(constraint, "fields", ())
        if len(fields) == 1 and type(constraint).__name__ == "UniqueConstraint":
            found.update(fields)
    return found
