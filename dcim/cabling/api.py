"""REST beside CRUD: traces, paths, and the device at the other end."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.http import Http404
from rest_framework import exceptions
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import access, registry
from core.api import ResourceView
from core.read import ReadContext
from core.resource import Action, Resource
from core.rest import read_context
from dcim.cabling import trace
from dcim.cabling.fields import briefs
from dcim.cabling.trace import Port, Segment, Walk
from dcim.choices import CableStatus
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


def cables_of(walks: list[Walk], context: ReadContext) -> dict[int, Json]:
    """The cables of walks as brief objects with what a trace shows of them."""
    resource = registry.of_model(Cable)
    ids = {step.cable for walk in walks for step in walk if step.cable}
    names = (*resource.nested, "type", "status", "color", "length", "length_unit")
    return context.load(resource, tuple(dict.fromkeys(names)), ids)


class TraceView(PortView):
    """The path from a port, cable by cable."""

    def get(self, request: Request, pk: int) -> Response:
        """A list of near ports, cable and far ports."""
        port = self.port(pk)
        context = read_context(request)
        walk = trace.walks([port])[port]
        table = briefs([step.port for step in walk], context)
        cables = cables_of([walk], context)
        return Response([self.row(part, table, cables) for part in trace.segments(walk)])

    @staticmethod
    def row(part: Segment, table: dict[Port, Json], cables: dict[int, Json]) -> list[Any]:
        """One stretch as the wire has it."""
        shown = [cables[pk] for pk in part.cables if pk in cables]
        return [
            [table[p] for p in part.near if p in table],
            shown[0] if shown else None,
            [table[p] for p in part.far if p in table],
        ]


class PathsView(PortView):
    """The whole paths that run through a front or rear port."""

    def get(self, request: Request, pk: int) -> Response:
        """Each path from end to end, with whether it is active, complete or split."""
        port = self.port(pk)
        context = read_context(request)
        starts: dict[Port, None] = {}
        for through in (False, True):
            walk = trace.walks([port], through_panel=through)[port]
            starts.update(dict.fromkeys(trace.ends_of(walk)))
        found = {
            origin: walk
            for origin, walk in trace.walks(starts).items()
            if any(step.port == port for step in walk)
        }
        walks = list(found.values())
        table = briefs([step.port for walk in walks for step in walk], context)
        cables = cables_of(walks, context)
        idle = set(
            Cable.objects.filter(pk__in=cables)
            .exclude(status=CableStatus.CONNECTED)
            .values_list("pk", flat=True)
        )
        return Response(
            [
                self.path(number, walk, table, cables, idle)
                for number, walk in enumerate(walks, start=1)
            ]
        )

    @staticmethod
    def path(
        number: int,
        walk: Walk,
        table: dict[Port, Json],
        cables: dict[int, Json],
        idle: set[int],
    ) -> Json:
        """One path as the wire has it."""
        nodes: list[list[Json]] = []
        for part in trace.segments(walk):
            nodes.append([table[p] for p in part.near if p in table])
            if part.cables:
                nodes.append([cables[pk] for pk in part.cables if pk in cables])
                nodes.append([table[p] for p in part.far if p in table])
        split = trace.is_split(walk)
        return {
            "id": number,
            "path": nodes,
            "is_active": not any(step.cable in idle for step in walk),
            "is_complete": bool(trace.ends_of(walk)) and not split,
            "is_split": split,
        }


class ConnectedDevice(APIView):
    """The device a named interface of a named device is connected to."""

    permission_classes = [IsAuthenticated]
    schema = None

    def get(self, request: Request) -> Response:
        """The device; 400 without both parameters, 404 where nothing is connected."""
        device = request.query_params.get("peer_device")
        interface = request.query_params.get("peer_interface")
        if not device or not interface:
            raise exceptions.ValidationError(
                {"detail": 'Give "peer_device" and "peer_interface", both by name.'}
            )
        user = access.as_actor(request.user)
        rows = access.restrict(Interface.objects.all(), user)
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
