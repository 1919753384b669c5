"""The pages of audits: begin, walk past a rack, finish, and the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from core import access, preferences, write
from core.errors import Denied, Invalid
from core.gather import Lookup, Steps
from core.registry import of_model
from core.web import scan
from core.web.middleware import with_camera
from core.web.page import actor, address, may, page, reading, root, visible_or_404
from core.web.panels import RecordAction
from dcim import audit_lines, audits
from dcim.audit_lines import Row, Walk
from dcim.choices import AuditResult, AuditStatus, DeviceStatus, Face
from dcim.models import Device, RackAudit, RackAuditLine
from racks.models import Rack

JUDGEMENTS = [value for value in AuditResult.values if value != AuditResult.UNCHECKED]
LABEL_MAX = 200
SHOWN = 3  # audits on a rack's page


@dataclass
class Marked:
    """What a mark did: the row it is about, what to ask further, or what is wrong."""

    key: str = ""
    notice: dict[str, Any] | None = None
    error: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@page
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with the rack's open audit, or ask whether to start one; POST starts it."""
    visible_or_404(request, of_model(Rack), pk)
    opened = access.visible(RackAudit, actor(request)).filter(rack=pk, status=AuditStatus.OPEN)
    if (audit := opened.values_list("pk", flat=True).first()) is not None:
        return HttpResponseRedirect(audit_lines.page_of(audit, "walk"))
    if not may_begin(request):
        raise PermissionDenied
    if request.method == "POST":
        try:
            return HttpResponseRedirect(
                audit_lines.page_of(audits.begin(pk, actor(request)), "walk")
            )
        except Invalid as error:
            messages.error(request, audits.sentences(error))
    resource = of_model(Rack)
    rack = resource.reader(("id", "display")).by_id([pk], reading(request))[pk]
    devices = access.visible(Device, actor(request)).filter(rack=pk).count()
    context = {"resource": resource, "rack": rack, "devices": devices}
    return render(request, "dcim/audit_begin.html", context)


def may_note(request: HttpRequest) -> bool:
    """Whether the user may note anything in audits."""
    line = of_model(RackAuditLine)
    return all(may(request, line, action) for action in (access.ADD, access.CHANGE))


def _open_audit(request: HttpRequest, pk: int) -> tuple[int, bool]:
    """The audit's rack, and whether it is open. Raises Http404 for what may not be seen."""
    rows = access.visible(RackAudit, actor(request)).filter(pk=pk)
    found = rows.values_list("rack", "status").first()
    if found is None or not access.visible(Rack, actor(request)).filter(pk=found[0]).exists():
        raise Http404(f"There is no rack audit {pk}.")
    return found[0], found[1] == AuditStatus.OPEN


@require_http_methods(["GET", "HEAD", "POST"])
@page
def walk(request: HttpRequest, pk: int) -> HttpResponse:
    """The rack's devices from the top, to be ticked; POST notes one of them.

    Scripts get what changed as JSON, forms the page again.
    """
    rack, is_open = _open_audit(request, pk)
    scripted = "application/json" in request.headers.get("Accept", "")
    if request.method != "POST":
        if not is_open or not may_note(request):
            return HttpResponseRedirect(audit_lines.page_of(pk))
        return _show_walk(request, pk, rack, None)
    if not may_note(request):
        raise PermissionDenied
    marked = _mark(request, pk, rack)
    if scripted:
        return _told(request, pk, rack, marked)
    if marked.error:
        messages.error(request, marked.error)
    if marked.notice:
        return _show_walk(request, pk, rack, marked.notice)
    return HttpResponseRedirect(f"{audit_lines.page_of(pk, 'walk')}#{marked.key}")


def _context(request: HttpRequest, found: Walk) -> dict[str, Any]:
    return {
        "walk": found,
        "action": audit_lines.page_of(found.audit, "walk"),
        "finish": audit_lines.page_of(found.audit, "finish"),
        "report": audit_lines.page_of(found.audit),
        "faces": Face.choices,
        "rack_url": address(of_model(Rack), found.rack["id"]),
    }


def _show_walk(
    request: HttpRequest, pk: int, rack: int, notice: dict[str, Any] | None
) -> HttpResponse:
    found = audit_lines.load(pk, rack, reading(request), live=True)
    context = {**_context(request, found), "notice": notice, "resource": of_model(Rack)}
    return with_camera(render(request, "dcim/audit_walk.html", context))


def _told(request: HttpRequest, pk: int, rack: int, marked: Marked) -> HttpResponse:
    found = audit_lines.load(pk, rack, reading(request), live=True)
    context = _context(request, found)
    row = next((row for row in found.every if row.key == marked.key), None)
    answer = {
        "key": marked.key,
        "error": marked.error,
        "progress": render_to_string("dcim/_audit_progress.html", context, request),
        "row": render_to_string("dcim/_audit_row.html", {**context, "row": row}, request)
        if row
        else "",
        "notice": render_to_string(
            "dcim/_audit_notice.html", {**context, "notice": marked.notice}, request
        )
        if marked.notice
        else "",
    }
    return JsonResponse(answer, status=422 if marked.error else 200)


# marking


def _mark(request: HttpRequest, audit: int, rack: int) -> Marked:
    """Do what the form says; what is wrong is told, not raised."""
    given = request.POST
    device, line = _number(given.get("device")), _number(given.get("line"))
    result, code = given.get("result", ""), scan.cleaned(given.get("code", ""))
    key = f"d{device}" if device else f"l{line}" if line else ""
    try:
        if result == "" and (device or line):
            return Marked(_take_back(request, audit, device, line))
        if result and result not in JUDGEMENTS:
            return Marked(key, error="Say whether it is there.")
        if device:
            return Marked(_note(request, audit, {"device": device}, result))
        if result == AuditResult.UNKNOWN and code:
            return Marked(_note(request, audit, {"label": code[:LABEL_MAX]}, result))
        if code:
            return _look_up(request, audit, rack, code)
    except Denied as error:
        return Marked(key, error=error.sentence)
    except Invalid as error:
        return Marked(key, error=audits.sentences(error))
    return Marked(key, error="Scan or type what is on the label.")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def _note(request: HttpRequest, audit: int, about: dict[str, Any], result: str) -> str:
    given = request.POST
    values: dict[str, Any] = {"result": result}
    if "position" in given:
        values["position"] = _position(given["position"])
        values["face"] = given.get("face") or None
    if "description" in given:
        values["description"] = given["description"].strip()
    line = audits.judge(audit, about, values, actor(request))
    return f"d{about['device']}" if "device" in about else f"l{line}"


def _position(text: str) -> Decimal | None:
    """A unit as people write it: `12`, `U12`, `12.5`. Raises Invalid for another text."""
    bare = text.strip().upper().removeprefix("U").replace(",", ".")
    if not bare:
        return None
    try:
        found = Decimal(bare)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > 999:
        raise Invalid.one(
            "position", f"{text.strip()[:20]} is no unit. Write a number, such as 12."
        )
    return found


def _take_back(request: HttpRequest, audit: int, device: int | None, line: int | None) -> str:
    user, resource = actor(request), of_model(RackAuditLine)
    rows = access.visible(RackAuditLine, user).filter(audit=audit)
    rows = rows.filter(device=device) if device else rows.filter(pk=line or 0)
    found = list(rows.values_list("pk", flat=True))
    if found:
        if access.outside(RackAuditLine, found, user, access.DELETE):
            raise Denied([{"id": ["You may not take back what was noted."]}])
        write.delete(resource, found, user)
    return f"d{device}" if device else f"l{line}"


def _look_up(request: HttpRequest, audit: int, rack: int, code: str) -> Marked:
    """Tick the device of this rack that a code means; ask about one from elsewhere."""
    devices = _meant(request, code)
    if isinstance(devices, str):
        return Marked(error=devices)
    rows = Device.objects.filter(pk__in=devices)
    here = list(rows.filter(rack=rack).values_list("pk", flat=True))
    if len(here) == 1:
        audits.judge(audit, {"device": here[0]}, {"result": AuditResult.FOUND}, actor(request))
        return Marked(f"d{here[0]}")
    names = ("id", "display", "rack", "position", "site", "serial", "asset_tag", "device_type")
    found = of_model(Device).reader(names).by_id(here or devices, reading(request))
    result = AuditResult.FOUND if here else AuditResult.EXTRA
    return Marked(
        notice={"code": code, "devices": list(found.values()), "result": result.value, "here": here}
    )


def _meant(request: HttpRequest, code: str) -> list[int] | str:
    """The devices that a code may mean, or a sentence that says why it means none."""
    if scan.is_address(code):
        found = scan.record_at(request, code)
        if isinstance(found, str):
            return found
        if found[0].model is not Device:
            return f"The code is of {found[0].name} {found[1]}, which is no device."
        return [found[1]]
    path = of_model(Device).path
    return [row[1] for row in scan.looked_up(request, code) if row[0] == path]


# the end


@require_http_methods(["GET", "HEAD", "POST"])
@page
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """What was noted and what not; POST ends the audit."""
    rack, is_open = _open_audit(request, pk)
    if not is_open:
        return HttpResponseRedirect(audit_lines.page_of(pk))
    if access.outside(RackAudit, [pk], actor(request), access.CHANGE):
        raise PermissionDenied
    if request.method == "POST":
        values: dict[str, Any] = {"status": AuditStatus.FINISHED}
        if text := request.POST.get("comments", "").strip():
            values["comments"] = text
        try:
            write.update(of_model(RackAudit), [(pk, values)], actor(request))
        except Invalid as error:
            messages.error(request, audits.sentences(error))
        else:
            messages.success(request, "The audit is finished. This is its report.")
        return HttpResponseRedirect(audit_lines.page_of(pk))
    found = audit_lines.load(pk, rack, reading(request), live=True)
    context = {**_context(request, found), "resource": of_model(Rack)}
    return render(request, "dcim/audit_finish.html", context)


def report(request: HttpRequest, pk: int, context: dict[str, Any]) -> str | None:
    """The panel of an audit's page: how far it is, or what it found and what can be done."""
    try:
        rack, is_open = _open_audit(request, pk)
    except Http404:
        return None  # the rack is one that the user may not see
    found = audit_lines.load(pk, rack, reading(request), live=is_open)
    columns = "recorded_position,device,label,result,position,face,recorded_rack,description"
    query = {"audit_id": pk, "format": "csv", "columns": f"{columns},user,checked"}
    groups = [
        (result, audit_lines.TONES[result], [(row, _next(request, found, row)) for row in rows])
        for result, rows in found.groups()
    ]
    shown = {
        **_context(request, found),
        "is_open": is_open,
        "may_note": may_note(request),
        "groups": groups,
        "csv": f"{address(of_model(RackAuditLine), action='export')}?{urlencode(query)}",
        "row": context["row"],
    }
    return render_to_string("dcim/audit_report.html", shown, request)


def _next(request: HttpRequest, found: Walk, row: Row) -> tuple[str, str] | None:
    """What the record needs after this line: label and address of the form that does it.

    An empty address where it is done; None where there is nothing to do or the user may not.
    """
    back = audit_lines.page_of(found.audit)
    line, rack, resource = row.line, found.rack, of_model(Device)
    if line is None:
        return None
    place: dict[str, Any] = {"rack": rack["id"]}
    place |= {name: rack[name]["id"] for name in ("site", "location") if rack[name]}
    if line["position"] is not None:
        place |= {
            "position": f"{line['position']:g}",
            "face": (line["face"] or {}).get("value", ""),
        }
    if row.device is None:
        if row.result != AuditResult.UNKNOWN or not may(request, resource, access.ADD):
            return None
        query = {**place, "serial": line["label"][:50], "return": back}
        return "Add it", f"{address(resource, action='add')}?{urlencode(query)}"
    if not may(request, resource, access.CHANGE):
        return None
    device, label, query = row.device, "", {}
    if row.result == AuditResult.MISSING:
        done = device["status"]["value"] != DeviceStatus.ACTIVE or not _in(device, rack)
        label, query = "Set it offline", {"status": DeviceStatus.OFFLINE.value}
    elif row.result == AuditResult.MOVED:
        done = device["position"] == line["position"]
        label = "Move it in the record"
        query = {name: place[name] for name in ("position", "face") if place.get(name)}
    elif row.result == AuditResult.EXTRA:
        done = _in(device, rack)
        label, query = "Move it here in the record", place
    else:
        return None
    if done:
        return "Done", ""
    query["return"] = back
    return label, f"{address(resource, device['id'], 'edit')}?{urlencode(query)}"


def _in(device: dict[str, Any], rack: dict[str, Any]) -> bool:
    return bool(device["rack"] and device["rack"]["id"] == rack["id"])


def may_begin(request: HttpRequest) -> bool:
    """Whether the user may audit racks."""
    return may_note(request) and may(request, of_model(RackAudit), access.ADD)


def rack_actions(request: HttpRequest, pk: int, context: dict[str, Any]) -> list[RecordAction]:
    """The audit of a rack, for those who may."""
    if not may_begin(request):
        return []
    return [RecordAction("Audit", "clipboard-check", f"{root()}/dcim/racks/{pk}/audit/")]


# The latest audits of a rack.
_LATEST = Lookup(
    lambda given, user: (
        of_model(RackAudit).queryset(user).filter(given("rack_id")).values_list("pk")[:SHOWN]
    )
)


def rack_panel(request: HttpRequest, pk: int, context: dict[str, Any]) -> Steps:
    """The rack's latest audits."""
    resource = of_model(RackAudit)
    if not may(request, resource, access.VIEW):
        return None
    reads = reading(request)
    ids = [audit for (audit,) in (yield _LATEST.fetch([pk], reads.user))]
    if not ids:
        return None
    counts = (f"{result.value}_count" for result in AuditResult)
    names = ("id", "status", "created", "finished", "user", "finished_by", *counts)
    found = yield resource.reader(names).among(ids, reads)
    if not found:
        return None
    shown = {"audits": [(found[each], audit_lines.page_of(each)) for each in ids if each in found]}
    return render_to_string("dcim/audit_panel.html", shown, request)


def last_audited(request: HttpRequest, racks: Sequence[int]) -> dict[int, SafeString]:
    """When racks were last audited to the end, linked to the report. One statement."""
    rows = (
        access.visible(RackAudit, actor(request))
        .filter(rack__in=racks, finished__isnull=False)
        .order_by("rack", "-finished")
        .distinct("rack")
        .values_list("rack", "pk", "finished")
    )
    return {
        rack: format_html(
            '<a class="figures" href="{}">{}</a>',
            audit_lines.page_of(pk),
            preferences.day(timezone.localtime(day).date()),
        )
        for rack, pk, day in rows
    }
