"""The elevation of a rack over REST: half-unit steps as JSON, or one face as SVG."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ResourceView, page_bounds
from core.registry import of_model
from core.resource import Action, Resource
from core.rest import OrjsonRenderer, base_url, read_context
from dcim import elevation, elevation_file, elevation_shapes, elevation_svg
from dcim.choices import Face as FaceChoice
from dcim.models import Device
from racks.engine import Face, unit_label

JSON, SVG = "json", "svg"
_SIZES = {"unit_width": (220, 40, 2000), "unit_height": (22, 8, 200)}
_SIZES |= {"legend_width": (30, 0, 500), "margin_width": (15, 0, 500)}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A file opened by itself runs nothing and loads nothing, whatever got into it.
_FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

Json = dict[str, Any]


class Switch(forms.BooleanField):
    """True unless it is said to be false."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> bool:
        """`false`, `0`, `no` and `off` are false in any case; nothing is the initial value."""
        text = str(value or "").strip().lower()
        return bool(self.initial) if not text else text not in ("false", "0", "no", "off")


class Parameters(forms.Form):
    """The query of an elevation, checked."""

    face = forms.ChoiceField(choices=FaceChoice.choices, required=False)
    exclude = forms.IntegerField(required=False)
    q = forms.CharField(required=False)
    expand_devices = Switch(required=False, initial=True)
    include_images = Switch(required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        formats = [(JSON, JSON), (SVG, SVG)]
        self.fields["render"] = forms.ChoiceField(choices=formats, required=False)
        for name, (_, low, high) in _SIZES.items():
            self.fields[name] = forms.IntegerField(required=False, min_value=low, max_value=high)


class SvgRenderer(BaseRenderer):
    """Text that is an SVG file already."""

    media_type = "image/svg+xml"
    format = SVG
    charset = "utf-8"

    def render(self, data: Any, media_type: str | None = None, context: Any = None) -> bytes:
        """The bytes of the file."""
        return str(data).encode()


class ElevationView(ResourceView):
    """What stands in a rack, half unit by half unit from the top."""

    renderer_classes = [OrjsonRenderer, SvgRenderer]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """JSON whatever is accepted, as `render` decides."""
        return OrjsonRenderer(), OrjsonRenderer.media_type

    def get(self, request: Request, pk: int) -> Response:
        """A page of half units of one face, or its drawing. Raises Http404 for an unknown rack."""
        form = Parameters(request.query_params)
        if not form.is_valid():
            faults = {name: [str(text) for text in each] for name, each in form.errors.items()}
            raise ValidationError(faults)
        chosen = form.cleaned_data
        face = Face(chosen["face"] or Face.FRONT)
        exclude = [chosen["exclude"]] if chosen["exclude"] is not None else []
        if chosen["render"] == SVG:
            return self.drawing(pk, face, chosen, exclude)
        steps = self.steps(pk, face, exclude, expand=chosen["expand_devices"])
        if chosen["q"]:
            steps = [s for s in steps if chosen["q"] in str(s["id"]) or chosen["q"] in s["name"]]
        return self.page(steps)

    def drawing(self, pk: int, face: Face, chosen: Json, exclude: Sequence[int]) -> Response:
        """One face as a file."""
        request = self.request
        found = elevation.load([pk], read_context(request), exclude)
        if not found:
            raise self.missing()
        wanted = found if chosen["include_images"] else []
        pictures = elevation_file.pictures(wanted, linked=False)
        options = elevation_shapes.Options(pictures=pictures, standalone=True)
        given = {name: chosen[name] for name in _SIZES if chosen[name] is not None}
        options = replace(options, **given)
        text = _NOT_XML.sub("", elevation_svg.svg(found[0], face, options))
        request.accepted_renderer = SvgRenderer()
        request.accepted_media_type = SvgRenderer.media_type
        return Response(text, headers={"Content-Security-Policy": _FILE_POLICY})

    def steps(self, pk: int, face: Face, exclude: Sequence[int], *, expand: bool) -> list[Json]:
        """Every half unit from the top; a device only at its lowest where not `expand`."""
        context = read_context(self.request)
        racks, placed = elevation.standing([pk], context.user, exclude)
        if pk not in racks:
            raise self.missing()
        occupancy = elevation.occupancy(racks[pk].frame, placed.get(pk, []))
        devices = of_model(Device)
        shown = context.load(devices, tuple(devices.nested), {b.key for b in occupancy.blocks})
        side = {"value": face.value, "label": FaceChoice(face.value).label}
        found = []
        for half, block in occupancy.from_top(face):
            if block and not expand and half != block.low:
                block = None
            name = unit_label(half)
            found.append(
                {
                    "id": half / 2,
                    "name": name,
                    "face": side,
                    "device": shown.get(block.key) if block else None,
                    "occupied": block is not None,
                    "display": name,
                }
            )
        return found

    def page(self, steps: list[Json]) -> Response:
        """A page of steps in the envelope of lists."""
        limit, offset = page_bounds(self.request)
        after, before = offset + limit, max(0, offset - limit)
        return Response(
            {
                "count": len(steps),
                "next": self.link(limit, after) if after < len(steps) else None,
                "previous": self.link(limit, before) if offset > 0 else None,
                "results": steps[offset:after],
            }
        )

    def link(self, limit: int, offset: int) -> str:
        """The address of another page with the same parameters."""
        query = {k: v for k, v in self.request.query_params.lists() if k not in ("limit", "offset")}
        query["limit"] = [str(limit)]
        if offset:
            query["offset"] = [str(offset)]
        path = self.resource.url(self.kwargs["pk"], base_url(self.request))
        return f"{path}elevation/?{urlencode(query, doseq=True)}"

    def missing(self) -> Http404:
        """The error for a rack that is not there or may not be seen."""
        return Http404(f"No {self.resource.model.__name__} matches the given query.")

    @staticmethod
    def describe(resource: Resource) -> Json:
        """The operation in the OpenAPI document."""
        return {
            "description": "Half-unit steps of one face from the top, or its drawing.",
            "parameters": [
                {"in": "path", "name": "id", "required": True, "schema": {"type": "integer"}},
                *(
                    {"in": "query", "name": name, "schema": schema}
                    for name, schema in _PARAMETERS.items()
                ),
            ],
            "responses": {
                "200": {
                    "description": "",
                    "content": {
                        "application/json": {"schema": _PAGE},
                        "image/svg+xml": {"schema": {"type": "string"}},
                    },
                },
                "400": {"description": "A parameter has a wrong value; messages by parameter."},
                "403": {"description": "Not authenticated, or not permitted."},
                "404": {"description": "There is no such rack."},
            },
        }


_PARAMETERS: dict[str, Json] = {
    "face": {"type": "string", "enum": FaceChoice.values, "default": "front"},
    "render": {"type": "string", "enum": [JSON, SVG], "default": JSON},
    "exclude": {"type": "integer", "description": "A device to leave out."},
    "expand_devices": {"type": "boolean", "default": True},
    "q": {"type": "string"},
    "limit": {"type": "integer"},
    "offset": {"type": "integer"},
    "include_images": {"type": "boolean", "default": True},
    **{
        name: {"type": "integer", "default": default, "minimum": low, "maximum": high}
        for name, (default, low, high) in _SIZES.items()
    },
}
_STEP: Json = {
    "type": "object",
    "required": ["id", "name", "face", "device", "occupied", "display"],
    "properties": {
        "id": {"type": "number", "format": "double", "readOnly": True},
        "name": {"type": "string", "readOnly": True},
        "face": {
            "type": "object",
            "properties": {"value": {"type": "string"}, "label": {"type": "string"}},
            "readOnly": True,
        },
        "device": {
            "allOf": [{"$ref": "#/components/schemas/BriefDevice"}],
            "nullable": True,
            "readOnly": True,
        },
        "occupied": {"type": "boolean", "readOnly": True},
        "display": {"type": "string", "readOnly": True},
    },
}
_PAGE: Json = {
    "type": "object",
    "required": ["count", "results"],
    "properties": {
        "count": {"type": "integer"},
        "next": {"type": "string", "format": "uri", "nullable": True},
        "previous": {"type": "string", "format": "uri", "nullable": True},
        "results": {"type": "array", "items": _STEP},
    },
}


ELEVATION = Action("<int:pk>/elevation/", ElevationView)
