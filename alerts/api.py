"""What REST can do with webhooks and deliveries beside reading and writing them."""

from __future__ import annotations

from typing import Any

from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts.models import Delivery, EventTask, Webhook
from core import access, registry
from core.api import ResourceView
from core.models import Job
from core.resource import Resource
from core.rest import read_context


class Order(ResourceView):
    """A `POST` on one row, which the user must see and may change."""

    permission_classes = [IsAuthenticated]
    component_of: type[Any] = Delivery  # what the answer shows
    code = "200"

    @classmethod
    def describe(cls, resource: Resource) -> dict[str, Any]:
        """The OpenAPI description."""
        component = registry.of_model(cls.component_of).component
        shown = {"schema": {"$ref": f"#/components/schemas/{component}"}}
        content = {"application/json": shown}
        return {"responses": {cls.code: {"description": cls.__doc__ or "", "content": content}}}

    @property
    def allowed_methods(self) -> list[str]:
        """Only `POST`."""
        return ["POST", "OPTIONS"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks; the declaration's methods are about the rows themselves."""
        APIView.initial(self, request, *args, **kwargs)

    def find(self, model: type[Any], pk: int) -> Any:
        """The row; 404 where the user may not see it, 403 where only looking is permitted."""
        row = access.visible(model, self.user).filter(pk=pk).first()
        if row is None:
            raise self.missing()
        # Whoever may change a webhook may do so with what it sent.
        changed, number = (Webhook, row.webhook_id) if model is Delivery else (model, pk)
        if not access.visible(changed, self.user, access.CHANGE).filter(pk=number).exists():
            self.permission_denied(self.request)
        return row

    def shown(self, row: Any, code: int = status.HTTP_200_OK) -> Response:
        """A row as REST shows it."""
        rows = registry.of_model(type(row)).reader().by_id([row.pk], read_context(self.request))
        return Response(rows[row.pk], status=code)


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
