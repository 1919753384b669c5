"""How bodies are made and filled."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models as db

from alerts.models import Alert, AlertEvent, Delivery, Notification
from capacity.models import Utilization
from core import registry
from core.fields import Choice, Scalar
from core.models import Job, ObjectChange, Tag, TaggedItem
from core.resource import Resource
from tests.alerts.factories import (
    AlertEventFactory,
    AlertFactory,
    DeliveryFactory,
    NotificationFactory,
)
from tests.capacity.factories import UtilizationFactory
from tests.core.factories import UserFactory
from tests.dcim import factories as dcim
from tests.facilities import factories as places

Body = dict[str, Any]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Example:
    """How to make a body: the least a row needs, what may be added, and what cannot be."""

    least: Callable[[int], Body]
    more: Callable[[Body, int], Body]
    skip: Sequence[str]


EXAMPLES: dict[str, Example] = {}


def example(
    path: str,
    least: Callable[[int], Body],
    more: Callable[[Body, int], Body] = lambda body, n: {},
    skip: Sequence[str] = (),
) -> None:
    """Register how the resource at `path` is created.

    `more` gives references and values that must fit the body; fields in `skip` stay unset because
    of a rule between fields.
    """
    EXAMPLES[path] = Example(least, more, skip)


def minimal(resource: Resource) -> Body:
    """A body with the required fields only."""
    return EXAMPLES[resource.path].least(next(_numbers))


def filled(resource: Resource) -> Body:
    """A body with a value for every field that can have one."""
    number = next(_numbers)
    made = EXAMPLES[resource.path]
    body = made.least(number)
    body.update(made.more(body, number))
    for field in resource.writable_fields:
        if field.name in body or field.name in made.skip:
            continue
        value = _value(field, number)
        if value is not None:
            body[field.name] = value
    return body


def rows(resource: Resource, count: int) -> list[int]:
    """Make rows of a resource that cannot be written over REST; returns their ids."""
    if resource.model is TaggedItem:
        numbers = itertools.islice(_numbers, count)
        tags = [Tag.objects.create(name=f"T{n}", slug=f"t{n}") for n in numbers]
        site = places.SiteFactory()
        kind = registry.content_type(registry.of_model(type(site)))
        made = [
            TaggedItem.objects.create(content_type=kind, object_id=site.pk, tag=tag) for tag in tags
        ]
        return [row.pk for row in made]
    if resource.model is ObjectChange:
        # Changes of one kind of row, since each kind costs a list a statement.
        kind = registry.content_type(registry.of_path("dcim/sites"))
        ObjectChange.objects.exclude(changed_object_type=kind).delete()
        for _ in range(count):
            places.SiteFactory()
        found = ObjectChange.objects.order_by("-pk").values_list("pk", flat=True)
        return list(found[:count])
    if resource.model is Job:
        return [Job.objects.create(name=f"job {n}", user=UserFactory()).pk for n in range(count)]
    made_up: dict[Any, Any] = {
        Delivery: DeliveryFactory,
        Alert: AlertFactory,
        AlertEvent: AlertEventFactory,
        Notification: NotificationFactory,
        Utilization: UtilizationFactory,
    }
    if factory := made_up.get(resource.model):
        return [factory().pk for _ in range(count)]
    if resource.path == "dcim/cable-terminations":
        return [dcim.CableTerminationFactory().pk for _ in range(count)]
    return list(resource.model._default_manager.values_list("pk", flat=True)[:count])


def _value(field: Any, number: int) -> Any:
    """A value other than the default for a plain field; None for references."""
    if field.name == "tags":
        tag = Tag.objects.create(name=f"Tag {number}", slug=f"tag-{number}")
        return [tag.pk]
    if isinstance(field, Choice):
        return [value for value, _ in field.choices if value != ""][-1]
    column = field.model_field
    if not isinstance(field, Scalar) or column is None:
        return None
    if isinstance(column, db.BooleanField):
        return not column.get_default()
    if isinstance(column, db.DateTimeField):
        return "2030-01-02T03:04:05.000006Z"
    if isinstance(column, db.DateField):
        return "2030-01-02"
    if isinstance(column, db.JSONField):
        return {"note": [number, None, "ü"]}
    if isinstance(column, db.DecimalField):
        return 1.5
    if isinstance(column, db.IntegerField):
        return number % 90 + 1
    if isinstance(column, db.EmailField):
        return f"one{number}@example.com"
    if isinstance(column, db.URLField):
        return f"https://example.com/{number}"
    if isinstance(column, db.FileField) or hasattr(column, "base_field"):
        return None
    if field.name == "color":
        return f"{number % 0xFFFFFF:06x}"
    if isinstance(column, db.CharField | db.TextField):
        return f"{field.name} {number}"[: column.max_length or 200]
    return None


def named(word: str) -> Callable[[int], Body]:
    """A body of name and slug."""
    return lambda n: {"name": f"{word} {n}", "slug": f"{word.lower()}-{n}"}


def named_only(word: str) -> Callable[[int], Body]:
    """A body of a name."""
    return lambda n: {"name": f"{word} {n}"}


def new_pk(path: str) -> int:
    """A new row of a resource that has no factory of its own."""
    resource = registry.of_path(path)
    return int(resource.model._default_manager.create(**EXAMPLES[path].least(next(_numbers))).pk)
