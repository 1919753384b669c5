"""Two people, one record: what a form was opened with, and what has been changed since."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, QueryDict

from core import access, registry
from core.models import ObjectChange
from core.read import ReadContext
from core.resource import Resource
from core.web.form_fields import EMPTY, FormWidget, JsonInput, ReferenceInput
from core.web.page import actor
from core.web.record_form import RecordForm

SALT = "core.web.conflicts"
TYPED = (forms.DecimalField, forms.DateField, forms.DateTimeField)


@dataclass(frozen=True)
class Opened:
    """What a form was opened with: its values as JSON, and the record's last change then."""

    values: dict[str, Any]
    change: int


@dataclass(frozen=True)
class Difference:
    """A field that somebody else changed; `clash` when the user wants something else in it."""

    name: str
    label: str
    before: str
    theirs: str
    mine: str
    clash: bool


def carry(resource: Resource, pk: int, initial: dict[str, Any]) -> str:
    """What the form takes along, signed."""
    values = {name: _plain(value) for name, value in initial.items()}
    return signing.dumps([values, _last_change(resource, pk)], salt=SALT, compress=True)


def opened(text: str | None) -> Opened | None:
    """What the form took along; None where that is missing or not ours."""
    try:
        values, change = signing.loads(text or "", salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return Opened(values, change)


def original(form: type[RecordForm], found: Opened, current: dict[str, Any]) -> dict[str, Any]:
    """The initial values the form had, of the kinds its fields compare with."""
    values = dict(current)
    for name, value in found.values.items():
        if name not in current or _plain(current[name]) == value:
            continue
        values[name] = value
        made = form.base_fields.get(name)
        if isinstance(made, TYPED) and isinstance(value, str):
            with contextlib.suppress(ValidationError):
                values[name] = made.to_python(value)
    return values


def compare(form: RecordForm, found: Opened, current: dict[str, Any]) -> list[Difference]:
    """Field by field what somebody else changed since the form was opened."""
    differences = []
    for name, before in found.values.items():
        if name not in form.fields or name not in current or _plain(current[name]) == before:
            continue
        made, bound = form.fields[name], form[name]
        wanted = bound.field.has_changed(current[name], bound.data) and name in form.changed_data
        mine = getattr(form, "cleaned_data", {}).get(name, bound.data)
        if isinstance(mine, File):
            mine = mine.name
        differences.append(
            Difference(
                name,
                str(bound.label),
                _shown(form, made, before),
                _shown(form, made, _plain(current[name])),
                _shown(form, made, _plain(mine)) if wanted else "",
                wanted,
            )
        )
    return differences


def filled(form: RecordForm, data: QueryDict, current: dict[str, Any], names: Iterable[str]) -> Any:
    """The input with what somebody else put into these fields."""
    found = data.copy()
    for name in names:
        bound = form[name]
        widget, value = bound.field.widget, bound.field.prepare_value(current[name])
        if isinstance(
            widget, FormWidget | forms.MultiWidget | forms.NullBooleanSelect | forms.FileInput
        ):
            continue  # left as it was, which is as good as unchanged
        if isinstance(widget, forms.CheckboxInput):
            texts = ["on"] if value else []
        else:
            text = widget.format_value(value)
            texts = [str(t) for t in (text if isinstance(text, list) else [text]) if t is not None]
        found.setlist(bound.html_name, texts)
    return found


def authors(
    request: HttpRequest, resource: Resource, pk: int, found: Opened
) -> list[dict[str, Any]]:
    """Who changed the record since, and when, newest first; as far as the reader may know."""
    kind = registry.content_type(resource)
    rows = access.restrict(ObjectChange.objects.all(), actor(request)).filter(
        changed_object_type=kind, changed_object_id=pk
    )
    fields = ("pk", "user_name", "time", "message")
    later = rows.filter(pk__gt=found.change).order_by("-pk").values(*fields)[:5]
    return list(later) or list(rows.order_by("-pk").values(*fields)[:1])


def _last_change(resource: Resource, pk: int) -> int:
    kind = registry.content_type(resource)
    rows = ObjectChange.objects.filter(changed_object_type=kind, changed_object_id=pk)
    return rows.order_by("-pk").values_list("pk", flat=True).first() or 0


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def _shown(form: RecordForm, made: forms.Field, value: Any) -> str:
    if value in (None, "", [], {}):
        return EMPTY
    if isinstance(made, ReferenceInput):
        wanted = value if isinstance(value, list) else [value]
        ids = [int(each) for each in wanted if str(each).isdecimal()]
        target = made.widget.target
        rows = target.reader(("display",)).by_id(ids, ReadContext(user=form.user))
        return ", ".join(str(rows[pk]["display"]) if pk in rows else f"#{pk}" for pk in ids)
    if isinstance(made, JsonInput):
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(made, forms.ChoiceField):
        pairs: Any = made.choices
        names = {str(key): str(label) for key, label in pairs}
        chosen = value if isinstance(value, list) else [value]
        return ", ".join(names.get(str(each), str(each)) for each in chosen)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
