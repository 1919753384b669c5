"""Every resource, every operation, by the wire's rules. A new resource only adds a payload."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import registry
from core.fields import Choice
from core.resource import Resource
from tests.contract import payloads
from tests.contract.conftest import Kept, of
from tests.contract.payloads import Body

pytestmark = pytest.mark.django_db

RESOURCES = registry.resources()
WRITABLE = [r for r in RESOURCES if "post" in r.methods]
READ_ONLY = [r for r in RESOURCES if "post" not in r.methods]
# Set by the server on every write, or, like an interface's addresses, by another row.
MOVING = {"last_updated"}
# Everybody may make some for themselves.
PERSONAL = ("extras/saved-filters", "extras/table-configs")
MISSING_ID = 999_999_999


def create(client: APIClient, resource: Resource, body: Body) -> Body:
    answer = client.post(resource.list_url(), body, format="json")
    assert answer.status_code == 201, (body, answer.json())
    made: Body = answer.json()
    return made


def read(client: APIClient, resource: Resource, pk: int) -> Body:
    answer = client.get(resource.url(pk))
    assert answer.status_code == 200
    found: Body = answer.json()
    return found


def as_request(resource: Resource, row: Body) -> Body:
    """A response as clients send it back: choices as bare values, references as they came."""
    found = {}
    for name, value in row.items():
        choice = isinstance(resource.field(name), Choice) and isinstance(value, dict)
        found[name] = value["value"] if choice else value
    if resource.has_field("password"):
        found["password"] = "Correct-Horse-9"
    return found


def steady(row: Body) -> Body:
    return {name: value for name, value in row.items() if name not in MOVING}


def a_change(resource: Resource, row: Body) -> Body:
    """A small change that every resource takes."""
    values = {
        "description": "changed",
        "priority": "secondary",
        "email": "changed@example.com",
        "comments": "changed",
        "group_name": "changed",
    }
    name = next(n for n in values if n in row)
    return {name: values[name]}


def test_every_writable_resource_has_a_payload() -> None:
    assert {r.path for r in WRITABLE} == set(payloads.EXAMPLES)


@of(WRITABLE)
def test_create_shows_what_was_sent_in_the_shape_of_a_detail(
    kept: Kept, resource: Resource
) -> None:
    made = kept.filled
    found = read(kept.client, resource, made["id"])
    revealed = {"token"} & set(made)
    assert {k: v for k, v in made.items() if k not in revealed} == {
        k: v for k, v in found.items() if k not in revealed
    }
    assert list(made) == list(resource.field_names)
    for name, sent in kept.sent[0].items():
        if name in resource.write_only or name == "image":
            continue  # a picture is shown as its address
        assert _same(found[name], sent), (name, sent, found[name])


def _same(shown: Any, sent: Any) -> bool:
    if type(shown) is type(sent) and shown == sent:
        return True
    if isinstance(shown, dict) and "value" in shown:
        return bool(shown["value"] == sent)
    if isinstance(shown, dict) and "id" in shown:
        return bool(shown["id"] == sent)
    if isinstance(shown, list):
        return len(shown) == len(sent) and all(map(_same, shown, sent))
    if isinstance(shown, dict) and isinstance(sent, dict):
        return all(_same(shown[name], sent[name]) for name in sent)
    return bool(shown == sent and type(shown) is type(sent))


@of(WRITABLE)
def test_every_writable_field_is_in_lists_as_in_details(kept: Kept, resource: Resource) -> None:
    page = kept.client.get(resource.list_url(), {"id": kept.filled["id"]}).json()
    assert set(page) == {"count", "next", "previous", "results"}
    assert page["results"] == [read(kept.client, resource, kept.filled["id"])]
    writable = {field.name for field in resource.writable_fields} - set(resource.write_only)
    assert writable - set(page["results"][0]) == set()


@of(WRITABLE)
def test_defaults_fill_what_is_not_sent(kept: Kept, resource: Resource) -> None:
    body, made = kept.sent[1], kept.minimal
    assert made["url"] == f"http://testserver/api/{resource.path}/{made['id']}/"
    if "display_url" in made:
        assert made["display_url"] == f"http://testserver/{resource.path}/{made['id']}/"
    for field in resource.writable_fields:
        column = field.model_field
        if isinstance(field, Choice) and field.name not in body and column.has_default():
            shown = made[field.name]
            assert (shown["value"] if isinstance(shown, dict) else shown) == column.get_default()


@of(WRITABLE)
@pytest.mark.parametrize("method", ["put", "patch"])
def test_writing_back_what_was_read_changes_nothing(
    kept: Kept, resource: Resource, method: str
) -> None:
    for made in (kept.filled, kept.minimal):
        before = read(kept.client, resource, made["id"])
        send = getattr(kept.client, method)
        answer = send(made["url"], as_request(resource, before), format="json")
        assert answer.status_code == 200, answer.json()
        assert steady(answer.json()) == steady(before)
        assert steady(read(kept.client, resource, made["id"])) == steady(before)


@of(WRITABLE)
def test_writing_back_a_whole_list_changes_nothing(kept: Kept, resource: Resource) -> None:
    before = kept.client.get(resource.list_url(), {"limit": 0}).json()["results"]
    mine = [as_request(resource, row) for row in before]
    for method in (kept.client.put, kept.client.patch):
        answer = method(resource.list_url(), mine, format="json")
        assert answer.status_code == 200, answer.json()
        assert [steady(row) for row in answer.json()] == [steady(row) for row in before]


@of(WRITABLE)
def test_patch_changes_one_field_and_keeps_the_rest(kept: Kept, resource: Resource) -> None:
    before = read(kept.client, resource, kept.filled["id"])
    change = a_change(resource, before)
    answer = kept.client.patch(kept.filled["url"], change, format="json")
    assert answer.status_code == 200, answer.json()
    after = answer.json()
    different = {name for name in after if after[name] != before[name]} - MOVING
    # What a cable is plugged into shows the cable in turn.
    assert different - {"a_terminations", "b_terminations"} == set(change)


@of(WRITABLE)
def test_put_without_a_required_field_is_refused_by_name(kept: Kept, resource: Resource) -> None:
    client, made = kept.client, kept.minimal
    required = {f.name for f in resource.writable_fields if f.write_field().required}  # type: ignore[union-attr]
    answer = client.put(made["url"], {}, format="json")
    assert answer.status_code == (400 if required else 200)
    if required:
        assert required <= set(answer.json())


@of(WRITABLE)
def test_delete_removes_the_row(kept: Kept, resource: Resource) -> None:
    client, made = kept.client, kept.minimal
    assert client.delete(made["url"]).status_code == 204
    gone = client.get(made["url"])
    assert gone.status_code == 404
    name = resource.model.__name__
    assert gone.json() == {"detail": f"No {name} matches the given query."}


@of(WRITABLE)
def test_bulk_create_update_and_delete_in_order(client: APIClient, resource: Resource) -> None:
    bodies = [payloads.minimal(resource), payloads.filled(resource), payloads.minimal(resource)]
    answer = client.post(resource.list_url(), bodies, format="json")
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    ids = [row["id"] for row in made]
    assert len(ids) == 3
    changes = [{"id": row["id"], **a_change(resource, row)} for row in reversed(made)]
    answer = client.patch(resource.list_url(), changes, format="json")
    assert answer.status_code == 200, answer.json()
    assert [row["id"] for row in answer.json()] == ids[::-1]
    name, value = next(iter(a_change(resource, made[0]).items()))
    shown = [row[name] for row in answer.json()]
    assert [s["value"] if isinstance(s, dict) else s for s in shown] == [value] * 3
    answer = client.delete(resource.list_url(), [{"id": pk} for pk in ids], format="json")
    assert answer.status_code == 204, answer.content
    assert not resource.model._default_manager.filter(pk__in=ids).exists()


@of(WRITABLE)
def test_a_list_with_one_fault_is_refused_as_a_whole_by_position(
    client: APIClient, resource: Resource
) -> None:
    good, bad = payloads.minimal(resource), payloads.minimal(resource)
    # Cables and limits of places need no field, but what is given has to be right.
    needed = (f.name for f in resource.writable_fields if f.write_field().required)  # type: ignore[union-attr]
    given = (name for name in ("color", "site") if resource.has_field(name))
    field = next(needed, None) or next(given)
    bad[field] = {"no": "such"}
    before = resource.model._default_manager.count()
    answer = client.post(resource.list_url(), [good, bad], format="json")
    assert answer.status_code == 400
    assert answer.json()[0] == {}
    assert list(answer.json()[1]) == [field]
    assert resource.model._default_manager.count() == before


@of(WRITABLE)
def test_ids_that_do_not_exist_are_named_by_position(kept: Kept, resource: Resource) -> None:
    client, made = kept.client, kept.minimal
    body = [{"id": made["id"]}, {"id": MISSING_ID}]
    for method in (client.patch, client.delete):
        answer = method(resource.list_url(), body, format="json")
        assert answer.status_code == 400
        assert answer.json()[0] == {}
        assert str(MISSING_ID) in answer.json()[1]["id"][0]
    assert client.get(made["url"]).status_code == 200


@of(WRITABLE)
def test_a_stale_version_is_refused(kept: Kept, resource: Resource) -> None:
    client, made = kept.client, kept.minimal
    answer = client.get(made["url"])
    assert answer["ETag"].startswith('W/"')
    change = a_change(resource, made)
    fresh = client.patch(made["url"], change, format="json", headers={"If-Match": answer["ETag"]})
    assert fresh.status_code == 200, fresh.json()
    stale = client.patch(made["url"], change, format="json", headers={"If-Match": answer["ETag"]})
    assert stale.status_code == 412
    assert stale["ETag"] == fresh["ETag"] == client.get(made["url"])["ETag"]
    stale = client.delete(made["url"], headers={"If-Match": answer["ETag"]})
    assert stale.status_code == 412
    assert client.delete(made["url"], headers={"If-Match": "*"}).status_code == 204


@of(RESOURCES)
def test_strangers_are_refused(resource: Resource) -> None:
    stranger = APIClient()
    for method in ("get", "post", "patch", "put", "delete", "options"):
        answer = getattr(stranger, method)(resource.list_url())
        if method not in (*resource.methods, "options"):
            assert answer.status_code in (403, 405)
            continue
        assert answer.status_code == 403, method
        assert answer.json() == {"detail": "Authentication credentials were not provided."}
        assert answer["API-Version"] == "4.6"
        assert answer["X-Request-ID"]


@of(WRITABLE)
def test_without_permission_nothing_is_seen_or_done(
    kept: Kept, guest: APIClient, resource: Resource
) -> None:
    made = kept.minimal
    if resource.path in PERSONAL:
        made = create(kept.client, resource, {**payloads.minimal(resource), "shared": False})
    change = [{"id": made["id"]}]
    body = payloads.minimal(resource)
    before = resource.model._default_manager.count()
    assert guest.get(made["url"]).status_code == 404
    assert guest.patch(made["url"], {}, format="json").status_code == 404
    assert guest.delete(made["url"]).status_code == 404
    if resource.path in PERSONAL:
        assert guest.patch(resource.list_url(), change, format="json").status_code == 400
        assert guest.delete(resource.list_url(), change, format="json").status_code == 400
    elif resource.path == "users/tokens":  # one's own are permitted to everybody
        assert guest.get(resource.list_url()).json()["count"] == 0
        assert guest.post(resource.list_url(), body, format="json").status_code == 400
        assert guest.patch(resource.list_url(), change, format="json").status_code == 400
        assert guest.delete(resource.list_url(), change, format="json").status_code == 400
    else:
        if resource.path == "users/users":
            assert guest.get(resource.list_url()).json()["count"] == 1
        else:
            assert guest.get(resource.list_url()).status_code == 403
        assert guest.post(resource.list_url(), body, format="json").status_code == 403
        assert guest.patch(resource.list_url(), change, format="json").status_code == 403
        assert guest.delete(resource.list_url(), change, format="json").status_code == 403
        assert "actions" not in guest.options(resource.list_url()).json()
    assert resource.model._default_manager.count() == before


@of(RESOURCES)
def test_options_describe_every_field(client: APIClient, resource: Resource) -> None:
    answer = client.options(resource.list_url())
    assert answer.status_code == 200
    if "post" not in resource.methods:
        assert "actions" not in answer.json()
        return
    described = answer.json()["actions"]["POST"]
    assert set(described) == {field.name for field in resource.all_fields}
    for field in resource.all_fields:
        entry = described[field.name]
        assert {"type", "required", "read_only", "label"} <= set(entry)
        assert entry["read_only"] == (not field.writable)
        if isinstance(field, Choice):
            assert [choice["value"] for choice in entry["choices"]] == [
                value for value, _ in field.choices
            ]
            assert all(isinstance(choice["display_name"], str) for choice in entry["choices"])


@of(WRITABLE)
def test_options_of_a_detail_name_put(kept: Kept, resource: Resource) -> None:
    client, made = kept.client, kept.minimal
    assert set(client.options(made["url"]).json()["actions"]) == {"PUT"}


@of(READ_ONLY)
def test_what_is_read_only_refuses_writes(kept: Kept, resource: Resource) -> None:
    client, url = kept.client, resource.url(kept.made[0]["id"])
    for method in ("post", "put", "patch", "delete"):
        assert getattr(client, method)(resource.list_url(), {}, format="json").status_code == 405
        assert getattr(client, method)(url, {}, format="json").status_code == 405
    assert client.get(url).json() == kept.made[0]


@of(RESOURCES)
def test_brief_fields_and_omit_choose_fields(kept: Kept, resource: Resource) -> None:
    client = kept.client
    row = read(client, resource, kept.made[0]["id"])
    every = list(row)
    detail, listed = resource.url(row["id"]), resource.list_url()

    def shown(query: str, address: str = detail) -> list[str]:
        answer: Body = client.get(f"{address}?{query}").json()
        rows = answer["results"] if address == listed else [answer]
        for found in rows:
            assert list(found) == list(rows[0]), query
            if found.get("id") == row["id"]:
                assert found == {name: row[name] for name in found}, query
        return list(rows[0])

    without = [name for name in every if name != "url"]
    for address in (detail, listed):
        assert shown("brief=1", address) == list(resource.brief)
        assert shown("omit=url,nonsense", address) == without
        assert shown("fields=url,nonsense,id", address) == ["id", "url"]
    assert shown("fields=id&brief=1&omit=id") == ["id"]
    assert "url" not in shown("omit=url&brief=1")


@of(RESOURCES)
def test_every_field_can_be_asked_to_order(kept: Kept, resource: Resource) -> None:
    client = kept.client
    everything = sorted(row["id"] for row in _page(client, resource, {"limit": 0}))
    names = [f"-{f.name}" if n % 2 else f.name for n, f in enumerate(resource.all_fields)]
    for start in range(0, len(names), 6):
        query = {"ordering": ",".join(names[start : start + 6]), "limit": 0}
        found = [row["id"] for row in _page(client, resource, query)]
        assert sorted(found) == everything, query
    by_id = [row["id"] for row in _page(client, resource, {"ordering": "-id"})]
    assert by_id == sorted(by_id, reverse=True)
    assert len(by_id) >= 3


def _page(client: APIClient, resource: Resource, query: Body) -> list[Body]:
    answer = client.get(resource.list_url(), {"fields": "id", **query})
    assert answer.status_code == 200, query
    found: list[Body] = answer.json()["results"]
    return found


@of(RESOURCES)
def test_a_walk_by_pages_and_by_ids_meets_every_row_once(kept: Kept, resource: Resource) -> None:
    count = kept.client.get(resource.list_url(), {"limit": 1}).json()["count"]
    size = max(2, -(-count // 4))  # four pages at most
    assert count > size
    for start in (f"?limit={size}", f"?start=0&limit={size}"):
        seen, address = [], resource.list_url() + start + "&fields=id"
        while address:
            page = kept.client.get(address).json()
            seen += [row["id"] for row in page["results"]]
            address = page["next"]
        assert len(seen) == len(set(seen)) == count, start
