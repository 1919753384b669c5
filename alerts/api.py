"""What REST can do with webhooks and deliveries beside reading and writing them."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.models import Delivery, EventTask, Webhook
from core import orders
from core.models import Job


class Order(orders.Order):
    """A `POST` on one row; on a delivery by whoever may change the webhook that sent it."""

    component_of: ClassVar[type[Any]] = Delivery

    def guarded_by(self, row: Any) -> tuple[type[Any], int]:
        """Of a delivery its webhook: whoever may change that may do so with what it sent."""
        return (Webhook, row.webhook_id) if isinstance(row, Delivery) else super().guarded_by(row)


class TestWebhook(Order):
    """`POST` sends a webhook a made-up event at once; the answer tells what came of it."""

    def post(self, request: Request, pk: int) -> Response:
        """The delivery, tried once."""
        from alerts import events

        made = events.test(self.find(Webhook, pk), request.user.get_username())
        return self.shown(made)


class ReplayDelivery(Order):
    """`POST` sends what a delivery sent once more, as a delivery of its own."""

    def post(self, request: Request, pk: int) -> Response:
        """The new delivery; 409 while the old one is not over."""
        from alerts import events

        old = self.find(Delivery, pk)
        if old.status in (Delivery.Status.PENDING, Delivery.Status.RUNNING):
            detail = "It is still being sent."
            return Response({"detail": detail}, status=status.HTTP_409_CONFLICT)
        return self.shown(events.replay(old), status.HTTP_202_ACCEPTED)


class TestTask(Order):
    """`POST` has a task run for a made-up event; the answer is its job."""

    component_of = Job
    code = "202"

    def post(self, request: Request, pk: int) -> Response:
        """The job."""
        from alerts import event_tasks

        made = event_tasks.try_out(self.find(EventTask, pk), self.user)
        return self.shown(made, status.HTTP_202_ACCEPTED)
