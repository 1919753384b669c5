"""REST of the finder."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, IntegerField, Serializer
from rest_framework.views import APIView

from capacity.finder import service
from capacity.finder.asking import PlacementAsked, question
from capacity.finder.work import KIND
from core import access, jobs
from core.access import Actor
from core.auth import may_write
from core.models import Job
from core.registry import of_model
from core.rest import base_url, read_context
from power.api.describe import PowerSchema
from power.reckoning import Json
from racks.models import Rack

BACKGROUND_FROM = 10.0  # seconds; what may take longer is a job
_REFERENCES = {"type": "array", "items": {"type": "integer"}}


class PlacementView(APIView):
    """Where devices can go, so that no rule breaks even after any single failure.

    `devices` says of which types how many, `where` in which racks, `wishes` how they are to stand.
    The answer has a position for each, or which rule keeps them out, how many do fit and what would
    have to be freed. With `background`, or more than 10 `seconds`, the answer is a job (202).
    Nothing else is written.
    """

    only_asks = True
    permission_classes = [IsAuthenticated]
    schema = PowerSchema()
    parameters: ClassVar[list[Json]] = []
    body: ClassVar[Json] = {
        "type": "object",
        "required": ["devices"],
        "properties": {
            "devices": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["device_type", "count"],
                    "properties": {
                        "device_type": {"type": "integer"},
                        "count": {"type": "integer"},
                        "watts": {"type": "number"},
                        "weight_kg": {"type": "number"},
                        "liquid_percent": {"type": "number"},
                        "feeds": {"type": "integer"},
                        "diverse": {"type": "boolean"},
                        "face": {"type": "string", "enum": ["front", "rear"]},
                        "at_most": {"type": "integer"},
                        "ports": {"type": "object"},
                    },
                },
            },
            "where": {
                "type": "object",
                "properties": {
                    **dict.fromkeys(("sites", "locations", "racks", "roles"), _REFERENCES),
                    "tenant": {"type": "integer", "nullable": True},
                },
            },
            "wishes": {
                "type": "object",
                "properties": {
                    "arrange": {"type": "string", "enum": ["pack", "spread"]},
                    "near": {"type": "string", "enum": ["rack", "row", "site", "feed"]},
                    "apart": {"type": "string", "enum": ["rack", "row", "site", "feed"]},
                    "at_most": {"type": "integer"},
                    "keep_percent": {"type": "number"},
                    "date": {"type": "string", "format": "date", "nullable": True},
                    "ports_from": {"type": "string", "enum": ["rack", "row"]},
                },
            },
            "seconds": {"type": "number"},
            "background": {"type": "boolean"},
        },
    }

    def post(self, request: Request) -> Response:
        """The answer, or the job that looks for it."""
        user = access.as_actor(request.user)
        asked = question(_object(request), user)
        given = asked.given
        if given["background"] or given["seconds"] > BACKGROUND_FROM:
            may_write(request.auth)
            record = enqueue(_object(request), user)
            return Response(_job(record, request), status=status.HTTP_202_ACCEPTED)
        return Response(service.find(asked, read_context(request)))


class ReserveAsked(Serializer[Any]):
    """What is to be made of an answer."""

    job = IntegerField(min_value=1)
    role = IntegerField(min_value=1)
    name_prefix = CharField(max_length=50)
    tenant = IntegerField(min_value=1, required=False, allow_null=True)


class ReserveView(APIView):
    """Make planned devices of the answer of a job, with cables and reservations, all or none.

    Where somebody took a place meanwhile nothing is written, and the finder runs again: the answer
    is 409 with the new job.
    """

    permission_classes = [IsAuthenticated]
    schema = PowerSchema()
    parameters: ClassVar[list[Json]] = []
    body: ClassVar[Json] = {
        "type": "object",
        "required": ["job", "role", "name_prefix"],
        "properties": {
            "job": {"type": "integer"},
            "role": {"type": "integer"},
            "name_prefix": {"type": "string"},
            "tenant": {"type": "integer", "nullable": True},
        },
    }

    def post(self, request: Request) -> Response:
        """The devices that were made."""
        user = access.as_actor(request.user)
        asked = ReserveAsked(data=_object(request))
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        record = found(given["job"], user)
        if record is None:
            raise ValidationError({"job": [f"There is no answer of a job {given['job']}."]})
        try:
            made = service.reserve(
                record.data["question"],
                record.data["answer"],
                user,
                role=given["role"],
                prefix=given["name_prefix"],
                tenant=given.get("tenant"),
            )
        except service.Taken as taken:
            again = enqueue(record.data["question"], user)
            detail = f"Nothing was written: {taken} The finder runs again."
            body = {"detail": detail, "job": _job(again, request)}
            return Response(body, status=status.HTTP_409_CONFLICT)
        return Response({"devices": made}, status=status.HTTP_201_CREATED)


def enqueue(given: Json, user: Actor) -> Job:
    """Let a worker look for places."""
    checked = PlacementAsked(data=given)
    checked.is_valid(raise_exception=True)
    return jobs.enqueue(KIND, {"question": given}, user, resource=of_model(Rack))


def found(pk: int, user: Actor) -> Any:
    """The user's job of a finished search; None where there is none."""
    done = jobs.visible(user).filter(pk=pk, kind=KIND, status=Job.Status.COMPLETED)
    return done.first()


def _job(record: Job, request: Request) -> Json:
    resource = of_model(Job)
    return {
        "id": record.pk,
        "url": resource.url(record.pk, base_url(request)),
        "status": record.status,
    }


def _object(request: Request) -> Json:
    given: Any = request.data
    if not isinstance(given, dict):
        raise ValidationError({"non_field_errors": ["Send an object."]})
    return given
