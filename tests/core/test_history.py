"""Every write leaves exactly one row of history, whoever makes it and however."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from rest_framework.test import APIClient

from core import registry
from core.history import install
from core.history.actor import mark, working_for
from core.models import Group, ObjectChange, Tag, Token, User
from dcim.models import Interface
from facilities.models import Site
from racks.models import Manufacturer
from tests.core.factories import UserFactory
from tests.dcim.factories import DeviceFactory, SiteFactory

pytestmark = pytest.mark.django_db
Change = ObjectChange
SITES = "/api/dcim/sites/"


@pytest.fixture
def ada() -> User:
    return UserFactory(username="ada", is_superuser=True)


@pytest.fixture
def client(ada: User) -> APIClient:
    made = APIClient()
    made.force_authenticate(ada)
    return made


@pytest.fixture
def since() -> Any:
    """Changes written since the test began, oldest first."""
    start = Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return lambda: list(Change.objects.filter(pk__gt=start).order_by("pk"))


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_every_resource_is_recorded_or_says_why_not() -> None:
    assert install.missing() == []
    unrecorded = {r.path for r in registry.resources() if not r.history}
    assert unrecorded == {
        "alerts/alerts",
        "alerts/events",
        "alerts/notifications",
        "capacity/utilization",
        "core/jobs",
        "core/object-changes",
        "core/object-types",
        "extras/tagged-objects",
        "extras/webhook-deliveries",
    }


def test_a_table_is_not_emptied_past_the_history() -> None:
    SiteFactory()
    sql("SET CONSTRAINTS ALL IMMEDIATE")  # what is still to be checked keeps TRUNCATE off, too
    with pytest.raises(ProgrammingError, match="use DELETE"), transaction.atomic():
        sql("TRUNCATE facilities_site CASCADE")
    assert Site.objects.exists()
    sql("SET LOCAL headroom.truncate = on")
    sql("TRUNCATE facilities_site CASCADE")
    assert not Site.objects.exists()


def test_a_missing_trigger_is_found_and_put_back() -> None:
    sql("DROP TRIGGER history_update ON facilities_site")
    sql("ALTER TABLE dcim_device DISABLE TRIGGER history_delete")
    assert install.missing() == [
        ("dcim_device", "history_delete"),
        ("facilities_site", "history_update"),
    ]
    install.install()
    assert install.missing() == []


def test_rest_leaves_who_when_what_and_why(client: APIClient, ada: User, since: Any) -> None:
    made = client.post(
        SITES, {"name": "A", "slug": "a", "changelog_message": " new hall "}, format="json"
    )
    site = f"{SITES}{made.json()['id']}/"
    changed = client.patch(site, {"facility": "F1"}, format="json")
    gone = client.delete(site, {"changelog_message": "closed"}, format="json")
    create, update, delete = since()
    assert [c.action for c in (create, update, delete)] == ["create", "update", "delete"]
    for change, answer in ((create, made), (update, changed), (delete, gone)):
        assert str(change.request_id) == answer["X-Request-ID"]
        assert (change.user, change.user_name, change.object_repr) == (ada, "ada", "A")
        assert change.changed_object_type.model == "site"
        assert change.changed_object_id == made.json()["id"]
    assert [c.message for c in (create, update, delete)] == ["new hall", "", "closed"]
    assert create.before is None and create.after["name"] == "A"
    assert update.before["facility"] == "" and update.after["facility"] == "F1"
    assert delete.after is None and delete.before["facility"] == "F1"


def test_a_write_that_changes_nothing_is_no_change(client: APIClient, since: Any) -> None:
    site = SiteFactory()
    before = len(since())
    answer = client.patch(f"{SITES}{site.pk}/", {"name": site.name, "tags": []}, format="json")
    assert answer.status_code == 200
    assert len(since()) == before


def test_a_refused_write_leaves_nothing(client: APIClient, since: Any) -> None:
    body = [{"name": "A", "slug": "a"}, {"name": "A", "slug": "a"}]
    assert client.post(SITES, body, format="json").status_code == 400
    assert since() == []


def test_raw_and_bulk_sql_leave_one_row_each(since: Any) -> None:
    request = str(uuid.uuid4())
    sql(
        "INSERT INTO racks_manufacturer (name, slug, description, comments, custom_field_data,"
        " created, last_updated) SELECT 'm' || n, 'm' || n, '', '', '{}', now(), now()"
        " FROM generate_series(1, 300) n"
    )
    with working_for(request, "tidy"):
        mark(None)
    sql("UPDATE racks_manufacturer SET description = 'x' WHERE name < 'm2'")
    Manufacturer.objects.filter(name="m7").delete()
    changes = since()
    assert [c.action for c in changes].count("create") == 300
    updated = [c for c in changes if c.action == "update"]
    assert {c.object_repr for c in updated} == {
        f"m{n}" for n in range(1, 301) if str(n).startswith("1")
    }
    assert {(c.after["description"], c.message, str(c.request_id)) for c in updated} == {
        ("x", "tidy", request)
    }
    assert [c.object_repr for c in changes if c.action == "delete"] == ["m7"]
    assert len(changes) == 300 + len(updated) + 1


@pytest.mark.parametrize("count", [1, 130])
def test_many_rows_are_recorded_as_one_is(ada: User, since: Any, count: int) -> None:
    device = DeviceFactory()
    data = {"nothing": None, "deep": {"nothing": None, "some": [1, None]}}
    before = len(since())
    with transaction.atomic():
        mark(ada)
        made = Interface.objects.bulk_create(
            Interface(device=device, name=f"e{n}", type="virtual", mtu=9000, custom_field_data=data)
            for n in range(count)
        )
        rows = Interface.objects.filter(pk__in=[row.pk for row in made])
        rows.update(label="x", custom_field_data={"nothing": None})
        rows.filter(label="x").update(label="x")
        rows.delete()
    changes = {(c.action, c.changed_object_id): c for c in since()[before:]}
    assert len(changes) == len(since()[before:]) == 3 * count
    for row in made:
        kept = {
            "id": row.pk,
            "name": row.name,
            "type": "virtual",
            "mtu": 9000,
            "label": "",
            "description": "",
            "device_id": device.pk,
            "enabled": True,
            "mgmt_only": False,
            "mark_connected": False,
            "custom_field_data": {"deep": {"some": [1, None]}},
        }
        after = {**kept, "label": "x", "custom_field_data": {}}
        found = [changes[action, row.pk] for action in ("create", "update", "delete")]
        states = [(each.before, each.after) for each in found]
        times = {state.pop("created") for pair in states for state in pair if state}
        assert [dt.datetime.fromisoformat(time) for time in times] == [row.created]
        assert states == [(None, kept), (kept, after), (after, None)]
        assert {each.object_repr for each in found} == {row.name}
        assert {each.related_object_id for each in found} == {device.pk}
        assert {each.user_name for each in found} == {"ada"}


def test_an_upsert_is_a_create_or_an_update(since: Any) -> None:
    Group.objects.create(name="one", description="old")
    start = len(since())
    sql(
        "INSERT INTO core_group (name, description) VALUES ('one', 'new'), ('two', 'new')"
        " ON CONFLICT (name) DO UPDATE SET description = EXCLUDED.description"
    )
    found = sorted((c.object_repr, c.action) for c in since()[start:])
    assert found == [("one", "update"), ("two", "create")]


def test_secrets_are_left_out_but_their_change_is_not(ada: User, since: Any) -> None:
    ada.set_password("Correct-Horse-9")
    ada.save()
    token = Token(user=ada)
    secret = token.issue()
    token.save()
    Token.objects.update(last_used=token.created)
    user, issued = since()
    assert user.action == "update" and user.before == user.after
    assert issued.object_repr == token.key
    text = str([user.before, user.after, issued.after])
    for hidden in (ada.password, token.digest, secret.partition(".")[2]):
        assert hidden not in text
    assert "password" not in text and "digest" not in text


def test_tags_are_part_of_their_owners_change(client: APIClient, since: Any) -> None:
    red, blue = (Tag.objects.create(name=n, slug=n) for n in ("red", "blue"))
    start = len(since())

    def changes() -> list[Any]:
        nonlocal start
        found = since()[start:]
        start += len(found)
        return found

    body = {"name": "A", "slug": "a", "tags": [red.pk]}
    site = f"{SITES}{client.post(SITES, body, format='json').json()['id']}/"
    [create] = changes()
    assert create.after["tags"] == ["red"]
    client.patch(site, {"facility": "x", "add_tags": [blue.pk]}, format="json")
    [both] = changes()
    assert (both.before["tags"], both.after["tags"]) == (["red"], ["blue", "red"])
    assert both.after["facility"] == "x"
    client.patch(site, {"tags": [red.pk]}, format="json")
    [less] = changes()
    assert (less.before["tags"], less.after["tags"]) == (["blue", "red"], ["red"])
    assert less.after["facility"] == "x" and less.object_repr == "A"
    client.delete(site)
    [delete] = changes()
    assert delete.action == "delete" and delete.before["tags"] == ["red"]


def test_many_to_many_members_are_part_of_their_owners_change(since: Any) -> None:
    user, group = UserFactory(), Group.objects.create(name="crew")
    start = len(since())
    mark(None)
    user.groups.add(group)
    [joined] = since()[start:]
    assert joined.changed_object_id == user.pk
    assert (joined.before["groups"], joined.after["groups"]) == ([], [group.pk])
    mark(None)
    user.groups.clear()
    user.groups.add(group)
    assert len(since()) == start + 1  # taken and given back in one write


def test_a_change_of_a_part_tells_of_the_whole(since: Any) -> None:
    device = DeviceFactory()
    start = len(since())
    Interface.objects.create(device=device, name="eth0", type="1000base-t")
    [change] = since()[start:]
    assert change.object_repr == "eth0"
    assert change.related_object_type.model == "device"
    assert change.related_object_id == device.pk


def test_derived_columns_make_no_change_of_their_own(since: Any) -> None:
    from facilities.models import Region

    top = Region.objects.create(name="Top", slug="top")
    Region.objects.create(name="Low", slug="low", parent=top)
    start = len(since())
    top.name = "Summit"
    top.save()
    assert [c.object_repr for c in since()[start:]] == ["Summit"]
