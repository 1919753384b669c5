"""Writes that cannot both hold, sent at the same moment over REST: one wins, the state stays valid.

Who comes first is up to the machine, so each is tried for several rounds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from rest_framework.test import APIClient

from core import integrity
from core.models import TreeRecord, User
from dcim.models import Device, DeviceType, Module
from facilities.models import Site
from racks.models import Rack
from tests.core.factories import UserFactory
from tests.dcim import factories as make
from tests.facilities import factories as places
from tests.facilities.factories import SiteFactory
from tests.races import constraint_of, while_open
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 4
DEVICES, RACKS, TYPES = "/api/dcim/devices/", "/api/dcim/racks/", "/api/dcim/device-types/"
Request = tuple[str, str, Any]
Send = Callable[..., list[Any]]


@pytest.fixture
def send() -> Send:
    """Send requests at the same moment, each in its own thread and connection."""
    user: User = UserFactory(is_superuser=True)

    def one(barrier: threading.Barrier, method: str, address: str, body: Any) -> Any:
        client = APIClient()
        client.force_authenticate(user)
        try:
            connection.ensure_connection()
            barrier.wait(timeout=120)
            return getattr(client, method)(address, body, format="json")
        finally:
            connection.close()

    def run(*requests: Request) -> list[Any]:
        barrier = threading.Barrier(len(requests))
        with ThreadPoolExecutor(len(requests)) as pool:
            waiting = [pool.submit(one, barrier, *request) for request in requests]
            return [each.result() for each in waiting]

    return run


def codes(answers: list[Any]) -> list[int]:
    for answer in answers:
        assert answer.status_code < 500, answer.content
    return [answer.status_code for answer in answers]


def valid() -> None:
    """Every rule holds over the whole database."""
    assert [str(found) for found in integrity.violations()] == []


def body(**values: Any) -> dict[str, Any]:
    return {key: getattr(value, "pk", value) for key, value in values.items()}


@pytest.fixture
def common() -> dict[str, Any]:
    kind, role = make.DeviceTypeFactory(u_height=2), make.DeviceRoleFactory()
    return body(device_type=kind, role=role, site=SiteFactory())


def test_one_asset_tag_for_one_of_two(send: Send, common: dict[str, Any]) -> None:
    for turn in range(ROUNDS):
        request = ("post", DEVICES, {**common, "asset_tag": f"T{turn}"})
        answers = send(request, request)
        assert sorted(codes(answers)) == [201, 400]
        [lost] = [answer.json() for answer in answers if answer.status_code == 400]
        assert list(lost) == ["asset_tag"]
    assert Device.objects.count() == ROUNDS
    valid()


def test_one_name_of_a_scope_for_one_of_two(send: Send, common: dict[str, Any]) -> None:
    for turn in range(ROUNDS):
        names = (f"name{turn}", f"NAME{turn}")  # the same, as people read them
        answers = send(*(("post", DEVICES, {**common, "name": name}) for name in names))
        assert sorted(codes(answers)) == [201, 400]
        [lost] = [answer.json() for answer in answers if answer.status_code == 400]
        assert "already has a device of this name" in str(lost)
    assert Device.objects.count() == ROUNDS
    valid()


def test_one_module_bay_for_one_of_two(send: Send) -> None:
    kind = make.ModuleTypeFactory()
    for _ in range(ROUNDS):
        bay = make.ModuleBayFactory()
        request = (
            "post",
            "/api/dcim/modules/",
            body(device=bay.device, module_bay=bay, module_type=kind),
        )
        answers = send(request, request)
        assert sorted(codes(answers)) == [201, 400]
        [lost] = [answer.json() for answer in answers if answer.status_code == 400]
        assert list(lost) == ["module_bay"]
    assert Module.objects.count() == ROUNDS
    valid()


def test_two_moves_at_once_close_no_ring_in_any_tree() -> None:
    trees: dict[Any, dict[str, Any]] = {
        places.ContactGroupFactory: {},
        places.LocationFactory: {"site": SiteFactory()},
        places.RegionFactory: {},
        places.SiteGroupFactory: {},
        places.TenantGroupFactory: {},
        make.DeviceRoleFactory: {},
        make.InventoryItemFactory: {"device": make.DeviceFactory()},
        make.InventoryItemTemplateFactory: {"device_type": make.DeviceTypeFactory()},
        make.PlatformFactory: {},
    }
    assert {factory._meta.model for factory in trees} >= {
        model
        for model in apps.get_models()
        if issubclass(model, TreeRecord) and not model._meta.proxy
    }
    for factory, shared in trees.items():
        rows = factory._meta.model.objects
        one, other = factory(**shared).pk, factory(**shared).pk
        error = while_open(
            lambda rows=rows, one=one, other=other: rows.filter(pk=one).update(parent=other),
            lambda rows=rows, one=one, other=other: rows.filter(pk=other).update(parent=one),
        )
        assert error is not None, factory
        assert constraint_of(error).endswith("no_cycle")
        assert rows.get(pk=one).parent_id == other
        assert rows.get(pk=other).parent_id is None
    valid()


def test_two_modules_at_once_are_not_put_into_each_other() -> None:
    device = make.DeviceFactory()
    one, other = (make.ModuleFactory(module_bay__device=device) for _ in range(2))
    inner = {each: make.ModuleBayFactory(device=device, module=each) for each in (one, other)}
    error = while_open(
        lambda: Module.objects.filter(pk=one.pk).update(module_bay=inner[other]),
        lambda: Module.objects.filter(pk=other.pk).update(module_bay=inner[one]),
    )
    assert error is not None
    assert constraint_of(error) == "dcim_module_bay_ring"
    valid()


def test_a_type_made_taller_while_a_device_is_placed_above_one_of_it(
    send: Send, common: dict[str, Any]
) -> None:
    for _ in range(ROUNDS):
        grows = make.DeviceTypeFactory(u_height=2)
        rack = RackFactory(site_id=common["site"])
        make.DeviceFactory(device_type=grows, rack=rack, position=1, face="front")
        place = {**common, "rack": rack.pk, "position": 3, "face": "front"}
        answers = send(("patch", f"{TYPES}{grows.pk}/", {"u_height": 3}), ("post", DEVICES, place))
        assert sorted(codes(answers)) in ([200, 400], [201, 400])
        taller = DeviceType.objects.get(pk=grows.pk).u_height == 3
        assert taller != Device.objects.filter(rack=rack, position=3).exists()
    valid()


def test_a_rack_shortened_while_it_is_filled(send: Send, common: dict[str, Any]) -> None:
    for _ in range(ROUNDS):
        rack = RackFactory(site_id=common["site"], u_height=42)
        place = {**common, "rack": rack.pk, "position": 41, "face": "rear"}
        answers = send(("patch", f"{RACKS}{rack.pk}/", {"u_height": 41}), ("post", DEVICES, place))
        assert sorted(codes(answers)) in ([200, 400], [201, 400])
        short = Rack.objects.get(pk=rack.pk).u_height == 41
        assert short != Device.objects.filter(rack=rack).exists()
    valid()


def test_two_requests_that_swap_the_same_devices(send: Send, common: dict[str, Any]) -> None:
    for _ in range(ROUNDS):
        rack = RackFactory(site_id=common["site"])
        place = {"rack": rack, "face": "front", "device_type_id": common["device_type"]}
        place.pop("device_type_id")
        kind = DeviceType.objects.get(pk=common["device_type"])
        one, other = (
            make.DeviceFactory(device_type=kind, position=position, **place) for position in (1, 3)
        )
        swap = [{"id": one.pk, "position": 3}, {"id": other.pk, "position": 1}]
        away = [{"id": other.pk, "position": 5}]
        answers = send(
            ("patch", DEVICES, swap), ("patch", DEVICES, swap[::-1]), ("patch", DEVICES, away)
        )
        assert codes(answers[:2]) == [200, 200]
        positions = sorted(Device.objects.filter(rack=rack).values_list("position", flat=True))
        assert positions in ([1, 3], [3, 5])
    valid()


def test_a_site_deleted_while_a_device_is_created_in_it(send: Send, common: dict[str, Any]) -> None:
    for _ in range(ROUNDS):
        site = SiteFactory()
        answers = send(
            ("delete", f"/api/dcim/sites/{site.pk}/", None),
            ("post", DEVICES, {**common, "site": site.pk}),
        )
        deleted, created = codes(answers)
        assert (deleted, created) in ((204, 400), (409, 201))
        assert Site.objects.filter(pk=site.pk).exists() == (created == 201)
    valid()
