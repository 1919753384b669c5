"""Moving a device by a form, and where it stands on its page."""

import re

from dcim.models import Device
from tests.core.pages import admin_client, database, statements, text
from tests.core.permits import permit, somebody
from tests.dcim.factories import DeviceFactory, DeviceTypeFactory, RackFactory


def offered(page: str) -> list[str]:
    """The values of the list of places."""
    select = re.search(r'<select[^>]*name="place".*?</select>', page, re.S)
    return re.findall(r'<option value="([^"]+)"', select[0]) if select else []


def device(height=2, deep=True, **values) -> Device:
    """A device of a type of this size."""
    kind = DeviceTypeFactory(u_height=height, is_full_depth=deep)
    return DeviceFactory(device_type=kind, **values)


@database
def test_the_places_that_it_fits_in_are_offered_and_it_is_moved_to_one():
    old, new = RackFactory(name="Old", u_height=10), RackFactory(name="New", u_height=6)
    moved = device(rack=old, position=1, face="front", name="app-1")
    device(1, deep=False, rack=new, position=3, face="rear")
    client, here = admin_client(), f"/dcim/devices/{moved.pk}/move/"
    assert f'href="{here}"' in text(client.get(f"/dcim/devices/{moved.pk}/"))
    own = text(client.get(here))
    assert offered(own)[8] == "1|front" and "(where it is)" in own
    page = text(client.get(f"{here}?rack={new.pk}&position=5&face=front"))
    # Unit 3 is taken at the rear, so nothing deep fits over it.
    both = ["5|front", "4|front", "1|front", "5|rear", "4|rear", "1|rear", "|none"]
    assert offered(page) == both
    assert '<option value="5|front" selected>' in page
    link = (
        f"{here}?site={new.site_id}&amp;location=&amp;rack={new.pk}&amp;position=4&amp;face=front"
    )
    assert link in page
    answer = client.post(here, {"rack": new.pk, "place": "4|rear"}, follow=True)
    assert "Device app-1 is at U4, rear, in rack New." in text(answer)
    moved.refresh_from_db()
    assert (moved.rack, moved.site, moved.position, moved.face) == (new, new.site, 4, "rear")
    client.post(here, {"_out": "1"})
    moved.refresh_from_db()
    assert (moved.rack, moved.position, moved.face) == (None, None, None)


@database
def test_a_place_that_is_taken_meanwhile_is_refused_in_the_words_of_the_database():
    rack = RackFactory(u_height=6)
    moved = device()
    device(rack=rack, position=3, face="front")
    sent = {"rack": rack.pk, "place": "3|front"}
    answer = admin_client().post(f"/dcim/devices/{moved.pk}/move/", sent)
    assert answer.status_code == 422 and "already taken" in text(answer)
    for rubbish in ("", "x|front", "3|top", "nan|front", "1e400|rear"):
        sent["place"] = rubbish
        assert admin_client().post(f"/dcim/devices/{moved.pk}/move/", sent).status_code == 422
    moved.refresh_from_db()
    assert moved.rack is None


@database
def test_only_racks_that_may_be_seen_can_be_asked_for():
    mine, other = RackFactory(), RackFactory()
    moved = device(rack=mine, position=1, face="front")
    user = somebody("dcim.device", "view change")
    permit(user, "dcim.rack", "view", {"id": mine.pk})
    client = admin_client()
    client.force_login(user)
    here = f"/dcim/devices/{moved.pk}/move/"
    assert client.get(here).status_code == 200
    assert client.get(f"{here}?rack={other.pk}").status_code == 404
    client.force_login(somebody("dcim.device", "view"))
    assert client.get(here).status_code == 403


@database
def test_the_page_of_a_device_shows_where_it_stands():
    rack = RackFactory(name="A7")
    here = device(rack=rack, position=7, face="front")
    client = admin_client()
    page = text(client.get(f"/dcim/devices/{here.pk}/"))
    panel = page.split('aria-label="Where it stands"')[1].split("</section>")[0]
    assert "U7–U8, front, full depth" in panel and panel.count("is-lit") == 2  # noqa: RUF001
    few = statements(client, f"/dcim/devices/{here.pk}/")
    for position in (10, 20, 30):
        device(rack=rack, position=position, face="rear")
    assert statements(client, f"/dcim/devices/{here.pk}/") == few
