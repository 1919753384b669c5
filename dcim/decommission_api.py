"""Decommissioning over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.orders import Order
from core.resource import Action, Resource
from dcim.decommission import STATUSES, decommission
from dcim.models import Device


class _Given(serializers.Serializer[Any]):
    status = serializers.ChoiceField(
        [(each.value, each.label) for each in STATUSES], default=STATUSES[0].value
    )
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class DecommissionView(Order):
    """`POST` takes a device out of its rack, removes its cables and keeps its record."""

    component_of = Device

    @classmethod
    def describe(cls, resource: Resource) -> dict[str, Any]:
        """The OpenAPI description, with what may be sent."""
        properties = {
            "status": {
                "type": "string",
                "enum": [each.value for each in STATUSES],
                "default": STATUSES[0].value,
            },
            "note": {"type": "string", "maxLength": 2000, "description": "For its journal."},
        }
        schema = {"type": "object", "properties": properties}
        body = {"content": {"application/json": {"schema": schema}}}
        return {**super().describe(resource), "requestBody": body}

    def post(self, request: Request, pk: int) -> Response:
        """The device as it is now; `If-Match` refuses a stale version."""
        device = self.find(Device, pk)
        given = _Given(data=request.data)
        given.is_valid(raise_exception=True)
        chosen = given.validated_data
        decommission(
            device.pk, chosen["status"], self.user, note=chosen["note"], check=self.version_check()
        )
        return self.one(device.pk, own=True)


DECOMMISSION = Action("<int:pk>/decommission/", DecommissionView)
