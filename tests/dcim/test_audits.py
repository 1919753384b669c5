"""Audits of racks: what may be noted, by whom, and what becomes of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from dcim import audits
from dcim.models import Device, RackAudit, RackAuditLine
from racks.models import Rack
from tests.core.factories import UserFactory
from tests.core.pages import admin_client, row_names, statements, text
from tests.core.permits import permit, rest, somebody
from tests.dcim import factories as make
from tests.dcim.helpers import refused
from tests.races import while_open

LINES = "/api/dcim/rack-audit-lines/"
database = pytest.mark.django_db


def placed(rack: Rack, position: float | None, **values: Any) -> Device:
    kind = make.DeviceTypeFactory(u_height=1 if position else 0)
    place = {"position": position, "face": "front" if position else None}
    made: Device = make.DeviceFactory(
        rack=rack, site=rack.site, device_type=kind, **place, **values
    )
    return made


def walk_of(audit: RackAudit) -> str:
    return f"/dcim/rack-audits/{audit.pk}/walk/"


def mark(client: Client, audit: RackAudit, **fields: Any) -> Any:
    """What a script is told when it marks something."""
    answer = client.post(walk_of(audit), fields, headers={"Accept": "application/json"})
    assert answer.status_code in (200, 422)
    found = answer.json()
    assert bool(found["error"]) == (answer.status_code == 422)
    return found


def results(audit: RackAudit) -> dict[str, str]:
    lines = RackAuditLine.objects.filter(audit=audit)
    return {str(line): line.result for line in lines}


@pytest.fixture
def admin() -> APIClient:
    return rest(UserFactory(is_superuser=True))


# rules


@database
def test_a_line_fits_its_device_its_rack_and_its_result(admin: APIClient) -> None:
    audit = make.RackAuditFactory()
    here, elsewhere = placed(audit.rack, 3), placed(make.RackFactory(), 5)

    def fault(**body: Any) -> Any:
        answer = admin.post(LINES, {"audit": audit.pk, **body}, format="json")
        assert answer.status_code == 400, answer.json()
        return answer.json()

    assert "found here" in fault(device=elsewhere.pk, result="found")["result"][0]
    assert "recorded in this rack" in fault(device=here.pk, result="extra", position=4)["result"][0]
    assert "at which unit" in str(fault(device=here.pk, result="moved"))
    assert "no unit 99" in str(fault(device=here.pk, result="moved", position=99))
    assert "half a rack unit" in str(fault(device=here.pk, result="moved", position=4.2))
    assert "position of its own" in str(fault(device=here.pk, result="missing", position=4))
    assert "which device" in str(fault(label="grey box", result="found"))
    assert "none that is recorded" in str(fault(device=here.pk, result="unknown"))
    assert "what an unknown one is labelled" in str(fault(result="unknown"))
    good = {"audit": audit.pk, "device": elsewhere.pk, "result": "extra", "position": 7.5}
    made = admin.post(LINES, good, format="json").json()
    assert (made["recorded_rack"]["id"], made["recorded_position"]) == (elsewhere.rack_id, 5)
    twice = admin.post(LINES, good, format="json").json()
    assert "a line for this device already" in str(twice)
    box = {"audit": audit.pk, "label": "Grey box", "result": "unknown"}
    assert admin.post(LINES, box, format="json").status_code == 201
    twice = admin.post(LINES, {**box, "label": "GREY BOX"}, format="json").json()
    assert "unknown device already" in twice["label"][0]
    moved = admin.patch(made["url"], {"audit": make.RackAuditFactory().pk}, format="json")
    assert "stays with its audit" in str(moved.json())


@database
def test_a_rack_has_one_open_audit_and_a_finished_one_stays_as_it_is(admin: APIClient) -> None:
    audit = make.RackAuditFactory()
    placed(audit.rack, 1)
    line = make.RackAuditLineFactory(audit=audit)
    url = f"/api/dcim/rack-audits/{audit.pk}/"
    twice = admin.post("/api/dcim/rack-audits/", {"rack": audit.rack_id}, format="json")
    assert "Continue that one" in twice.json()["rack"][0]
    done = admin.patch(url, {"status": "finished"}, format="json").json()
    assert done["finished"] and done["finished_by"]
    assert (done["found_count"], done["unchecked_count"]) == (1, 1)
    assert "not opened again" in str(admin.patch(url, {"status": "open"}, format="json").json())
    address = f"{LINES}{line.pk}/"
    for body in ({"result": "missing"}, {"description": "later"}):
        assert "finished" in str(admin.patch(address, body, format="json").json())
    assert admin.delete(address).status_code == 400
    again = admin.post("/api/dcim/rack-audits/", {"rack": audit.rack_id}, format="json")
    assert again.status_code == 201
    assert admin.delete(url).status_code == 204 and not RackAuditLine.objects.exists()


@database
def test_the_line_of_a_deleted_device_keeps_its_name(admin: APIClient) -> None:
    line = make.RackAuditLineFactory()
    Device.objects.filter(pk=line.device_id).update(name="db-7", serial="S1", asset_tag="HR-1")
    RackAudit.objects.filter(pk=line.audit_id).update(
        status="finished", finished=line.checked, finished_by=line.user
    )
    assert admin.delete(f"/api/dcim/devices/{line.device_id}/").status_code == 204
    line.refresh_from_db()
    assert (line.device_id, line.label, line.result) == (None, "db-7 · S1 · HR-1", "found")


@database
def test_a_judgement_tells_who_and_when_and_a_note_does_not_change_that(admin: APIClient) -> None:
    line = make.RackAuditLineFactory()
    before = admin.get(f"{LINES}{line.pk}/").json()
    noted = admin.patch(before["url"], {"description": "dusty"}, format="json").json()
    assert (noted["user"], noted["checked"]) == (before["user"], before["checked"])
    judged = admin.patch(before["url"], {"result": "missing"}, format="json").json()
    assert judged["user"] != before["user"] and judged["checked"] > before["checked"]
    kind = {"changed_object_type": "dcim.rackauditline", "changed_object_id": line.pk}
    last = admin.get("/api/core/object-changes/", kind).json()["results"][0]
    assert last["postchange_data"]["result"] == "missing"


# races


@pytest.mark.django_db(transaction=True)
def test_what_is_noted_while_somebody_finishes_is_refused() -> None:
    audit, user = make.RackAuditFactory(), UserFactory(is_superuser=True)
    device, other = placed(audit.rack, 1), placed(audit.rack, 2)

    def finish() -> None:
        rest(user).patch(f"/api/dcim/rack-audits/{audit.pk}/", {"status": "finished"}, "json")

    def note() -> None:
        with refused("dcim_rackauditline_audit_open"):
            make.RackAuditLineFactory(audit_id=audit.pk, device=device, user=user)

    assert while_open(finish, note) is None
    assert set(results(audit).values()) == {"unchecked"}
    assert RackAuditLine.objects.filter(device=other).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_tick_the_same_device_or_begin_the_same_audit_share_a_line_and_an_audit() -> None:
    rack = make.RackFactory()
    device = placed(rack, 1)
    one, other = (UserFactory(is_superuser=True) for _ in range(2))
    begun: list[int] = []
    for user in (one, other):
        first = lambda user=user: begun.append(audits.begin(rack.pk, user))  # noqa: E731
        while_open(first, lambda: begun.append(audits.begin(rack.pk, other)))
    assert len(set(begun)) == 1
    about = {"device": device.pk}

    def tick(user: Any, result: str) -> int:
        return audits.judge(begun[0], about, {"result": result}, user)

    assert while_open(lambda: tick(one, "found"), lambda: tick(other, "missing")) is None
    [line] = RackAuditLine.objects.all()
    assert (line.result, line.user) == ("missing", other)


# pages


@database
def test_a_rack_is_walked_from_the_top_and_ends_in_a_report() -> None:
    client, rack = admin_client(), make.RackFactory(name="A1", u_height=10)
    top, low = placed(rack, 9, name="top"), placed(rack, 2, name="low", serial="LOW1")
    pdu = placed(rack, None, name="pdu")
    guest = placed(make.RackFactory(name="B7"), 5, name="guest", serial="G1")
    assert f"/dcim/racks/{rack.pk}/audit/" in text(client.get(f"/dcim/racks/{rack.pk}/"))
    assert "3 devices" in text(client.get(f"/dcim/racks/{rack.pk}/audit/"))
    answer = client.post(f"/dcim/racks/{rack.pk}/audit/")
    audit = RackAudit.objects.get()
    assert answer["Location"] == walk_of(audit)
    assert client.get(f"/dcim/racks/{rack.pk}/audit/")["Location"] == walk_of(audit)
    shown = text(client.get(walk_of(audit)))
    assert re.findall(r'<li class="audit-row" id="d(\d+)"', shown) == [
        str(device.pk) for device in (top, low, pdu)
    ]
    assert "camera=(self)" in client.get(walk_of(audit))["Permissions-Policy"]
    # Without scripts: a form, then the page again.
    answer = client.post(walk_of(audit), {"device": top.pk, "result": "found"})
    assert answer["Location"] == f"{walk_of(audit)}#d{top.pk}"
    assert "1 of 3 checked" in text(client.get(walk_of(audit)))
    found = mark(client, audit, code="low1")
    assert found["key"] == f"d{low.pk}" and "2 of 3 checked" in found["progress"]
    found = mark(client, audit, code=f"http://testserver/dcim/devices/{guest.pk}/")
    assert "is recorded in rack B7" in found["notice"] and not found["row"]
    assert "guest" not in results(audit)
    found = mark(client, audit, device=guest.pk, result="extra", position="U4", face="front")
    assert "Found here: U4, front" in found["row"]
    assert "No device that you may see" in mark(client, audit, code="NEW-1")["notice"]
    mark(client, audit, code="NEW-1", result="unknown", position="5", description="no rails")
    mark(client, audit, code="new-1", result="unknown", position="6")
    assert "no unit" in mark(client, audit, device=low.pk, result="moved", position="x")["error"]
    assert (
        "no unit 77" in mark(client, audit, device=low.pk, result="moved", position="77")["error"]
    )
    mark(client, audit, device=low.pk, result="moved", position="3,5")
    assert results(audit) == {"top": "found", "low": "moved", "guest": "extra", "NEW-1": "unknown"}
    assert "1 device is not checked" in text(client.get(f"/dcim/rack-audits/{audit.pk}/finish/"))
    client.post(f"/dcim/rack-audits/{audit.pk}/finish/", {"comments": "done by torch"})
    page = text(client.get(f"/dcim/rack-audits/{audit.pk}/"))
    for told in ("2 of 3 checked", "done by torch", "U3.5", "B7", "no rails", "To do"):
        assert told in page, told
    assert f"/dcim/devices/{guest.pk}/edit/?rack={rack.pk}" in page
    assert f"/dcim/devices/add/?rack={rack.pk}" in page and "serial=NEW-1" in page
    sheet = re.search(r'href="(/dcim/rack-audit-lines/export/[^"]*)"', page)
    assert sheet
    rows = b"".join(client.get(sheet[1].replace("&amp;", "&"))).decode()  # type: ignore[arg-type]
    assert len(rows.splitlines()) == 6 and "unchecked" in rows
    assert client.get(walk_of(audit))["Location"] == f"/dcim/rack-audits/{audit.pk}/"
    assert "finished" in text(
        client.post(walk_of(audit), {"device": top.pk, "result": ""}, follow=True)
    )
    # Nothing of it changed the inventory.
    assert Device.objects.get(pk=guest.pk).rack_id != rack.pk
    assert Device.objects.get(pk=low.pk).position == 2
    assert "1 found" in text(client.get(f"/dcim/racks/{rack.pk}/"))
    assert "Last audited" in text(client.get("/dcim/racks/?columns=name,last_audited"))


@database
def test_racks_are_found_and_ordered_by_their_last_audit(admin: APIClient) -> None:
    for name, days in (("old", [3, 9]), ("new", [5, 20]), ("never", []), ("open", [])):
        rack = make.RackFactory(name=name)
        for day in days:
            audit = make.RackAuditFactory(rack=rack)
            finished = f"2026-03-{day:02}T12:00:00Z"
            RackAudit.objects.filter(pk=audit.pk).update(
                status="finished", finished=finished, finished_by=audit.user
            )
        if name == "open":
            make.RackAuditFactory(rack=rack)

    def found(query: str, who: APIClient = admin) -> list[str]:
        answer = who.get(f"/api/dcim/racks/?{query}")
        assert answer.status_code == 200, answer.json()
        return [row["name"] for row in answer.json()["results"]]

    assert found("last_audited__lt=2026-03-10") == ["old"]
    assert found("last_audited__gte=2026-03-09T12:00:00Z&ordering=-last_audited") == ["new", "old"]
    assert found("last_audited__empty=true&ordering=name") == ["never", "open"]
    assert found("ordering=last_audited,name") == ["old", "new", "never", "open"]
    assert admin.get("/api/dcim/racks/?last_audited__lt=soon").status_code == 400
    # Whoever may not see audits learns nothing of them.
    blind = somebody("dcim.rack", "view")
    assert found("last_audited__lt=2026-03-10", rest(blind)) == []
    assert found("ordering=-last_audited,name", rest(blind)) == ["never", "new", "old", "open"]

    client, list_page = admin_client(), "/dcim/racks/?columns=name,last_audited"
    page = text(client.get(f"{list_page}&sort=-last_audited&last_audited__lte=2026-03-21"))
    assert row_names(page) == ["new", "old"]
    assert 'aria-sort="descending"' in page and "2026-03-20" in page
    assert re.search(r"chip-active.*?Last audited", page)
    assert 'name="last_audited__gte"' in page
    few = statements(client, f"{list_page}&sort=last_audited")
    for _ in range(3):
        make.RackFactory()
    assert statements(client, f"{list_page}&sort=last_audited") == few


@database
def test_what_follows_from_an_audit_is_proposed_in_the_device_s_form_and_done_by_it_alone() -> None:
    client, line = admin_client(), make.RackAuditLineFactory(result="missing")
    page = text(client.get(f"/dcim/rack-audits/{line.audit_id}/"))
    edit = re.search(r'href="(/dcim/devices/\d+/edit/\?status=offline[^"]*)"', page)
    assert edit
    form = text(client.get(edit[1].replace("&amp;", "&")))
    assert '<option value="offline" selected>' in form
    assert Device.objects.get(pk=line.device_id).status == "active"
    Device.objects.filter(pk=line.device_id).update(status="offline")
    assert ">Done<" in text(client.get(f"/dcim/rack-audits/{line.audit_id}/"))


@database
def test_a_tick_is_taken_back_and_notes_are_kept() -> None:
    client, audit = admin_client(), make.RackAuditFactory()
    device = placed(audit.rack, 1, name="one")
    mark(client, audit, device=device.pk, result="missing", description="cables are there")
    mark(client, audit, device=device.pk, result="found")
    line = RackAuditLine.objects.get()
    assert (line.result, line.description) == ("found", "cables are there")
    assert 'data-result=""' in mark(client, audit, device=device.pk, result="")["row"]
    assert results(audit) == {}
    assert mark(client, audit, code=" ")["error"]
    assert mark(client, audit, device="x", result="found")["error"]
    assert mark(client, audit, device=device.pk, result="burnt")["error"]
    assert mark(client, audit, device=999_999, result="found")["error"]
    assert (
        "which is no device"
        in mark(client, audit, code=f"http://testserver/dcim/racks/{audit.rack_id}/")["error"]
    )


@database
def test_who_may_see_little_audits_that_and_finds_nothing_else() -> None:
    audit = make.RackAuditFactory()
    ours, theirs = placed(audit.rack, 1, name="ours"), placed(audit.rack, 2, name="theirs")
    user = somebody("dcim.rack", "view")
    permit(user, "dcim.device", "view", {"name": "ours"})
    client = Client()
    client.force_login(user)
    assert client.get(walk_of(audit)).status_code == 404
    permit(user, "dcim.rackaudit dcim.rackauditline", "view")
    assert client.get(walk_of(audit)).status_code == 302
    assert client.post(walk_of(audit), {"device": ours.pk, "result": "found"}).status_code == 403
    permit(user, "dcim.rackaudit dcim.rackauditline", "add change delete")
    shown = text(client.get(walk_of(audit)))
    assert "ours" in shown and "theirs" not in shown and "0 of 1 checked" in shown
    assert mark(client, audit, device=theirs.pk, result="found")["error"]
    assert "No device" in mark(client, audit, code="theirs")["notice"]
    client.post(f"/dcim/rack-audits/{audit.pk}/finish/")
    assert results(audit) == {"ours": "unchecked"}
    assert "theirs" not in text(client.get(f"/dcim/rack-audits/{audit.pk}/"))


@database
def test_a_walk_costs_a_fixed_number_of_statements() -> None:
    client, audit = admin_client(), make.RackAuditFactory()
    for position in (1, 2):
        make.RackAuditLineFactory(audit=audit, device=placed(audit.rack, position))
    few = statements(client, walk_of(audit))
    for position in range(3, 12):
        make.RackAuditLineFactory(audit=audit, device=placed(audit.rack, position))
    assert statements(client, walk_of(audit)) == few


@database
def test_scanning_a_rack_or_its_device_leads_to_the_rack_s_audit() -> None:
    client, rack = admin_client(), make.RackFactory(name="A1")
    device = placed(rack, 1, name="db-7")
    loose = make.DeviceFactory(name="loose")
    for code in ("A1", "db-7", f"http://testserver/dcim/devices/{device.pk}/"):
        answer = client.get("/scan/", {"code": code, "mode": "audit"})
        assert answer["Location"] == f"/dcim/racks/{rack.pk}/audit/"
    shown = text(client.get("/scan/", {"code": loose.name, "mode": "audit"}))
    assert "no rack and stands in none" in shown
