"""The demo estate at its own size: what is there, that it keeps every rule, where cables lead."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, F, Q, Sum

from capacity import demo_records
from capacity.models import ReservationTerms
from dcim.cabling import trace
from dcim.library import import_library
from dcim.models import (
    Cable,
    CableTermination,
    Device,
    DeviceType,
    Interface,
    InventoryItem,
    MACAddress,
    Module,
    PowerPort,
    VirtualChassis,
)
from facilities.models import ContactAssignment, Location, Region, Site
from power.demo import EstateError, Kit, build_estate
from power.demo.estate import plan_site
from power.demo.parts import SitePlan
from power.demo.people import store_shared
from power.models import PowerFeed
from racks.models import Rack, RackReservation
from tests.facilities.factories import SiteFactory
from tests.racks.factories import RackFactory, RackReservationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def plans(estate: None) -> dict[str, SitePlan]:
    """What the two sites were planned to be."""
    kit = Kit.load()
    return {
        code: plan_site(kit, kind, code, seed=1)
        for kind, code in (("owned", "AUS1"), ("leased", "SAC1"))
    }


def digest(plans: dict[str, SitePlan]) -> str:
    """Of names, places and cables."""
    found = hashlib.sha256()
    for plan in plans.values():
        for device in plan.devices:
            text = f"{device.name} {device.kind.model} {device.rack.name} {device.position}"
            found.update(f"{text} {device.serial} {device.status} {device.watts}\n".encode())
        for cable in plan.cables:
            ends = [f"{e.of.name} {e.kind} {e.name}" for e in (*cable.a, *cable.b)]
            found.update(f"{cable.label} {cable.type} {cable.length} {ends}\n".encode())
    return found.hexdigest()


def ports(model: type) -> ContentType:
    return ContentType.objects.get_for_model(model)


def cabled(model: type) -> set[int]:
    rows = CableTermination.objects.filter(termination_type=ports(model))
    return set(rows.values_list("termination_id", flat=True))


def test_it_has_two_sites_sixty_racks_of_three_kinds_and_about_950_devices() -> None:
    assert set(Site.objects.values_list("name", flat=True)) == {"AUS1", "SAC1"}
    kinds = dict(Rack.objects.values_list("role__slug").annotate(Count("pk")))
    assert kinds == {"network": 6, "compute": 30, "gpu": 24}
    assert 900 < Device.objects.count() < 1000
    assert Region.objects.get(name="Austin").parent.parent.name == "United States"
    halls = Location.objects.filter(site__name="AUS1", name__startswith="Hall")
    assert dict(halls.values_list("name", "status")) == {"Hall 1": "active", "Hall 2": "staging"}


def test_it_has_something_of_everything() -> None:
    for model in (RackReservation, InventoryItem, ContactAssignment, MACAddress):
        assert model.objects.count() >= 3
    assert Module.objects.filter(module_type__model="NXA-PAC-1100W-PE2").exists()
    statuses = set(Device.objects.values_list("status", flat=True))
    assert statuses >= {"active", "planned", "staged", "failed", "offline", "decommissioning"}
    chassis = VirtualChassis.objects.annotate(count=Count("members")).get()
    assert chassis.count == 2
    assert chassis.master is not None
    assert Device.objects.filter(tags__tag__slug="production").exists()
    assert not Device.objects.filter(Q(serial="") | Q(asset_tag=None)).exists()
    assert Interface.objects.filter(primary_mac_address__isnull=False).count() > 1000


def test_a_second_run_is_refused() -> None:
    with pytest.raises(CommandError, match="--add"):
        call_command("demo_estate", verbosity=0)


def test_what_sites_share_is_made_once() -> None:
    before = {model: model._default_manager.count() for model in apps.get_models()}
    store_shared()
    assert before == {model: model._default_manager.count() for model in apps.get_models()}


def test_what_is_stored_is_what_was_planned(plans: dict[str, SitePlan]) -> None:
    planned = Counter(
        (d.name, d.kind.pk, d.rack.name, d.position, d.serial)
        for plan in plans.values()
        for d in plan.devices
    )
    rows = Device.objects.values_list("name", "device_type", "rack__name", "position", "serial")
    assert Counter(rows) == planned
    cables = {c.label: len(c.a) + len(c.b) for plan in plans.values() for c in plan.cables}
    stored = Cable.objects.annotate(count=Count("terminations")).values_list("label", "count")
    assert dict(stored) == cables


def test_the_same_seed_gives_the_same_estate(plans: dict[str, SitePlan]) -> None:
    kit = Kit.load()
    again = {c: plan_site(kit, k, c, seed=1) for k, c in (("owned", "AUS1"), ("leased", "SAC1"))}
    other = {c: plan_site(kit, k, c, seed=2) for k, c in (("owned", "AUS1"), ("leased", "SAC1"))}
    assert digest(again) == digest(plans)
    assert digest(other) != digest(plans)


@pytest.mark.parametrize("seed", range(3, 9))
def test_every_seed_can_be_built(seed: int) -> None:
    kit = Kit.load()
    for kind, code in (("owned", "AUS1"), ("leased", "SAC1")):
        assert plan_site(kit, kind, code, seed).devices


def test_every_cable_end_keeps_the_rules() -> None:
    """Storing them skipped the trigger; touching each row makes it look at all of them."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE dcim_cabletermination SET cable_end = cable_end")
        assert cursor.rowcount == CableTermination.objects.count() > 10_000
    ends = Cable.objects.annotate(
        a=Count("terminations", filter=Q(terminations__cable_end="A")),
        b=Count("terminations", filter=Q(terminations__cable_end="B")),
    )
    assert not ends.filter(Q(a=0) | Q(b=0)).exists()


def test_every_rule_holds() -> None:
    call_command("check_integrity", verbosity=0)


def test_every_choice_is_one_of_the_choices() -> None:
    for label in ("facilities", "racks", "dcim", "power"):
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.concrete_fields:
                if not field.choices:
                    continue
                known = {value for value, _ in field.flatchoices} | {None, ""}
                used = model._default_manager.order_by().values_list(field.name, flat=True)
                assert set(used.distinct()) <= known, f"{model.__name__}.{field.name}"


def test_every_power_port_is_fed_and_every_feed_carries_a_pdu() -> None:
    assert set(PowerPort.objects.values_list("pk", flat=True)) == cabled(PowerPort)
    assert set(PowerFeed.objects.values_list("pk", flat=True)) == cabled(PowerFeed)


def test_a_supply_leads_to_a_feed_of_its_own_rack() -> None:
    for port in PowerPort.objects.filter(device__role__slug="gpu-server")[:12]:
        outlet = end(port)
        inlet = PowerPort.objects.get(poweroutlets=outlet)
        feed = end(inlet)
        assert feed.rack_id == port.device.rack_id
        assert feed.voltage == 415


def end(port: object) -> object:
    """The port at the other end of a port's cable."""
    origin = trace.Port(ports(type(port)).pk, port.pk)
    [reached] = trace.ends_of(trace.walks([origin])[origin])
    model = ContentType.objects.get_for_id(reached.type).model_class()
    return model.objects.get(pk=reached.id)


def test_every_interface_of_a_gpu_server_that_is_cabled_reaches_a_switch() -> None:
    rows = Interface.objects.filter(device__role__slug="gpu-server", pk__in=cabled(Interface))
    origins = [trace.Port(ports(Interface).pk, pk) for pk in rows.values_list("pk", flat=True)]
    assert len(origins) > 300
    reached = {step.id for walk in trace.walks(origins).values() for step in trace.ends_of(walk)}
    roles = Device.objects.filter(interfaces__in=reached).values_list("role__slug", flat=True)
    assert set(roles) == {"leaf", "management-switch"}


def test_uplinks_go_through_two_panels_to_every_spine() -> None:
    leaf = Device.objects.filter(role__slug="leaf", name__startswith="tor-a-aus1-h1-r02")[0]
    uplinks = leaf.interfaces.filter(pk__in=cabled(Interface), type__contains="qsfp")
    origins = [trace.Port(ports(Interface).pk, pk) for pk in uplinks.values_list("pk", flat=True)]
    walks = trace.walks(origins)
    assert len(walks) == 4
    assert all(len(trace.segments(walk)) == 3 for walk in walks.values())
    far = [step.id for walk in walks.values() for step in trace.ends_of(walk)]
    spines = Device.objects.filter(interfaces__in=far).values_list("role__slug", flat=True)
    assert list(spines) == ["spine"] * 4


def test_racks_are_within_their_limits_but_for_those_with_a_problem(
    plans: dict[str, SitePlan],
) -> None:
    problems = {name: rack.name for p in plans.values() for name, rack in p.problems.items()}
    assert set(problems) == {"overfull", "one_side", "full_feed"}
    watts = dict(
        PowerPort.objects.filter(device__rack__isnull=False)
        .values_list("device__rack__name")
        .annotate(Sum("allocated_draw"))
    )
    side = dict(
        PowerFeed.objects.filter(type="primary")
        .values_list("rack__name")
        .annotate(Sum("available_power"))
    )
    hot = {name for name, total in watts.items() if total and total > 0.9 * side[name]}
    assert hot == {problems["full_feed"]}
    weights = Rack.objects.annotate(
        load=F("weight_grams") + Sum("devices__device_type__weight_grams")
    )
    heavy = weights.filter(load__gt=F("max_weight_grams")).values_list("name", flat=True)
    assert list(heavy) == [problems["overfull"]]
    assert not DeviceType.objects.filter(devices__isnull=False, weight=None).exists()


def test_dense_racks_draw_forty_kilowatts(plans: dict[str, SitePlan]) -> None:
    racks = [r for r in plans["AUS1"].racks if r.role == "gpu" and r.status == "active"]
    assert len(racks) == 18
    assert all(rack.watts > 40_000 for rack in racks)


def test_one_rack_has_both_supplies_on_one_side(plans: dict[str, SitePlan]) -> None:
    sides: dict[tuple[str, str], set[str]] = {}
    for plan in plans.values():
        for cable in plan.cables:
            outlet, inlet = cable.a[0], cable.b[0]
            if (outlet.kind, inlet.kind) == ("poweroutlet", "powerport"):
                device = inlet.of
                if len(device.inlets) > 1:
                    key = (device.rack.name, device.name)
                    sides.setdefault(key, set()).add(outlet.of.side)
    single = {rack for (rack, _), found in sides.items() if len(found) == 1}
    assert single == {plans["AUS1"].problems["one_side"].name}


def test_reservations_of_many_sites_end_after_they_start() -> None:
    site = SiteFactory(name="MANY1")
    for _ in range(15):
        RackReservationFactory(rack=RackFactory(site=site))
    demo_records.add([site.name])
    terms = ReservationTerms.objects.filter(reservation__rack__site=site)
    assert terms.count() == 15
    assert all(each.starts <= each.ends for each in terms)


def test_missing_types_are_named() -> None:
    with transaction.atomic():
        DeviceType.objects.filter(model="DGX B200").update(model="Other")
        with pytest.raises(EstateError, match="DGX B200"):
            build_estate(add=True)
        transaction.set_rollback(True)
    assert Kit.complete()


def test_the_catalogue_has_not_changed_by_it() -> None:
    assert import_library().changed == 0
