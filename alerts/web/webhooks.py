"""What the watch adds to the pages: sending a test, sending again, what came of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from alerts import event_tasks, events
from alerts.models import Delivery, EventRule, EventTask, Webhook
from core import access, registry
from core.models import Job
from core.web.page import actor, address, may_row, page
from core.web.panels import add_panel, add_rows_tab
from core.web.urls import add_page

OPEN = (Delivery.Status.PENDING, Delivery.Status.RUNNING)


def _find(request: HttpRequest, model: type[Any], pk: int) -> Any:
    """The row; Http404 unless the user sees it and may change it, of a delivery its webhook."""
    row = access.visible(model, actor(request)).filter(pk=pk).first()
    changed, number = (Webhook, row.webhook_id) if isinstance(row, Delivery) else (model, pk)
    if row is None or not may_row(request, registry.of_model(changed), "change", number):
        raise Http404(f"There is no {registry.of_model(model).name} {pk}.")
    return row


@require_POST
@page
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the webhook a made-up event and show what came of it."""
    made = events.test(_find(request, Webhook, pk), request.user.get_username())
    if made.status == Delivery.Status.COMPLETED:
        messages.success(request, f"The receiver answered {made.status_code}.")
    else:
        messages.error(request, f"The test failed: {made.error}")
    return HttpResponseRedirect(address(registry.of_model(Delivery), made.pk))


@require_POST
@page
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Send once more what a delivery sent."""
    old = _find(request, Delivery, pk)
    if old.status in OPEN:
        messages.info(request, "It is still being sent.")
        return HttpResponseRedirect(address(registry.of_model(Delivery), pk))
    made = events.replay(old)
    messages.success(request, "It is being sent again.")
    return HttpResponseRedirect(address(registry.of_model(Delivery), made.pk))


@require_POST
@page
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a task run for a made-up event, and show its job."""
    made = event_tasks.try_out(_find(request, EventTask, pk), actor(request))
    return HttpResponseRedirect(address(registry.of_model(Job), made.pk))


def run_panel(request: HttpRequest, pk: int, context: dict[str, Any]) -> str | None:
    """A button that runs the task, for those who may change it."""
    if not may_row(request, context["resource"], "change", pk):
        return None
    return render_to_string("alerts/run.html", context, request)


def test_panel(request: HttpRequest, pk: int, context: dict[str, Any]) -> str | None:
    """A button that sends the webhook a test, for those who may change it."""
    if not may_row(request, context["resource"], "change", pk):
        return None
    return render_to_string("alerts/test.html", context, request)


def outcome(request: HttpRequest, pk: int, context: dict[str, Any]) -> str:
    """What was sent and what was answered; with a button that sends it again."""
    delivery = Delivery.objects.get(pk=pk)
    webhooks = registry.of_model(Webhook)
    may_replay = delivery.status not in OPEN and may_row(
        request, webhooks, "change", delivery.webhook_id
    )
    told = {**context, "delivery": delivery, "may_replay": may_replay}
    return render_to_string("alerts/outcome.html", told, request)


add_page("extras/webhooks/<int:pk>/test/", test)
add_page("extras/webhook-deliveries/<int:pk>/replay/", replay)
add_page("extras/event-tasks/<int:pk>/test/", run)
add_panel(EventTask, 10, run_panel)
add_panel(Webhook, 10, test_panel)
add_panel(Delivery, -10, outcome)
add_rows_tab(Webhook, Delivery, "webhook_id")
add_rows_tab(EventRule, Delivery, "event_rule_id")
