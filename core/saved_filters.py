"""Saved filters in force: `filter` (slug) and `filter_id` stand for the parameters they hold."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.http import QueryDict

from core import access
from core.models import SavedFilter

BY_SLUG, BY_ID = "filter", "filter_id"


def usable(model: type[Model], own: Q, kind: type[Any] = SavedFilter) -> Any:
    """The filters (or views) for lists of `model` that are shared or a reader's `own`, and on."""
    types = "object_types" if kind is SavedFilter else "object_type"
    of_type = ContentType.objects.get_for_model(model, for_concrete_model=False)
    return kind._default_manager.filter(Q(shared=True) | own, **{types: of_type}, enabled=True)


def pairs(parameters: Any) -> list[tuple[str, list[str]]]:
    """Stored parameters as lists of texts."""
    found = []
    for name, value in (parameters if isinstance(parameters, dict) else {}).items():
        values = value if isinstance(value, list) else [value]
        found.append((str(name), [text_of(each) for each in values if each is not None]))
    return found


def text_of(value: Any) -> str:
    """A stored value as a query string has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def expand(model: type[Model], data: Any, user: access.Actor) -> Any:
    """`data` with the parameters of the saved filters it names; what is given itself wins.

    Raises ValidationError for a filter that there is not.
    """
    if not isinstance(data, QueryDict) or not (BY_SLUG in data or BY_ID in data):
        return data
    found: dict[str, list[str]] = {}
    own = Q(user=getattr(user, "pk", None))
    for name, column in ((BY_SLUG, "slug"), (BY_ID, "pk")):
        for value in filter(None, data.getlist(name)):
            number = value.isdecimal() and len(value) < 19
            known = number if column == "pk" else "\0" not in value
            rows = usable(model, own).filter(**{column: value}) if known else ()
            saved = next(iter(rows), None)
            if saved is None:
                raise ValidationError({name: [f"There is no saved filter {value} for this list."]})
            for key, values in pairs(saved.parameters):
                found.setdefault(key, []).extend(values)
    made = data.copy()
    for key, values in found.items():
        if key not in data and key not in (BY_SLUG, BY_ID):
            made.setlist(key, list(dict.fromkeys(values)))
    return made
