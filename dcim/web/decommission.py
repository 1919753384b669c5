"""The page that takes a device out of service, and says first what goes and what stays."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from core import access, versions
from core.errors import Denied, Invalid, Stale
from core.read import ReadContext
from core.registry import of_model
from core.web import cells
from core.web.forms import display_of, existing, offered
from core.web.page import actor, address, page, reading
from dcim import decommission as service
from dcim.models import Cable, Device, DeviceBay

SHOWN_CABLES = 200


class DecommissionForm(forms.Form):
    """What the device is to be afterwards, and why."""

    status = forms.ChoiceField(
        choices=[(each.value, each.label) for each in service.STATUSES],
        label="Status afterwards",
        help_text="Inventory is for what is kept as a spare.",
    )
    note = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=2000,
        help_text="Goes into its journal with what was taken away.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """What goes and what stays; POST does it."""
    resource = of_model(Device)
    offered(request, resource, access.CHANGE, "patch")
    existing(request, resource, pk, access.CHANGE)
    user, refusal, status = actor(request), "", 200
    version = versions.version(resource, pk)
    form = DecommissionForm(request.POST if request.method == "POST" else None)
    for name, field in form.fields.items():
        field.widget.attrs["aria-describedby"] = f"id_{name}_notes"
    if request.method == "POST" and form.is_valid():
        given, opened = form.cleaned_data, request.POST.get("_version")
        try:
            found = service.decommission(
                pk,
                given["status"],
                user,
                note=given["note"],
                check=versions.version_check(opened),
            )
        except Stale:
            refusal, status = "Somebody changed this after you opened the page. Look again.", 409
        except Denied as error:
            refusal, status = error.sentence, 403
        except Invalid as error:
            refusal, status = _sentences(error), 409
        else:
            messages.success(request, _done(display_of(request, resource, pk), found))
            return HttpResponseRedirect(address(resource, pk))
    elif form.is_bound:
        status = 422
    context = {"form": form, "refusal": refusal, "version": version, **_consequences(request, pk)}
    return render(request, "dcim/decommission.html", context, status=status)


def _sentences(error: Invalid) -> str:
    texts = [text for item in error.items for found in item.values() for text in found]
    return " ".join(map(str, texts))


def _done(name: str, found: service.Leaving) -> str:
    count = len(found.cables)
    cables = f"{count} cable{'' if count == 1 else 's'} removed" if count else "no cable was there"
    return f"Device {name} is out of service, {cables}. Its journal says what went."


def _consequences(request: HttpRequest, pk: int) -> dict[str, Any]:
    """What would go and what would stay; a fixed number of statements."""
    resource, context = of_model(Device), reading(request)
    row = resource.reader((*service.PLACE, "status", "virtual_chassis")).by_id([pk], context)
    if pk not in row:
        raise Http404(f"There is no device {pk}.")
    found, user = service.leaving([pk]), actor(request)
    cables, shared = _cables(found.cables, context), _cables(found.shared, context)
    inside = access.visible(Device, user).filter(parent_bay__device=pk)
    half_units = Device.objects.filter(pk=pk).values_list("height_half_u", flat=True)
    return {
        "resource": resource,
        "pk": pk,
        "device": row[pk],
        "stood": service.stood(row[pk]),
        "units": f"{half_units.get() / 2:g} U" if row[pk]["position"] is not None else "",
        "cable_count": len(found.cables),
        "unlisted": len(found.cables) - len(cables),
        "shared": shared,
        "cable_tables": [(cables, "Cables that go"), (shared, "Cables that stay, without it")],
        "bays": list(context.load(of_model(DeviceBay), ("device", "name"), found.bays).values()),
        "inside": inside.count(),
        "unpermitted": service.refusals(found, user),
        "cancel": address(resource, pk),
    }


def _cables(ids: list[int], context: ReadContext) -> list[dict[str, Any]]:
    """Cables as lines: a link with the colour, and what is at both ends."""
    rows = context.load(of_model(Cable), service.CABLE_FIELDS, ids[:SHOWN_CABLES])
    return [
        {
            "html": cells.reference({n: row[n] for n in ("id", "url", "display", "color")}),
            "a": service.ends(row, "a"),
            "b": service.ends(row, "b"),
        }
        for pk in ids
        if (row := rows.get(pk))
    ]
