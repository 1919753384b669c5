"""The ends of a cable in its form: a place, a kind of port, and the ports that are free there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms import Script
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from core import access
from core.registry import of_model
from core.web import form_fields
from core.web.page import actor, page, require
from dcim.cabling.ends import CableEnds
from dcim.models import Cable, Device
from dcim.web import plugs
from facilities.models import Location, Site
from racks.models import Rack

TARGETS = {"site": Site, "location": Location, "rack": Rack, "device": Device}
# What each picker is narrowed by: query parameter and the picker that gives it.
NARROWED = {
    "site": (),
    "location": ("site",),
    "rack": ("site", "location"),
    "device": ("site", "location", "rack"),
}


class EndWidget(form_fields.FormWidget):
    """Pickers for the place, a choice of the kind, and the free ports of that kind."""

    use_fieldset = True
    field_class = "field-end"

    class Media:
        js = [Script("dcim/cable-form.js", type="module")]
        css = {"all": ["dcim/cable-form.css"]}

    def __init__(self, end: str) -> None:
        super().__init__()
        self.end = end

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """The chosen ports as tokens."""
        values = data.getlist(name) if hasattr(data, "getlist") else data.get(name)
        return list(values or ())

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The pickers and the part that changes with them."""
        given = self._given()
        context = {
            "end": self.end,
            "plug": plugs.plug(self.end, given, self.form.user, self.form.pk),
            "pickers": [self._picker(place, given) for place in plugs.PLACES],
            "cable": self.form.pk or "",
            "described_by": (attrs or {}).get("aria-describedby", ""),
        }
        return render_to_string("dcim/cable_end.html", context)

    def _given(self) -> QueryDict:
        """What is chosen at both ends: as sent, else as stored or asked for by the address."""
        if self.form.is_bound:
            return self.form.data
        given = QueryDict(mutable=True)
        for end in ("a", "b"):
            tokens = self.form[f"{end}_terminations"].value() or []
            given.setlist(f"{end}_terminations", tokens)
            if end == self.end:
                for place, pk in plugs.place_of(tokens, self.form.user).items():
                    given[f"{end}_{place}"] = str(pk)
        if self.end == "b" and not given.getlist("b_terminations"):
            # Most cables stay within a site.
            near = plugs.place_of(given.getlist("a_terminations"), self.form.user)
            given["b_site"] = str(near.get("site", ""))
        return given

    def _picker(self, place: str, given: QueryDict) -> tuple[str, str, SafeString]:
        """Label, id and HTML of the picker of a place."""
        target, name = of_model(TARGETS[place]), f"{self.end}_{place}"
        narrowing = {f"{other}_id": f"{self.end}_{other}" for other in NARROWED[place]}
        widget = form_fields.ReferenceSelect(target, narrowed=narrowing)
        widget.user = self.form.user
        html = widget.render(name, given.get(name), {"id": f"id_{name}", "data-null": "1"})
        return target.name.capitalize(), f"id_{name}", html


class EndInput(forms.Field):
    """Cleans to what the serializer takes: object types and ids."""

    multiple = True
    cloned = False

    def __init__(self, end: str, **options: Any) -> None:
        super().__init__(widget=EndWidget(end), **options)

    def prepare_value(self, value: Any) -> list[str]:
        return _tokens(value)

    def to_python(self, value: Any) -> list[dict[str, Any]]:
        found = []
        for text in _tokens(value):
            parts = plugs.split(text)
            if parts is None:
                raise forms.ValidationError("Choose ports of the list.")
            found.append({"object_type": f"dcim.{parts[0]}", "object_id": parts[1]})
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return _tokens(initial) != _tokens(data)


def _tokens(value: Sequence[Any] | None) -> list[str]:
    """Ports of a REST response, or tokens, as tokens."""
    return [
        f"{one['object_type']}:{one['object_id']}" if isinstance(one, dict) else str(one)
        for one in value or ()
    ]


def make(field: CableEnds, options: dict[str, Any]) -> forms.Field:
    """The form field of an end."""
    return EndInput(field.end.lower(), **{**options, "label": f"End {field.end}"})


form_fields.add_maker(CableEnds, make)


@require_safe
@page
def ports(request: HttpRequest) -> HttpResponse:
    """The part of an end that changes with the place, the kind and the other end."""
    require(request, access.VIEW, of_model(Cable))
    end = "b" if request.GET.get("end") == "b" else "a"
    text = request.GET.get("cable", "")
    cable = int(text) if text.isdecimal() and len(text) < 19 else None
    context = {"end": end, "plug": plugs.plug(end, request.GET, actor(request), cable)}
    return render(request, "dcim/cable_plug.html", context)
