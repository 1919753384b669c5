"""The finder: answers that hold, reasons where there is none, and what is made of an answer."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from rest_framework.test import APIClient

from capacity import refresh
from capacity.engine.placement import Item, Position
from capacity.finder.check import overloads
from capacity.models import DeviceDates
from capacity.supply import SiteReckoning
from core import jobs
from core.models import Job, ObjectPermission, Token
from dcim.models import Cable, Device
from racks.models import RackReservation
from tests.capacity.factories import RackLimitFactory
from tests.core.factories import UserFactory
from tests.core.pages import text
from tests.dcim.factories import (
    DeviceFactory,
    DeviceRoleFactory,
    DeviceTypeFactory,
    PowerPortTemplateFactory,
)
from tests.facilities.factories import TenantFactory
from tests.power.hall import Hall, two_n
from tests.racks.factories import RackFactory, RackReservationFactory

pytestmark = pytest.mark.django_db

FIND, RESERVE = "/api/capacity/placement/", "/api/capacity/placement/reserve/"


@pytest.fixture
def admin() -> Any:
    return UserFactory(is_superuser=True)


@pytest.fixture
def client(admin: Any) -> APIClient:
    made = APIClient()
    made.force_authenticate(admin)
    return made


@pytest.fixture
def server() -> Any:
    """A type of 2 U, full depth, 3,000 W over two supplies."""
    kind = DeviceTypeFactory(u_height=2, is_full_depth=True, weight=25, weight_unit="kg")
    for name in ("PSU1", "PSU2"):
        PowerPortTemplateFactory(device_type=kind, name=name, allocated_draw=1500)
    return kind


def ask(client: APIClient, kind: Any, count: int, **more: Any) -> dict[str, Any]:
    body = {"devices": [{"device_type": kind.pk, "count": count}], **more}
    answer = client.post(FIND, body, format="json")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def rules(answer: dict[str, Any]) -> set[str]:
    return {each["rule"] for each in answer["binding"]} | set(answer["together"])


def hall_of(outlets: int = 6) -> Hall:
    hall = two_n(outlets)
    refresh.recompute()
    return hall


def test_each_device_gets_units_and_an_outlet_on_either_side(client: Any, server: Any) -> None:
    """17,292 VA a side carry five of 3,000 W when the other side fails, not six."""
    hall = hall_of()
    answer = ask(client, server, 5)
    assert (answer["status"], answer["fits"], answer["verified"]) == ("optimal", 5, True)
    taken = sorted(each["position"] for each in answer["positions"])
    assert all(later - earlier >= 2 for earlier, later in pairwise(taken))
    feeds = {hall.sides[0].feed.name, hall.sides[1].feed.name}
    for each in answer["positions"]:
        assert {feed["display"] for feed in each["feeds"]} == feeds
    outlets = [pk for each in answer["positions"] for pk in each["outlet_ids"]]
    assert len(set(outlets)) == 10
    answer = ask(client, server, 6)
    assert (answer["status"], answer["fits"], answer["most"]) == ("infeasible", 5, 5)
    assert rules(answer) == {"feed", "diversity"}
    [bound] = [each for each in answer["binding"] if each["rule"] == "feed"]
    assert bound["enough"]
    assert feeds <= {each["place"]["display"] for each in bound["shortages"]}
    assert {round(each["amount"]) for each in bound["shortages"]} == {708}


def test_what_stands_above_the_panels_binds_too(client: Any, server: Any) -> None:
    hall = two_n()
    for side in hall.sides:
        side.ups.rated_kw = side.ups.rated_kva = 7
        side.ups.save()
    refresh.recompute()
    answer = ask(client, server, 3)
    assert answer["fits"] == 2
    assert rules(answer) == {"upstream", "diversity"}


def test_what_is_there_planned_and_reserved_is_kept_free(client: Any, server: Any) -> None:
    hall = two_n()
    rack = hall.rack
    rack.u_height = 6
    rack.save()
    RackReservationFactory(rack=rack, units=[1, 2], tenant=None)
    mine = RackReservationFactory(rack=rack, units=[3], tenant=TenantFactory())
    refresh.recompute()
    answer = ask(client, server, 2)
    assert answer["fits"] == 1
    assert rules(answer) == {"reservation"}
    answer = ask(client, server, 2, where={"tenant": mine.tenant.pk})
    assert answer["fits"] == 2


def test_limits_of_racks_and_outlets_bind(client: Any, server: Any) -> None:
    hall = hall_of(outlets=2)
    answer = ask(client, server, 3)
    assert (answer["fits"], rules(answer)) == (2, {"outlet"})
    RackLimitFactory(rack=hall.rack, power_w=3000)
    refresh.recompute()
    answer = ask(client, server, 2)
    assert (answer["fits"], rules(answer)) == (1, {"power"})


def test_wishes(client: Any, server: Any) -> None:
    hall_of(), hall_of()
    answer = ask(client, server, 4)
    assert len({each["rack_id"] for each in answer["positions"]}) == 1
    answer = ask(client, server, 4, wishes={"arrange": "spread"})
    racks = [each["rack_id"] for each in answer["positions"]]
    assert sorted(map(racks.count, set(racks))) == [2, 2]
    answer = ask(client, server, 4, wishes={"at_most": 1})
    assert (answer["fits"], rules(answer)) == (2, {"at-most"})
    # Four take 12,000 of 17,292 W; with 40 % kept free 10,375 W may be used.
    answer = ask(client, server, 8, wishes={"keep_percent": 40})
    assert answer["fits"] == 6


def test_the_check_finds_what_an_answer_would_overload() -> None:
    hall = hall_of()
    item = Item(name="x", count=1, height=2, watts=18000, inputs=2, required=1)
    outlets = tuple(side.outlets[0].pk for side in hall.sides)
    position = Position(0, hall.rack.pk, 2, "front", outlets=outlets)  # type: ignore[arg-type]
    site = hall.site.pk
    found = overloads({site: SiteReckoning(site)}, [item], [position], {hall.rack.pk: site})
    assert found
    assert all(each.after > 100 for each in found)


def search(client: APIClient, server: Any, count: int) -> int:
    body = {"devices": [{"device_type": server.pk, "count": count}], "background": True}
    answer = client.post(FIND, body, format="json")
    assert answer.status_code == 202, answer.content
    pk = int(answer.json()["id"])
    assert jobs.run(pk)
    assert Job.objects.get(pk=pk).status == "completed"
    return pk


@pytest.mark.django_db(transaction=True)
def test_an_answer_becomes_planned_devices_or_nothing(client: Any, server: Any, admin: Any) -> None:
    hall = hall_of()
    job, role = search(client, server, 2), DeviceRoleFactory()
    body = {"job": job, "role": role.pk, "name_prefix": "gpu-"}
    made = client.post(RESERVE, body, format="json")
    assert made.status_code == 201, made.content
    devices = Device.objects.filter(pk__in=made.json()["devices"]).order_by("name")
    assert [(d.name, d.status, d.rack_id) for d in devices] == [
        (f"gpu-{n:03d}", "planned", hall.rack.pk) for n in (1, 2)
    ]
    assert Cable.objects.filter(status="planned").count() == 4
    [kept] = RackReservation.objects.filter(rack=hall.rack)
    assert (len(kept.units), kept.user) == (4, admin)
    # The same answer once more: its units and outlets are taken, so the finder runs again.
    before = Device.objects.count()
    again = client.post(RESERVE, body, format="json")
    assert again.status_code == 409, again.content
    assert Device.objects.count() == before
    assert jobs.run(again.json()["job"]["id"])
    # Only a unit is taken, not an outlet.
    job = search(client, server, 1)
    place = Job.objects.get(pk=job).data["answer"]["positions"][0]
    DeviceFactory(
        rack=hall.rack,
        site=hall.site,
        position=place["position"],
        face="rear",
        device_type=DeviceTypeFactory(u_height=1),
    )
    before = Device.objects.count(), Cable.objects.count(), RackReservation.objects.count()
    taken = client.post(RESERVE, {**body, "job": job}, format="json")
    assert taken.status_code == 409, taken.content
    assert "already taken" in taken.json()["detail"]
    after = Device.objects.count(), Cable.objects.count(), RackReservation.objects.count()
    assert after == before
    assert not DeviceDates.objects.exists()


def test_what_may_not_be_seen_is_not_used_and_not_named(server: Any) -> None:
    hall = hall_of()
    RackFactory(site=hall.site, name="secret")
    user = UserFactory()
    for app, model, limits in (
        ("racks", "rack", {"pk": hall.rack.pk}),
        ("dcim", "devicetype", None),
        ("power", "powerpanel", None),
    ):
        permission = ObjectPermission.objects.create(
            name=model, actions=["view"], constraints=limits
        )
        permission.object_types.set([ContentType.objects.get(app_label=app, model=model)])
        permission.users.set([user])
    api = APIClient()
    api.force_authenticate(user)
    answer = ask(api, server, 1)
    assert answer["positions"][0]["rack_id"] == hall.rack.pk
    assert "secret" not in str(answer)
    assert hall.sides[0].feed.name not in str(answer)
    body = {"devices": [{"device_type": server.pk, "count": 1}], "where": {"sites": [hall.site.pk]}}
    refused = api.post(FIND, body, format="json")
    assert refused.status_code == 400
    assert "There is no site" in str(refused.json())
    nobody = APIClient()
    nobody.force_authenticate(UserFactory())
    assert nobody.post(FIND, body, format="json").status_code in (400, 403)


def test_a_read_only_token_may_ask_and_leaves_nothing(admin: Any, server: Any) -> None:
    hall = hall_of()
    secret = Token(user=admin, write_enabled=False)
    client = APIClient(headers={"Authorization": f"Bearer {secret.issue()}"})
    secret.save()
    asked = {"devices": [{"device_type": server.pk, "count": 1}]}
    failing = {"site": hall.site.pk, "fail": [f"feed:{hall.sides[0].feed.pk}"]}
    rule = {"name": "r", "metric": "lease.days-left", "comparison": "lte", "threshold": 30}
    assert ask(client, server, 1)["fits"] == 1
    assert client.post("/api/power/simulate/", failing, format="json").status_code == 200
    assert client.post("/api/alerts/rules/preview/", rule, format="json").status_code == 200
    for path, body in (
        (FIND, {**asked, "background": True}),
        (RESERVE, {"job": 1, "role": 1, "name_prefix": "a"}),
        ("/api/alerts/rules/", rule),
    ):
        answer = client.post(path, body, format="json")
        assert answer.status_code == 403
        assert answer.json() == {"detail": "This token is read-only."}
    assert client.put(FIND, asked, format="json").status_code == 403
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"devices": []},
        {"devices": [{"device_type": 999999, "count": 1}]},
        {"devices": [{"device_type": "x", "count": 0}]},
        {"devices": [{"device_type": 1, "count": 5000}]},
        {"devices": "x"},
        {"devices": [{"device_type": 1, "count": 1, "ports": {"7G": 1}}]},
        {"devices": [{"device_type": 1, "count": 1}], "wishes": {"near": "rack", "apart": "rack"}},
        [1],
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(client: Any, body: Any) -> None:
    answer = client.post(FIND, body, format="json")
    assert answer.status_code == 400
    assert answer.json()


@pytest.mark.django_db(transaction=True)
def test_the_page_asks_shows_and_reserves(admin: Any, server: Any) -> None:
    hall = hall_of()
    browser = Client()
    browser.force_login(admin)
    assert "Which devices" in text(browser.get("/capacity/finder/"))
    wrong = browser.post("/capacity/finder/", {"count_0": "2"})
    assert wrong.status_code == 400
    form = {"device_type_0": server.pk, "count_0": "2", "arrange": "pack"}
    asked = browser.post("/capacity/finder/", form)
    assert asked.status_code == 302, text(asked)
    job = int(asked["Location"].rstrip("/").rsplit("/", 1)[1])
    assert "progress" in text(browser.get(asked["Location"]))
    assert jobs.run(job)
    shown = text(browser.get(asked["Location"]))
    assert hall.rack.name in shown
    assert "Reserve 2" in shown
    role = DeviceRoleFactory(name="Database")
    short = browser.post(f"{asked['Location']}reserve/", {"role": role.pk})
    refused = browser.get(short["Location"]).content.decode()
    assert "Give a role and how the names begin." in refused
    assert f'<option value="{role.pk}" selected>Database</option>' in refused
    form = {"name_prefix": "db-", "role": role.pk}
    done = browser.post(f"{asked['Location']}reserve/", form)
    assert done.status_code == 302
    assert Device.objects.filter(name__startswith="db-", status="planned").count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_page_asks_for_some_racks_alone(admin: Any, server: Any) -> None:
    first, second = hall_of(), hall_of()
    browser = Client()
    browser.force_login(admin)
    form = {"device_type_0": server.model, "count_0": "1", "racks": second.rack.name}
    wrong = text(browser.post("/capacity/finder/", {**form, "device_type_0": "Nothing"}))
    assert "Device 1: Choose one of the list." in wrong and second.rack.name in wrong
    asked = browser.post("/capacity/finder/", form)
    assert jobs.run(int(asked["Location"].rstrip("/").rsplit("/", 1)[1]))
    shown = text(browser.get(asked["Location"]))
    assert f"/dcim/racks/{second.rack.pk}/" in shown
    assert f"/dcim/racks/{first.rack.pk}/" not in shown
