"""The capacity board and the strip on the pages of places."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from capacity import refresh, tasks
from capacity.models import Utilization, UtilizationSnapshot
from capacity.web import board_page
from core.models import ObjectPermission
from tests.capacity.factories import ThresholdFactory
from tests.core.factories import UserFactory
from tests.core.pages import admin_client, text
from tests.dcim.factories import DeviceFactory, DeviceTypeFactory
from tests.facilities.factories import LocationFactory, SiteFactory
from tests.power.hall import two_n
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db


def page(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.content
    return text(answer)


def order(content: str, *names: str) -> list[str]:
    return sorted(names, key=content.index)


def test_places_are_drilled_down_and_sorted_by_what_runs_out_first() -> None:
    location = LocationFactory(name="Hall")
    low, high = (RackFactory(location=location, name=name, u_height=10) for name in ("AA1", "BB2"))
    two = DeviceTypeFactory(u_height=2)
    for position in (1, 3, 5, 7):
        DeviceFactory(rack=high, device_type=two, position=position, face="front")
    DeviceFactory(rack=low, device_type=two, position=1, face="front")
    refresh.recompute()
    client = admin_client()
    assert location.site.name in page(client, "/capacity/board/")
    shown = page(client, "/capacity/board/", site=location.site.pk)
    assert "10 of 20\u00a0U" in shown
    shown = page(client, "/capacity/board/", location=location.pk)
    assert order(shown, "AA1", "BB2") == ["BB2", "AA1"]
    assert "nearly full" not in shown
    by_name = page(client, "/capacity/board/", location=location.pk, sort="name")
    assert order(by_name, "AA1", "BB2") == ["AA1", "BB2"]
    assert "BB2" in page(client, "/capacity/board/", show="racks")


def test_thresholds_of_the_nearest_place_colour_a_cell() -> None:
    rack = RackFactory(location=LocationFactory(), u_height=10)
    DeviceFactory(rack=rack, device_type=DeviceTypeFactory(u_height=2), position=1, face="front")
    refresh.recompute()
    client = admin_client()
    assert "filling up" not in page(client, f"/dcim/racks/{rack.pk}/")
    ThresholdFactory(site=rack.site, warn_percent=15, critical_percent=50)
    assert "filling up" in page(client, f"/dcim/racks/{rack.pk}/")
    ThresholdFactory(location=rack.location, warn_percent=10, critical_percent=19)
    assert "nearly full" in page(client, f"/dcim/racks/{rack.pk}/")


def test_the_worst_case_names_the_node_and_the_failure_as_far_as_they_may_be_seen() -> None:
    hall = two_n()
    hall.add(4000, 4000)
    refresh.recompute()
    shown = page(admin_client(), f"/dcim/racks/{hall.rack.pk}/")
    assert "Feed B carries 8" in shown or "Feed A carries 8" in shown
    user = UserFactory()
    for app, model in (("racks", "rack"), ("capacity", "utilization")):
        permission = ObjectPermission.objects.create(name=model, actions=["view"])
        permission.object_types.set([ContentType.objects.get(app_label=app, model=model)])
        permission.users.set([user])
    client = Client()
    client.force_login(user)
    shown = page(client, f"/dcim/racks/{hall.rack.pk}/")
    assert "a node that you may not see carries 8" in shown
    assert "Feed A" not in shown
    assert client.get("/capacity/board/", {"site": hall.site.pk}).status_code == 404


def test_a_course_is_drawn_from_daily_figures() -> None:
    rack = RackFactory()
    refresh.recompute()
    row = Utilization.objects.get(rack=rack.pk, resource="space")
    for back in range(3):
        UtilizationSnapshot.objects.create(
            utilization=row,
            day=timezone.localdate() - dt.timedelta(back),
            capacity=40,
            used=20 - back,
        )
    assert "+5 points in 3 days" in page(admin_client(), f"/dcim/racks/{rack.pk}/")


def test_what_the_board_cannot_show_is_not_found() -> None:
    client = admin_client()
    for query in ({"site": "x"}, {"site": "99"}, {"show": "x"}, {"sort": "x"}):
        assert client.get("/capacity/board/", query).status_code == 404


def test_a_board_costs_the_same_however_many_racks(django_assert_num_queries: Any) -> None:
    location = LocationFactory()
    RackFactory(location=location)
    refresh.recompute()
    client = admin_client()
    client.get("/capacity/board/", {"location": location.pk})
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        client.get("/capacity/board/", {"location": location.pk})
    RackFactory.create_batch(20, location=location)
    refresh.recompute()
    with CaptureQueriesContext(connection) as many:
        client.get("/capacity/board/", {"location": location.pk})
    assert len(many) == len(few)


def test_what_is_full_first_is_told_every_night_and_comes_first() -> None:
    site = SiteFactory()
    late, soon, never = (LocationFactory(site=site, name=name) for name in ("AA1", "BB2", "CC3"))
    today = timezone.localdate()
    for location, growth in ((late, 0.04), (soon, 0.1), (never, 0)):
        rack = RackFactory(location=location, site=site, u_height=40)
        two = DeviceTypeFactory(u_height=20)
        DeviceFactory(rack=rack, device_type=two, position=1, face="front")
        refresh.recompute()
        kind = ContentType.objects.get_for_model(location)
        row = Utilization.objects.get(
            object_type=kind, object_id=location.pk, resource="space", variant=""
        )
        UtilizationSnapshot.objects.bulk_create(
            UtilizationSnapshot(
                utilization=row, day=today - dt.timedelta(n), capacity=40, used=20 - n * growth
            )
            for n in range(1, 150)
        )
    tasks.recompute()
    [first, second] = Utilization.objects.filter(full_on__isnull=False).order_by("full_on")
    assert (first.object_id, second.object_id) == (soon.pk, late.pk)
    assert abs((first.full_on - today).days - 200) <= 5
    assert first.full_earliest <= first.full_on
    shown = page(admin_client(), "/capacity/board/", site=site.pk, sort="full")
    assert order(shown, "AA1", "BB2", "CC3") == ["BB2", "AA1", "CC3"]
    assert first.full_on.isoformat() in shown
    UtilizationSnapshot.objects.all().delete()
    tasks.recompute()
    assert not Utilization.objects.filter(full_on__isnull=False).exists()


@pytest.mark.parametrize("sort", ["first", "name", "full", "worst", "power", "outlets"])
def test_pages_of_the_board_hold_every_place_once(sort: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(board_page, "ROWS_A_PAGE", 2)
    location = LocationFactory()
    names = [RackFactory(location=location, name=f"RK{n}RK").name for n in range(5)]
    refresh.recompute()
    client = admin_client()
    found = []
    for number in ("1", "2", "3"):
        shown = page(client, "/capacity/board/", location=location.pk, sort=sort, page=number)
        assert "5 shown" in shown
        found += [name for name in names if name in shown]
    assert found == names
    for beyond in ("4", "0", "x", "9" * 5000):
        shown = page(client, "/capacity/board/", location=location.pk, sort=sort, page=beyond)
        assert [name for name in names if name in shown] == names[:2]
