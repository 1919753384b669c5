"""Config contexts: which devices get them, and how they are merged."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.models import Tag
from dcim.models import Device
from tests.core.factories import UserFactory
from tests.core.pages import text
from tests.core.permits import permit, rest, somebody
from tests.dcim.factories import DeviceFactory
from tests.facilities.factories import RegionFactory, SiteFactory

pytestmark = pytest.mark.django_db
CONTEXTS = "/api/extras/config-contexts/"


@pytest.fixture
def admin() -> APIClient:
    return rest(UserFactory(is_superuser=True))


def context(client: APIClient, name: str, data: Any, weight: int = 1000, **more: Any) -> Any:
    body = {"name": name, "data": data, "weight": weight, **more}
    answer = client.post(CONTEXTS, body, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def shown(client: APIClient, device: Device) -> Any:
    return client.get(f"/api/dcim/devices/{device.pk}/").json()["config_context"]


def test_heavier_data_wins_dicts_are_merged_and_local_data_comes_last(admin: APIClient) -> None:
    device = DeviceFactory(local_context_data={"syslog": {"port": 6514}})
    context(admin, "heavy", {"ntp": ["b"], "syslog": {"host": "h2"}}, 2000)
    context(admin, "light", {"ntp": ["a", "x"], "syslog": {"host": "h1", "port": 1}}, 10)
    context(admin, "off", {"ntp": "off"}, 3000, is_active=False)
    assert shown(admin, device) == {"ntp": ["b"], "syslog": {"host": "h2", "port": 6514}}
    assert admin.post(CONTEXTS, {"name": "no", "data": [1]}, format="json").status_code == 400


def test_a_context_is_for_devices_that_match_everything_it_names(admin: APIClient) -> None:
    top = RegionFactory()
    below = RegionFactory(parent=top)
    inside, outside = SiteFactory(region=below), SiteFactory()
    here, there = DeviceFactory(site=inside), DeviceFactory(site=outside)
    context(admin, "region", {"region": 1}, regions=[top.pk])
    context(admin, "site", {"site": 1}, sites=[outside.pk])
    context(admin, "both", {"both": 1}, regions=[top.pk], roles=[here.role_id])
    context(admin, "type", {"type": 1}, device_types=[there.device_type_id], sites=[inside.pk])
    Tag.objects.create(name="Edge", slug="edge")
    context(admin, "tag", {"tag": 1}, tags=["edge"])
    assert shown(admin, here) == {"region": 1, "both": 1}
    assert shown(admin, there) == {"site": 1}
    url = f"/api/dcim/devices/{there.pk}/"
    assert admin.patch(url, {"tags": [{"slug": "edge"}]}, format="json").status_code == 200
    assert shown(admin, there) == {"site": 1, "tag": 1}
    assert admin.get(CONTEXTS, {"region_id": below.pk}).json()["count"] == 0
    assert admin.get(CONTEXTS, {"region_id": top.pk}).json()["count"] == 2
    assert admin.get(CONTEXTS, {"tag": "edge"}).json()["results"][0]["tags"] == ["edge"]


def test_in_a_list_it_costs_one_more_statement_and_can_be_left_out(admin: APIClient) -> None:
    def cost(**query: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            answer = admin.get("/api/dcim/devices/", query)
        rows = answer.json()["results"]
        assert len(rows) == Device.objects.count()
        assert all(("config_context" in row) is not bool(query) for row in rows)
        return len(captured)

    DeviceFactory.create_batch(2)
    admin.get("/api/dcim/devices/")
    without = cost()
    for number in range(5):
        context(admin, f"c{number}", {f"k{number}": number})
    few = cost()
    DeviceFactory.create_batch(8)
    assert cost() == few <= without + 1
    assert cost(exclude="config_context") <= without


def test_the_tab_of_a_device_shows_the_merge_and_only_sources_one_may_see(admin: APIClient) -> None:
    device = DeviceFactory(local_context_data={"own": "local"})
    context(admin, "Time", {"ntp": ["10.0.0.1"]})
    context(admin, "Secret plan", {"log": "10.0.0.2"}, 2000)
    user = somebody("dcim.device", "view")
    permit(user, "extras.configcontext", "view", {"name": "Time"})
    client = Client()
    client.force_login(user)
    page = text(client.get(f"/dcim/devices/{device.pk}/config-context/"))
    assert "10.0.0.1" in page
    assert "10.0.0.2" in page
    assert "&quot;local&quot;" in page
    assert ">Time</a>" in page
    assert "Secret plan" not in page
