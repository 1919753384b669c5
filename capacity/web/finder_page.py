"""The capacity finder: a form, the ranked answer drawn on the racks, and its reservation."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.exceptions import ValidationError

from capacity.api import enqueue, found
from capacity.engine.placement import Level
from capacity.finder import service
from capacity.finder.asking import ARRANGE, question
from capacity.finder.work import KIND
from capacity.models import Utilization
from capacity.queries import speeds
from capacity.web.rack_drawing import drawings
from core import access, jobs
from core.registry import of_model
from core.web.page import actor, may, page, require, root
from dcim.models import Device, DeviceRole, DeviceType
from facilities.models import Location, Site, Tenant
from power.reckoning import Json
from racks.models import Rack, RackRole

ROWS = 4
RESERVATION = ("name_prefix", "role", "tenant")
NUMBERS = ("count", "feeds", "watts", "weight_kg")
LEVELS = [level.value for level in Level]
CHOICES = {"arrange": list(ARRANGE), "near": LEVELS, "apart": LEVELS}
PLAIN = ("at_most", "keep_percent", "date")
SHOWN = 200  # devices that a list is opened for
STATUS = {
    "optimal": ("good", "All fit; no better answer exists"),
    "feasible": ("good", "All fit"),
    "infeasible": ("bad", "Not all fit"),
    "unknown": ("warn", "Time ended before it was known whether all fit"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@page
def ask(request: HttpRequest) -> HttpResponse:
    """The form; a question that can be asked goes to a worker."""
    require(request, access.VIEW, of_model(Utilization))
    context: dict[str, Any] = {"faults": []}
    if request.method == "POST":
        try:
            given = _question(request)
            question(given, actor(request))
            record = enqueue(given, actor(request))
        except ValidationError as fault:
            context["faults"] = _sentences(fault.detail)
        else:
            return HttpResponseRedirect(f"{root()}/capacity/finder/{record.pk}/")
    context |= _form(request)
    return render(
        request, "capacity/finder.html", context, status=400 if context["faults"] else 200
    )


@require_safe
@page
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """What was found, or how far the search is."""
    record = jobs.visible(actor(request)).filter(pk=pk, kind=KIND).first()
    if record is None:
        raise Http404(f"There is no search {pk}.")
    context: dict[str, Any] = {"job": record, "open": record.status in jobs.OPEN}
    context |= {"given": _given(request.GET, actor(request)), "kept": _kept(request.GET)}
    answer = record.data.get("answer") if isinstance(record.data, dict) else None
    if answer:
        context |= _answer(request, answer)
    live = getattr(request, "htmx", False) and "live" in request.GET
    name = "capacity/_found.html" if live else "capacity/found.html"
    return render(request, name, context)


@require_POST
@page
def reserve(request: HttpRequest, pk: int) -> HttpResponse:
    """Make planned devices of the answer; where a place was taken the finder runs again."""
    kept = _kept(request.POST)
    here = HttpResponseRedirect(f"{root()}/capacity/finder/{pk}/?{kept}")
    record = found(pk, actor(request))
    if record is None:
        raise Http404(f"There is no answer of a search {pk}.")
    prefix = request.POST.get("name_prefix", "").strip()[:50]
    role, tenant = (_number(request.POST.get(name, "")) for name in ("role", "tenant"))
    if not prefix or not role:
        messages.error(request, "Give a role and how the names begin.")
        return here
    try:
        made = service.reserve(
            record.data["question"],
            record.data["answer"],
            actor(request),
            role=role,
            prefix=prefix,
            tenant=tenant,
        )
    except service.Taken as taken:
        again = enqueue(record.data["question"], actor(request))
        messages.error(request, f"Nothing was written: {taken} The finder runs again.")
        return HttpResponseRedirect(f"{root()}/capacity/finder/{again.pk}/?{kept}")
    except ValidationError as fault:
        messages.error(request, " ".join(_sentences(fault.detail)))
        return here
    messages.success(request, f"{len(made)} planned devices were made, with their reservations.")
    return HttpResponseRedirect(
        f"{root()}/dcim/devices/?" + "&".join(f"id={pk}" for pk in made[:200])
    )


def _kept(values: QueryDict) -> str:
    """What was written into the form of the reservation, for the address of the page after it."""
    return urlencode({name: str(values[name]) for name in RESERVATION if values.get(name)})


def _given(values: QueryDict, user: Any) -> Json:
    """The same for the form: a text, and the rows chosen."""
    return {
        "name_prefix": values.get("name_prefix", "")[:50],
        "role": _rows(DeviceRole, values.getlist("role"), user),
        "tenant": _rows(Tenant, values.getlist("tenant"), user),
    }


def _rows(model: Any, given: list[str], user: Any) -> list[tuple[int, str]]:
    """Id and name of the rows with these ids that the user may see."""
    ids = [pk for value in given if (pk := _number(value)) is not None]
    rows = access.visible(model, user).filter(pk__in=ids).order_by("pk")
    return [(row.pk, str(row)) for row in rows]


def _question(request: HttpRequest) -> Json:
    """The form as a question; empty fields are left out."""
    post = request.POST
    devices: list[Json] = []
    for row in range(ROWS):
        if not post.get(f"device_type_{row}"):
            continue
        found: Json = {"device_type": post[f"device_type_{row}"]}
        found |= {
            name: post[f"{name}_{row}"] for name in NUMBERS if post.get(f"{name}_{row}", "").strip()
        }
        found.setdefault("count", 1)
        speed, ports = post.get(f"speed_{row}", ""), post.get(f"ports_{row}", "").strip()
        if speed and ports:
            found["ports"] = {speed: ports}
        devices.append(found)
    where: Json = {
        name: [value for value in post.getlist(name) if value]
        for name in ("sites", "locations", "racks", "roles")
    }
    if post.get("tenant"):
        where["tenant"] = post["tenant"]
    wishes = {
        name: post[name]
        for name in ("arrange", "near", "apart", "at_most", "keep_percent", "date", "ports_from")
        if post.get(name, "").strip()
    }
    seconds = post.get("seconds", "").strip() or "10"
    return {"devices": devices, "where": where, "wishes": wishes, "seconds": seconds}


def _form(request: HttpRequest) -> Json:
    post, user = request.POST, actor(request)

    def chosen(model: Any, name: str) -> list[tuple[int, str]]:
        return _rows(model, post.getlist(name), user)

    return {
        "rows": [
            {
                "number": row,
                "type": chosen(DeviceType, f"device_type_{row}"),
                "speed": post.get(f"speed_{row}", ""),
                "ports": post.get(f"ports_{row}", ""),
                **{name: post.get(f"{name}_{row}", "") for name in NUMBERS},
            }
            for row in range(ROWS)
        ],
        "sites": _rows(Site, request.GET.getlist("site"), user) or chosen(Site, "sites"),
        "locations": chosen(Location, "locations"),
        "racks": chosen(Rack, "racks"),
        "roles": chosen(RackRole, "roles"),
        "tenant": chosen(Tenant, "tenant"),
        "given": {
            name: post.get(name, "") for name in (*CHOICES, "at_most", "keep_percent", "date")
        },
        "choices": CHOICES,
        "speeds": speeds()[0],
    }


def _answer(request: HttpRequest, answer: Json) -> Json:
    """The answer by rack, the racks in the order in which the solver fills them."""
    racks: dict[int, list[Json]] = defaultdict(list)
    for each in answer["positions"]:
        racks[each["rack_id"]].append(each)
    heights = [item["u_height"] for item in answer["items"]]
    seen = {pk: rows for pk, rows in racks.items() if not rows[0]["rack"].get("hidden")}
    pictures = drawings([each for rows in seen.values() for each in rows], heights)
    tone, sentence = STATUS[answer["status"]]
    return {
        "answer": answer,
        "tone": tone,
        "sentence": sentence,
        "racks": [
            {
                "rack": rows[0]["rack"],
                "url": f"{root()}/dcim/racks/{pk}/",
                "drawing": pictures.get(pk, ""),
                "count": len(rows),
                "feeds": sorted(
                    {feed.get("display", "—") for row in rows for feed in row["feeds"]}
                ),
                "rows": sorted(rows, key=lambda row: -(row["position"] or 0)),
            }
            for pk, rows in seen.items()
        ],
        "may_reserve": answer["fits"] == answer["asked"]
        and answer["verified"]
        and may(request, of_model(Device), "add"),
        "role": of_model(DeviceRole),
    }


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _sentences(detail: Any) -> list[str]:
    """What is wrong, each with the field it is about."""
    if isinstance(detail, dict):
        return [
            text if name == "non_field_errors" else f"{str(name).replace('_', ' ')}: {text}"
            for name, inner in detail.items()
            for text in _sentences(inner)
        ]
    if isinstance(detail, list):
        return [text for inner in detail for text in _sentences(inner)]
    return [str(detail)]
