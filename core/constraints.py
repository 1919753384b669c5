"""Constraints of permissions: from JSON to a condition on rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Model, Q

from core import registry

USER = "$user"
SHAPE = "Give an object of lookups, or a list of such objects of which one must match."
MAX_LOOKUPS = 50


@dataclass(frozen=True)
class Lookup:
    """A key of a constraint as Django knows it; `many` when it goes through several rows."""

    path: str
    many: bool


def alternatives(constraints: Any) -> list[dict[str, Any]]:
    """The objects of which one must match; one empty object where every row does."""
    if not constraints:
        return [{}]
    return [constraints] if isinstance(constraints, dict) else list(constraints)


def lookup(model: type[Model], key: str) -> Lookup:
    """A key such as `site__region__slug__in` as a path over columns.

    Names are those of the wire format, or of columns. Raises FieldError for a field whose values
    nobody may read.
    """
    parts, found, many = key.split("__"), [], False
    while parts:
        name, hidden = _column(model, parts[0])
        if hidden:
            raise FieldError(f"{parts[0]} cannot be asked for")
        try:
            column: Any = model._meta.get_field(name.split("__")[0])
        except FieldDoesNotExist:
            break
        found.append(name)
        parts = parts[1:]
        many = many or bool(column.many_to_many or column.one_to_many)
        if not column.is_relation or column.related_model is None or "__" in name:
            if name != "tags__tag":
                break
            column = column.related_model._meta.get_field("tag")
        model = column.related_model
    return Lookup("__".join([*found, *parts]), many)


def _column(model: type[Model], name: str) -> tuple[str, bool]:
    """The column behind a name of the wire format, and whether it is secret."""
    if not registry.has_model(model):
        return name, False
    resource = registry.of_model(model)
    if name == "tags" and resource.has_field("tags"):
        return "tags__tag", False
    if name == "custom_fields":
        return "custom_field_data", False
    if resource.has_field(name):
        source = resource.field(name).source
        return (source if source != name else name), name in resource.write_only
    return name, name in resource.secret


def condition(model: type[Model], given: Any, user_id: int | None) -> tuple[Q, bool]:
    """The rows that constraints leave, and whether the condition needs a subquery."""
    every, many = Q(), False
    for each in alternatives(given):
        if not each:
            return Q(), False
        one = Q()
        for key, value in each.items():
            found = lookup(model, key)
            many = many or found.many
            one &= Q(**{found.path: _filled(value, user_id)})
        every |= one
    return every, many


def _filled(value: Any, user_id: int | None) -> Any:
    if isinstance(value, list):
        return [_filled(item, user_id) for item in value]
    return user_id if value == USER else value


def validate(models: list[type[Model]], given: Any) -> None:
    """Raise ValidationError with a sentence unless the constraints work on rows of all models."""
    if given is None:
        return
    if not isinstance(given, dict | list):
        raise ValidationError(SHAPE)
    chosen = [given] if isinstance(given, dict) else given
    if not all(isinstance(each, dict) for each in chosen):
        raise ValidationError(SHAPE)
    if isinstance(given, list) and not all(chosen):
        raise ValidationError("An empty object in the list would match every row.")
    if sum(map(len, chosen)) > MAX_LOOKUPS:
        raise ValidationError(f"At most {MAX_LOOKUPS} lookups can be given.")
    faults = [fault for model in models for fault in _faults(model, chosen)]
    if faults:
        raise ValidationError(list(dict.fromkeys(faults)))


def _faults(model: type[Model], chosen: list[dict[str, Any]]) -> Iterator[str]:
    name = registry.of_model(model).name if registry.has_model(model) else model.__name__
    for each in chosen:
        for key, value in each.items():
            try:
                with transaction.atomic():
                    found = lookup(model, str(key))
                    matching = Q(**{found.path: _filled(value, 0)})
                    model._default_manager.filter(matching).exists()
            except FieldError:
                yield f"A {name} cannot be looked up by {key}."
            except (ValueError, TypeError, ValidationError, DatabaseError):
                yield f"{key} of a {name} cannot be compared with this value."
