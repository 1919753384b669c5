"""Forecasts over REST and on a page, from daily figures and what is planned."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from rest_framework.test import APIClient

from capacity import refresh
from capacity.models import Utilization, UtilizationSnapshot
from core.models import ObjectPermission
from tests.capacity.factories import DeviceDatesFactory, ReservationTermsFactory
from tests.core.factories import UserFactory
from tests.core.pages import admin_client, text
from tests.dcim.factories import DeviceFactory, DeviceTypeFactory
from tests.racks.factories import RackFactory, RackReservationFactory

pytestmark = pytest.mark.django_db

FORECAST = "/api/capacity/forecast/"


@pytest.fixture
def client() -> APIClient:
    made = APIClient()
    made.force_authenticate(UserFactory(is_superuser=True))
    return made


def past(rack: Any, values: list[float], resource: str = "space") -> None:
    """The daily figures until today of a rack."""
    row = Utilization.objects.get(rack=rack.pk, resource=resource)
    first = timezone.localdate() - dt.timedelta(len(values) - 1)
    UtilizationSnapshot.objects.bulk_create(
        UtilizationSnapshot(utilization=row, day=first + dt.timedelta(n), capacity=40, used=value)
        for n, value in enumerate(values)
    )


def told(client: APIClient, rack: Any, **query: Any) -> dict[str, Any]:
    asked = {"object_type": "dcim.rack", "object_id": rack.pk, "resource": "space", **query}
    answer = client.get(FORECAST, asked)
    assert answer.status_code == 200, answer.content
    [row] = answer.json()["results"]
    return dict(row)


def day(ahead: int) -> str:
    return (timezone.localdate() + dt.timedelta(ahead)).isoformat()


def test_a_steady_course_tells_the_day_and_its_error(client: APIClient) -> None:
    rack = RackFactory(u_height=40)
    refresh.recompute()
    past(rack, [n * 0.1 for n in range(201)])
    row = told(client, rack, path=1)
    assert row["status"] == "forecast"
    assert row["model"] == "trend"
    # 20 U now and 0.1 U a day: 200 days.
    assert abs(row["days_until_full"] - 200) <= 3
    assert row["earliest"] <= row["full"] <= row["latest"]
    assert row["error"]["scaled"] < 0.1
    assert row["utilization"]["object"]["id"] == rack.pk
    assert [point["date"] for point in row["path"]][:2] == [day(7), day(14)]
    assert row["path"][0]["low"] <= row["path"][0]["used"] <= row["path"][0]["high"]


def test_without_history_nothing_is_invented(client: APIClient) -> None:
    rack = RackFactory(u_height=40)
    refresh.recompute()
    past(rack, [1.0] * 20)
    row = told(client, rack)
    assert row["status"] == "not enough history"
    assert row["history_days"] == 20
    assert "full" not in row
    assert row["full_by_plans_alone"] is None


def test_plans_and_reservations_come_on_their_day_and_lapse(client: APIClient) -> None:
    rack = RackFactory(u_height=10)
    kind = DeviceTypeFactory(u_height=6)
    coming = DeviceFactory(rack=rack, device_type=kind, position=1, face="front", status="planned")
    DeviceDatesFactory(device=coming, install_date=day(30))
    kept = RackReservationFactory(rack=rack, units=[7, 8, 9, 10])
    ReservationTermsFactory(reservation=kept, starts=day(50), ends=day(60))
    refresh.recompute()
    past(rack, [0.0] * 60)
    row = told(client, rack, path=1)
    used = {point["date"]: point["used"] for point in row["path"]}
    assert (used[day(28)], used[day(35)], used[day(56)], used[day(63)]) == (0, 6, 10, 6)
    assert row["full"] == day(50)
    assert row["full_by_plans_alone"] == day(50)


def test_removals_make_room(client: APIClient) -> None:
    rack = RackFactory(u_height=10)
    kind = DeviceTypeFactory(u_height=6)
    going = DeviceFactory(rack=rack, device_type=kind, position=1, face="front")
    DeviceDatesFactory(device=going, removal_date=day(20))
    refresh.recompute()
    past(rack, [6.0] * 60)
    used = {point["date"]: point["used"] for point in told(client, rack, path=1)["path"]}
    assert (used[day(14)], used[day(21)]) == (6, 0)


def test_what_if_growth(client: APIClient) -> None:
    rack = RackFactory(u_height=40)
    kind = DeviceTypeFactory(u_height=2)
    refresh.recompute()
    past(rack, [0.0] * 60)
    assert told(client, rack)["full"] is None
    # Two of 2 U a week: 40 U in 70 days.
    row = told(client, rack, device_type=kind.pk, per_week=2)
    assert abs(row["days_until_full"] - 70) <= 1
    alone = client.get(FORECAST, {"device_type": kind.pk})
    assert alone.status_code == 400
    assert "per_week" in alone.json()


@pytest.mark.parametrize(
    "query",
    [
        {"horizon": 0},
        {"horizon": "x"},
        {"level": 2},
        {"limit": 1000},
        {"device_type": 99999999, "per_week": 1},
        {"resource": "nothing"},
    ],
)
def test_what_cannot_be_meant_is_refused(client: APIClient, query: dict[str, Any]) -> None:
    answer = client.get(FORECAST, query)
    assert answer.status_code == 400
    assert answer.json()


def test_only_what_may_be_seen_is_told() -> None:
    mine, other = RackFactory(), RackFactory()
    refresh.recompute()
    user = UserFactory()
    api = APIClient()
    api.force_authenticate(user)
    assert api.get(FORECAST).status_code == 403
    for app, model, limits in (
        ("capacity", "utilization", None),
        ("racks", "rack", {"pk": mine.pk}),
    ):
        permission = ObjectPermission.objects.create(
            name=model, actions=["view"], constraints=limits
        )
        permission.object_types.set([ContentType.objects.get(app_label=app, model=model)])
        permission.users.set([user])
    api.force_authenticate(type(user).objects.get(pk=user.pk))
    rows = api.get(FORECAST).json()["results"]
    assert {row["utilization"]["object_id"] for row in rows} == {mine.pk}
    assert other.pk not in {row["utilization"]["object_id"] for row in rows}


def test_the_page_draws_every_resource() -> None:
    rack = RackFactory(u_height=40, name="A17")
    refresh.recompute()
    past(rack, [n * 0.1 for n in range(201)])
    browser = admin_client()
    shown = text(browser.get(f"/capacity/forecast/rack/{rack.pk}/"))
    assert shown.count('class="chart"') >= 3
    assert "Full on " in shown
    assert "Its limit is not known" in shown
    assert f"/capacity/forecast/rack/{rack.pk}/" in text(browser.get(f"/dcim/racks/{rack.pk}/"))
    kind = DeviceTypeFactory(u_height=2)
    more = text(
        browser.get(
            f"/capacity/forecast/rack/{rack.pk}/", {"device_type": kind.pk, "per_week": "5"}
        )
    )
    assert more != shown
    assert browser.get(f"/capacity/forecast/rack/{rack.pk}/", {"per_week": "x"}).status_code == 400
    assert browser.get("/capacity/forecast/rack/999999/").status_code == 404
    assert browser.get("/capacity/forecast/nothing/1/").status_code == 404
