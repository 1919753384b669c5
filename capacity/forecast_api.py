"""REST of the forecast."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError as Invalid
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BooleanField, FloatField, IntegerField, Serializer
from rest_framework.views import APIView

from capacity.engine.forecast import WEEK
from capacity.forecasting import HORIZON, HORIZON_MAX, LEVEL, Growth, Told, tell
from capacity.models import Utilization
from core import access, filters
from core.access import Actor
from core.registry import of_model
from core.rest import read_context
from dcim.models import DeviceType
from power.api.describe import PowerSchema, parameter
from power.reckoning import Json

ROWS, ROWS_MAX = 50, 200
OWN = ("horizon", "level", "device_type", "per_week", "path", "limit", "offset")


class Asked(Serializer[Any]):
    """The parameters beside the filters of utilization."""

    horizon = IntegerField(min_value=1, max_value=HORIZON_MAX, default=HORIZON)
    level = FloatField(min_value=0.5, max_value=0.99, default=LEVEL)
    device_type = IntegerField(min_value=1, required=False)
    per_week = FloatField(min_value=0, max_value=10_000, required=False)
    path = BooleanField(default=False)
    limit = IntegerField(min_value=1, max_value=ROWS_MAX, default=ROWS)
    offset = IntegerField(min_value=0, max_value=10_000_000, default=0)


class ForecastView(APIView):
    """When places will be full: takes the filters of utilization, and what-if growth.

    A row without 28 days of history says so and has no dates but that of what is planned. `full` is
    when the middle course reaches the capacity, `earliest` and `latest` when the band does. With
    `device_type` and `per_week` so many more come every week from tomorrow on. `path` adds the
    course by week.
    """

    permission_classes = [IsAuthenticated]
    schema = PowerSchema()
    body: ClassVar[Json] = {}
    parameters: ClassVar[list[Json]] = [
        parameter("horizon", "integer", "Days ahead, 730 by default."),
        parameter("level", "number", "Part of the courses that the band holds, 0.8 by default."),
        parameter("device_type", "integer", "Id of the type that grows."),
        parameter("per_week", "number", "How many of it come a week."),
        parameter("path", "boolean", "Whether to tell the course by week."),
        parameter("limit", "integer", "Rows, at most 200."),
        parameter("offset", "integer", "Rows to pass over."),
        parameter("resource", "string", "What runs out.", many=True),
        parameter("object_type", "string", "Kind of place, such as dcim.rack.", many=True),
        parameter("object_id", "integer", "Id of the place.", many=True),
        parameter("site_id", "integer", "Places in the site.", many=True),
    ]

    def get(self, request: Request) -> Response:
        """A page of forecasts."""
        user = access.as_actor(request.user)
        if not access.may(user, access.VIEW, Utilization):
            self.permission_denied(request)
        query = request.query_params
        asked = Asked(data={name: query[name] for name in OWN if name in query})
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        resource = of_model(Utilization)
        kept = query.copy()
        for name in OWN:
            kept.pop(name, None)
        try:
            found = filters.apply(resource.filterset, resource.queryset(user), kept, user)
        except Invalid as fault:
            raise ValidationError(fault.message_dict) from fault
        start, end = given["offset"], given["offset"] + given["limit"]
        rows = list(found[start:end])
        told = tell(rows, given["horizon"], given["level"], growth(given, user))
        context = read_context(request)
        shown = resource.reader(("id", "url", "display", *_PLACE)).rows(
            Utilization.objects.filter(pk__in=[row.pk for row in rows]), context
        )
        by_id = {row["id"]: row for row in shown}
        results = [
            {"utilization": by_id[each.row.pk], **figures(each, path=given["path"])}
            for each in told
            if each.row.pk in by_id
        ]
        return Response({"count": found.count(), "results": results})


_PLACE = (
    *("object_type", "object_id", "object", "resource", "variant", "unit", "capacity", "used"),
    *("reserved", "planned"),
)


def growth(given: Json, user: Actor) -> Growth | None:
    """What-if growth; raises ValidationError for a type that is not seen or a number alone."""
    pk, per_week = given.get("device_type"), given.get("per_week")
    if pk is None and per_week is None:
        return None
    if pk is None or per_week is None:
        missing = "device_type" if pk is None else "per_week"
        raise ValidationError({missing: ["Give both a device type and how many a week."]})
    kind = access.visible(DeviceType, user).filter(pk=pk).first()
    if kind is None:
        raise ValidationError({"device_type": [f"There is no device type {pk}."]})
    return Growth(kind, per_week)


def figures(told: Told, *, path: bool = False) -> Json:
    """A forecast for JSON."""
    course = told.course
    found: Json = {
        "status": "forecast" if course else "not enough history",
        "history_days": int(told.days[-1] - told.days[0]) + 1 if len(told.days) else 0,
        "full_by_plans_alone": told.date(told.alone),
    }
    if course is None:
        return found
    error = course.error
    return found | {
        "model": course.model,
        "slope_per_day": round(course.slope, 4),
        "error": {
            "mae": round(error.mae, 3),
            "naive_mae": round(error.naive, 3),
            "scaled": None if error.scaled != error.scaled else round(error.scaled, 3),
            "weeks_ahead": error.weeks,
        },
        "days_until_full": course.full,
        "full": told.date(course.full),
        "earliest": told.date(course.earliest),
        "latest": told.date(course.latest),
        **({"path": _path(told)} if path else {}),
    }


def _path(told: Told) -> list[Json]:
    course = told.course
    if course is None:
        return []
    return [
        {
            "date": told.date(day + 1),
            "used": round(float(course.middle[day]), 3),
            "low": round(float(course.low[day]), 3),
            "high": round(float(course.high[day]), 3),
        }
        for day in range(WEEK - 1, len(course.middle), WEEK)
    ]
