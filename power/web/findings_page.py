"""The page of what is wrong with the power chain or missing from its record."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ValidationError

from core import access
from core.read import ReadContext
from core.registry import of_model
from core.transfer.formats import write
from core.web.page import actor, address, page, reading, require, root
from dcim.models import Device
from facilities.models import Site
from power import findings
from power.api.asked import Asked, asked
from power.api.views import listed
from power.models import PowerPanel
from power.reckoning import Reckoning
from power.web.shown import called, line, page_of
from power.web.units import kilo

ROWS_A_PAGE = 100
NODE_COLUMNS = (
    *("node", "kind", "object_id", "load_w", "load_va", "worst_w", "worst_va", "worst_percent"),
    *("cause", "usable_w", "usable_va", "imbalance_percent"),
)
DEVICE_COLUMNS = ("device", "device_id", "role", "tenant", "rack", "watts", "basis", "shared")


@require_safe
@page
def show(request: HttpRequest) -> HttpResponse:
    """Kinds of findings with a count each and one as a list, or that list as CSV.

    A finding without a list in the address is the first that has rows.
    """
    require(request, access.VIEW, of_model(PowerPanel))
    given = request.GET
    try:
        query = asked(
            [word for word in given.getlist("site") if word],
            [word for word in given.getlist("location") if word],
            given.get("basis"),
            actor(request),
        )
    except ValidationError as error:
        raise Http404(str(error.detail)) from error
    found, context = query.reckoning(), reading(request)
    counts = {
        each.name: listed(query, found, each.name, context, slice(0, 0))[0]
        for each in findings.FINDINGS
    }
    name = given.get("list") or next((n for n, count in counts.items() if count), "overloaded")
    if name not in findings.BY_NAME:
        raise Http404(f"There is no finding {name[:100]}.")
    if given.get("export") == "csv":
        return _csv(query, found, name, context)
    return _page(request, query, found, counts, name)


def _page(
    request: HttpRequest, query: Asked, found: Reckoning, counts: dict[str, int], name: str
) -> HttpResponse:
    finding, context = findings.BY_NAME[name], reading(request)
    asked_for = request.GET.get("page", "1")
    number = int(asked_for) if asked_for.isascii() and asked_for.isdecimal() else 1
    pages = max(1, -(-counts[name] // ROWS_A_PAGE))
    number = min(max(number, 1), pages)
    start = (number - 1) * ROWS_A_PAGE
    _, rows = listed(query, found, name, context, slice(start, start + ROWS_A_PAGE))
    sites = access.visible(Site, actor(request)).order_by("name").values_list("pk", "name")
    shown = {
        "finding": finding,
        "kinds": [
            (each, counts[each.name], _with(request, list=each.name)) for each in findings.FINDINGS
        ],
        "lines": [] if finding.of_devices else [line(row) for row in rows],
        "devices": [_device(row) for row in rows] if finding.of_devices else [],
        "count": counts[name],
        "export": _with(request, list=name, export="csv"),
        "previous": _with(request, list=name, page=number - 1) if number > 1 else "",
        "next": _with(request, list=name, page=number + 1) if number < pages else "",
        "sites": sites,
        "site": str(query.sites[0]) if len(query.sites) == 1 else "",
        "basis": found.basis.name.lower(),
    }
    return render(request, "power/findings.html", shown)


def _with(request: HttpRequest, **changes: Any) -> str:
    query = request.GET.copy()
    for name in ("page", "export"):
        query.pop(name, None)
    for name, value in changes.items():
        query[name] = str(value)
    return f"{root()}/power/findings/?{query.urlencode()}"


def _device(row: dict[str, Any]) -> dict[str, Any]:
    device, shared = row["device"], row.get("shared")
    unknown = row["basis"] == "unknown"
    return {
        "name": device["display"],
        "url": address(of_model(Device), device["id"]),
        "role": (device.get("role") or {}).get("display", ""),
        "tenant": (device.get("tenant") or {}).get("display", ""),
        "rack": (device.get("rack") or {}).get("display", ""),
        "watts": "unknown" if unknown else kilo(row["watts"], "W"),
        "basis": row["basis"],
        "shared": called(shared) if shared else "",
        "shared_url": page_of(shared) if shared else "",
    }


def _csv(query: Asked, found: Reckoning, name: str, context: ReadContext) -> HttpResponse:
    """All rows of a finding; in the units the columns name, "unknown" where unknown."""
    _, rows = listed(query, found, name, context, slice(None))
    if findings.BY_NAME[name].of_devices:
        columns: tuple[str, ...] = DEVICE_COLUMNS
        table = [_device_row(row) for row in rows]
    else:
        columns, table = NODE_COLUMNS, [_node_row(row) for row in rows]
    return HttpResponse(
        b"".join(write("csv", columns, [table])),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _device_row(row: dict[str, Any]) -> list[Any]:
    told = _device(row)
    known = row["basis"] != "unknown"
    return [
        *(told["name"], row["device"]["id"], told["role"], told["tenant"], told["rack"]),
        *(row["watts"] if known else "unknown", row["basis"], told["shared"]),
    ]


def _node_row(row: dict[str, Any]) -> list[Any]:
    worst = row["worst"]
    figures = [
        *(row["load"]["w"], row["load"]["va"], worst["w"], worst["va"], worst["percent"]),
        called(worst["cause"]) if worst["cause"] else "",
        *(row["usable"]["w"], row["usable"]["va"]),
    ]
    # An imbalance of none is that of a single-phase node; everything else blank is not known.
    told = ["unknown" if value is None else value for value in figures]
    return [called(row), row["kind"], row.get("object_id"), *told, row["imbalance"]]
