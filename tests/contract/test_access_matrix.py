"""Nothing leaks: every resource, endpoint and page, as those see it who may see little of it.

One world holds two rows of every resource with all they refer to. Each table's ids are of a range
of their own, and every text of a row that is to stay hidden holds `SECRET`, so a leak shows
wherever it is: an id, a name, an address, in JSON, CSV, HTML, SVG or the text of an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, models, transaction
from django.test import Client
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from core import access, registry
from core.access import ACTIONS
from core.fields import Ref
from core.models import ObjectChange, ObjectPermission, Token, User
from core.resource import Resource
from tests.contract import payloads
from tests.core.factories import UserFactory

pytestmark = pytest.mark.django_db

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


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Made once for all tests here, and undone at the end."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            yield _made()
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


def _made() -> World:
    found = World()
    _spread_ids()
    admin = UserFactory(is_superuser=True, username="root")
    client = _rest(admin)
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
        _permit(found.users["own"], resource, {"id": found.ours[resource.path]})
        _permit(found.users["related"], resource, found.related[resource.path])
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


def _permit(user: User, resource: Resource, constraints: dict[str, Any]) -> None:
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


def _rest(user: User) -> APIClient:
    made = APIClient()
    made.force_authenticate(user)
    return made


def _pages(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


def clean(world: World, answer: Any, *sent: int, said: bool = False) -> bytes:
    """The answer's bytes; fails where they tell of something hidden that was not asked for."""
    content = b"".join(answer) if answer.streaming else answer.content
    text: str = content.decode()
    assert answer.status_code < 500
    if not said:
        assert SECRET not in text.lower(), _around(text, SECRET)
    for digits in set(re.findall(r"\d{7,}", text)):
        assert int(digits) not in world.hidden - set(sent), _around(text, digits)
    return bytes(content)


def _around(text: str, part: str) -> str:
    place = text.lower().index(part)
    return text[max(0, place - 400) : place + 200]


def of(resources: list[Resource]) -> Any:
    return pytest.mark.parametrize("resource", resources, ids=lambda r: r.path)


def alike(ask: Callable[[int], Any], pk: int) -> Any:
    """The answer about a row that is hidden, found to be the one about a row that is not there.

    The same statements run and the same bytes come back but for the id, so that neither the text
    nor the time it takes tells of the row.
    """
    hidden, ran = _watched(ask, pk)
    absent, others = _watched(ask, MISSING)
    if ran != others:  # the first may have read what is kept
        hidden, ran = _watched(ask, pk)
    assert hidden.status_code == absent.status_code
    assert _bare(hidden) == _bare(absent).replace(str(MISSING), str(pk))
    assert _headers(hidden) == _headers(absent)
    assert ran == others
    return hidden


def _watched(ask: Callable[[int], Any], pk: int) -> tuple[Any, list[str]]:
    ran: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        ran.append(re.sub(rf"\bs\d+_x\d+\b|\b{pk}\b", "", str(sql)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = ask(pk)
    return answer, ran


def _headers(answer: Any) -> dict[str, str]:
    ignored = {"X-Request-ID", "Content-Length"}
    return {name: value for name, value in answer.items() if name not in ignored}


def _bare(answer: Any) -> str:
    """An answer without what differs every time."""
    text: str = answer.content.decode()
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken[^>]*', "", text)


def actions(resource: Resource) -> list[str]:
    """What a row can be asked for beside itself, as addresses with a place for its id."""
    return [
        f"/api/{resource.path}/{action.route.replace('<int:pk>', '%d')}"
        for action in resource.actions
        if "<int:pk>" in action.route
    ]


# no permission


@of(RESOURCES)
def test_nobody_sees_or_does_anything(world: World, resource: Resource) -> None:
    client, listed, pk = (
        _rest(world.users["nobody"]),
        resource.list_url(),
        world.ours[resource.path],
    )
    if resource.path == "core/object-types":
        return
    answer = client.get(listed)
    clean(world, answer)
    if resource.path in PERSONAL:
        assert answer.json()["count"] == 0
    elif resource.path not in OPEN:
        assert answer.status_code == 403
        assert "actions" not in client.options(listed).json()
    for method in (client.get, client.patch):
        about = alike(lambda pk, ask=method: ask(resource.url(pk), {}, format="json"), pk)
        assert about.status_code in (404, 404 if resource in WRITABLE else 405)
    for route in actions(resource):
        alike(lambda pk, route=route: client.get(route % pk), pk)
    if resource in WRITABLE:
        before = resource.model._default_manager.count()
        for method in ("post", "patch", "delete"):
            answer = getattr(client, method)(listed, [{"id": pk}], format="json")
            own = resource.path in ("users/tokens", *PERSONAL)
            assert answer.status_code == (400 if own else 403)
            clean(world, answer, pk)
        assert resource.model._default_manager.count() == before


@of(RESOURCES)
def test_nobody_has_pages(world: World, resource: Resource) -> None:
    if resource.path in OPEN:
        return
    client, pk = _pages(world.users["nobody"]), world.ours[resource.path]
    base = f"/{resource.path}/"
    assert alike(lambda pk: client.get(f"{base}{pk}/"), pk).status_code == 404
    if resource.path in PERSONAL:
        clean(world, client.get(base))
        return
    for end in ("", "export/", "add/", f"{pk}/edit/"):
        assert client.get(f"{base}{end}").status_code in (403, 404), end


# some rows


@pytest.mark.parametrize("name", ["own", "related"])
@of(RESOURCES)
def test_lists_and_details_hold_what_is_permitted(
    world: World, resource: Resource, name: str
) -> None:
    client, pk = _rest(world.users[name]), world.ours[resource.path]
    page = client.get(resource.list_url())
    clean(world, page, *_ids_of(world, name))
    if resource.path == "core/object-types":
        return
    rows = page.json()["results"]
    extra = {world.users[name].pk} if resource.path == "users/users" else set()
    if resource.path in world.tied or (name == "related" and resource.path in PERSONAL):
        assert rows == [] and page.json()["count"] == 0
        return
    if name == "own" or world.related[resource.path].keys() == {"id"}:
        assert {row["id"] for row in rows if "id" in row} == {pk} | extra
        assert page.json()["count"] == 1 + len(extra)
    one = client.get(resource.url(pk))
    assert one.status_code == 200
    clean(world, one, *_ids_of(world, name))
    assert one.json() in rows or name == "related"


def _ids_of(world: World, name: str) -> set[int]:
    return set() if name == "own" else set(world.theirs.values()) | world.hidden


@of(RESOURCES)
def test_what_is_not_permitted_is_not_there(world: World, resource: Resource) -> None:
    if resource.path == "core/object-types":
        return
    client, pk = _rest(world.users["own"]), world.theirs[resource.path]
    for method in (client.get, client.patch, client.delete):
        alike(lambda pk, ask=method: ask(resource.url(pk), {}, format="json"), pk)
    for route in actions(resource):
        alike(lambda pk, route=route: client.get(route % pk), pk)
    for query in ({"id": pk}, {"id__gte": pk, "id__lte": pk}, {"q": SECRET}, {"start": pk}):
        if "q" in query and not resource.search:
            continue
        page = client.get(resource.list_url(), query).json()
        found = {row["id"] for row in page["results"] if "id" in row}
        assert pk not in found and (page["count"] or 0) <= len(found), query
    if resource in WRITABLE:
        listed, ours = resource.list_url(), world.ours[resource.path]
        for method in (client.patch, client.delete):
            alike(lambda pk, ask=method: ask(listed, [{"id": ours}, {"id": pk}], format="json"), pk)
        assert resource.model._default_manager.filter(pk__in=[ours, pk]).count() == 2


@of(RESOURCES)
def test_references_to_what_is_hidden_are_refused_as_unknown(
    world: World, resource: Resource
) -> None:
    client = _rest(world.users["own"])
    url = resource.url(world.ours[resource.path])
    for declared in resource.writable_fields if resource in WRITABLE else ():
        if not isinstance(declared, Ref) or resource.path in world.tied:
            continue
        answer = alike(
            lambda pk, name=declared.name: client.patch(url, {name: {"id": pk}}, format="json"),
            world.theirs[declared.target.path],
        )
        assert answer.status_code == 400
    for name, made in resource.all_filters.items():
        model = getattr(made.source, "model", None)
        if "__" in name or model is None or not registry.has_model(model):
            continue
        hidden = world.theirs[registry.of_model(model).path]
        if made.source.attribute == "pk":
            answer = alike(
                lambda pk, name=name: client.get(resource.list_url(), {name: pk}), hidden
            )
            sentence = f"Select a valid choice. {hidden} is not one of the available choices."
            assert answer.json() == {name: [sentence]}
            continue
        known = model._default_manager.values_list(made.source.attribute, flat=True)
        value, absent = str(known.get(pk=hidden)), "no-such-thing"
        answers = [client.get(resource.list_url(), {name: text}) for text in (value, absent)]
        assert answers[0].status_code == answers[1].status_code == 400, name
        assert answers[0].content.decode().replace(value, absent) == answers[1].content.decode()


@of(RESOURCES)
def test_order_tells_of_nothing_hidden(world: World, resource: Resource) -> None:
    """Who sees rows but not what these refer to has them in the order of what can be seen."""
    user, ids = UserFactory(), [world.ours[resource.path], world.theirs[resource.path]]
    _permit(user, resource, {"id__in": ids})
    client, model = _rest(user), resource.model

    def order(*names: str) -> list[int]:
        query = {"ordering": ",".join(names), "fields": "id"} if names else {}
        page = client.get(resource.list_url(), query).json()["results"]
        return [row["id"] for row in page if row.get("id") in ids]

    shown = order()
    own = [c for c in resource.order_columns if not _leads_on(model, c.lstrip("-"))]
    rows = model._default_manager.filter(pk__in=shown).order_by(*own, "pk")
    assert shown == list(rows.values_list("pk", flat=True))
    for declared in resource.all_fields:
        leads = any(_leads_on(model, column.lstrip("-")) for column in declared.order_by())
        if leads and isinstance(declared, Ref) and declared.target.path not in OPEN:
            assert order(declared.name) == order(f"-{declared.name}") == sorted(shown)


def _leads_on(model: type[models.Model], column: str) -> bool:
    name = column.split("__")[0]
    return name != "pk" and model._meta.get_field(name).is_relation


@of(RESOURCES)
def test_extras_of_a_row_tell_of_nothing_hidden(world: World, resource: Resource) -> None:
    client, pk = _rest(world.users["own"]), world.ours[resource.path]
    for route in actions(resource):
        for query in ({}, {"render": "svg"}):
            clean(world, client.get(route % pk, query))
    if resource in WRITABLE:
        refused = client.delete(resource.url(pk))
        clean(world, refused)
        assert refused.status_code in ((404,) if resource.path in world.tied else (204, 409))


@of(RESOURCES)
def test_pages_tell_of_nothing_hidden(world: World, resource: Resource) -> None:
    client, pk = _pages(world.users["own"]), world.ours[resource.path]
    base, other = f"/{resource.path}/", world.theirs[resource.path]
    if resource.path != "core/object-types":
        alike(lambda pk: client.get(f"{base}{pk}/"), other)
    for url in (base, f"{base}export/?format=csv", f"{base}{pk}/"):
        clean(world, client.get(url))
    if resource in WRITABLE and resource.path not in world.tied:
        for end in ("edit/", "delete/"):
            clean(world, client.get(f"{base}{pk}/{end}"))
        chosen = {"pk": [pk, other], "_apply": "1"}
        clean(world, client.post(f"{base}delete/", chosen), other)
        assert resource.model._default_manager.filter(pk=other).exists()


def test_what_others_can_see_tells_of_nothing_hidden(world: World) -> None:
    client = _pages(world.users["own"])
    for path in ("users/users", "users/groups"):
        base = f"/{path}/%d/access/"
        alike(lambda pk, base=base: client.get(base % pk), world.theirs[path])
        shown = base % world.ours[path]
        clean(world, client.get(f"{shown}?count=1&every=1"))
        clean(world, client.get(f"{shown}?record={SECRET}"), said=True)
        for kind in ("dcim/racks", "dcim/devices", "users/permissions", "core/object-changes"):
            about = f"{shown}?record=/{kind}/%d/"
            alike(lambda pk, about=about: client.get(about % pk), world.theirs[kind])
            clean(world, client.get(about % world.ours[kind]))
    kinds = {"object_types": [resource.object_type for resource in RESOURCES]}
    clean(world, client.post("/users/permissions/matches/", kinds))


def test_what_spans_resources_tells_of_nothing_hidden(world: World) -> None:
    client = _pages(world.users["own"])
    for url in ("/", f"/search/?q={SECRET}", "/search/?q=na&live=1", "/dcim/rack-elevations/"):
        clean(world, client.get(url), said=SECRET in url)
    page = client.get(f"/search/?q={SECRET}").content.decode()
    assert not re.search(rf"{SECRET}\d", page)


@of(WRITABLE)
def test_imports_find_nothing_hidden(world: World, resource: Resource) -> None:
    client = _pages(world.users["own"])
    hidden = world.theirs[resource.path]
    rows = [{"id": hidden}, {"id": MISSING}]
    answer = client.post(f"/{resource.path}/import/", {"text": json.dumps(rows), "format": "json"})
    found = clean(world, answer, hidden).decode()
    assert f"with id {hidden}." in found and f"with id {MISSING}." in found


# tokens


@of(WRITABLE)
def test_a_read_only_token_reads_and_writes_nothing(world: World, resource: Resource) -> None:
    token = Token(user=world.users["root"], write_enabled=False)
    client = APIClient(headers={"Authorization": f"Bearer {token.issue()}"})
    token.save()
    url, listed = resource.url(world.ours[resource.path]), resource.list_url()
    assert client.get(url).status_code == 200
    for method, address in (("post", listed), ("delete", listed), ("patch", url), ("put", url)):
        answer = getattr(client, method)(address, {}, format="json")
        assert answer.json() == {"detail": "This token is read-only."}
        assert answer.status_code == 403
