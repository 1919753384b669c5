"""What those who may see some devices learn of the others: traces, cables, elevations, filters."""

import re

import pytest
from django.test import Client

from core.models import Tag, TaggedItem
from core.registry import content_type, of_path
from dcim.models import Cable, Device
from facilities.models import Region, Site
from tests.core.permits import permit, rest, somebody
from tests.dcim import factories as make
from tests.facilities.factories import SiteFactory, TenantFactory
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> Device:
    return make.DeviceFactory(name="ours-1", tenant=TenantFactory(slug="ours"))


@pytest.fixture
def theirs() -> Device:
    return make.DeviceFactory(name="theirs-1", tenant=TenantFactory(slug="theirs"))


def test_a_trace_stops_telling_where_the_devices_of_others_begin(ours, theirs):
    near, far = make.InterfaceFactory(device=ours), make.InterfaceFactory(device=theirs)
    make.connect(near, far)
    user = somebody("dcim.device", constraints={"tenant__slug": "ours"})
    permit(user, "dcim.interface", constraints={"device__tenant__slug": "ours"})
    permit(user, "dcim.cable")
    client = rest(user)
    [[start, cable, end]] = client.get(f"/api/dcim/interfaces/{near.pk}/trace/").json()
    assert ([row["id"] for row in start], end) == ([near.pk], [])
    assert cable["id"] == Cable.objects.get().pk
    shown = client.get(f"/api/dcim/interfaces/{near.pk}/").json()
    assert (shown["link_peers"], shown["link_peers_type"]) == ([], None)
    assert (shown["connected_endpoints"], shown["connected_endpoints_type"]) == ([], None)
    asked = {"peer_device": "ours-1", "peer_interface": near.name}
    nothing = client.get("/api/dcim/connected-device/", asked)
    assert (nothing.status_code, nothing.json()) == (404, {"detail": "Nothing is connected there."})
    asked = {"peer_device": "theirs-1", "peer_interface": far.name}
    assert client.get("/api/dcim/connected-device/", asked).status_code == 404
    for name in ("interface_id", "termination_b_id"):
        found = client.get("/api/dcim/cables/", {name: far.pk}).json()
        assert found["count"] == 0, name


def test_a_cable_end_one_may_not_see_stays_plugged_in(ours, theirs):
    near, far = make.InterfaceFactory(device=ours), make.InterfaceFactory(device=theirs)
    spare = make.InterfaceFactory(device=ours)
    make.connect(near, far)
    user = somebody("dcim.interface", constraints={"device__tenant__slug": "ours"})
    permit(user, "dcim.cable")
    client, url = rest(user), f"/api/dcim/cables/{Cable.objects.get().pk}/"
    read = client.get(url).json()
    assert read["b_terminations"] == []
    ends = {name: read[name] for name in ("a_terminations", "b_terminations")}
    kept = client.patch(url, {**ends, "label": "new"}, format="json")
    assert kept.status_code == 200, kept.json()
    assert Cable.objects.get().terminations.count() == 2
    other = [{"object_type": "dcim.interface", "object_id": spare.pk}]
    refused = client.patch(url, {"b_terminations": other}, format="json")
    sentence = "A port that you may not see is plugged in at this end."
    assert refused.json() == {"b_terminations": [sentence]}


def test_a_cable_in_the_way_is_not_named(ours, theirs):
    near, spare = make.InterfaceFactory(device=ours), make.InterfaceFactory(device=ours)
    make.connect(near, make.InterfaceFactory(device=theirs))
    Cable.objects.update(label="secret")
    user = somebody("dcim.interface", constraints={"device__tenant__slug": "ours"})
    permit(user, "dcim.cable", constraints={"label": ""})
    ends = {
        f"{end}_terminations": [{"object_type": "dcim.interface", "object_id": port.pk}]
        for end, port in (("a", near), ("b", spare))
    }
    refused = rest(user).post("/api/dcim/cables/", ends, format="json")
    assert refused.status_code == 400
    assert "A cable is already plugged into" in str(refused.json())
    assert "secret" not in str(refused.json())


def test_an_elevation_shows_that_units_are_taken_and_not_by_what(theirs):
    rack = RackFactory(site=theirs.site)
    theirs.rack, theirs.position, theirs.face = rack, 1, "front"
    theirs.save()
    user = somebody("dcim.rack")
    permit(user, "dcim.device", constraints={"tenant__slug": "ours"})
    client, url = rest(user), f"/api/dcim/racks/{rack.pk}/elevation/"
    steps = client.get(url, {"limit": 0}).json()["results"]
    taken = [step for step in steps if step["occupied"]]
    assert taken and all(step["device"] is None for step in taken)
    without = client.get(url, {"limit": 0, "exclude": theirs.pk}).json()["results"]
    assert [step["occupied"] for step in without] == [step["occupied"] for step in steps]
    assert "theirs-1" not in client.get(url, {"render": "svg"}).content.decode()
    pages = Client()
    pages.force_login(user)
    page = pages.get(f"/dcim/racks/{rack.pk}/").content.decode()
    assert "theirs-1" not in page
    assert not re.search(rf"devices/{theirs.pk}\b", page)
    changed = client.patch(
        f"/api/dcim/racks/{rack.pk}/", {"starting_unit": 5, "u_height": 10}, format="json"
    )
    assert changed.status_code == 400
    assert "theirs-1" not in str(changed.json())


def test_no_filter_matches_through_what_is_hidden(ours):
    region = Region.objects.create(name="North", slug="north")
    Site.objects.filter(pk=ours.site_id).update(region=region)
    make.MACAddressFactory(
        mac_address="00:00:00:00:00:01", assigned_object=make.InterfaceFactory(device=ours)
    )
    user = somebody("dcim.device", constraints={"tenant__slug": "ours"})
    permit(user, "dcim.region dcim.macaddress")
    client = rest(user)

    def count(**query):
        answer = client.get("/api/dcim/devices/", query)
        assert answer.status_code == 200, answer.json()
        return answer.json()["count"]

    assert count() == count(name="ours-1") == 1
    assert count(region="north") == 0
    assert count(mac_address="00:00:00:00:00:01") == 0
    hidden = client.get("/api/dcim/devices/", {"site": ours.site.slug})
    unknown = client.get("/api/dcim/devices/", {"site": "no-such"})
    assert hidden.status_code == unknown.status_code == 400
    assert hidden.json() == {"site": [unknown.json()["site"][0].replace("no-such", ours.site.slug)]}
    permit(user, "dcim.site")
    client = rest(user)
    assert count(region="north") == 1


def test_counts_and_searches_keep_to_what_is_seen(ours, theirs):
    Device.objects.filter(pk=theirs.pk).update(site=ours.site)
    user = somebody("dcim.device", constraints={"tenant__slug": "ours"})
    permit(user, "dcim.site")
    client = rest(user)
    site = client.get(f"/api/dcim/sites/{ours.site_id}/").json()
    assert site["device_count"] == 1
    pages = Client()
    pages.force_login(user)
    assert "theirs-1" not in pages.get("/search/?q=theirs").content.decode().split("<main")[1]
    assert 'href="/dcim/racks/"' not in pages.get("/").content.decode()


def test_what_a_reference_is_looked_up_by_is_hidden_too(ours):
    rack = RackFactory(name="R1", site=ours.site)
    user = somebody("dcim.device", constraints={"tenant__slug": "ours"})
    permit(user, "dcim.rack")
    client, url = rest(user), f"/api/dcim/devices/{ours.pk}/"
    by_site = {"rack": {"name": "R1", "site": {"slug": ours.site.slug}}}
    refused = client.patch(url, by_site, format="json")
    assert refused.status_code == 400
    assert refused.json()["rack"][0].startswith("No rack matches")
    assert client.patch(url, {"rack": {"name": "R1"}}, format="json").status_code == 200
    ours.refresh_from_db()
    assert ours.rack == rack


def test_tags_one_may_not_see_stay(ours):
    kind = content_type(of_path("dcim/devices"))
    for name in ("open", "closed"):
        tag = Tag.objects.create(name=name, slug=name)
        TaggedItem.objects.create(tag=tag, content_type=kind, object_id=ours.pk)
    user = somebody("dcim.device", constraints={"tenant__slug": "ours"})
    permit(user, "extras.tag", constraints={"slug": "open"})
    client, url = rest(user), f"/api/dcim/devices/{ours.pk}/"
    assert [tag["name"] for tag in client.get(url).json()["tags"]] == ["open"]
    answer = client.patch(url, {"tags": []}, format="json")
    assert answer.status_code == 200, answer.json()
    left = TaggedItem.objects.filter(object_id=ours.pk).values_list("tag__name", flat=True)
    assert list(left) == ["closed"]


def test_a_refused_delete_names_only_what_is_seen():
    site = SiteFactory()
    for tenant in ("ours", "theirs"):
        make.DeviceFactory(name=f"{tenant}-1", site=site, tenant=TenantFactory(slug=tenant))
    user = somebody("dcim.device", "view", {"tenant__slug": "ours"})
    permit(user, "dcim.site")
    refused = rest(user).delete(f"/api/dcim/sites/{site.pk}/")
    assert refused.status_code == 409
    detail = refused.json()["detail"]
    assert "2 dependent objects were found: ours-1" in detail
    assert detail.endswith("1 that you may not see")
    pages = Client()
    pages.force_login(user)
    page = pages.get(f"/dcim/sites/{site.pk}/delete/").content.decode()
    assert "ours-1" in page and "theirs-1" not in page
    assert "that you may not see" in page


def test_imports_find_no_hidden_rows_by_name(ours):
    user = somebody("dcim.rack")
    pages = Client()
    pages.force_login(user)
    text = f"name,site\nNew,{ours.site.name}\nNew,No such\n"
    page = pages.post("/dcim/racks/import/", {"text": text, "format": "csv"}).content.decode()
    assert f"There is no site &quot;{ours.site.name}&quot;." in page
    assert "There is no site &quot;No such&quot;." in page


def test_buttons_show_only_what_one_may_do(ours):
    other = make.DeviceFactory(name="other")
    user = somebody("dcim.device", "view")
    permit(user, "dcim.device", "change", {"tenant__slug": "ours"})
    pages = Client()
    pages.force_login(user)
    edit = "/dcim/devices/{}/edit/"
    assert edit.format(ours.pk) in pages.get(f"/dcim/devices/{ours.pk}/").content.decode()
    assert edit.format(other.pk) not in pages.get(f"/dcim/devices/{other.pk}/").content.decode()
    assert pages.get(edit.format(other.pk)).status_code == 403
    assert "/dcim/devices/add/" not in pages.get("/dcim/devices/").content.decode()
