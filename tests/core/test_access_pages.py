"""What administrators are told of what others may see: the matrix, one record, lists as theirs."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.models import Group, ObjectPermission, Session, User
from tests.core.factories import UserFactory
from tests.core.pages import admin_client, statements, text
from tests.core.permits import permit, somebody
from tests.dcim.factories import DeviceFactory
from tests.facilities.factories import SiteFactory, TenantFactory
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tess() -> User:
    """Sees two of three racks through a group and may change one of these."""
    site = SiteFactory(name="Austin", slug="aus")
    for name in ("A1", "A2"):
        RackFactory(name=name, site=site)
    RackFactory(name="B1")
    user: User = UserFactory(username="tess")
    group = Group.objects.create(name="Austin crew")
    user.groups.add(group)
    seen = permit(UserFactory(), "dcim.rack", "view", {"site__slug": "aus"})
    seen.users.clear()
    seen.groups.add(group)
    ObjectPermission.objects.filter(pk=seen.pk).update(name="Racks of Austin")
    change = permit(user, "dcim.rack", "change", {"name__in": ["A2", "B1"]})
    ObjectPermission.objects.filter(pk=change.pk).update(name="Two racks")
    return user


def told(client: Client, url: str, query: dict[str, Any] | None = None) -> str:
    """The text of a page, tags and blanks taken out."""
    answer = client.get(url, query)
    assert answer.status_code == 200, answer
    plain = re.sub(r"<[^>]+>", " ", text(answer).split('<main class="main"')[1])
    return " ".join(unescape(plain).split())


def access_of(user: User) -> str:
    return f"/users/users/{user.pk}/access/"


def rack(name: str) -> str:
    from racks.models import Rack

    return f"/dcim/racks/{Rack.objects.get(name=name).pk}/"


def test_the_matrix_counts_rows_and_names_what_permits_them(tess: User) -> None:
    page = told(admin_client(), access_of(tess), {"count": "1"})
    # Of the racks that may be changed one cannot be seen.
    assert "Racks 2 of 3 no 1 of 3 no Racks of Austin (Austin crew) , Two racks" in page
    assert "Manufacturers" not in page
    assert "Manufacturers all 0 " not in told(admin_client(), access_of(tess), {"every": "1"})
    found = told(admin_client(), access_of(tess), {"kind": "manufact"})
    assert "Manufacturers no no no no" in found


def test_counts_are_loaded_a_part_at_a_time(tess: User) -> None:
    client = admin_client()
    page = text(client.get(access_of(tess)))
    [part] = re.findall(r'hx-get="(\?part=Racks[^"]*)"', page)
    htmx = {"HX-Request": "true"}
    answer = client.get(access_of(tess) + unescape(part), headers=htmx)
    assert text(answer).strip().startswith("<tbody")
    assert "2 of 3" in text(answer)


def test_why_a_record_can_be_changed_or_what_is_missing(tess: User) -> None:
    client = admin_client()
    page = told(client, access_of(tess), {"record": rack("A2")})
    assert "see it yes Holds: Racks of Austin (by Austin crew) permits it" in page
    assert "change it yes Holds: Two racks permits it" in page
    missing = "No permission of theirs has the action delete for racks."
    assert f"delete it no Does not hold: {missing}" in page
    page = told(client, access_of(tess), {"record": rack("A1")})
    assert "change it no Does not hold: Two racks does not reach it" in page
    assert "name__in = ['A2', 'B1'] does not hold" in page
    page = told(client, access_of(tess), {"record": rack("B1")})
    assert "site__slug = aus does not hold" in page
    assert "change it no Holds: Two racks permits it" in page
    assert "It cannot be seen, and so not be changed." in page
    assert rack("A2").split("/")[-2] and "A2" in told(client, access_of(tess), {"record": "A2"})
    nothing = told(client, access_of(tess), {"record": "/dcim/racks/999999/"})
    assert "No record that you may see" in nothing


def test_switched_off_permissions_accounts_and_superusers_are_told(tess: User) -> None:
    client = admin_client()
    ObjectPermission.objects.update(enabled=False)
    page = told(client, access_of(tess), {"record": rack("A2")})
    assert "would permit it, but is switched off" in page
    User.objects.filter(pk=tess.pk).update(is_active=False)
    page = told(client, access_of(tess), {"record": rack("A2")})
    assert "The account is switched off" in page
    assert "see it no" in page
    User.objects.filter(pk=tess.pk).update(is_active=True, is_superuser=True)
    page = told(client, access_of(tess), {"record": rack("A2"), "kind": "racks", "count": 1})
    assert "delete it yes Holds: A superuser may do everything." in page
    assert "Racks all 3 yes all 3 all 3 superuser" in page


def test_a_group_tells_what_its_permissions_open(tess: User) -> None:
    group = Group.objects.get()
    page = told(admin_client(), f"/users/groups/{group.pk}/access/", {"count": "1"})
    assert "Racks 2 of 3 no no no Racks of Austin" in page


def test_the_list_is_as_that_user_sees_it(tess: User) -> None:
    client = admin_client()
    page = text(client.get(f"{access_of(tess)}dcim/racks/"))
    assert re.findall(r'class="row-link[^>]*>([^<]*)</a>', page) == ["A1", "A2"]
    assert "Austin" not in page, "tess sees no sites"
    assert 'type="checkbox"' not in page
    assert "tess sees no sites" in text(client.get(f"{access_of(tess)}dcim/sites/"))
    assert client.get(f"{access_of(tess)}no/such/").status_code == 404


def test_the_page_costs_the_same_whatever_there_is(tess: User) -> None:
    client = admin_client()
    url = f"{access_of(tess)}?count=1&every=1"
    few = statements(client, url)
    RackFactory.create_batch(3), DeviceFactory.create_batch(2)
    for number in range(4):
        permit(tess, "dcim.device", "view", {"name": str(number)})
    assert statements(client, url) == few
    asked = f"{access_of(tess)}?record={rack('A1')}"
    few = statements(client, asked)
    for number in range(4):
        permit(tess, "dcim.rack", "view change", {"name": str(number)})
    assert statements(client, asked) == few


def test_only_who_may_change_users_or_permissions_is_told(tess: User) -> None:
    viewer = somebody("users.user users.group users.objectpermission dcim.rack", "view")
    client = Client()
    client.force_login(viewer)
    assert "What they can see" not in text(client.get(f"/users/users/{tess.pk}/"))
    assert client.get(access_of(tess)).status_code == 403
    assert client.get(f"{access_of(tess)}dcim/racks/").status_code == 403
    own = Client()
    own.force_login(tess)
    assert own.get(access_of(tess)).status_code == 403
    other = somebody("dcim.rack", "view")
    assert own.get(access_of(other)).status_code == 404, "a user one may not see is not there"


def test_who_looks_after_accounts_is_told_of_no_row_they_may_not_see(tess: User) -> None:
    keeper = somebody("users.user", "view change")
    permit(keeper, "dcim.rack", "view", {"name": "A1"})
    client = Client()
    client.force_login(keeper)
    page = told(client, access_of(tess), {"count": "1"})
    assert "Racks all 1" in page or "Racks 1 of 1" in page
    assert "Racks of Austin" not in page, "permissions are not theirs to see"
    assert "Counted among the rows that you may see yourself." in page
    for asked in (rack("A2"), "A2"):
        page = told(client, access_of(tess), {"record": asked})
        assert "No record that you may see" in page
    page = told(client, access_of(tess), {"record": rack("A1")})
    assert "see it yes" in page
    assert "site__slug" not in page
    assert client.get(f"{access_of(tess)}dcim/racks/").status_code == 403
    boss = UserFactory(is_superuser=True)
    assert client.get(access_of(boss)).status_code == 403


# users


def test_a_users_page_tells_how_they_sign_in_and_ends_sessions(tess: User) -> None:
    there = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/139.0"})
    there.force_login(tess)
    there.get("/account/")
    TOTPDevice.objects.create(user=tess, confirmed=True)
    page = f"/users/users/{tess.pk}/"
    client = admin_client()
    shown = told(client, page)
    assert "Second factor in use" in shown
    assert "Firefox on Linux" in shown
    assert ">in use<" in text(client.get("/users/users/"))
    viewer = Client()
    viewer.force_login(somebody("users.user", "view"))
    assert "Firefox" not in text(viewer.get(page))
    assert ">in use<" not in text(viewer.get("/users/users/"))
    assert viewer.post(f"{page}sessions/", {"all": "1"}).status_code == 403
    assert client.post(f"{page}sessions/", {"all": "1"}).url == page
    assert not Session.objects.filter(user_id=tess.pk).exists()
    assert there.get("/account/").status_code == 302


# permissions

MATCHES = "/users/permissions/matches/"


def test_a_permission_says_what_it_would_reach_before_it_is_saved(tess: User) -> None:
    client = admin_client()
    form = {"object_types": ["dcim.rack", "dcim.site"], "constraints": '{"name__startswith": "A"}'}
    page = text(client.post(MATCHES, form, headers={"HX-Request": "true"}))
    plain = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Racks 2 of 3 A1 , A2" in plain
    assert "Sites 1 of 2 Austin" in plain
    assert ObjectPermission.objects.count() == 2
    for constraints, sentence in (
        ('{"name": ', "The constraints are no JSON."),
        ('{"colour": "red"}', "A rack cannot be looked up by colour."),
        ("[" * 5000, "The constraints are no JSON."),
        ('{"name": "\x00"}', "Racks"),
    ):
        answer = client.post(MATCHES, {**form, "constraints": constraints})
        assert answer.status_code == 200
        assert sentence in text(answer), constraints
    mine = {"object_types": ["users.user"], "constraints": '{"id": "$user"}'}
    assert "$user is taken as you" in text(client.post(MATCHES, mine))
    viewer = Client()
    viewer.force_login(somebody("users.objectpermission dcim.rack", "view"))
    assert viewer.post(MATCHES, form).status_code == 403


def test_what_a_permission_reaches_is_told_of_rows_the_reader_may_see(tess: User) -> None:
    keeper = somebody("users.objectpermission", "view add")
    permit(keeper, "dcim.rack", "view", {"name": "A1"})
    client = Client()
    client.force_login(keeper)
    page = text(client.post(MATCHES, {"object_types": ["dcim.rack", "dcim.site"]}))
    assert "A1" in page
    assert "A2" not in page
    assert "Austin" not in page


def test_a_permission_is_made_with_ticks_and_kept(tess: User) -> None:
    client = admin_client()
    tenant = TenantFactory()
    form = {
        "name": "Ticked",
        "enabled": "on",
        "object_types": ["dcim.rack", "dcim.device"],
        "actions": ["view", "change"],
        "constraints": f'{{"tenant": {tenant.pk}}}',
    }
    assert client.post("/users/permissions/add/", form).status_code == 302
    made = ObjectPermission.objects.get(name="Ticked")
    assert made.object_types.count() == 2
    page = text(client.get(f"/users/permissions/{made.pk}/edit/"))
    assert 'value="dcim.rack" checked' in page
    assert "What it reaches now" in text(client.get(f"/users/permissions/{made.pk}/"))
    refused = client.post("/users/permissions/add/", {**form, "object_types": ["no.such"]})
    assert refused.status_code == 422
