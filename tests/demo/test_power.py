"""The demo estate's power chain: everything hangs from it, and it carries what hangs from it."""

from __future__ import annotations

from collections import defaultdict
from math import sqrt

import pytest
from django.db.models import Q, Sum

from dcim.models import Device, PowerOutlet, PowerPort
from power.models import (
    DevicePowerProfile,
    DeviceTypePowerProfile,
    OutletBank,
    PowerEquipment,
    PowerFeed,
    PowerLink,
    PowerPanel,
    SitePowerPolicy,
)

pytestmark = pytest.mark.django_db
EFFICIENCY = 0.93  # less than any path through a UPS and a transformer has
Node = tuple[str, int]


@pytest.fixture
def below(estate: None) -> dict[Node, set[Node]]:
    """What each node feeds directly; generators and batteries too."""
    found: dict[Node, set[Node]] = defaultdict(set)
    for link in PowerLink.objects.all():
        end = (
            ("panel", link.downstream_panel_id)
            if link.downstream_panel_id
            else ("equipment", link.downstream_equipment_id)
        )
        found["equipment", link.upstream_id].add(end)
    return found


def racks_below(below: dict[Node, set[Node]], node: Node) -> set[int]:
    if node[0] == "panel":
        rows = PowerFeed.objects.filter(power_panel=node[1], status="active")
        return set(rows.values_list("rack_id", flat=True))
    return {rack for each in below[node] for rack in racks_below(below, each)}


def test_every_panel_hangs_from_two_sources(below: dict[Node, set[Node]]) -> None:
    above: dict[Node, set[Node]] = defaultdict(set)
    for node, ends in below.items():
        for end in ends:
            above[end].add(node)
    kinds = dict(PowerEquipment.objects.values_list("pk", "kind"))

    def sources(node: Node) -> set[Node]:
        if not above[node]:
            return {node}
        return {each for parent in above[node] for each in sources(parent)}

    for panel in PowerPanel.objects.all():
        found = [kinds[pk] for kind, pk in sources(("panel", panel.pk)) if kind == "equipment"]
        assert "utility" in found, panel
        assert panel.site.name != "AUS1" or "generator" in found


def test_what_is_left_after_any_failure_carries_all_that_is_below(
    below: dict[Node, set[Node]],
) -> None:
    draws = dict(
        PowerPort.objects.values_list("device__rack")
        .annotate(Sum("allocated_draw"))
        .filter(allocated_draw__sum__isnull=False)
    )
    spare: dict[int | None, list[float]] = defaultdict(list)
    needed: dict[int | None, float] = {}
    loads: dict[Node, float] = {}
    for row in PowerEquipment.objects.select_related("redundancy_group"):
        node = ("equipment", row.pk)
        load = sum(draws.get(rack, 0) for rack in racks_below(below, node)) / EFFICIENCY / 1000
        loads[node] = load
        usable = float(row.rated_kw or row.rated_kva or 0) * row.derating / 100
        assert load > 0 and usable > 0, row
        group = row.redundancy_group
        if group is not None and group.scheme == "n+1":
            spare[group.pk].append(usable)
            needed[group.pk] = load
        else:
            assert load < usable, (row, load, usable)
    for group_id, usables in spare.items():
        assert needed[group_id] < sum(usables) - max(usables)
    links = PowerLink.objects.exclude(Q(upstream__redundancy_group__scheme="n+1"))
    for link in links.exclude(downstream_equipment__redundancy_group__scheme="n+1"):
        phases = 1 if link.upstream.supply == "dc" else sqrt(3)
        usable = link.breaker_amperage * link.voltage * phases * 0.8 / 1000
        end = link.downstream_equipment_id
        node = ("equipment", end) if end else ("panel", link.downstream_panel_id)
        load = loads.get(node) or sum(draws.get(r, 0) for r in racks_below(below, node)) / 1000
        assert load < usable, (link, load, usable)


def test_halls_are_redundant_as_they_say(estate: None) -> None:
    groups = dict(
        PowerEquipment.objects.filter(kind="ups").values_list("name", "redundancy_group__scheme")
    )
    assert {name for name, scheme in groups.items() if scheme == "n+1"} == {
        f"AUS1-H1-UPS-{side}{number}" for side in "AB" for number in (1, 2, 3)
    }
    assert sum(scheme == "block" for scheme in groups.values()) == 3
    switches = PowerEquipment.objects.filter(kind__in=["ats", "sts"])
    for switch in switches:
        order = switch.upstream_links.order_by("preference").values_list("preference", flat=True)
        assert list(order) == [1, 2], switch
    single = Device.objects.filter(name__startswith="stack-", site__name="AUS1")
    panels = PowerFeed.objects.filter(rack__devices__in=single, name__contains="-S")
    assert set(panels.values_list("power_panel__name", flat=True)) == {
        "AUS1-H1-STS-1",
        "AUS1-H1-STS-2",
    }
    contracted = PowerEquipment.objects.filter(site__name="SAC1").values_list("kind", "rated_kw")
    assert {(kind, int(kw)) for kind, kw in contracted} == {("utility", 90)}


def test_second_hall_has_racks_of_forty_to_130_kilowatts(estate: None) -> None:
    racks = Device.objects.filter(location__parent__name="Hall 2", status="active")
    watts = dict(racks.values_list("rack").annotate(Sum("powerports__allocated_draw")))
    loads = sorted(w for w in watts.values() if w)
    assert len(loads) == 6
    assert 40_000 < loads[0] < 45_000
    assert 130_000 < loads[-1] < 135_000


def test_outlets_are_in_banks_and_many_supplies_need_half(estate: None) -> None:
    assert not PowerOutlet.objects.filter(banks=None).exists()
    assert not OutletBank.objects.filter(breaker_amperage=None).exists()
    assert set(PowerOutlet.objects.values_list("feed_leg", flat=True)) == {"A", "B", "C"}
    for profile in DeviceTypePowerProfile.objects.all():
        supplies = profile.device_type.devices.first().powerports.count()
        assert profile.supplies_required * 2 == supplies
    assert DevicePowerProfile.objects.filter(measured_watts__gt=0).count() > 100
    assert SitePowerPolicy.objects.count() == 2
