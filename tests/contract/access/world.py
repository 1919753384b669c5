"""One world for the tests of what may be seen, and what is asked of every answer.

It holds two rows of every resource with all they refer to. Each table's ids are of a range
of their own, and every text of a row that is to stay hidden holds `SECRET`, so a leak shows
wherever it is: an id, a name, an address, in JSON, CSV, HTML, SVG or the text of an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models
from django.test import Client
from rest_framework.test import APIClient

from core import access, registry
from core.access import ACTIONS
from core.fields import Ref
from core.models import ObjectChange, ObjectPermission, User
from core.resource import Resource
from tests.contract import payloads
from tests.core.factories import UserFactory

SECRET = "zq~"
RESOURCES = registry.resources()
WRITABLE = [r for r in RESOURCES if "post" in r.methods]
# What everybody may see of: kinds of record, oneself, one's own tokens and jobs.
OPEN = ("core/object-types", "core/jobs", "users/users", "users/tokens")
# Their names are keys of every row that has them.
SCHEMA = ("extras/custom-fields", "extras/custom-field-choice-sets")
# Everybody has some of their own, and sees of others what these share, whatever is permitted.
PERSONAL = tuple(r.path for r in RESOURCES if r.model in access._shared)
TEXTS = ("name", "slug", "username", "description", "label", "serial", "asset_tag", "comments")
TEXTS += ("model", "part_number", "facility_id", "cid", "title", "email", "key", "first_name")
TEXTS += ("last_name", "domain", "facility", "physical_address", "phone", "object_repr", "message")
TEXTS += ("link_text", "template_code", "user_name")
MISSING = 999_999_999


@dataclass
class World:
    """Ids of the row that may be seen and of another, by path; ids and users that matter."""

    ours: dict[str, int] = field(default_factory=dict)
    theirs: dict[str, int] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    users: dict[str, User] = field(default_factory=dict)
    related: dict[str, dict[str, int]] = field(default_factory=dict)
    # Shown only with the row they refer to, which is hidden here.
    tied: set[str] = field(default_factory=set)


def made_world() -> World:
    found = World()
    _spread_ids()
    admin = UserFactory(is_superuser=True, username="root")
    client = rest(admin)
    for resource in RESOURCES:
        found.ours[resource.path], found.theirs[resource.path] = _rows(client, resource)
    found.tied = {r.path for r in RESOURCES if r.model in access._tied and not _tie(found, r)}
    seen = {(registry.of_path(path).model, pk) for path, pk in found.ours.items()}
    for name in ("nobody", "own", "related"):
        found.users[name] = user = UserFactory(username=name)
        seen.add((User, user.pk))
    found.users["root"] = admin
    for path in PERSONAL:
        registry.of_path(path).model._default_manager.filter(pk=found.ours[path]).update(
            user=found.users["own"]
        )
    for resource in RESOURCES:
        found.related[resource.path] = _related(resource, found.ours[resource.path])
        permit(found.users["own"], resource, {"id": found.ours[resource.path]})
        permit(found.users["related"], resource, found.related[resource.path])
    for resource in RESOURCES:
        if resource.path == "core/object-types":
            continue
        ids = set(resource.model._default_manager.values_list("pk", flat=True))
        mine = {pk for model, pk in seen if model is resource.model}
        found.hidden |= ids - mine
        if resource.path not in ("users/permissions", "users/users", *SCHEMA):
            _hide(resource.model, mine)
    return found


def _spread_ids() -> None:
    with connection.cursor() as cursor:
        for number, resource in enumerate(RESOURCES, start=1):
            table = resource.model._meta.db_table
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
                [f'"{table}"', number * 1_000_003],
            )


def _rows(client: APIClient, resource: Resource) -> list[int]:
    if resource not in WRITABLE:
        return payloads.rows(resource, 2)
    make = payloads.minimal if resource.path in SCHEMA else payloads.filled
    bodies = [make(resource), make(resource)]
    answer = client.post(f"{resource.list_url()}?fields=id", bodies, format="json")
    assert answer.status_code == 201, answer.json()
    return [row["id"] for row in answer.json()]


def _tie(world: World, resource: Resource) -> bool:
    """Let the row that may be seen be about another that may be; False where it cannot be."""
    type_column, id_column, _ = access._tied[resource.model]
    rows = resource.model._default_manager
    if resource.model is ObjectChange:
        sites = registry.of_path("dcim/sites")
        about = rows.filter(changed_object_type=registry.content_type(sites))
        for ids in (world.ours, world.theirs):
            last = about.filter(changed_object_id=ids[sites.path]).latest("pk")
            ids[resource.path] = last.pk
        return True
    row = rows.get(pk=world.ours[resource.path])
    target = registry.of_content_type(getattr(row, f"{type_column}_id"))
    if resource.path == "dcim/cable-terminations" or target is None:
        return False  # a cable's end stays where it is plugged in
    rows.filter(pk=row.pk).update(**{id_column: world.ours[target.path]})
    return True


def _related(resource: Resource, pk: int) -> dict[str, Any]:
    """A constraint that only the row meets, by what it refers to where it refers to something."""
    row = resource.model._default_manager.get(pk=pk)
    for declared in resource.all_fields:
        column = declared.model_field
        if isinstance(declared, Ref) and column.concrete and not column.unique:
            value = getattr(row, column.attname)
            rows = resource.model._default_manager.filter(**{column.attname: value})
            if value is not None and rows.count() == 1:
                return {f"{declared.name}__id__in": [value]}
    return {"id": pk}


def permit(user: User, resource: Resource, constraints: dict[str, Any]) -> None:
    made = ObjectPermission.objects.create(
        name=SECRET, actions=list(ACTIONS), constraints=constraints
    )
    made.object_types.add(registry.content_type(resource))
    made.users.add(user)


def _hide(model: type[models.Model], shown: set[int]) -> None:
    for column in model._meta.concrete_fields:
        if isinstance(column, models.CharField | models.TextField) and column.name in TEXTS:
            if column.choices:
                continue
            with connection.cursor() as cursor:
                name = connection.ops.quote_name(column.column)
                cursor.execute(
                    f"UPDATE {connection.ops.quote_name(model._meta.db_table)} "
                    f"SET {name} = '{SECRET}' || id WHERE id <> ALL(%s) AND {name} <> ''",
                    [list(shown)],
                )


def rest(user: User) -> APIClient:
    made = APIClient()
    made.force_authenticate(user)
    return made


def pages(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


def clean(world: World, answer: Any, *sent: int, said: bool = False) -> bytes:
    """The answer's bytes; fails where they tell of something hidden that was not asked for."""
    content = b"".join(answer) if answer.streaming else answer.content
    text: str = content.decode(errors="replace")
    assert answer.status_code < 500
    if not said:
        assert SECRET not in text.lower(), _around(text, SECRET)
    for digits in set(re.findall(r"\d{7,}", text)):
        assert int(digits) not in world.hidden - set(sent), _around(text, digits)
    return bytes(content)


def _around(text: str, part: str) -> str:
    place = text.lower().index(part)
    return text[max(0, place - 400) : place + 200]


def alike(ask: Callable[[int], Any], pk: int) -> Any:
    """The answer about a row that is hidden, found to be the one about a row that is not there.

    The same statements run and the same bytes come back but for the id, so that neither the text
    nor the time it takes tells of the row.
    """
    answers = {number: _watched(ask, number) for number in (pk, MISSING)}
    # The first may have read what is kept; either may have told in a new minute how long ago
    # something was.
    for number in (pk, MISSING, pk):
        if answers[pk][1:] == answers[MISSING][1:]:
            break
        answers[number] = _watched(ask, number)
    (hidden, text, ran), (absent, other_text, others) = answers[pk], answers[MISSING]
    assert hidden.status_code == absent.status_code
    assert text == other_text
    assert _headers(hidden, pk) == _headers(absent, MISSING)
    assert ran == others
    return hidden


def _watched(ask: Callable[[int], Any], pk: int) -> tuple[Any, str, list[str]]:
    """The answer, its text without what differs every time, and the statements that ran."""
    ran: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        ran.append(re.sub(rf"\bs\d+_x\d+\b|\b{pk}\b", "", str(sql)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = ask(pk)
        text = _bare(answer, pk)
    return answer, text, ran


def _headers(answer: Any, pk: int) -> dict[str, str]:
    ignored = {"X-Request-ID", "Content-Length"}
    return {k: v.replace(str(pk), "pk") for k, v in answer.items() if k not in ignored}


def _bare(answer: Any, pk: int) -> str:
    """An answer without the id that was asked for, and what differs every time."""
    content = b"".join(answer) if answer.streaming else answer.content
    text = re.sub(
        r'name="csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken[^>]*', "", content.decode()
    )
    return text.replace(str(pk), "pk")


def actions(resource: Resource) -> list[str]:
    """What a row can be asked for beside itself, as addresses with a place for its id."""
    return [
        f"/api/{resource.path}/{action.route.replace('<int:pk>', '%d')}"
        for action in resource.actions
        if "<int:pk>" in action.route
    ]
