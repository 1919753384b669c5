"""Floor plans over REST beside their records: the document and the colours."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core import access
from core.api import ResourceView
from core.errors import Stale
from core.read import ReadContext
from core.resource import Action, Resource
from core.web.page import root
from facilities.floor import changes
from facilities.floor.document import document, load
from facilities.floor.sources import sources
from facilities.models import FloorPlan

Json = dict[str, Any]


class PlanView(ResourceView):
    """Shared by what one plan can be asked for."""

    @property
    def context(self) -> ReadContext:
        """What reads need to know; addresses are paths on this server."""
        return ReadContext(user=self.user, base=root())

    def plan(self, pk: int) -> FloorPlan:
        """The plan; raises Http404 where the user may not see it."""
        found = access.visible(FloorPlan, self.user).filter(pk=pk).first()
        if found is None:
            raise Http404(f"No {FloorPlan.__name__} matches the given query.")
        return found


class DocumentView(PlanView):
    """A floor plan as one document: the sheet, what stands on it, what is still to be placed.

    Lengths are in mm, `x` and `y` those of centres, rotations in degrees clockwise.
    """

    def get(self, request: Request, pk: int) -> Response:
        """The document."""
        context = self.context
        return Response(document(load(self.plan(pk), context), context))

    def patch(self, request: Request, pk: int) -> Response:
        """Change it, all or nothing, and answer with the new document."""
        context = self.context
        self.plan(pk)
        if access.outside(FloorPlan, [pk], self.user, access.CHANGE):
            self.permission_denied(request)
        if not isinstance(request.data, dict):
            raise ValidationError({"__all__": ["Give an object with version, plan, put, remove."]})
        try:
            plan, made = changes.change(pk, request.data, context)
        except changes.Refused as error:
            return Response({"errors": error.errors}, status=status.HTTP_400_BAD_REQUEST)
        except Stale as error:
            body = {
                "detail": "The plan has been changed since it was read.",
                "version": error.etag,
            }
            return Response(body, status=status.HTTP_412_PRECONDITION_FAILED)
        return Response({**document(load(plan, context), context), "made": made})

    @staticmethod
    def describe(resource: Resource) -> Json:
        """The operation in the OpenAPI document."""
        found: Json = {"type": "object"}
        return {
            "description": (DocumentView.__doc__ or "").strip(),
            "responses": {
                "200": {"description": "The document.", "content": {"application/json": {
                    "schema": found}}},
            },
        }  # fmt: skip


class ColoursView(PlanView):
    """The colours of what stands on a plan, by one of the document's `colourings`."""

    def get(self, request: Request, pk: int) -> Response:
        """The legend, and the shade of each thing by key."""
        context, plan = self.context, self.plan(pk)
        by = request.query_params.get("by") or ""
        for source in sources():
            names = [name for name, _ in source.colourings()]
            if by in names or (not by and names):
                standing = source.standing(plan, context)
                numbers = [int(each.key.partition(":")[2]) for each in standing]
                found = source.colours(by or names[0], numbers, context)
                return Response(
                    {
                        "legend": [{"color": c, "meaning": m} for m, c in found.legend],
                        "racks": {
                            key: {"color": shade.color, "text": shade.text or shade.meaning}
                            for key, shade in found.shades.items()
                        },
                    }
                )
        known = ", ".join(name for source in sources() for name, _ in source.colourings())
        raise ValidationError({"by": [f"Choose one of {known}."]})

    @staticmethod
    def describe(resource: Resource) -> Json:
        """The operation in the OpenAPI document."""
        by = {"in": "query", "name": "by", "schema": {"type": "string"}}
        path = {"in": "path", "name": "id", "required": True, "schema": {"type": "integer"}}
        return {
            "description": (ColoursView.__doc__ or "").strip(),
            "parameters": [path, by],
            "responses": {
                "200": {"description": "Legend and shades.", "content": {"application/json": {
                    "schema": {"type": "object"}}}},
                "400": {"description": "There is no such way to colour."},
            },
        }  # fmt: skip


DOCUMENT = Action("<int:pk>/document/", DocumentView)
COLOURS = Action("<int:pk>/colours/", ColoursView)
