"""The pages of the reckoning: the diagram with its table, findings, panels on records."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.test import Client

from core.models import ObjectPermission
from facilities.models import Site
from power.models import PowerEquipment, PowerFeed, PowerPanel
from tests.core.factories import UserFactory
from tests.core.pages import admin_client, database, text
from tests.dcim.factories import DeviceFactory, PowerPortFactory
from tests.facilities.factories import LocationFactory, SiteFactory, TenantFactory
from tests.power.factories import PowerFeedFactory
from tests.power.hall import two_n


def embedded(page: str, name: str) -> Any:
    """The JSON of a page."""
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


@database
def test_the_diagram_has_a_table_of_the_same_nodes():
    hall = two_n()
    hall.add(600, 400)
    page = text(admin_client().get(f"/power/one-line/?site={hall.site.pk}"))
    graph = embedded(page, "one-line-graph")
    boxes = re.findall(r'name="fail" value="([^"]+)"', page)
    assert sorted(boxes) == sorted(node["node"] for node in graph["nodes"])
    assert f"feed:{hall.sides[0].feed.pk}" in boxes
    assert "17.3\u00a0kVA" in page


@database
def test_without_scripts_the_form_fails_nodes_and_tells_what_happens():
    hall = two_n()
    hall.add(600, 400)
    hall.add(500, tenant=TenantFactory(name="Halcyon"))
    client = admin_client()
    page = text(
        client.get(f"/power/one-line/?site={hall.site.pk}&fail=feed:{hall.sides[0].feed.pk}")
    )
    assert "When Feed A fails" in page
    assert "1 device down" in page
    assert "Halcyon" in page
    part = text(
        client.get(
            f"/power/one-line/consequences/?site={hall.site.pk}&fail=feed:{hall.sides[0].feed.pk}"
        )
    )
    assert "<html" not in part
    changed = {row["id"]: row for row in embedded(part, "one-line-changed")}
    assert changed[f"feed:{hall.sides[1].feed.pk}"]["w"] == 1000


@database
def test_what_cannot_be_failed_is_told():
    hall = two_n()
    client = admin_client()
    page = client.get(f"/power/one-line/?site={hall.site.pk}&fail=feed:999999")
    assert "There is no node feed:999999 in these sites." in text(page)
    bad = client.get("/power/one-line/?site=nowhere")
    assert bad.status_code == 400
    assert "There is no site nowhere." in text(bad)


@database
def test_a_hall_is_drawn_with_what_feeds_it():
    hall = two_n()
    room = LocationFactory(site=hall.site)
    PowerEquipment.objects.filter(pk=hall.sides[0].ups.pk).update(location=room)
    page = text(admin_client().get(f"/power/one-line/?location={room.pk}"))
    names = {node["display"] for node in embedded(page, "one-line-graph")["nodes"]}
    assert {"UPS A", "Utility A"} <= names
    assert "UPS B" not in names


@database
def test_sites_and_halls_with_a_chain_lead_to_their_diagram():
    hall = two_n()
    room = LocationFactory(site=hall.site)
    inner = LocationFactory(site=hall.site, parent=room)
    PowerEquipment.objects.filter(pk=hall.sides[0].ups.pk).update(location=inner)
    client = admin_client()
    site = text(client.get(f"/dcim/sites/{hall.site.pk}/"))
    assert f'href="/power/one-line/?site={hall.site.pk}"' in site
    place = text(client.get(f"/dcim/locations/{room.pk}/"))
    assert f'href="/power/one-line/?location={room.pk}"' in place
    other = text(client.get(f"/dcim/sites/{SiteFactory().pk}/"))
    assert "/power/one-line/?" not in other


@database
def test_a_site_without_a_chain_says_what_to_do():
    assert "No power chain is recorded here" in text(admin_client().get("/power/one-line/"))
    site = SiteFactory()
    page = text(admin_client().get(f"/power/one-line/?site={site.pk}"))
    assert "No power chain is recorded here" in page
    assert "/power/equipment/add/" in page


@database
def test_pages_of_nodes_and_racks_fetch_their_load():
    hall = two_n()
    hall.add(600, 400)
    side, client = hall.sides[0], admin_client()
    addresses = {
        f"/power/equipment/{side.ups.pk}/": f"/power/load/equipment/{side.ups.pk}/",
        f"/dcim/power-panels/{side.panel.pk}/": f"/power/load/panel/{side.panel.pk}/",
        f"/dcim/power-feeds/{side.feed.pk}/": f"/power/load/feed/{side.feed.pk}/",
        f"/dcim/devices/{side.pdu.pk}/": f"/power/load/pdu/{side.pdu.pk}/",
        f"/dcim/racks/{hall.rack.pk}/": f"/power/load/rack/{hall.rack.pk}/",
    }
    for address, part in addresses.items():
        assert f'hx-get="{part}"' in text(client.get(address))
        shown = text(client.get(part))
        assert "1\u202f000\u00a0" in shown
        assert "Worst case" in shown
    feed = text(client.get(f"/power/load/feed/{side.feed.pk}/"))
    assert "Panel A" in feed and "PDU A" in feed  # above and below
    assert "17.3\u00a0kVA" in feed
    server = hall.devices[0]
    assert "/power/load/" not in text(client.get(f"/dcim/devices/{server.pk}/"))
    assert client.get("/power/load/toaster/1/").status_code == 404


@database
def test_unknown_is_written_out_and_never_zero():
    hall = two_n()
    PowerEquipment.objects.filter(pk=hall.sides[0].ups.pk).update(rated_kva=None, rated_kw=None)
    hall.add(None, None)
    client = admin_client()
    part = text(client.get(f"/power/load/equipment/{hall.sides[0].ups.pk}/"))
    assert "unknown" in part
    assert "of 1 device no draw is known" in part
    page = text(client.get(f"/power/findings/?site={hall.site.pk}&list=unknown_rating"))
    assert "UPS A" in page


@database
def test_findings_are_counted_listed_and_exported():
    hall = two_n(voltage=230, amperage=32, phase="single-phase")
    hall.add(3000, 3000)
    PowerPortFactory(device=DeviceFactory(site=hall.site, name="=Loose"))
    both = hall.add(100, 100, sides="A")
    lone = PowerFeedFactory(power_panel__site=hall.site, name="Lone feed")
    client, query = admin_client(), f"?site={hall.site.pk}"
    shown = " ".join(re.sub(r"<[^>]+>", " ", text(client.get(f"/power/findings/{query}"))).split())
    for words in ("Not truly A/B 1", "Unconnected supplies 1", "Unknown draw 1"):
        assert words in shown
    for kind, name in (
        ("not_diverse", both.name),
        ("unconnected", "=Loose"),
        ("without_source", lone.name),
        ("overloaded", "Feed A"),
    ):
        assert name in text(client.get(f"/power/findings/{query}&list={kind}"))
        file = client.get(f"/power/findings/{query}&list={kind}&export=csv")
        rows = list(csv.DictReader(io.StringIO(file.content.decode())))
        assert any(name in (row.get("node") or row.get("device")) for row in rows)
    unknown = client.get(f"/power/findings/{query}&list=unknown_demand&export=csv")
    [row] = csv.DictReader(io.StringIO(unknown.content.decode()))
    assert (row["device"], row["watts"]) == ("'=Loose", "unknown")
    assert client.get("/power/findings/?list=gossip").status_code == 404


@database
def test_findings_name_nothing_hidden():
    hall = two_n(voltage=230, amperage=32, phase="single-phase")
    hall.add(3000, 3000)
    user, client = UserFactory(), Client()
    client.force_login(user)
    assert client.get("/power/findings/").status_code == 403
    permission = ObjectPermission.objects.create(name="few", actions=["view"])
    permission.object_types.set(ContentType.objects.get_for_models(PowerPanel, Site).values())
    permission.users.add(user)
    page = client.get(f"/power/findings/?site={hall.site.pk}&list=overloaded")
    assert page.status_code == 200
    assert "Feed A" not in text(page)
    assert client.get("/power/findings/?site=999999").status_code == 404


@database
def test_what_one_may_not_see_is_on_no_page():
    hall = two_n()
    hall.add(600, tenant=TenantFactory(name="Rival"))
    user = UserFactory()
    permission = ObjectPermission.objects.create(name="some", actions=["view"])
    permission.object_types.set(ContentType.objects.get_for_models(Site, PowerFeed).values())
    permission.users.add(user)
    client = Client()
    client.force_login(user)
    feed = hall.sides[0].feed
    page = text(client.get(f"/power/one-line/?site={hall.site.pk}&fail=feed:{feed.pk}"))
    assert "Feed A" in page
    assert "(1 you may not see)" in page
    for hidden in ("Rival", "UPS A", "Panel A", "PDU A"):
        assert hidden not in page
    assert client.get(f"/power/load/equipment/{hall.sides[0].ups.pk}/").status_code == 404
    part = text(client.get(f"/power/load/feed/{feed.pk}/"))
    assert "Panel A" not in part
    assert Client().get("/power/one-line/").status_code == 302
