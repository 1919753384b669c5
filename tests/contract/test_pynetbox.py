"""pynetbox, unmodified, against a live server: every resource, and what is beside CRUD."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pynetbox
import pytest
from pytest_django.live_server_helper import LiveServer

from core import registry
from core.models import Tag, Token, User
from core.resource import Resource
from tests.contract import payloads
from tests.core.factories import UserFactory
from tests.dcim import factories as f

pytestmark = pytest.mark.django_db(transaction=True)

WRITABLE = [r for r in registry.resources() if "post" in r.methods]


@pytest.fixture
def user() -> User:
    return UserFactory(username="robot", is_superuser=True)


@pytest.fixture
def api(live_server: LiveServer, user: User) -> Iterator[Any]:
    token = Token(user=user, version=2)
    text = token.issue()
    token.save()
    made = pynetbox.api(live_server.url, token=text)
    yield made
    made.http_session.close()


def endpoint(api: Any, resource: Resource) -> Any:
    app, name = resource.path.split("/")
    return getattr(getattr(api, app), name.replace("-", "_"))


def change(resource: Resource) -> dict[str, str] | None:
    """A harmless change of one text field."""
    for name in ("description", "label", "first_name"):
        if resource.has_field(name) and resource.field(name).writable:
            return {name: "changed by a client"}
    return None


@pytest.mark.parametrize("resource", WRITABLE, ids=lambda r: r.path)
def test_the_life_of_a_record(api: Any, resource: Resource) -> None:
    records = endpoint(api, resource)
    made = records.create(payloads.minimal(resource))
    assert records.get(made.id).id == made.id
    assert [row.id for row in records.filter(id=made.id)] == [made.id]
    several = records.create([payloads.minimal(resource), payloads.minimal(resource)])
    assert records.count(id=[row.id for row in several]) == 2
    new = change(resource)
    if new:
        assert made.update(new)
        [(name, text)] = new.items()
        assert getattr(records.get(made.id), name) == text
        assert not made.update(new), "an unchanged record is not written"
        records.update([{"id": row.id, **new} for row in several])
        assert {getattr(records.get(row.id), name) for row in several} == {text}
    assert made.delete()
    assert records.delete([row.id for row in several])
    assert records.get(made.id) is None


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("keyword", ["Token", "Bearer"])
def test_both_kinds_of_token_under_both_keywords(
    live_server: LiveServer, user: User, version: int, keyword: str
) -> None:
    token = Token(user=user, version=version)
    text = token.issue()
    token.save()
    api = pynetbox.api(live_server.url)
    api.http_session.headers["Authorization"] = f"{keyword} {text}"
    assert api.users.users.get(username="robot").id == user.pk


def test_a_token_is_made_from_a_password(live_server: LiveServer, user: User) -> None:
    user.set_password("a-long-password")
    user.save()
    api = pynetbox.api(live_server.url)
    api.create_token("robot", "a-long-password")
    assert api.users.users.get(username="robot").id == user.pk
    assert api.version == "4.6"
    assert api.status()["netbox-version"] == "4.6.8"
    assert "/api/dcim/devices/" in api.openapi()["paths"]


def test_strict_filters_know_every_filter(live_server: LiveServer, user: User) -> None:
    token = Token(user=user)
    text = token.issue()
    token.save()
    api = pynetbox.api(live_server.url, token=text, strict_filters=True)
    assert list(api.dcim.devices.filter(name__ic="x", site_id__n=[], cf_nothing=None)) == []
    with pytest.raises(pynetbox.ParameterValidationError):
        api.dcim.devices.filter(no_such_filter=1)


def test_pages_fetched_at_once_hold_each_row_once(live_server: LiveServer, user: User) -> None:
    Tag.objects.bulk_create(Tag(name=f"t{n}", slug=f"t{n}") for n in range(1100))
    token = Token(user=user)
    text = token.issue()
    token.save()
    api = pynetbox.api(live_server.url, token=text, threading=True)
    found = [tag.id for tag in api.extras.tags.all(limit=100)]
    assert len(found) == len(set(found)) == 1100
    api.http_session.close()


def test_choices_trace_and_elevation(api: Any) -> None:
    device = f.DeviceFactory()
    near, far = f.InterfaceFactory(device=device), f.InterfaceFactory()
    f.connect(near, far)
    widths = [choice["value"] for choice in api.dcim.racks.choices()["width"]]
    assert widths == [10, 19, 21, 23]
    [first], _cable, [last] = api.dcim.interfaces.get(near.pk).trace()
    assert (first.id, last.id) == (near.pk, far.pk)
    rack = f.RackFactory(u_height=42)
    units = list(api.dcim.racks.get(rack.pk).elevation.list())
    assert len(units) == 84
    assert api.dcim.racks.get(rack.pk).elevation.list(render="svg").startswith("<svg")
