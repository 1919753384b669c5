"""pynetbox, unmodified, against a real server: the whole life of every resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pynetbox
import pytest
from django.db import connection
from pynetbox.core.app import App
from pytest_django.live_server_helper import LiveServer

from core import registry
from core.models import Token, User
from core.resource import Resource
from facilities.models import Site
from tests.contract import payloads
from tests.core.factories import UserFactory
from tests.dcim import factories as dcim
from tests.facilities.factories import SiteFactory
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db(transaction=True)

WRITABLE = [r for r in registry.resources() if "post" in r.methods]
MANY = 1_100


def token(user: User, version: int = 2) -> str:
    made = Token(user=user, version=version)
    text = made.issue()
    made.save()
    return text


@pytest.fixture(autouse=True)
def _a_session_for_each_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's thread of a client keeps its database connection for the client's next request.

    As in production, where they are pooled; it is closed when the client closes its own.
    """
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", None)


@pytest.fixture
def admin() -> User:
    return UserFactory(is_superuser=True, username="admin")


@pytest.fixture
def nb(live_server: LiveServer, admin: User) -> Iterator[pynetbox.api]:
    made = pynetbox.api(live_server.url, token=token(admin))
    yield made
    made.http_session.close()


@pytest.fixture
def strict(nb: pynetbox.api) -> pynetbox.api:
    """A client that reads the OpenAPI document and refuses filters it does not list."""
    nb.strict_filters = True
    return nb


def endpoint(nb: pynetbox.api, resource: Resource) -> Any:
    app, name = resource.path.split("/")
    served = getattr(nb, app, None) or App(nb, app)  # it does not know what is Headroom's own
    return getattr(served, name.replace("-", "_"))


def change_of(resource: Resource) -> tuple[str, Any, Any]:
    """A field every row of the resource has, with a first and a second value."""
    if resource.path == "users/users":
        return "email", "one@example.com", "two@example.com"
    if resource.path == "tenancy/contact-assignments":
        return "priority", "secondary", "tertiary"
    if resource.path == "extras/journal-entries":
        return "comments", "one", "two"
    if resource.path == "extras/custom-links":
        return "link_text", "one", "two"
    return "description", "one", "two"


def test_custom_fields_of_every_sort(nb: pynetbox.api) -> None:
    choices = nb.extras.custom_field_choice_sets.create(
        name="Grades", extra_choices=[["a", "First"], ["b", "Second"]]
    )
    shared = {"object_types": ["dcim.site"]}
    nb.extras.custom_fields.create(name="grade", type="select", choice_set=choices.id, **shared)
    nb.extras.custom_fields.create(
        name="owner", type="object", related_object_type="tenancy.tenant", **shared
    )
    field = nb.extras.custom_fields.create(name="size", type="integer", **shared)
    tenant = nb.tenancy.tenants.create(name="Firm", slug="firm")
    site = nb.dcim.sites.create(
        name="A", slug="a", custom_fields={"grade": "b", "owner": tenant.id, "size": 4}
    )
    assert dict(site.custom_fields)["grade"] == "b"
    assert site.custom_fields["owner"]["name"] == "Firm"
    assert nb.dcim.sites.get(cf_grade="b", cf_size__gte=4).id == site.id
    assert nb.dcim.sites.get(cf_size=5) is None
    site.custom_fields["size"] = 5
    assert site.save()
    assert nb.dcim.sites.get(site.id).custom_fields["size"] == 5
    assert not nb.dcim.sites.get(site.id).save()
    with pytest.raises(pynetbox.RequestError, match="not one of the choices"):
        site.update({"custom_fields": {"grade": "c"}})
    assert field.delete()
    assert set(nb.dcim.sites.get(site.id).custom_fields) == {"grade", "owner"}


@pytest.mark.parametrize("resource", WRITABLE, ids=lambda r: r.path)
def test_the_life_of_a_resource(nb: pynetbox.api, resource: Resource) -> None:
    served = endpoint(nb, resource)
    name, first, second = change_of(resource)

    made = served.create(payloads.minimal(resource))
    assert made.id
    several = served.create([payloads.minimal(resource), payloads.filled(resource)])
    assert len(several) == 2
    ids = [made.id, *(row.id for row in several)]

    found = served.get(made.id)
    assert dict(found) == dict(served.get(id=made.id)) if "id" in resource.all_filters else found
    assert served.get(999_999_999) is None
    if "id" in resource.all_filters:
        assert {row.id for row in served.filter(id=ids)} == set(ids)
        assert served.count(id=ids) == 3
    assert set(ids) <= {row.id for row in served.all()}

    assert found.save() is False, "nothing changed, so nothing is sent"
    assert found.update({name: first}) is True
    again = served.get(made.id)
    assert value(again[name]) == first
    assert again.update({name: first}) is False, "the client compares by value and skips the write"

    changed = served.update([{"id": pk, name: second} for pk in ids])
    assert [row.id for row in changed] == ids
    assert {value(served.get(pk)[name]) for pk in ids} == {second}

    assert served.get(ids[0]).delete() is True
    assert served.delete(ids[1:]) is True
    assert not resource.model._default_manager.filter(pk__in=ids).exists()


def value(shown: Any) -> Any:
    return shown["value"] if isinstance(shown, dict) else getattr(shown, "value", shown)


def test_choices_are_told(nb: pynetbox.api) -> None:
    told = 0
    for resource in WRITABLE:
        for field, choices in endpoint(nb, resource).choices().items():
            assert [c["value"] for c in choices] == [v for v, _ in resource.field(field).choices]  # type: ignore[attr-defined]
            told += 1
    assert told > 50


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("keyword", ["Token", "Bearer", "token", "BEARER"])
def test_both_kinds_of_token_under_both_keywords(
    live_server: LiveServer, admin: User, version: int, keyword: str
) -> None:
    SiteFactory(name="A")
    nb = pynetbox.api(live_server.url)
    nb.http_session.headers["Authorization"] = f"{keyword} {token(admin, version)}"
    assert [site.name for site in nb.dcim.sites.all()] == ["A"]
    nb.http_session.close()


@pytest.mark.parametrize("version", [1, 2])
def test_the_client_uses_either_kind_by_itself(
    live_server: LiveServer, admin: User, version: int
) -> None:
    nb = pynetbox.api(live_server.url, token=token(admin, version))
    assert nb.dcim.sites.count() == 0
    nb.http_session.close()


def test_a_token_for_name_and_password(live_server: LiveServer) -> None:
    user = UserFactory(is_superuser=True, username="robot")
    user.set_password("Correct-Horse-9")
    user.save()
    nb = pynetbox.api(live_server.url)
    made = nb.create_token("robot", "Correct-Horse-9")
    assert made.id
    assert nb.dcim.sites.count() == 0
    with pytest.raises(pynetbox.RequestError) as refused:
        pynetbox.api(live_server.url).create_token("robot", "wrong")
    assert refused.value.req.status_code == 403
    nb.http_session.close()


def test_status_version_and_document(nb: pynetbox.api) -> None:
    assert nb.version == "4.6"
    status = nb.status()
    assert status["netbox-version"] == "4.6.8"
    assert {"django-version", "python-version", "installed_apps", "plugins"} <= set(status)
    document = nb.openapi()
    assert "/api/dcim/devices/" in document["paths"]


def test_strict_filters_know_every_filter(strict: pynetbox.api) -> None:
    SiteFactory(name="A", slug="a")
    RackFactory(name="R1", site=Site.objects.get())
    wanted = {"site": "a", "name__ic": "r", "u_height__gt": 1, "status__n": "planned"}
    found = list(strict.dcim.racks.filter(**wanted))
    assert [rack.name for rack in found] == ["R1"]
    with pytest.raises(pynetbox.core.query.ParameterValidationError):
        strict.dcim.racks.filter(no_such_filter=1)


def test_references_follow_their_addresses(nb: pynetbox.api) -> None:
    rack = RackFactory(site__name="Far", site__slug="far")
    found = nb.dcim.racks.get(rack.pk)
    assert found.site.name == "Far"
    assert found.site.physical_address == "", "the brief form fetches the rest by its url"
    assert found.serialize()["site"] == rack.site_id


def test_more_than_a_thousand_rows_in_parallel_without_duplicates(
    live_server: LiveServer, admin: User
) -> None:
    Site.objects.bulk_create([Site(name=f"Site {n % 7} {n}", slug=f"s{n}") for n in range(MANY)])
    for options in ({"threading": True}, {}, {"pagination": "cursor"}):
        nb = pynetbox.api(live_server.url, token=token(admin), **options)
        for limit in (0, 100):
            seen = [site.id for site in nb.dcim.sites.all(limit=limit)]
            assert len(seen) == len(set(seen)) == MANY
        assert len(nb.dcim.sites.filter(name__ic="site")) == MANY
        nb.http_session.close()


def test_trace_and_elevation(nb: pynetbox.api) -> None:
    rack = RackFactory(u_height=10)
    device = dcim.DeviceFactory(rack=rack, position=4, face="front")
    near, far = dcim.InterfaceFactory(device=device), dcim.InterfaceFactory()
    cable = dcim.connect(near, far)
    one, link, other = nb.dcim.interfaces.get(near.pk).trace()
    assert [one[0].id, link.id, other[0].id] == [near.pk, cable.pk, far.pk]
    units = list(nb.dcim.racks.get(rack.pk).elevation.list())
    assert len(units) == 20
    taken = [unit.id for unit in units if unit.device]
    assert taken and all(4 <= number < 5 for number in taken)
    drawing = nb.dcim.racks.get(rack.pk).elevation.list(render="svg")
    assert "<svg" in str(drawing)


def test_a_create_twice_by_a_client_that_looks_first(nb: pynetbox.api) -> None:
    def ensure(name: str) -> Any:
        return nb.dcim.sites.get(name=name) or nb.dcim.sites.create(name=name, slug=name.lower())

    assert ensure("North").id == ensure("North").id
    assert nb.dcim.sites.count() == 1


def test_errors_reach_the_caller(nb: pynetbox.api) -> None:
    nb.dcim.sites.create(name="A", slug="a")
    with pytest.raises(pynetbox.RequestError) as refused:
        nb.dcim.sites.create(name="A", slug="a")
    assert refused.value.req.status_code == 400
    assert "name" in refused.value.req.json()
