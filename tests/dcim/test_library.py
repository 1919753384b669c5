"""The import of device and module types from library files."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest
from django.core.management import call_command
from django.forms.models import model_to_dict

from dcim.library import import_library
from dcim.library.parse import SECTIONS
from dcim.models import DeviceType, InterfaceTemplate, ModuleType, PortTemplateMapping
from racks.models import Manufacturer
from tests.dcim import factories as make

pytestmark = pytest.mark.django_db

SWITCH = """
    manufacturer: Acme
    model: SW-2
    slug: acme-sw-2
    part_number: '0042'
    u_height: 1.5
    is_full_depth: false
    airflow: front-to-rear
    weight: 9.3
    weight_unit: kg
    is_powered: true
    front_image: true
    comments: A [sheet](https://example.com/sw-2)
    console-ports:
      - name: Console
        type: rj-45
    power-ports:
      - name: PSU1
        type: iec-60320-c14
        maximum_draw: 500
        allocated_draw: 300
    power-outlets:
      - name: Out
        type: iec-60320-c13
        power_port: PSU1
        feed_leg: A
    interfaces:
      - name: Ethernet1
        type: 100gbase-x-qsfp28
        label: '1'
      - name: Management1
        type: 1000base-t
        mgmt_only: true
        poe_mode: pd
        poe_type: type1-ieee802.3af
    module-bays:
      - name: Fan
        position: '1'
    inventory-items:
      - name: Board
        manufacturer: Subcontractor
        part_id: B1
"""
CARD = """
    manufacturer: Acme
    model: Card 7
    interfaces:
      - name: Gi{module}/1
        type: 1000base-t
"""
PANEL = """
    manufacturer: Panels
    model: MPO-2
    slug: panels-mpo-2
    u_height: 0
    rear-ports:
      - name: R1
        type: mpo
        positions: 12
      - name: R2
        type: lc
    front-ports:
      - name: F1
        type: lc
        color: aa1409
        rear_port: R1
        rear_port_position: 3
      - name: F2
        type: lc
        rear_port: R2
      - name: F3
        type: mpo
        positions: 4
        rear_port: R1
        rear_port_position: 5
"""


def minimal(model, extra=""):
    return f"manufacturer: Acme\nmodel: {model}\nslug: acme-{model.lower()}\n{dedent(extra)}"


@pytest.fixture
def library(tmp_path):
    """A function that writes files into a library's folder and returns the folder."""

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / "library" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        return tmp_path / "library"

    return write


@pytest.fixture
def good(library):
    return library(
        {
            "device-types/Acme/SW-2.yaml": SWITCH,
            "device-types/Panels/MPO-2.yml": PANEL,
            "module-types/Acme/Card 7.yaml": CARD,
            "README.md": "not a type",
            "schema/devicetype.json": "{}",
        }
    )


def everything():
    """Every row an import may write, with its time of change."""
    models = [Manufacturer, DeviceType, ModuleType, *(section.model for section in SECTIONS)]
    rows = {m.__name__: list(m.objects.order_by("pk").values()) for m in models}
    return {**rows, "mappings": list(PortTemplateMapping.objects.order_by("pk").values())}


def test_a_type_comes_in_with_all_it_has(good):
    report = import_library(good)
    assert (report.read, report.refused, report.notes) == (3, {}, {})
    assert report.created == {"device": 2, "module": 1}
    kind = DeviceType.objects.get(slug="acme-sw-2")
    assert (kind.manufacturer.name, kind.model, kind.part_number) == ("Acme", "SW-2", "0042")
    assert (kind.u_height, kind.is_full_depth, kind.airflow) == (
        Decimal("1.5"),
        False,
        "front-to-rear",
    )
    assert (kind.weight, kind.weight_grams) == (Decimal("9.30"), 9300)
    assert kind.comments == "A [sheet](https://example.com/sw-2)"
    inlet = kind.powerporttemplates.get()
    assert (inlet.name, inlet.type) == ("PSU1", "iec-60320-c14")
    assert (inlet.maximum_draw, inlet.allocated_draw) == (500, 300)
    outlet = kind.poweroutlettemplates.get()
    assert (outlet.power_port, outlet.feed_leg) == (inlet, "A")
    port = kind.interfacetemplates.get(name="Management1")
    assert (port.mgmt_only, port.poe_mode, port.enabled) == (True, "pd", True)
    assert kind.interfacetemplates.get(name="Ethernet1").label == "1"
    assert kind.modulebaytemplates.get().position == "1"
    part = kind.inventoryitemtemplates.get()
    assert (part.manufacturer.name, part.part_id) == ("Subcontractor", "B1")
    card = ModuleType.objects.get(model="Card 7")
    assert card.interfacetemplates.get().name == "Gi{module}/1"


def test_front_ports_are_mapped_to_positions_of_rear_ports(good):
    import_library(good)
    rows = PortTemplateMapping.objects.order_by("front_port__name", "front_port_position")
    assert [
        (m.front_port.name, m.front_port_position, m.rear_port.name, m.rear_port_position)
        for m in rows
    ] == [
        ("F1", 1, "R1", 3),
        ("F2", 1, "R2", 1),
        *(("F3", n, "R1", 4 + n) for n in (1, 2, 3, 4)),
    ]


def test_mappings_may_be_listed_apart(library):
    import_library(
        library(
            {
                "device-types/Acme/P.yaml": minimal(
                    "P",
                    """
                    rear-ports: [{name: R, type: mpo, positions: 2}]
                    front-ports: [{name: F, type: lc, positions: 2}]
                    port-mappings:
                      - {front_port: F, front_port_position: 1, rear_port: R, rear_port_position: 2}
                      - {front_port: F, front_port_position: 2, rear_port: R}
                    """,
                )
            }
        )
    )
    rows = PortTemplateMapping.objects.order_by("front_port_position")
    assert [(m.front_port_position, m.rear_port_position) for m in rows] == [(1, 2), (2, 1)]


def test_a_second_run_changes_nothing(good):
    import_library(good)
    before = everything()
    report = import_library(good)
    assert report.changed == 0
    assert report.unchanged == {"device": 2, "module": 1}
    assert everything() == before


def test_a_changed_file_changes_its_type_and_templates(good, library):
    import_library(good)
    kind = DeviceType.objects.get(slug="acme-sw-2")
    kept = kind.interfacetemplates.get(name="Management1").pk
    changed = (
        SWITCH.replace("u_height: 1.5", "u_height: 2")
        .replace("name: Ethernet1", "name: Ethernet2")
        .replace("mgmt_only: true", "mgmt_only: false")
        .replace("power_port: PSU1", "power_port: PSU2")
        .replace("name: PSU1", "name: PSU2")
        .replace("part_id: B1", "part_id: B2")
    )
    panel = PANEL.replace("rear_port_position: 3", "rear_port_position: 4")
    folder = library(
        {"device-types/Acme/SW-2.yaml": changed, "device-types/Panels/MPO-2.yml": panel}
    )
    report = import_library(folder)
    assert (report.updated, report.refused) == ({"device": 2, "module": 0}, {})
    kind.refresh_from_db()
    assert kind.u_height == 2
    assert {row.name: row.pk for row in kind.interfacetemplates.all()}["Management1"] == kept
    assert not kind.interfacetemplates.get(pk=kept).mgmt_only
    assert not kind.interfacetemplates.filter(name="Ethernet1").exists()
    assert kind.poweroutlettemplates.get().power_port == kind.powerporttemplates.get(name="PSU2")
    assert kind.inventoryitemtemplates.get().part_id == "B2"
    mapping = PortTemplateMapping.objects.get(front_port__name="F1")
    assert mapping.rear_port_position == 4
    assert import_library(folder).changed == 0


def test_what_a_file_does_not_say_stays(good, library):
    import_library(good)
    kind = DeviceType.objects.get(slug="acme-sw-2")
    kind.description, kind.exclude_from_utilization = "ours", True
    kind.save()
    bay = kind.modulebaytemplates.get()
    before = model_to_dict(kind)
    assert import_library(good).changed == 0
    folder = library({"device-types/Acme/SW-2.yaml": SWITCH.replace("0042", "0043")})
    import_library(folder)
    kind.refresh_from_db()
    assert model_to_dict(kind) == {**before, "part_number": "0043"}
    assert kind.modulebaytemplates.get() == bay


BAD = {
    "no model": ("manufacturer: Acme\nslug: x\n", "model is missing"),
    "not YAML": ("manufacturer: [Acme\n", "no valid YAML"),
    "a list": ("- manufacturer: Acme\n", "does not hold one type"),
    "unknown key": (minimal("X", "colour: red"), "no such thing as colour"),
    "bad height": (minimal("X", "u_height: 1.3"), "u_height must be a number"),
    "endless height": (minimal("X", "u_height: .inf"), "u_height must be a number"),
    "bad airflow": (minimal("X", "airflow: up"), "airflow cannot be up"),
    "bad slug": ("manufacturer: Acme\nmodel: X\nslug: a b\n", "slug must be"),
    "long model": (minimal("X" * 101), "longer than 100"),
    "bad flag": (minimal("X", "is_full_depth: maybe"), "true or false"),
    "no type": (minimal("X", "interfaces: [{name: a}]"), "the type is missing"),
    "wrong type": (minimal("X", "interfaces: [{name: a, type: warp}]"), "cannot be warp"),
    "no name": (minimal("X", "interfaces: [{type: lag}]"), "the name is missing"),
    "no list": (minimal("X", "interfaces: {name: a}"), "must be a list"),
    "a name twice": (
        minimal("X", "interfaces: [{name: a, type: lag}, {name: a, type: lag}]"),
        "is there twice",
    ),
    "negative draw": (
        minimal("X", "power-ports: [{name: a, maximum_draw: -5}]"),
        "whole number from 1",
    ),
    "loose front port": (
        minimal("X", "front-ports: [{name: a, type: lc, rear_port: b}]"),
        "no rear port b",
    ),
    "position too high": (
        minimal(
            "X",
            """
            rear-ports: [{name: r, type: lc, positions: 2}]
            front-ports: [{name: f, type: lc, rear_port: r, rear_port_position: 3}]
            """,
        ),
        "has no position 3",
    ),
    "position twice": (
        minimal(
            "X",
            """
            rear-ports: [{name: r, type: lc}]
            front-ports:
              - {name: f, type: lc, rear_port: r}
              - {name: g, type: lc, rear_port: r}
            """,
        ),
        "mapped twice",
    ),
    "bays of a child": (
        minimal("X", "subdevice_role: child\ndevice-bays: [{name: a}]"),
        "subdevice_role parent",
    ),
    "aliases": (minimal("X", "comments: &a x\ndescription: *a"), "aliases"),
    "too long": (minimal("X", "comments: " + "x" * (1 << 20)), "longer than 1024 KiB"),
    "too deep": (minimal("X", "comments: " + "[" * 50_000), "levels deep"),
    "deep lists": (minimal("X", "comments:\n  " + "- " * 50_000), "levels deep"),
    "a key twice": (minimal("X", "model: Y"), "says model twice"),
    "two documents": (minimal("X") + "\n---\n" + minimal("Y"), "more than one document"),
    "a list as key": (minimal("X", "? [a]\n: b"), "as a key"),
    "not text": ("\udcff", "no valid YAML"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_is_refused_leaves_nothing(case, good):
    text, reason = BAD[case]
    path = good / "device-types/Other/X.yaml"
    path.parent.mkdir()
    path.write_bytes(text.encode(errors="surrogateescape"))
    report = import_library(good)
    assert report.created == {"device": 2, "module": 1}
    assert list(report.refused) == ["device-types/Other/X.yaml"]
    assert reason in " ".join(report.refused["device-types/Other/X.yaml"])
    assert not DeviceType.objects.filter(model="X").exists()


def test_every_fault_of_a_file_is_reported(library):
    report = import_library(
        library({"device-types/Acme/X.yaml": minimal("X", "airflow: up\nu_height: tall")})
    )
    (reasons,) = report.refused.values()
    assert len(reasons) == 2


def test_what_only_the_database_refuses_leaves_nothing_either(good, library):
    import_library(good)
    kind = DeviceType.objects.get(slug="acme-sw-2")
    rack = make.RackFactory()
    for position in (1, 3):
        make.DeviceFactory(device_type=kind, rack=rack, position=position, face="front")
    taller = SWITCH.replace("u_height: 1.5", "u_height: 4").replace("Ethernet1", "Ethernet9")
    folder = library(
        {
            "device-types/Acme/SW-2.yaml": taller,
            "device-types/Acme/Fine.yaml": minimal("Fine"),
        }
    )
    before = list(InterfaceTemplate.objects.values())
    report = import_library(folder)
    assert "overlap" in report.refused["device-types/Acme/SW-2.yaml"][0]
    assert report.created == {"device": 1, "module": 0}
    kind.refresh_from_db()
    assert kind.u_height == Decimal("1.5")
    assert list(InterfaceTemplate.objects.values()) == before


def test_one_model_in_two_files_is_taken_once(library):
    report = import_library(
        library(
            {
                "device-types/Acme/A.yaml": minimal("A"),
                "device-types/Acme/a-again.yml": minimal("A"),
                "device-types/Acme/other.yaml": minimal("A", "u_height: 2"),
            }
        )
    )
    assert report.repeated == {"device-types/Acme/a-again.yml": "device-types/Acme/A.yaml"}
    assert list(report.refused) == ["device-types/Acme/other.yaml"]
    assert DeviceType.objects.get().u_height == 1


def test_two_models_cannot_give_the_same_slug(library):
    report = import_library(
        library(
            {
                "device-types/Acme/A.yaml": minimal("A"),
                "device-types/Acme/B.yaml": "manufacturer: Acme\nmodel: B\nslug: acme-a\n",
            }
        )
    )
    assert report.refused == {"device-types/Acme/B.yaml": ["The slug acme-a belongs to A."]}


def test_a_file_without_a_slug_gets_one_that_stays(library):
    folder = library(
        {
            f"device-types/Acme/{n}.yaml": f"manufacturer: Acme\nmodel: {model}\n"
            for n, model in enumerate(("X 1", "X-1", "X 1+"))
        }
    )
    import_library(folder)
    slugs = dict(DeviceType.objects.values_list("model", "slug"))
    assert slugs == {"X 1": "acme-x-1", "X-1": "acme-x-1-2", "X 1+": "acme-x-1-plus"}
    assert import_library(folder).changed == 0


def test_a_manufacturer_is_known_by_its_slug(library):
    maker = make.ManufacturerFactory(name="ACME Inc.", slug="acme")
    import_library(library({"device-types/Acme/A.yaml": minimal("A")}))
    assert DeviceType.objects.get().manufacturer == maker


def test_small_gaps_are_noted_and_the_file_is_taken(library):
    text = minimal(
        "A",
        """
        weight: 3
        power-ports: [{name: p, type: iec-60320-c14, maximum_draw: 0}]
        power-outlets: [{name: o, type: iec-60320-c13, power_port: elsewhere}]
        device-bays: [{name: b}]
        """,
    )
    report = import_library(library({"device-types/Acme/A.yaml": text}))
    kind = DeviceType.objects.get()
    assert len(report.notes["device-types/Acme/A.yaml"]) == 4
    assert (kind.weight, kind.subdevice_role) == (None, "parent")
    assert kind.poweroutlettemplates.get().power_port is None


def test_links_in_a_folder_are_not_followed(good, tmp_path):
    secret = tmp_path / "secret.yaml"
    secret.write_text(minimal("Secret"))
    (good / "device-types/Acme/link.yaml").symlink_to(secret)
    assert import_library(good).read == 3


def test_a_dry_run_reports_and_keeps_nothing(good):
    report = import_library(good, dry_run=True)
    assert report.created == {"device": 2, "module": 1}
    assert not Manufacturer.objects.exists()


def test_only_one_manufacturer(good):
    report = import_library(good, only=["panels"])
    assert (report.read, report.created) == (1, {"device": 1, "module": 0})


def test_the_command_reports_as_text_and_as_json(good):
    out = io.StringIO()
    call_command("import_library", str(good), stdout=out, stderr=io.StringIO())
    assert "2 device types and 1 module types created." in out.getvalue()
    out = io.StringIO()
    call_command("import_library", str(good), json=True, stdout=out, stderr=io.StringIO())
    report = json.loads(out.getvalue())
    assert (report["unchanged"], report["refused"]) == ({"device": 2, "module": 1}, {})
    out = io.StringIO()
    call_command("import_library", str(good), stdout=out, stderr=io.StringIO())
    assert "Nothing changed." in out.getvalue()


def test_progress_is_told(good):
    told = []
    import_library(good, progress=lambda *step: told.append(step))
    assert ("Reading", 3, None) in told
    assert told[-1] == ("Storing", 3, 3)
