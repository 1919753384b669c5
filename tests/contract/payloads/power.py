"""The power chain."""

from __future__ import annotations

from tests.contract.payloads.making import Body, example
from tests.dcim import factories as dcim
from tests.facilities import factories as places
from tests.power import factories as power
from tests.racks import factories as racks

example(
    "dcim/power-panels",
    lambda n: {"name": f"PP{n}", "site": places.SiteFactory().pk},
    lambda b, n: _in_location(),
)


def _in_location() -> Body:
    location = places.LocationFactory()
    return {"site": location.site_id, "location": location.pk}


def _more_feed(body: Body, n: int) -> Body:
    rack = racks.RackFactory()
    return {
        "power_panel": power.PowerPanelFactory(site=rack.site).pk,
        "rack": rack.pk,
        "tenant": places.TenantFactory().pk,
        "supply": "ac",
        "voltage": 415,
        "amperage": 32,
    }


example(
    "dcim/power-feeds",
    lambda n: {"name": f"F{n}", "power_panel": power.PowerPanelFactory().pk},
    _more_feed,
)


example(
    "power/redundancy-groups",
    lambda n: {"name": f"Group {n}", "site": places.SiteFactory().pk},
)


def _equipment(n: int) -> Body:
    return {"name": f"UPS {n}", "kind": "ups", "site": places.SiteFactory().pk}


def _more_equipment(body: Body, n: int) -> Body:
    location = places.LocationFactory()
    site = location.site
    return {
        "site": site.pk,
        "location": location.pk,
        "device": dcim.DeviceFactory(site=site).pk,
        "manufacturer": dcim.ManufacturerFactory().pk,
        "redundancy_group": power.RedundancyGroupFactory(site=site).pk,
        "tenant": places.TenantFactory().pk,
        "rated_kva": 500.0,
        "rated_kw": 450.0,
        "power_factor": 0.99,
        "efficiency_curve": [[0.25, 0.94], [0.5, 0.96], [1.0, 0.955]],
    }


example("power/equipment", _equipment, _more_equipment)


def _link(n: int) -> Body:
    upstream = power.PowerEquipmentFactory()
    downstream = power.PowerEquipmentFactory(site=upstream.site)
    return {"upstream": upstream.pk, "downstream_equipment": downstream.pk}


example(
    "power/links",
    _link,
    lambda b, n: {"poles": 3, "voltage": 415, "panel_position": 2 * (n % 400) + 1},
    skip=["downstream_panel"],
)


def _more_bank(body: Body, n: int) -> Body:
    device = dcim.models.Device.objects.get(pk=body["device"])
    return {
        "power_port": dcim.PowerPortFactory(device=device).pk,
        "outlets": [dcim.PowerOutletFactory(device=device).pk],
        "poles": 2,
    }


example(
    "power/outlet-banks",
    lambda n: {"device": dcim.DeviceFactory().pk, "name": f"bank {n}"},
    _more_bank,
)
example("power/device-type-profiles", lambda n: {"device_type": dcim.DeviceTypeFactory().pk})
example("power/device-profiles", lambda n: {"device": dcim.DeviceFactory().pk})
example(
    "power/site-policies",
    lambda n: {"site": places.SiteFactory().pk},
    lambda b, n: {"power_factor": 0.95},
)


def _equipment_placement(n: int) -> Body:
    plan = places.FloorPlanFactory()
    equipment = power.PowerEquipmentFactory(site=plan.site)
    return {"equipment": equipment.pk, "plan": plan.pk, "x": 900, "y": 1200}


example("power/equipment-placements", _equipment_placement)
