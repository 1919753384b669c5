"""Measures in the units that their reader chose; what is stored and REST stay as recorded."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from core import preferences, units
from core.models import User
from tests.core.pages import admin_client, database, text
from tests.dcim.factories import DeviceFactory, DeviceTypeFactory, RackFactory


@pytest.mark.parametrize(
    ("system", "number", "unit", "told"),
    [
        ("recorded", 600, "mm", "600 mm"),
        ("recorded", Decimal("9.30"), "lb", "9.3 lb"),
        ("metric", 600, "mm", "600 mm"),
        ("metric", 24, "in", "610 mm"),
        ("metric", 10, "lb", "4.5 kg"),
        ("metric", 100, "ft", "30.48 m"),
        ("imperial", 600, "mm", "23.62 in"),
        ("imperial", 24, "in", "24 in"),
        ("imperial", 1360, "kg", "2\u202f998.3 lb"),
        ("imperial", 0, "kg", "0.0 lb"),
        ("imperial", 32, "°C", "89.6 °F"),
        ("imperial", -40, "°C", "-40.0 °F"),
        ("imperial", 1200, "kg/m²", "245.8 lb/ft²"),
        ("imperial", 100, "m²", "1\u202f076.4 ft²"),
        ("imperial", 3, "U", "3 U"),
    ],
)
def test_a_measure_is_told_with_its_unit(system, number, unit, told):
    with preferences.applied(replace(preferences.STANDARD, units=system)):
        assert units.told(number, unit) == told


@database
def test_pages_show_measures_as_their_reader_wants_and_rest_does_not():
    client = admin_client()
    rack = RackFactory(
        mounting_depth=760,
        outer_width=600,
        outer_unit="mm",
        weight=120,
        max_weight=1000,
        weight_unit="kg",
    )
    kind = DeviceTypeFactory(model="Heavy", weight=20, weight_unit="kg")
    DeviceFactory(rack=rack, device_type=kind, position=1, face="front")

    def shown(address: str) -> str:
        plain = re.sub(r"<[^>]+>", " ", text(client.get(address)))
        return " ".join(plain.replace("\u202f", ",").replace("\u00a0", " ").split())

    here = f"/dcim/racks/{rack.pk}/"
    before = shown(here)
    assert "140 kg of 1,000 kg" in before
    assert "Mounting depth (mm) 760" in before
    sent = {"theme": "system", "density": "compact", "rows": 50, "dates": "iso"}
    answer = client.post("/account/preferences/", {**sent, "units": "imperial"})
    assert answer.status_code == 302
    assert User.objects.get(is_superuser=True).preferences == {"units": "imperial"}
    page = shown(here)
    assert "309 lb of 2,205 lb" in page
    assert "Mounting depth (in) 29.92" in page
    assert "Outer width 23.62 in" in page
    assert " kg" not in page
    listed = shown("/dcim/racks/?columns=name,mounting_depth,outer_width")
    assert "Mounting depth (in)" in listed
    assert "29.92 23.62 in" in listed
    assert "44.1 lb" in shown(f"/dcim/device-types/{kind.pk}/")
    # Forms take what is stored, in its unit; REST is as it was.
    assert "Millimeters from the front rail" in shown(f"{here}edit/")
    told = client.get(f"/api{here}").json()
    assert (told["mounting_depth"], told["weight"], told["weight_unit"]["value"]) == (
        760,
        120,
        "kg",
    )
