"""The way of a device's power up to the sources, on its page."""

import re

from dcim.models import Cable
from tests.core.pages import admin_client, database, statements, text
from tests.core.permits import permit, somebody
from tests.power.factories import PowerLinkFactory
from tests.power.hall import two_n


def plain(page: str) -> str:
    """The words of a page, one blank apart."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@database
def test_each_supply_is_followed_up_to_its_source_with_now_and_worst_case():
    hall = two_n()
    device = hall.add(500, 500)
    client = admin_client()
    shown = text(client.get(f"/dcim/devices/{device.pk}/"))
    assert f'hx-get="/power/path/{device.pk}/"' in shown
    page = text(client.get(f"/power/path/{device.pk}/"))
    assert "No single failure takes it down" in page and "draws 1,000" in page.replace(
        "\u202f", ","
    )
    ways = page.split('class="path-way"')[1:]
    for way, side in zip(ways, "AB", strict=True):
        places = [way.index(f">{n} {side}<") for n in ("PDU", "Feed", "Panel", "UPS", "Utility")]
        assert places == sorted(places)
        assert "shared" not in way.split("</ol>")[0]
    # 500 W of 17,292 VA now; all of it when the other side fails.
    assert "2.9 % → 5.8 %" in plain(ways[0])


@database
def test_what_takes_all_supplies_down_is_named():
    hall = two_n()
    one_sided = hall.add(300, 300, sides="A")
    page = text(admin_client().get(f"/power/path/{one_sided.pk}/"))
    assert "One failure takes it down:" in page
    assert page.count("path-shared") >= 2 * 5
    PowerLinkFactory(
        upstream=hall.sides[0].utility,
        downstream_equipment=hall.sides[1].ups,
        breaker_amperage=400,
        poles=3,
    )
    spread = hall.add(300, 300)
    ways = text(admin_client().get(f"/power/path/{spread.pk}/")).split('class="path-way"')[1:]
    shared = [way.split(">Utility A<")[1].split("</li>")[0] for way in ways]
    assert all("path-shared" in each for each in shared)


@database
def test_a_loose_supply_and_a_planned_device_are_told():
    hall = two_n()
    device = hall.add(300, 300)
    Cable.objects.latest("pk").delete()
    client = admin_client()
    page = text(client.get(f"/power/path/{device.pk}/"))
    assert "Plugged in nowhere." in page
    device.status = "planned"
    device.save()
    page = text(client.get(f"/power/path/{device.pk}/"))
    assert "It is planned, so the reckoning leaves it out." in page


@database
def test_what_may_not_be_seen_is_not_named_and_costs_stay_the_same():
    hall = two_n()
    device, other = hall.add(300), hall.add(300, 300)
    user = somebody("dcim.device", "view", {"id": other.pk})
    permit(user, "dcim.powerfeed", "view")
    client = admin_client()
    cost = statements(client, f"/power/path/{other.pk}/")
    assert cost <= statements(client, f"/power/path/{device.pk}/") + 1
    client.force_login(user)
    assert client.get(f"/power/path/{device.pk}/").status_code == 404
    page = text(client.get(f"/power/path/{other.pk}/"))
    assert "Feed A" in page and "UPS A" not in page and "PDU A" not in page
    assert "a ups you may not see" in page
