"""The reckoning over REST, on plants small enough to check by hand."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from rest_framework.test import APIClient

from core.models import ObjectPermission
from dcim.models import Device
from facilities.models import Site
from power.models import PowerEquipment, PowerFeed, PowerLink, PowerPanel
from tests.core.factories import UserFactory
from tests.dcim.factories import (
    DeviceFactory,
    PowerOutletFactory,
    PowerPortFactory,
    connect,
)
from tests.facilities.factories import LocationFactory, SiteFactory, TenantFactory
from tests.power.factories import (
    DevicePowerProfileFactory,
    DeviceTypePowerProfileFactory,
    PowerEquipmentFactory,
    PowerFeedFactory,
    PowerLinkFactory,
    PowerPanelFactory,
    RedundancyGroupFactory,
    SitePowerPolicyFactory,
)
from tests.power.hall import Hall, two_n

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> APIClient:
    made = APIClient()
    made.force_authenticate(UserFactory(is_superuser=True))
    return made


def nodes(client: APIClient, hall: Hall, **query: Any) -> dict[str, Any]:
    page = client.get("/api/power/flow/", {"site": hall.site.pk, "limit": 1000, **query})
    assert page.status_code == 200, page.content
    return {row["display"]: row for row in page.json()["results"] if "display" in row}


def simulate(client: APIClient, hall: Hall, *fail: str, **more: Any) -> dict[str, Any]:
    body = {"site": hall.site.pk, "fail": list(fail), **more}
    answer = client.post("/api/power/simulate/", body, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_sum_of_feeds_hides_what_the_worst_case_shows(client):
    """Two feeds of 5,888 VA with 3,000 VA on each are at 51 %, but either alone is at 102 %."""
    hall = two_n(voltage=230, amperage=32, phase="single-phase")
    assert hall.sides[0].feed.available_power == 5888
    hall.add(3000, 3000)
    feed = nodes(client, hall)["Feed A"]
    assert (feed["load"]["va"], feed["usable"]["va"], feed["percent"]) == (3000, 5888, 51.0)
    assert (feed["worst"]["va"], feed["worst"]["percent"]) == (6000, 101.9)
    assert feed["headroom"] == {"w": None, "va": -112, "binding": "va"}
    # What NetBox calls the rack's utilisation: draw over the sum of its feeds.
    both = [row for row in nodes(client, hall).values() if row["kind"] == "feed"]
    drawn, available = (sum(row[part]["va"] for row in both) for part in ("load", "usable"))
    assert round(100 * drawn / available) == 51


def test_every_node_from_the_utility_to_the_pdu_has_its_load(client):
    hall = two_n()
    hall.add(600, 400)
    hall.add(500)  # single-corded, on A
    found = nodes(client, hall)
    shown = [name for name in found if name.endswith(" A") and found[name]["kind"] != "link"]
    assert {name: found[name]["load"]["w"] for name in shown} == {
        "Utility A": pytest.approx(1000 / 0.95, abs=0.1),
        "UPS A": 1000,
        "Panel A": 1000,
        "Feed A": 1000,
        "PDU A": 1000,
    }
    assert found["UPS A"]["losses_w"] == pytest.approx(1000 / 0.95 - 1000, abs=0.1)
    # With B gone A carries 1,000 + 500 W; with A gone B carries 1,000 W, and 500 W are down.
    assert (found["Feed A"]["worst"]["w"], found["Feed B"]["worst"]["w"]) == (1500, 1000)
    assert found["Feed B"]["worst"]["cause"]["display"] in found
    link = next(row for row in found.values() if row["display"].startswith("UPS A → Panel"))
    # 100 A · 415 V · √3 · 80 %
    assert link["usable"]["va"] == pytest.approx(57503.2, abs=1)
    assert link["rating"] == {"va": pytest.approx(71880, abs=1), "a": 100}
    assert found["UPS A"]["rating"] == {"va": 100000, "a": None}
    assert found["UPS A"]["usable"] == {"w": 90000, "va": 100000}
    assert found["UPS A"]["headroom"]["binding"] == "w"


def test_failing_a_feed_tells_who_goes_down_and_what_carries_more(client):
    hall = two_n()
    tenant = TenantFactory(name="Halcyon")
    hall.add(600, 400)
    lone = hall.add(500, tenant=tenant)
    told = simulate(client, hall, f"feed:{hall.sides[0].feed.pk}")
    [stage, last] = told["stages"]
    assert (stage["stage"], last["stage"]) == ("instant", "sustained")
    down = last["down"]
    assert (down["count"], down["watts"]) == (1, 500)
    assert [(row["tenant"]["name"], row["count"], row["watts"]) for row in down["by_tenant"]] == [
        ("Halcyon", 1, 500)
    ]
    assert [row["device"]["id"] for row in down["devices"]] == [lone.pk]
    changed = {row["id"]: row for row in told["changed"]}
    assert changed[f"feed:{hall.sides[1].feed.pk}"]["w"] == 1000
    assert changed[f"feed:{hall.sides[0].feed.pk}"]["live"] is False
    # Nothing was written.
    assert nodes(client, hall)["Feed A"]["live"] is True
    assert PowerFeed.objects.get(pk=hall.sides[0].feed.pk).status == "active"


def test_an_overload_is_told_with_how_much(client):
    hall = two_n()
    hall.add(9000, 9000)
    told = simulate(client, hall, f"pdu:{hall.sides[0].pdu.pk}")
    over = {row["display"]: row for row in told["stages"][-1]["overloaded"]}
    assert over["Feed B"]["percent"] == pytest.approx(18000 / 17292 * 100, abs=0.1)
    assert over["Feed B"]["over_va"] == 708


def test_extra_demand_is_added(client):
    hall = two_n()
    hall.add(600, 400)
    extra = [{"node": f"feed:{hall.sides[0].feed.pk}", "watts": 17000}]
    told = simulate(client, hall, extra=extra)
    over = {row["display"] for row in told["stages"][-1]["overloaded"]}
    assert over == {"Feed A"}


def test_a_battery_bridges_until_the_generator_runs(client):
    hall = two_n()
    side = hall.sides[0]
    PowerEquipment.objects.filter(pk=side.ups.pk).update(usable_kwh=10, max_discharge_kw=5)
    generator = PowerEquipmentFactory(
        site=hall.site,
        name="Generator",
        kind="generator",
        start_delay=15,
        input_voltage=None,
        input_phase=None,
    )
    ats = PowerEquipmentFactory(site=hall.site, name="ATS", kind="ats")
    link = PowerLink.objects.get(upstream=side.utility)
    PowerLinkFactory(upstream=ats, downstream_equipment=side.ups)
    PowerLink.objects.filter(pk=link.pk).update(downstream_equipment=ats)
    PowerLinkFactory(upstream=generator, downstream_equipment=ats, preference=2)
    hall.add(6000, sides="A")
    told = simulate(client, hall, f"equipment:{side.utility.pk}")
    instant, running, lasting = told["stages"]
    assert [each["down"]["count"] for each in told["stages"]] == [0, 0, 0]
    [stored] = instant["storage"]
    # 10 kWh at 6 kW last 100 minutes; 5 kW is what it may give.
    assert (stored["display"], stored["carried_kw"], stored["minutes"]) == ("UPS A", 6, 100)
    assert stored["over_discharge_kw"] == 1
    assert (running["stage"], running["after_s"], running["storage"]) == ("generators", 15, [])
    assert lasting["stage"] == "sustained"
    both = simulate(client, hall, f"equipment:{side.utility.pk}", f"equipment:{generator.pk}")
    assert [each["down"]["count"] for each in both["stages"]] == [0, 1]
    assert both["stages"][-1]["after_s"] == 6000


def test_legs_and_imbalance_of_three_phase_feeds(client):
    """Line to line: all on pair AB at 208 V gives that current in lines A and B, none in C."""
    hall = two_n()
    for outlet in hall.sides[0].outlets:
        outlet.feed_leg = "A"
        outlet.save()
    hall.add(2080, sides="A")
    feed = nodes(client, hall)["Feed A"]
    assert [(leg["leg"], leg["a"]) for leg in feed["legs"]] == [("A", 10), ("B", 10), ("C", 0)]
    assert feed["imbalance"] == 100
    told = client.get("/api/power/diverse/", {"site": hall.site.pk}).json()["unbalanced"]
    assert "Feed A" in {row["display"] for row in told["results"]}
    SitePowerPolicyFactory(site=hall.site, imbalance_limit=100)
    told = client.get("/api/power/diverse/", {"site": hall.site.pk}).json()["unbalanced"]
    assert "Feed A" not in {row["display"] for row in told["results"]}
    assert feed["load"]["a"] == 10


def test_what_is_unknown_is_null_and_listed(client):
    hall = two_n()
    PowerLink.objects.update(breaker_amperage=None)
    PowerEquipment.objects.filter(name="UPS A").update(rated_kva=None, rated_kw=None)
    hall.add(None, None)
    found = nodes(client, hall)
    assert found["UPS A"]["usable"] == {"w": None, "va": None}
    assert found["UPS A"]["headroom"] == {"w": None, "va": None, "binding": None}
    page = client.get("/api/power/flow/", {"site": hall.site.pk}).json()
    assert page["demand"]["devices"]["unknown"] == 1
    told = client.get("/api/power/diverse/", {"site": hall.site.pk}).json()
    assert told["unknown_demand"]["count"] == 1
    assert {row["display"] for row in told["unknown_rating"]["results"]} >= {"UPS A", "Panel A"}


def test_each_basis_falls_back_in_its_order(client):
    hall = two_n(outlets=12)
    SitePowerPolicyFactory(site=hall.site, budget_percent=50)
    measured = hall.add(600, 400)
    DevicePowerProfileFactory(
        device=measured, measured_watts=700, measured_at="2026-01-01T00:00:00Z"
    )
    plated = hall.add(None, None)
    DeviceTypePowerProfileFactory(device_type=plated.device_type, supply_watts=800)
    expected = {
        # The nameplate of two supplies of which one must be live is one rating.
        "measured": {"measured": 700, "budget": 400},
        "allocated": {"allocated": 1000, "budget": 400},
        "budget": {"budget": 400, "allocated": 1000},
        "maximum": {"maximum": 800, "allocated": 1000},
    }
    for basis, watts in expected.items():
        page = client.get("/api/power/flow/", {"site": hall.site.pk, "basis": basis}).json()
        told = {k: v for k, v in page["demand"]["by_basis"].items() if v}
        assert told == watts


def test_two_supplies_behind_one_ups_are_not_truly_a_and_b(client):
    hall = two_n()
    link = PowerLink.objects.get(downstream_panel=hall.sides[1].panel)
    PowerLink.objects.filter(pk=link.pk).update(upstream=hall.sides[0].ups)
    device = hall.add(600, 400)
    told = client.get("/api/power/diverse/", {"site": hall.site.pk}).json()
    [row] = told["not_diverse"]["results"]
    assert row["device"]["id"] == device.pk
    assert row["shared"]["display"] == "UPS A"
    hall.add(None)
    page = client.get(
        "/api/power/diverse/", {"site": hall.site.pk, "list": "unknown_demand"}
    ).json()
    assert page["count"] == 1


def test_loose_supplies_and_feeds_without_source_are_found(client):
    hall = two_n()
    device = hall.add(600)
    PowerPortFactory(device=device, name="Spare")
    panel = PowerPanelFactory(site=hall.site, name="Lonely")
    PowerFeedFactory(power_panel=panel, name="Orphan")
    told = client.get("/api/power/diverse/", {"site": hall.site.pk}).json()
    assert [row["device"]["id"] for row in told["unconnected"]["results"]] == [device.pk]
    assert {row["display"] for row in told["without_source"]["results"]} == {"Lonely", "Orphan"}


def test_a_panel_over_its_breaker_is_found(client):
    hall = two_n()
    PowerLink.objects.filter(downstream_panel=hall.sides[0].panel).update(breaker_amperage=10)
    hall.add(9000, sides="A")
    told = client.get("/api/power/diverse/", {"site": hall.site.pk}).json()
    names = {row["display"] for row in told["overloaded"]["results"]}
    assert "Panel A" in names
    assert "Panel B" not in names


def test_a_pdu_behind_a_pdu_carries_power_on(client):
    hall = two_n()
    side = hall.sides[0]
    strip = DeviceFactory(site=hall.site, name="Strip")
    inlet = PowerPortFactory(device=strip)
    connect(side.outlets.pop(0), inlet)
    outlet = PowerOutletFactory(device=strip)  # draws from the only inlet
    device = DeviceFactory(site=hall.site)
    connect(outlet, PowerPortFactory(device=device, allocated_draw=300))
    found = nodes(client, hall)
    assert [found[name]["load"]["w"] for name in ("Strip", "PDU A", "Feed A")] == [300, 300, 300]


def test_pdus_cabled_in_a_circle_are_found_and_the_rest_is_reckoned(client):
    hall = two_n()
    hall.add(500, 500)
    strips = [DeviceFactory(site=hall.site, name=f"Strip {name}") for name in "12"]
    inlets = [PowerPortFactory(device=each) for each in strips]
    outlets = [PowerOutletFactory(device=each) for each in strips]
    connect(outlets[0], inlets[1])
    connect(outlets[1], inlets[0])
    found = nodes(client, hall)
    assert found["Feed A"]["load"]["w"] == 500
    assert [found[each.name]["live"] for each in strips] == [False, False]
    told = client.get("/api/power/diverse/", {"site": hall.site.pk}).json()["in_circles"]
    assert {row["display"] for row in told["results"]} == {"Strip 1", "Strip 2"}


def test_a_rack_transfer_switch_takes_its_first_live_inlet(client):
    hall = two_n()
    switch = DeviceFactory(site=hall.site, name="Rack ATS")
    for side, name in zip(hall.sides, ("In 1", "In 2"), strict=True):
        connect(side.outlets.pop(0), PowerPortFactory(device=switch, name=name))
    device = DeviceFactory(site=hall.site)
    outlet = PowerOutletFactory(device=switch)
    connect(outlet, PowerPortFactory(device=device, allocated_draw=300))
    found = nodes(client, hall)
    assert (found["Feed A"]["load"]["w"], found["Feed B"]["load"]["w"]) == (300, 0)
    assert (found["Feed A"]["worst"]["w"], found["Feed B"]["worst"]["w"]) == (300, 300)
    told = simulate(client, hall, f"feed:{hall.sides[0].feed.pk}")
    assert told["stages"][-1]["down"]["count"] == 0


def test_planned_records_carry_nothing_and_failed_ones_are_dead(client):
    hall = two_n()
    hall.add(600, 400)
    Device.objects.filter(pk=hall.add(500, 500).pk).update(status="planned")
    PowerFeed.objects.filter(pk=hall.sides[1].feed.pk).update(status="failed")
    found = nodes(client, hall)
    assert (found["Feed A"]["load"]["w"], found["Feed B"]["live"]) == (1000, False)
    PowerLink.objects.filter(downstream_panel=hall.sides[0].panel).update(status="planned")
    assert nodes(client, hall)["UPS A"]["load"]["w"] == 0


def test_a_location_shows_its_part_of_the_site(client):
    hall = two_n()
    room = LocationFactory(site=hall.site)
    inner = LocationFactory(site=hall.site, parent=room)
    PowerEquipment.objects.filter(pk=hall.sides[0].ups.pk).update(location=inner)
    hall.add(600, 400)
    found = nodes(client, hall, location=room.pk)
    assert set(found) == {"UPS A", *(name for name in found if name.startswith("UPS A → "))}
    graph = client.get("/api/power/graph/", {"location": room.slug}).json()
    drawn = {row["display"] for row in graph["nodes"]}
    assert "Utility A" in drawn  # what feeds the room is drawn too
    assert "Utility B" not in drawn
    told = simulate(client, hall, f"location:{room.pk}")
    assert [row["display"] for row in told["failed"]] == ["UPS A"]


def test_the_graph_has_what_a_diagram_needs(client):
    hall = two_n()
    hall.add(600, 400)
    graph = client.get("/api/power/graph/", {"site": hall.site.slug}).json()
    ids = {row["id"] for row in graph["nodes"]}
    assert f"feed:{hall.sides[0].feed.pk}" in ids
    assert len(ids) == len(graph["nodes"]) == 12
    assert all(edge["from"] in ids and edge["to"] in ids for edge in graph["edges"])
    expanded = client.get("/api/power/graph/", {"site": hall.site.pk, "expand": "1"}).json()
    assert len(expanded["nodes"]) == 14


def test_a_whole_redundancy_group_fails_together(client):
    hall = two_n()
    group = RedundancyGroupFactory(site=hall.site)
    PowerEquipment.objects.filter(kind="ups").update(redundancy_group=group)
    hall.add(600, 400)
    told = simulate(client, hall, f"group:{group.pk}")
    assert told["stages"][-1]["down"]["count"] == 1


def allowed(hall: Hall, *models: Any, **constraints: Any) -> APIClient:
    """Somebody who sees the site, and rows of these models under the constraints."""
    user = UserFactory()
    for kinds, given in (([Site], None), (models, constraints or None)):
        permission = ObjectPermission.objects.create(
            name=str(kinds), actions=["view"], constraints=given
        )
        permission.object_types.set(ContentType.objects.get_for_models(*kinds).values())
        permission.users.add(user)
    made = APIClient()
    made.force_authenticate(user)
    return made


def test_what_one_may_not_see_is_counted_and_not_named():
    hall = two_n()
    mine, theirs = TenantFactory(), TenantFactory(name="Rival")
    hall.add(500, tenant=mine, sides="A")
    hall.add(700, tenant=theirs, sides="A")
    client = allowed(hall, Device, tenant=mine.pk)
    told = simulate_as(client, hall, f"equipment:{hall.sides[0].ups.pk}")
    assert told.status_code == 400  # equipment is not seen, so there is none
    seeing = allowed(hall, PowerEquipment, PowerFeed)
    answer = simulate_as(seeing, hall, f"equipment:{hall.sides[0].ups.pk}")
    down = answer.json()["stages"][-1]["down"]
    assert (down["count"], down["hidden"], down["devices"]) == (2, 2, [])
    assert "Rival" not in answer.content.decode()
    page = seeing.get("/api/power/flow/", {"site": hall.site.pk})
    assert {row["kind"] for row in page.json()["results"]} == {"utility", "ups", "feed"}
    # The reckoning is over everything, else its figures would lie.
    feed = next(row for row in page.json()["results"] if row["display"] == "Feed A")
    assert feed["load"]["w"] == 1200
    assert "Panel A" not in page.content.decode()


def simulate_as(client: APIClient, hall: Hall, node: str) -> Any:
    body = {"site": hall.site.pk, "fail": [node]}
    return client.post("/api/power/simulate/", body, format="json")


def test_nobody_without_a_site_is_told_anything():
    hall = two_n()
    hall.add(600, 400)
    client = APIClient()
    assert client.get("/api/power/flow/").status_code == 403
    client.force_authenticate(UserFactory())
    for name in ("flow", "graph", "diverse"):
        assert client.get(f"/api/power/{name}/").status_code == 403
    assert client.post("/api/power/simulate/", {"fail": []}, format="json").status_code == 403
    user = UserFactory()
    permission = ObjectPermission.objects.create(name="feeds", actions=["view"])
    permission.object_types.set([ContentType.objects.get_for_model(PowerFeed)])
    permission.users.add(user)
    client.force_authenticate(user)
    assert client.get("/api/power/flow/", {"site": hall.site.pk}).status_code == 400
    assert client.get("/api/power/flow/").json()["results"] == []
    assert client.get("/api/power/graph/").json()["nodes"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"fail": ["feed:0"]}, "fail"),
        ({"fail": ["nonsense"]}, "fail"),
        ({"fail": "feed:1"}, "fail"),
        ({"fail": [{"a": 1}]}, "fail"),
        ({"site": "nowhere"}, "site"),
        ({"site": {"a": 1}}, "site"),
        ({"basis": "guess"}, "basis"),
        ({"basis": ["allocated"]}, "basis"),
        ({"extra": "more"}, "extra"),
        ({"extra": [{"node": "feed:1"}]}, "extra"),
        ({"extra": [{"node": "feed:1", "watts": 1e300}]}, "extra"),
        ({"extra": [{"node": "feed:1", "watts": -5}]}, "extra"),
        ([], "non_field_errors"),
    ],
)
def test_rubbish_is_refused_by_field(client, body, field):
    answer = client.post("/api/power/simulate/", body, format="json")
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("flow/?site=nowhere", "site"),
        ("flow/?site=%00", "site"),
        ("flow/?location=99999", "location"),
        ("flow/?basis=guess", "basis"),
        ("flow/?kind=toaster", "kind"),
        ("flow/?ordering=colour", "ordering"),
        ("diverse/?list=gossip", "list"),
    ],
)
def test_a_question_that_cannot_be_is_refused_by_field(client, address, field):
    two_n()
    answer = client.get(f"/api/power/{address}")
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


def test_lists_are_paged_ordered_and_filtered(client):
    hall = two_n()
    hall.add(600, 400)
    hall.add(500)
    page = client.get(
        "/api/power/flow/", {"site": hall.site.pk, "kind": ["ups", "feed"], "limit": 1}
    ).json()
    assert (page["count"], len(page["results"])) == (4, 1)
    assert "offset=1" in page["next"]
    fullest = client.get(
        "/api/power/flow/", {"site": hall.site.pk, "kind": "feed", "ordering": "-percent"}
    ).json()["results"]
    assert [row["display"] for row in fullest] == ["Feed A", "Feed B"]
    banks = client.get("/api/power/flow/", {"site": hall.site.pk, "kind": "bank"}).json()
    assert banks["count"] == 0


def test_an_empty_site_has_an_empty_chain(client):
    site = SiteFactory()
    assert client.get("/api/power/flow/", {"site": site.pk}).json()["results"] == []
    assert client.get("/api/power/diverse/", {"site": site.pk}).json()["not_diverse"]["count"] == 0
    empty = client.post("/api/power/simulate/", {"site": site.pk, "fail": []}, format="json")
    assert empty.json()["changed"] == []


def test_models_of_other_kinds_keep_their_own_permission():
    hall = two_n()
    client = allowed(hall, PowerPanel)
    kinds = client.get("/api/power/flow/", {"site": hall.site.pk}).json()["results"]
    assert {row["kind"] for row in kinds} == {"panel"}


def test_a_site_without_any_node_answers(client: APIClient) -> None:
    device = PowerPortFactory(allocated_draw=100).device
    page = client.get("/api/power/flow/", {"site": device.site.pk})
    assert page.status_code == 200
    assert page.json()["results"] == []
    answer = client.get("/api/power/diverse/", {"site": device.site.pk})
    assert answer.status_code == 200
