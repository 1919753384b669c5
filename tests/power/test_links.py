"""The rules of links and outlet banks."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from rest_framework.test import APIClient

from power.models import OutletBank, PowerEquipment, PowerLink, PowerPanel
from tests.core.factories import UserFactory
from tests.core.permits import permit, rest, somebody
from tests.dcim.factories import DeviceFactory, PowerOutletFactory, PowerPortFactory
from tests.facilities.factories import SiteFactory
from tests.power.factories import (
    OutletBankFactory,
    PowerEquipmentFactory,
    PowerLinkFactory,
    PowerPanelFactory,
)
from tests.power.test_equipment import settle
from tests.races import at_once, constraint_of, refused, while_open

pytestmark = pytest.mark.django_db
LINKS = "/api/power/links/"


@pytest.fixture
def client() -> APIClient:
    made = APIClient()
    made.force_authenticate(UserFactory(is_superuser=True))
    return made


def chain(count: int) -> list[PowerEquipment]:
    """Equipment of one site, each feeding the next."""
    site = SiteFactory()
    rows = [PowerEquipmentFactory(site=site) for _ in range(count)]
    for one, other in itertools.pairwise(rows):
        PowerLinkFactory(upstream=one, downstream_equipment=other)
    settle()
    return rows


def body(upstream: Any, downstream: Any, **values: Any) -> dict[str, Any]:
    return {"upstream": upstream.pk, "downstream_equipment": downstream.pk, **values}


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"poles": 0}, "poles"),
        ({"poles": 4}, "poles"),
        ({"breaker_amperage": 0}, "breaker_amperage"),
        ({"voltage": 0}, "voltage"),
        ({"max_utilization": 101}, "max_utilization"),
        ({"preference": 0}, "preference"),
        ({"panel_position": 0, "poles": 1}, "panel_position"),
        ({"panel_position": 1}, "position_poles"),
        ({"downstream_equipment": None}, "downstream"),
    ],
)
def test_links_have_bounds(values: dict[str, Any], rule: str) -> None:
    with refused(f"power_powerlink_{rule}"):
        PowerLinkFactory(upstream=PowerEquipmentFactory(), **values)


def test_a_link_has_one_end(client: APIClient) -> None:
    one, other = PowerEquipmentFactory(), PowerEquipmentFactory()
    panel = PowerPanelFactory(site=one.site)
    for given in ({}, {"downstream_equipment": other.pk, "downstream_panel": panel.pk}):
        answer = client.post(LINKS, {"upstream": one.pk, **given}, format="json")
        assert answer.status_code == 400
        assert list(answer.json()) == ["downstream_equipment"]
    answer = client.post(LINKS, body(one, one), format="json")
    assert answer.json() == {"downstream_equipment": ["Equipment cannot feed itself."]}


MISFITS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], str, str]] = [
    ({}, {"kind": "utility"}, {}, "upstream", "DOWN is a source (utility service), so nothing"),
    (
        {},
        {"kind": "battery"},
        {},
        "upstream",
        "DOWN is a source (battery), so nothing can feed it.",
    ),
    ({"kind": "battery"}, {"kind": "rpp"}, {}, "upstream", "UP is a battery: it can feed a UPS,"),
    ({}, {"input_voltage": 480}, {}, "voltage", "UP gives 415 V, but DOWN takes 480 V."),
    (
        {},
        {"input_voltage": 208, "input_phase": "single-phase"},
        {},
        "voltage",
        "UP gives 415 V, but DOWN takes 208 V.",
    ),
    ({}, {"input_voltage": 240}, {}, "voltage", "UP gives 415 V, but DOWN takes 240 V."),
    ({}, {}, {"voltage": 480}, "voltage", "UP gives 415 V, which does not fit a link of 480 V"),
    ({}, {}, {"voltage": 240, "poles": 3}, "voltage", "does not fit a link of 240 V and 3 poles."),
    (
        {"output_phase": "single-phase"},
        {},
        {},
        "upstream",
        "UP gives a single phase, but DOWN takes three.",
    ),
    (
        {"output_phase": "single-phase"},
        {"input_phase": "single-phase"},
        {"poles": 3},
        "poles",
        "UP gives a single phase, so a link from it has one or two poles.",
    ),
    ({}, {}, {"poles": 2}, "poles", "DOWN takes three phases, so a link to it has three poles."),
]


@pytest.mark.parametrize(("up", "down", "link", "field", "sentence"), MISFITS)
def test_what_does_not_fit_is_refused_and_said(
    client: APIClient,
    up: dict[str, Any],
    down: dict[str, Any],
    link: dict[str, Any],
    field: str,
    sentence: str,
) -> None:
    one = PowerEquipmentFactory(name="UP", **up)
    other = PowerEquipmentFactory(name="DOWN", site=one.site, **down)
    answer = client.post(LINKS, body(one, other, **link), format="json")
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert sentence in answer.json()[field][0]
    assert PowerLink.objects.count() == 0


@pytest.mark.parametrize(
    ("up", "down", "link"),
    [
        ({"output_voltage": 400}, {"input_voltage": 415}, {}),
        ({"output_voltage": None}, {"input_voltage": 480}, {"voltage": 480}),
        ({}, {"input_voltage": None, "input_phase": None}, {"voltage": 415, "poles": 2}),
        ({}, {"input_voltage": 240, "input_phase": "single-phase"}, {"poles": 1, "voltage": 240}),
        ({}, {"input_voltage": 415, "input_phase": "single-phase"}, {"poles": 2, "voltage": 415}),
        (
            {"output_voltage": 240, "output_phase": "single-phase"},
            {"input_voltage": 120, "input_phase": "single-phase"},
            {"poles": 1, "voltage": 120},
        ),
        (
            {"kind": "battery", "supply": "dc", "output_voltage": 540, "output_phase": None},
            {},
            {"poles": 2, "voltage": 540},
        ),
        (
            {"supply": "dc", "output_voltage": 48, "output_phase": None},
            {"input_voltage": 48, "input_phase": None},
            {"poles": 1},
        ),
    ],
)
def test_what_fits_or_is_unknown_is_taken(
    client: APIClient, up: dict[str, Any], down: dict[str, Any], link: dict[str, Any]
) -> None:
    one = PowerEquipmentFactory(**up)
    other = PowerEquipmentFactory(site=one.site, **down)
    answer = client.post(LINKS, body(one, other, **link), format="json")
    assert answer.status_code == 201, answer.json()


@pytest.mark.parametrize("end", ["upstream", "downstream_equipment"])
def test_what_is_linked_goes_on_to_fit(client: APIClient, end: str) -> None:
    link = PowerLinkFactory()
    row = getattr(link, end)
    side = "output" if end == "upstream" else "input"
    answer = client.patch(
        f"/api/power/equipment/{row.pk}/", {f"{side}_voltage": 480}, format="json"
    )
    assert answer.status_code == 400
    assert "415 V" in str(answer.json())
    with refused("power_powerlink_site"):
        PowerEquipment.objects.filter(pk=row.pk).update(site=SiteFactory())
        settle()
    with refused("power_powerlink_kind"):
        kind = "utility" if end == "downstream_equipment" else "battery"
        PowerEquipment.objects.filter(pk=link.downstream_equipment_id).update(kind="rpp")
        PowerEquipment.objects.filter(pk=row.pk).update(kind=kind)
        settle()


def test_what_one_may_not_see_is_not_named_in_a_refusal() -> None:
    link = PowerLinkFactory(upstream__name="HIDDEN")
    row = link.downstream_equipment
    change = {"input_voltage": 480}
    for constraints, named in (({"id": row.pk}, False), (None, True)):
        user = somebody("power.powerequipment", constraints=constraints)
        permit(user, "dcim.powerpanel")
        answer = rest(user).patch(f"/api/power/equipment/{row.pk}/", change, format="json")
        assert answer.status_code == 400
        assert ("HIDDEN" in str(answer.json())) == named


def test_both_ends_change_their_voltage_in_one_request(client: APIClient) -> None:
    link = PowerLinkFactory()
    changes = [
        {"id": link.upstream_id, "output_voltage": 480},
        {"id": link.downstream_equipment_id, "input_voltage": 480},
    ]
    answer = client.patch("/api/power/equipment/", changes, format="json")
    assert answer.status_code == 200, answer.json()


def test_ends_are_in_one_site(client: APIClient) -> None:
    one, other = PowerEquipmentFactory(name="UP"), PowerEquipmentFactory(name="DOWN")
    answer = client.post(LINKS, body(one, other), format="json")
    assert answer.json() == {"upstream": ["The two ends of a link would be in two sites."]}
    panel = PowerPanelFactory(site=one.site)
    PowerLinkFactory(upstream=one, downstream_panel=panel)
    settle()
    with refused("power_powerlink_site"):
        PowerPanel.objects.filter(pk=panel.pk).update(site=other.site)
        settle()


def test_power_never_goes_in_a_circle(client: APIClient) -> None:
    first, second, third = chain(3)
    answer = client.post(LINKS, body(third, first), format="json")
    assert answer.json() == {"downstream_equipment": ["Power would go in a circle."]}
    fourth = PowerEquipmentFactory(site=first.site)
    both = [body(third, fourth), body(fourth, second)]
    answer = client.post(LINKS, both, format="json")
    assert answer.status_code == 400
    assert PowerLink.objects.count() == 2
    [link] = PowerLink.objects.filter(upstream=first)
    answer = client.patch(f"{LINKS}{link.pk}/", {"upstream": third.pk}, format="json")
    assert answer.status_code == 400
    assert client.post(LINKS, body(first, third), format="json").status_code == 201


def test_a_chain_is_turned_round_in_one_request(client: APIClient) -> None:
    first, second, third = chain(3)
    one, other = PowerLink.objects.order_by("pk")
    changes = [
        {"id": one.pk, **body(third, second)},
        {"id": other.pk, **body(second, first)},
    ]
    answer = client.patch(LINKS, changes, format="json")
    assert answer.status_code == 200, answer.json()


@pytest.mark.django_db(transaction=True)
def test_two_halves_of_a_ring_at_once_do_not_close_it() -> None:
    site = SiteFactory()
    a, b, c, d = (PowerEquipmentFactory(site=site) for _ in range(4))
    PowerLinkFactory(upstream=a, downstream_equipment=b)
    PowerLinkFactory(upstream=c, downstream_equipment=d)
    error = while_open(
        lambda: PowerLinkFactory(upstream=b, downstream_equipment=c),
        lambda: PowerLinkFactory(upstream=d, downstream_equipment=a),
    )
    assert error is not None
    assert constraint_of(error) == "power_powerlink_no_ring"
    assert PowerLink.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_link_and_a_voltage_at_once_do_not_misfit() -> None:
    for _ in range(10):
        one = PowerEquipmentFactory()
        other = PowerEquipmentFactory(site=one.site)
        errors = at_once(
            [
                lambda one=one, other=other: PowerLinkFactory(
                    upstream=one, downstream_equipment=other
                ),
                lambda other=other: PowerEquipment.objects.filter(pk=other.pk).update(
                    input_voltage=480
                ),
            ]
        )
        assert sum(error is None for error in errors) == 1


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        ((1, 3), (2, 3), True),
        ((1, 3), (7, 1), True),
        ((1, 3), (5, 1), False),
        ((2, 2), (4, 1), False),
        ((2, 2), (6, 1), True),
        ((1, 1), (1, 1), False),
    ],
)
def test_two_breakers_never_take_one_pole(
    client: APIClient, one: tuple[int, int], other: tuple[int, int], fits: bool
) -> None:
    board = PowerEquipmentFactory(kind="rpp")
    free = {"input_voltage": None, "input_phase": None, "site": board.site}
    ends = [PowerEquipmentFactory(**free) for _ in range(2)]
    bodies = [
        body(board, end, panel_position=position, poles=poles)
        for end, (position, poles) in zip(ends, (one, other), strict=True)
    ]
    assert client.post(LINKS, bodies[0], format="json").status_code == 201
    answer = client.post(LINKS, bodies[1], format="json")
    assert answer.status_code == (201 if fits else 400)
    if not fits:
        sentence = "Another breaker takes one of these pole positions."
        assert answer.json() == {"panel_position": [sentence]}


def test_two_breakers_change_places_in_one_request(client: APIClient) -> None:
    one = PowerLinkFactory(panel_position=1, poles=3)
    other = PowerLinkFactory(
        upstream=one.upstream,
        downstream_equipment__site=one.upstream.site,
        panel_position=7,
        poles=3,
    )
    changes = [{"id": one.pk, "panel_position": 7}, {"id": other.pk, "panel_position": 1}]
    assert client.patch(LINKS, changes, format="json").status_code == 200
    assert client.patch(LINKS, changes[:1], format="json").status_code == 200
    assert (
        client.patch(LINKS, [{"id": one.pk, "panel_position": 3}], format="json").status_code == 400
    )


@pytest.mark.django_db(transaction=True)
def test_one_pole_is_given_once_to_many_who_ask_at_once() -> None:
    board = PowerEquipmentFactory(kind="rpp")
    ends = [PowerEquipmentFactory(site=board.site) for _ in range(4)]
    errors = at_once(
        [
            lambda end=end: PowerLinkFactory(
                upstream=board, downstream_equipment=end, panel_position=1, poles=3
            )
            for end in ends
        ]
    )
    assert sum(error is None for error in errors) == 1


def test_what_is_linked_is_not_deleted_and_the_link_is_named(client: APIClient) -> None:
    link = PowerLinkFactory()
    for pk in (link.upstream_id, link.downstream_equipment_id):
        answer = client.delete(f"/api/power/equipment/{pk}/")
        assert answer.status_code == 409
        assert f"({link.pk})" in answer.json()["detail"]
    panel = PowerPanelFactory(site=link.upstream.site)
    other = PowerLinkFactory(upstream=link.upstream, downstream_panel=panel)
    assert client.delete(f"/api/dcim/power-panels/{panel.pk}/").status_code == 409
    answer = client.delete(LINKS, [{"id": link.pk}, {"id": other.pk}], format="json")
    assert answer.status_code == 204
    ids = [{"id": link.upstream_id}, {"id": link.downstream_equipment_id}]
    assert client.delete("/api/power/equipment/", ids, format="json").status_code == 204


def test_a_bank_holds_outlets_and_the_inlet_of_its_device(client: APIClient) -> None:
    device = DeviceFactory()
    own = [PowerOutletFactory(device=device) for _ in range(2)]
    stranger, inlet = PowerOutletFactory(), PowerPortFactory()
    bank = OutletBankFactory(device=device)
    address = f"/api/power/outlet-banks/{bank.pk}/"
    answer = client.patch(address, {"outlets": [row.pk for row in own]}, format="json")
    assert [row["id"] for row in answer.json()["outlets"]] == [row.pk for row in own]
    answer = client.patch(address, {"outlets": [stranger.pk]}, format="json")
    assert answer.status_code == 400
    sentence = f"Outlet {stranger.name} is of another device than the bank."
    assert answer.json() == {"outlets": [sentence]}
    answer = client.patch(address, {"power_port": inlet.pk}, format="json")
    assert answer.json() == {"power_port": ["The power port belongs to another device."]}
    other = {"device": device.pk, "name": "B", "outlets": [own[0].pk]}
    answer = client.post("/api/power/outlet-banks/", other, format="json")
    assert answer.status_code == 400
    assert list(answer.json()) == ["outlets"]
    answer = client.patch(address, {"device": stranger.device_id}, format="json")
    assert answer.status_code == 400
    assert OutletBank.objects.get(pk=bank.pk).outlets.count() == 2
    assert client.delete(f"/api/dcim/power-outlets/{own[0].pk}/").status_code == 204
    assert client.delete(f"/api/dcim/devices/{device.pk}/").status_code == 204
    assert not OutletBank.objects.exists()
