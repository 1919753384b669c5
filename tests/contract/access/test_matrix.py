"""Nothing leaks: every resource, endpoint and page, as those see it who may see little of it."""

from __future__ import annotations

import json
import re

import pytest
from django.db import models
from rest_framework.test import APIClient

from core import registry
from core.fields import Ref
from core.models import Token
from core.resource import Resource
from tests.contract.access.world import (
    MISSING,
    OPEN,
    PERSONAL,
    RESOURCES,
    SECRET,
    WRITABLE,
    World,
    actions,
    alike,
    clean,
    pages,
    permit,
    rest,
)
from tests.contract.conftest import of
from tests.core.factories import UserFactory

pytestmark = pytest.mark.django_db


# no permission


@of(RESOURCES)
def test_nobody_sees_or_does_anything(world: World, resource: Resource) -> None:
    client, listed, pk = (
        rest(world.users["nobody"]),
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
    client, pk = pages(world.users["nobody"]), world.ours[resource.path]
    base = f"/{resource.path}/"
    if resource.path in PERSONAL:
        clean(world, client.get(base))
    else:
        for end in ("", "export/", "add/", f"{pk}/edit/"):
            assert client.get(f"{base}{end}").status_code in (403, 404), end
    assert alike(lambda pk: client.get(f"{base}{pk}/"), pk).status_code == 404


# some rows


@pytest.mark.parametrize("name", ["own", "related"])
@of(RESOURCES)
def test_lists_and_details_hold_what_is_permitted(
    world: World, resource: Resource, name: str
) -> None:
    client, pk = rest(world.users[name]), world.ours[resource.path]
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
    client, pk = rest(world.users["own"]), world.theirs[resource.path]
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
    client = rest(world.users["own"])
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
    permit(user, resource, {"id__in": ids})
    client, model = rest(user), resource.model

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
    client, pk = rest(world.users["own"]), world.ours[resource.path]
    for route in actions(resource):
        for query in ({}, {"render": "svg"}):
            clean(world, client.get(route % pk, query))
    if resource in WRITABLE:
        refused = client.delete(resource.url(pk))
        clean(world, refused)
        assert refused.status_code in ((404,) if resource.path in world.tied else (204, 409))


@of(RESOURCES)
def test_pages_tell_of_nothing_hidden(world: World, resource: Resource) -> None:
    client, pk = pages(world.users["own"]), world.ours[resource.path]
    base, other = f"/{resource.path}/", world.theirs[resource.path]
    for url in (base, f"{base}export/?format=csv", f"{base}{pk}/"):
        clean(world, client.get(url))
    if resource.path != "core/object-types":
        alike(lambda pk: client.get(f"{base}{pk}/"), other)
    if resource in WRITABLE and resource.path not in world.tied:
        for end in ("edit/", "delete/"):
            clean(world, client.get(f"{base}{pk}/{end}"))
        chosen = {"pk": [pk, other], "_apply": "1"}
        clean(world, client.post(f"{base}delete/", chosen), other)
        assert resource.model._default_manager.filter(pk=other).exists()


def test_what_others_can_see_tells_of_nothing_hidden(world: World) -> None:
    client = pages(world.users["own"])
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
    client = pages(world.users["own"])
    for url in ("/", f"/search/?q={SECRET}", "/search/?q=na&live=1", "/dcim/rack-elevations/"):
        clean(world, client.get(url), said=SECRET in url)
    page = client.get(f"/search/?q={SECRET}").content.decode()
    assert not re.search(rf"{SECRET}\d", page)


@of(WRITABLE)
def test_imports_find_nothing_hidden(world: World, resource: Resource) -> None:
    client = pages(world.users["own"])
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
