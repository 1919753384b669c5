"""The page of a background job: state, progress, log, result."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from core import jobs as service
from core import registry
from core.models import Job
from core.resource import Resource
from core.web.page import actor, address, page

TONES = {
    Job.Status.PENDING: "idle",
    Job.Status.SCHEDULED: "plan",
    Job.Status.RUNNING: "stage",
    Job.Status.COMPLETED: "good",
    Job.Status.ERRORED: "bad",
    Job.Status.FAILED: "warn",
}
SHOWN_FAULTS = 200


def find(request: HttpRequest, pk: int) -> Job:
    """A job the user may see; Http404 otherwise."""
    record = service.visible(actor(request)).select_related("user").filter(pk=pk).first()
    if record is None:
        raise Http404(f"There is no job {pk}.")
    return record


def context_of(request: HttpRequest, record: Job) -> dict[str, Any]:
    """What the templates show of a job."""
    resource = registry.of_model(Job)
    path = record.arguments.get("path", "")
    data = record.data if isinstance(record.data, dict) else {}
    subject = _subject(path)
    checked = record.kind == "core.import" and data.get("dry_run") and not data.get("faults")
    kept = record.arguments.get("input", "")
    return {
        "resource": resource,
        "job": record,
        "subject": subject,
        "tone": TONES[Job.Status(record.status)],
        "open": record.status in service.OPEN,
        "may_cancel": record.status in service.OPEN and service.may_cancel(actor(request), record),
        "report": data if "bad_lines" in data else None,
        "faults": (data.get("faults") or [])[:SHOWN_FAULTS],
        "row_faults": data.get("rows") if isinstance(data.get("rows"), list) else None,
        "facts": [(k, v) for k, v in data.items() if isinstance(v, int) and k != "dry_run"],
        "import_url": f"{address(subject)}import/"
        if subject and checked and kept and default_storage.exists(kept)
        else "",
        "list_url": address(resource),
        "subject_url": address(subject) if subject else "",
    }


def _subject(path: str) -> Resource | None:
    try:
        return registry.of_path(path)
    except LookupError:
        return None


@require_safe
@page
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The job's page; with `live` only the part that changes."""
    context = context_of(request, find(request, pk))
    live = getattr(request, "htmx", False) and "live" in request.GET
    return render(request, "core/_job.html" if live else "core/job.html", context)


@require_POST
@page
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the job to stop."""
    record = find(request, pk)
    if not service.may_cancel(actor(request), record):
        raise Http404
    if service.cancel(record, actor(request)):
        messages.info(request, f"{record.name} is asked to stop.")
    else:
        messages.info(request, f"{record.name} was over already.")
    return HttpResponseRedirect(address(registry.of_model(Job), pk))


@require_safe
@page
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """The file a job made, as a download, for those who may see the job."""
    record = find(request, pk)
    stored = record.result_file.name if record.result_file else ""
    if not stored or not default_storage.exists(stored):
        raise Http404("This job has no file.")
    name = stored.rsplit("/", 1)[-1]
    answer: Any = FileResponse(default_storage.open(stored), as_attachment=True, filename=name)
    found: HttpResponse = answer
    return found
