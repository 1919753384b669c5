"""The page that connects many ports at once: two sides, who goes with whom, and the cables."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from core import access
from core.access import Actor
from core.errors import Invalid
from core.registry import of_model
from core.web import form_fields
from core.web.forms import offered
from core.web.page import actor, address, back_to, page
from core.web.record_form import form_class
from dcim.cabling import bulk, pairing
from dcim.cabling.bulk import Pair, Plugged, Where
from dcim.cabling.places import path_to
from dcim.models import Cable, Device, Module
from dcim.models.cables import COMPATIBLE
from dcim.web import plugs
from facilities.models import Site
from racks.models import Rack

LIST, PASTE = "list", "paste"
PLACES = {"site": Site, "rack": Rack, "device": Device, "module": Module}
NARROWED = {"site": (), "rack": ("site",), "device": ("site", "rack"), "module": ("device",)}
OF_CABLES = ("status", "type", "color", "length", "length_unit", "bundle", "tenant")


class CablesForm(forms.Form):
    """What all the cables have in common, and how they are labelled."""

    label = forms.CharField(
        required=False,
        max_length=90,
        help_text="{n} counts up, as in AUS1-{n}. Empty leaves them without a label.",
    )
    start = forms.CharField(
        required=False, max_length=12, help_text="The first {n}; 001 keeps the noughts."
    )

    def __init__(self, *args: Any, user: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        made = form_class(of_model(Cable)).base_fields
        own = {name: self.fields.pop(name) for name in ("label", "start")}
        self.fields.update({name: copy.deepcopy(made[name]) for name in OF_CABLES})
        self.fields.update(own)
        for name, each in self.fields.items():
            each.widget.attrs["aria-describedby"] = f"id_{name}_notes"
            if isinstance(each.widget, form_fields.ReferenceSelect):
                each.widget.user = user

    def clean(self) -> dict[str, Any]:
        """A length has a unit, and the start of the labels is a number."""
        given = super().clean() or {}
        if given.get("length") is not None and not given.get("length_unit"):
            self.add_error("length_unit", "Choose the unit of the length.")
        try:
            pairing.labels(given.get("label") or "", given.get("start") or "", 1)
        except ValueError as error:
            self.add_error("start", str(error))
        return given

    def values(self) -> dict[str, Any]:
        """What to write for every cable."""
        given = self.cleaned_data
        return {n: given[n] for n in OF_CABLES if given.get(n) not in (None, "")}

    def faulty(self) -> list[forms.BoundField]:
        """The fields with errors."""
        return [bound for bound in self if bound.errors]


@dataclass
class Side:
    """One side: where, which kind, the free ports there, and which of them are taken."""

    end: str
    place: dict[str, int]
    kinds: list[tuple[str, str, int]] = field(default_factory=list)
    kind: str = ""
    name: str = ""
    order: pairing.Order = field(default_factory=pairing.Order)
    ports: list[Port] = field(default_factory=list)
    complete: bool = True
    pickers: list[tuple[str, str, SafeString]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What the side is called."""
        return "From (end A)" if self.end == "a" else "To (end B)"

    @property
    def chosen(self) -> list[Port]:
        """The ticked ports, or all of them where none is, in the order they are paired in."""
        ticked = [port for port in self.ports if port.ticked]
        return self.order.of(ticked or self.ports)

    @property
    def placed(self) -> bool:
        """Whether a place is chosen."""
        return bool(self.place)


@dataclass(frozen=True)
class Port:
    """A free port of a side."""

    pk: int
    label: str
    owner: str
    ticked: bool


@dataclass(frozen=True)
class Shown:
    """A pair as the preview has it."""

    number: int
    a: str
    b: str
    label: str
    color: str
    faults: list[str]


def side_of(end: str, given: QueryDict, user: Actor, fitting: Sequence[str]) -> Side:
    """A side as it was asked for; of its kinds those of `fitting`. A few statements."""
    place = {
        name: int(text)
        for name in PLACES
        if (text := given.get(f"{end}_{name}", "")).isdecimal() and len(text) < 19
    }
    side = Side(end, place, name=given.get(f"{end}_name", "").strip())
    side.order = pairing.Order(
        _number(given, f"{end}_skip", 0, 0),
        _number(given, f"{end}_step", 1, 1),
        bool(given.get(f"{end}_reverse")),
    )
    numbers = plugs.counts([k for k in _kinds(place) if k in fitting], user, None, place)
    side.kinds = [
        (kind, plugs.resource_of(kind).name.capitalize(), numbers[kind])
        for kind in plugs.KINDS
        if numbers.get(kind)
    ]
    asked = given.get(f"{end}_kind", "")
    side.kind = asked if numbers.get(asked) else (side.kinds[0][0] if side.kinds else "")
    if side.kind:
        _load(side, given.getlist(f"{end}_port"), user)
    return side


def _number(given: QueryDict, name: str, default: int, least: int) -> int:
    text = given.get(name, "")
    return max(int(text), least) if text.isdecimal() and len(text) < 5 else default


def _kinds(place: Mapping[str, int]) -> list[str]:
    """The kinds of ports that there can be at a place."""
    if not place:
        return []
    narrow = "device" in place or "module" in place or "rack" in place
    found = []
    for kind in plugs.KINDS:
        if hasattr(plugs.resource_of(kind).model, "device"):
            found += [kind] if narrow else []
        elif "device" not in place and any(path_to(name, kind) for name in place):
            found.append(kind)
    return found


def _load(side: Side, ticked: Sequence[str], user: Actor) -> None:
    """The free ports of the side, in natural order."""
    rows = plugs.free(side.kind, user, None, side.place)
    if side.name:
        if "*" in side.name:
            parts = [re.escape(part) for part in side.name.split("*")]
            rows = rows.filter(name__iregex=f"^{'.*'.join(parts)}$")
        else:
            rows = rows.filter(name__icontains=side.name)
    found = plugs.port_rows(side.kind, rows, user, "device", limit=plugs.SHOWN_PORTS + 1)
    side.complete = len(found) <= plugs.SHOWN_PORTS
    chosen, alone = set(ticked), "device" in side.place or "module" in side.place
    side.ports = [
        Port(
            row["id"],
            plugs.described(row),
            "" if alone else (row.get("device") or {}).get("display", ""),
            str(row["id"]) in chosen,
        )
        for row in found[: plugs.SHOWN_PORTS]
    ]


def _picker(side: Side, place: str, given: QueryDict, user: Actor) -> tuple[str, str, SafeString]:
    """Label, id and HTML of the picker of a place."""
    target, name = of_model(PLACES[place]), f"{side.end}_{place}"
    narrowing = {f"{other}_id": f"{side.end}_{other}" for other in NARROWED[place]}
    widget = form_fields.ReferenceSelect(target, narrowed=narrowing)
    widget.user = user
    html = widget.render(name, given.get(name), {"id": f"id_{name}", "data-null": "1"})
    return target.name.capitalize(), f"id_{name}", html


@dataclass
class Asked:
    """The whole page as it was asked for."""

    sides: tuple[Side, Side]
    form: CablesForm
    way: str
    pasted: str
    count: int
    pairs: list[Pair] = field(default_factory=list)
    fault: str = ""

    @property
    def refused(self) -> int:
        """How many pairs cannot be connected."""
        return sum(bool(pair.faults) for pair in self.pairs)


def read(request: HttpRequest) -> Asked:
    """What is chosen so far, with the pairs that come of it; nothing is written."""
    given, user = (request.POST if request.method == "POST" else request.GET), actor(request)
    a = side_of("a", given, user, list(COMPATIBLE))
    b = side_of("b", given, user, sorted(COMPATIBLE[a.kind]) if a.kind else list(COMPATIBLE))
    form = CablesForm(given if request.method == "POST" else None, user=user)
    way = PASTE if given.get("way") == PASTE else LIST
    found = Asked((a, b), form, way, given.get("pasted", ""), _number(given, "count", 0, 0))
    try:
        found.pairs = _pasted(found, user) if way == PASTE else _listed(found)
    except ValueError as error:
        found.fault = str(error)
    if form.is_bound and form.is_valid():
        texts = pairing.labels(
            form.cleaned_data["label"], form.cleaned_data["start"], len(found.pairs)
        )
        for pair, text in zip(found.pairs, texts, strict=True):
            pair.values.setdefault("label", text)
    bulk.judge(found.pairs, user)
    return found


def _listed(asked: Asked) -> list[Pair]:
    a, b = asked.sides
    several = zip(a.chosen, b.chosen, strict=False)
    pairs = [Pair(Plugged(a.kind, x.pk), Plugged(b.kind, y.pk)) for x, y in several]
    pairs = pairs[: asked.count or None]
    if len(pairs) > pairing.MOST:
        raise ValueError(f"These are {len(pairs)} pairs; {pairing.MOST} can be connected at once.")
    return pairs


def _pasted(asked: Asked, user: Actor) -> list[Pair]:
    a, b = asked.sides
    lines = pairing.lines(asked.pasted)
    return bulk.resolve(lines, Where(a.place), Where(b.place), user)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def show(request: HttpRequest) -> HttpResponse:
    """The page. POST with `_check` tries it, with `_connect` does it; else it shows the choice."""
    resource, user = of_model(Cable), actor(request)
    offered(request, resource, access.ADD, "post")
    asked, status = read(request), 200
    decided = {"_check", "_connect"} & set(request.POST)
    if decided and not asked.fault:
        ready = bool(asked.pairs) and asked.form.is_valid()
        if ready and not asked.refused:
            if "_check" in decided:
                bulk.attempt(asked.pairs, asked.form.values(), user)
            else:
                answer = _store(request, asked)
                if answer is not None:
                    return answer
        status = 422 if asked.refused or not ready else 200
    return render(request, "dcim/connect.html", _context(request, asked, decided), status=status)


def _store(request: HttpRequest, asked: Asked) -> HttpResponse | None:
    """Connect all pairs and go back; None where one was refused, which is noted beside it."""
    try:
        made = bulk.connect(asked.pairs, asked.form.values(), actor(request))
    except Invalid as error:
        bulk.blame(asked.pairs, error)
        return None
    messages.success(request, f"{len(made)} cable{'' if len(made) == 1 else 's'} connected.")
    return HttpResponseRedirect(back_to(request, address(of_model(Cable))))


def _context(request: HttpRequest, asked: Asked, decided: set[str]) -> dict[str, Any]:
    given = request.POST if request.method == "POST" else request.GET
    user = actor(request)
    for side in asked.sides:
        side.pickers = [_picker(side, place, given, user) for place in PLACES]
    return {
        "resource": of_model(Cable),
        "asked": asked,
        "a": asked.sides[0],
        "b": asked.sides[1],
        "form": asked.form,
        "shown": _shown(asked, user),
        "checked": "_check" in decided and bool(asked.pairs) and not asked.refused,
        "decided": bool(decided),
        "return_to": back_to(request, ""),
        "cancel": back_to(request, address(of_model(Cable))),
    }


def _shown(asked: Asked, user: Actor) -> list[Shown]:
    """The pairs as lines; a statement or two a kind of port."""
    color = getattr(asked.form, "cleaned_data", {}).get("color") or ""
    named = _named([p for pair in asked.pairs for p in (pair.a, pair.b) if p], user)
    found = []
    for number, pair in enumerate(asked.pairs, start=1):
        typed = [" ".join(filter(None, each)) for each in pair.named or (("", ""), ("", ""))]
        a, b = (
            named.get(port, text) if port else text
            for port, text in zip((pair.a, pair.b), typed, strict=True)
        )
        label, own = str(pair.values.get("label") or ""), str(pair.values.get("color") or color)
        faults = list(dict.fromkeys(pair.faults))
        found.append(Shown(pair.line or number, a, b, label, own, faults))
    return found


def _named(ports: Sequence[Plugged], user: Actor) -> dict[Plugged, str]:
    by_kind: dict[str, set[int]] = {}
    for port in ports:
        by_kind.setdefault(port.kind, set()).add(port.pk)
    found = {}
    for kind, ids in by_kind.items():
        rows = access.visible(plugs.resource_of(kind).model, user).filter(pk__in=ids)
        for row in plugs.port_rows(kind, rows, user, "device"):
            owner = (row.get("device") or {}).get("display", "")
            found[Plugged(kind, row["id"])] = f"{owner} {row['display']}".strip()
    return found
