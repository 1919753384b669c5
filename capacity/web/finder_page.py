"""The capacity finder: a form, the ranked answer drawn on the racks, and its reservation."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError as Unclear
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.safestring import SafeString
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
from core.web.choosers import Chooser
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
WHERE = {"sites": Site, "locations": Location, "racks": Rack, "roles": RackRole}
INPUT = {"class": "input"}
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
    try:
        role, tenant = (each.read(request.POST) for each in _of_reservation(actor(request)))
    except Unclear as fault:
        messages.error(request, " ".join(fault.messages))
        return here
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
    """The same for the form: a text, and the selects."""
    role, tenant = _of_reservation(user)
    return {
        "name_prefix": values.get("name_prefix", "")[:50],
        "role": role.html(values, **INPUT),
        "tenant": tenant.html(values, **INPUT),
    }


def _of_reservation(user: Any) -> tuple[Chooser, Chooser]:
    return Chooser(DeviceRole, "role", user), Chooser(Tenant, "tenant", user)


def _question(request: HttpRequest) -> Json:
    """The form as a question; empty fields are left out."""
    post, user = request.POST, actor(request)

    def chosen(each: Chooser, called: str) -> Any:
        try:
            return each.read(post)
        except Unclear as fault:
            raise ValidationError({called: fault.messages}) from None

    devices: list[Json] = []
    for row in range(ROWS):
        kind = chosen(Chooser(DeviceType, f"device_type_{row}", user), f"Device {row + 1}")
        if kind is None:
            continue
        found: Json = {"device_type": kind}
        found |= {
            name: post[f"{name}_{row}"] for name in NUMBERS if post.get(f"{name}_{row}", "").strip()
        }
        found.setdefault("count", 1)
        speed, ports = post.get(f"speed_{row}", ""), post.get(f"ports_{row}", "").strip()
        if speed and ports:
            found["ports"] = {speed: ports}
        devices.append(found)
    where: Json = {
        name: chosen(Chooser(model, name, user, multiple=True), name)
        for name, model in WHERE.items()
    }
    if tenant := chosen(Chooser(Tenant, "tenant", user), "tenant"):
        where["tenant"] = tenant
    wishes = {
        name: post[name]
        for name in ("arrange", "near", "apart", "at_most", "keep_percent", "date", "ports_from")
        if post.get(name, "").strip()
    }
    seconds = post.get("seconds", "").strip() or "10"
    return {"devices": devices, "where": where, "wishes": wishes, "seconds": seconds}


def _form(request: HttpRequest) -> Json:
    post, user = request.POST, actor(request)
    places = post.copy()
    if sites := request.GET.getlist("site"):
        places.setlist("sites", sites)

    def kind(row: int) -> SafeString:
        each = Chooser(DeviceType, f"device_type_{row}", user)
        return each.html(post, **INPUT, **{"aria-label": f"Device type, row {row + 1}"})

    return {
        "rows": [
            {
                "number": row,
                "type": kind(row),
                "speed": post.get(f"speed_{row}", ""),
                "ports": post.get(f"ports_{row}", ""),
                **{name: post.get(f"{name}_{row}", "") for name in NUMBERS},
            }
            for row in range(ROWS)
        ],
        **{
            name: Chooser(model, name, user, multiple=True).html(places)
            for name, model in WHERE.items()
        },
        "tenant": Chooser(Tenant, "tenant", user).html(post),
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
