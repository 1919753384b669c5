"""REST beside CRUD: traces, paths, and the device at the other end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.http import Http404
from drf_spectacular.openapi import AutoSchema
from rest_framework import exceptions
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import access, registry
from core.api import ResourceView
from core.gather import Load, execute
from core.openapi import errors
from core.read import ReadContext
from core.resource import Action, Resource
from core.rest import read_context
from dcim.cabling import trace
from dcim.cabling.fields import brief_steps
from dcim.cabling.trace import Port, Segment, Walk
from dcim.models import Cable, Device, Interface

Json = dict[str, Any]


class PortView(ResourceView):
    """Shared by the views of one port's connections."""

    @classmethod
    def describe(cls, resource: Resource) -> Json:
        """The OpenAPI description."""
        listed = {"type": "array", "items": {}}
        content = {"application/json": {"schema": listed}}
        return {"responses": {"200": {"description": cls.__doc__ or "", "content": content}}}

    def port(self, pk: int) -> Port:
        """The port of the request; raises Http404 where the user may not see it."""
        if not self.resource.queryset(self.user).filter(pk=pk).exists():
            raise Http404(f"No {self.resource.model.__name__} matches the given query.")
        return Port(ContentType.objects.get_for_model(self.resource.model).pk, pk)


def cables_need(walks: list[Walk]) -> Load:
    """The cables of walks as brief objects with what a trace shows of them."""
    resource = registry.of_model(Cable)
    ids = {step.cable for walk in walks for step in walk}
    names = (*resource.nested, "type", "status", "color", "length", "length_unit")
    return Load(resource, tuple(dict.fromkeys(names)), ids)


def cables_of(walks: list[Walk], context: ReadContext) -> dict[int, Json]:
    """The same, at once."""
    found: dict[int, Json] = context.run(cables_need(walks))
    return found


def objects_of(walks: list[Walk], context: ReadContext) -> tuple[dict[Port, Json], dict[int, Json]]:
    """The ports of walks as brief objects, and their cables, gathered together."""
    ports = brief_steps(step.port for walk in walks for step in walk)
    found, cables = context.run([ports, cables_need(walks)])
    return found, cables


def shown(ports: Iterable[Port], table: dict[Port, Json]) -> list[Json]:
    """The ports the reader may see, each once."""
    return [table[port] for port in dict.fromkeys(ports) if port in table]


def paths_through(ports: Sequence[Port]) -> list[Walk]:
    """The walks from every endpoint that come through any of these front and rear ports.

    Three statements: what lies on either side of the ports, and the paths from there.
    """
    starts: dict[Port, None] = {}
    for through in (False, True):
        for walk in trace.walks(ports, through_panel=through, follow=True).values():
            starts.update(dict.fromkeys(trace.ends_of(walk)))
    wanted, found = set(ports), trace.walks(starts)
    return [walk for walk in found.values() if any(s.port in wanted and not s.split for s in walk)]


class TraceView(PortView):
    """The path from a port, cable by cable."""

    def get(self, request: Request, pk: int) -> Response:
        """A list of near ports, cable and far ports."""
        port = Port(ContentType.objects.get_for_model(self.resource.model).pk, pk)
        context = read_context(request)
        seen = self.resource.reader(("id",)).lookup.fetch([pk], context.user)
        rows, visible = execute([trace.fetch_of([port]), seen])
        if not visible:
            raise self.missing()
        walk = trace.from_rows([port], rows)[port]
        table, cables = objects_of([walk], context)
        return Response([self.row(part, table, cables) for part in trace.segments(walk)])

    @staticmethod
    def row(part: Segment, table: dict[Port, Json], cables: dict[int, Json]) -> list[Any]:
        """One stretch as the wire has it."""
        cable = cables.get(part.cable) if part.cable else None
        return [shown(part.near, table), cable, shown(part.far, table)]


class PathsView(PortView):
    """The whole paths that run through a front or rear port."""

    def get(self, request: Request, pk: int) -> Response:
        """Each path from end to end, with whether it is active, complete or split."""
        port = self.port(pk)
        context = read_context(request)
        found = paths_through([port])
        table, cables = objects_of(found, context)
        return Response(
            [self.path(number, walk, table, cables) for number, walk in enumerate(found, start=1)]
        )

    @staticmethod
    def path(number: int, walk: Walk, table: dict[Port, Json], cables: dict[int, Json]) -> Json:
        """One path as the wire has it."""
        nodes: list[list[Json]] = []
        for _, level in groupby(trace.segments(walk), key=lambda part: part.depth):
            parts = list(level)
            nodes.append(shown((port for part in parts for port in part.near), table))
            crossed = [cables[part.cable] for part in parts if part.cable in cables]
            if any(part.cable for part in parts):
                nodes += [crossed, shown((port for part in parts for port in part.far), table)]
        split = trace.is_split(walk)
        return {
            "id": number,
            "path": nodes,
            "is_active": trace.is_live(walk),
            "is_complete": bool(trace.ends_of(walk)) and not split,
            "is_split": split,
        }


class ConnectedDeviceSchema(AutoSchema):
    """Describes the one view below."""

    def get_operation(self, *_: Any, **__: Any) -> Json:
        """Two required parameters, a device."""
        device = {"$ref": f"#/components/schemas/{registry.of_model(Device).component}"}
        return {
            "operationId": "dcim_connected_device_get",
            "tags": ["dcim"],
            "security": [{"token": []}, {"session": []}],
            "parameters": [
                {"in": "query", "name": name, "required": True, "schema": {"type": "string"}}
                for name in ("peer_device", "peer_interface")
            ],
            "responses": {
                "200": {"description": "", "content": {"application/json": {"schema": device}}},
                **errors("GET", detail=True),
            },
        }


class ConnectedDevice(APIView):
    """The device a named interface of a named device is connected to."""

    permission_classes = [IsAuthenticated]
    schema = ConnectedDeviceSchema()

    def get(self, request: Request) -> Response:
        """The device; 400 without both parameters, 404 where nothing is connected."""
        device = request.query_params.get("peer_device")
        interface = request.query_params.get("peer_interface")
        if not device or not interface:
            raise exceptions.ValidationError(
                {"detail": 'Give "peer_device" and "peer_interface", both by name.'}
            )
        user = access.as_actor(request.user)
        rows = access.restrict(Interface.objects.all(), user).filter(
            access.along(Interface, "device__name", user)
        )
        near = rows.filter(device__name__iexact=device, name=interface).first()
        if near is None:
            raise Http404("No Interface matches the given query.")
        kind = ContentType.objects.get_for_model(Interface).pk
        origin = Port(kind, near.pk)
        ends = trace.ends_of(trace.walks([origin])[origin])
        if not ends or ends[0].type != kind:
            raise Http404("Nothing is connected there.")
        far = Interface.objects.values_list("device_id", flat=True).get(pk=ends[0].id)
        found = registry.of_model(Device).reader().by_id([far], read_context(request))
        if far not in found:
            raise Http404("Nothing is connected there.")
        return Response(found[far])


TRACE = Action("<int:pk>/trace/", TraceView)
PATHS = Action("<int:pk>/paths/", PathsView)
