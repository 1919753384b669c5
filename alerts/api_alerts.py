"""What REST can do with alerts, rules and channels beside reading and writing them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import channels, preview, services
from alerts.api import Order
from alerts.models import Alert, Channel, Rule, Silence
from core import access, registry
from core.models import User
from core.rest import read_context
from core.serializers import ReferenceField

MAX_SILENCE = 30 * 24 * 60  # minutes


class _OnAlert(Order):
    """A `POST` about one alert, by whoever sees it and may change alerts."""

    component_of: ClassVar[type[Any]] = Alert

    def answer(self, alert: Alert, changed: bool) -> Response:
        """The alert as it is now; 409 where nothing could be changed."""
        if not changed:
            detail = "Nothing was changed: the alert is over, or it was so already."
            return Response({"detail": detail}, status=status.HTTP_409_CONFLICT)
        return self.shown(alert)


class _Note(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class Acknowledge(_OnAlert):
    """`POST` notes that somebody takes care of an alert, with a `note`."""

    def post(self, request: Request, pk: int) -> Response:
        """The alert."""
        alert = self.find(Alert, pk)
        given = _Note(data=request.data)
        given.is_valid(raise_exception=True)
        assert isinstance(request.user, User)
        note = given.validated_data["note"]
        done = services.acknowledge(alert, request.user, note, timezone.now())
        return self.answer(alert, done)


class Reopen(_OnAlert):
    """`POST` takes an acknowledgement back."""

    def post(self, request: Request, pk: int) -> Response:
        """The alert."""
        alert = self.find(Alert, pk)
        assert isinstance(request.user, User)
        return self.answer(alert, services.reopen(alert, request.user, timezone.now()))


class Assign(_OnAlert):
    """`POST` gives an alert to a user (`assignee`, null for nobody)."""

    def post(self, request: Request, pk: int) -> Response:
        """The alert."""
        alert = self.find(Alert, pk)
        field = ReferenceField(registry.of_model(User), Alert._meta.get_field("assignee"))
        context: dict[str, Any] = {"user": self.user, "references": {}}
        made = type("_Assign", (serializers.Serializer,), {"assignee": field})
        given = made(data=request.data, context=context)
        given.is_valid(raise_exception=True)
        assert isinstance(request.user, User)
        assignee = given.validated_data.get("assignee")
        return self.answer(alert, services.assign(alert, request.user, assignee, timezone.now()))


class _Silence(serializers.Serializer[Any]):
    minutes = serializers.IntegerField(min_value=1, max_value=MAX_SILENCE, default=60)
    why = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class SilenceAlert(_OnAlert):
    """`POST` silences an alert for `minutes` (60), and says `why`; the answer is the silence."""

    component_of: ClassVar[type[Any]] = Silence

    def post(self, request: Request, pk: int) -> Response:
        """The silence."""
        alert = self.find(Alert, pk)
        if not access.may(self.user, access.ADD, Silence):
            self.permission_denied(request)
        given = _Silence(data=request.data)
        given.is_valid(raise_exception=True)
        assert isinstance(request.user, User)
        made = services.silence(alert, request.user, now=timezone.now(), **given.validated_data)
        rows = registry.of_model(Silence).reader().by_id([made.pk], read_context(request))
        return Response(rows.get(made.pk, {"id": made.pk}), status=status.HTTP_201_CREATED)


class PreviewRule(Order):
    """`POST` a rule: at which objects it would fire now. Nothing is stored."""

    only_asks = True

    @classmethod
    def describe(cls, resource: Any) -> dict[str, Any]:
        """The OpenAPI description."""
        schema = {
            "type": "object",
            "properties": {
                "looked_at": {"type": "integer"},
                "unknown": {"type": "integer"},
                "count": {"type": "integer"},
                "objects": {"type": "array", "items": {"type": "object"}},
                "past": {
                    "type": "object",
                    "nullable": True,
                    "description": "what it would have done over the last 90 daily figures",
                    "properties": {
                        "days": {"type": "integer"},
                        "began": {"type": "integer"},
                        "objects": {"type": "integer"},
                        "most": {"type": "integer"},
                        "most_on": {"type": "string", "format": "date", "nullable": True},
                        "open": {"type": "array", "items": {"type": "object"}},
                    },
                },
            },
        }
        content = {"application/json": {"schema": schema}}
        body = {"$ref": f"#/components/schemas/{resource.component}Request"}
        return {
            "requestBody": {"content": {"application/json": {"schema": body}}},
            "responses": {"200": {"description": cls.__doc__ or "", "content": content}},
        }

    def post(self, request: Request) -> Response:
        """How many, and the first of them."""
        resource = registry.of_model(Rule)
        if not access.may(self.user, access.VIEW, Rule):
            self.permission_denied(request)
        context: dict[str, Any] = {"user": self.user, "references": {}}
        given = resource.serializer_class(data=request.data, context=context)
        given.is_valid(raise_exception=True)
        columns = {
            name: v for name, v in given.validated_data.items() if _is_column(resource, name)
        }
        found = preview.fires(Rule(**columns), read_context(request), timezone.now())
        return Response(found)


def _is_column(resource: Any, name: str) -> bool:
    return resource.has_field(name) and name not in ("tags", "custom_fields")


class TestChannel(Order):
    """`POST` sends a made-up alert over a channel at once; the answer tells what came of it."""

    @classmethod
    def describe(cls, resource: Any) -> dict[str, Any]:
        """The OpenAPI description."""
        schema = {
            "type": "object",
            "properties": {
                "sent": {"type": "boolean"},
                "error": {"type": "string"},
                "permanent": {"type": "boolean"},
            },
        }
        content = {"application/json": {"schema": schema}}
        return {"responses": {"200": {"description": cls.__doc__ or "", "content": content}}}

    def post(self, request: Request, pk: int) -> Response:
        """Whether it was sent, and what went wrong."""
        failure = channels.test(self.find(Channel, pk), request.user.get_username(), timezone.now())
        return Response(
            {
                "sent": failure is None,
                "error": str(failure or ""),
                "permanent": bool(failure and failure.permanent),
            }
        )
