"""Background jobs: their pages, how far they are in the list, and one's own in the header."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from core import jobs as service
from core import registry
from core.gather import Lookup
from core.models import Job, User
from core.resource import Resource
from core.web import header
from core.web.columns import PageColumn, add_column
from core.web.page import actor, address, page, reading

TONES = {
    Job.Status.PENDING: "idle",
    Job.Status.SCHEDULED: "plan",
    Job.Status.RUNNING: "stage",
    Job.Status.COMPLETED: "good",
    Job.Status.ERRORED: "bad",
    Job.Status.FAILED: "warn",
}
SHOWN_FAULTS = 200
SHOWN_OWN = 10


def add_to_pages() -> None:
    """Add the state that renews itself to the list, and one's own jobs to the header."""
    add_column(Job, PageColumn("status", "Status", _states))
    header.add_item(own)


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
        "log": [{**each, "at": parse_datetime(each["timestamp"])} for each in record.log_entries],
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


def _states(request: HttpRequest, ids: Sequence[int]) -> dict[int, SafeString]:
    rows = Job.objects.filter(pk__in=ids).only("status", "progress", "total")
    return {row.pk: _state(row) for row in rows}


def _state(record: Job) -> SafeString:
    """The state as a badge, with how far the job is; renews itself while it is open."""
    shown = {
        "job": record,
        "tone": TONES[Job.Status(record.status)],
        "open": record.status in service.OPEN,
        "url": address(registry.of_model(Job), record.pk, "state"),
    }
    return render_to_string("core/_job_state.html", shown)


@require_safe
@page
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a job is, for its line in the list."""
    return HttpResponse(_state(find(request, pk)))


# So long after its end a job of one's own is still told of in the header.
JUST_NOW = dt.timedelta(minutes=1)


# One statement, which an index on open jobs answers. One's own jobs are kept from nobody.
_OWN = Lookup(
    lambda given, user: (
        Job.objects.filter(given("user_id"), status__in=service.OPEN)
        .order_by("-created")
        .values_list("pk", "name", "progress", "total")[:SHOWN_OWN]
    )
)


def own(request: HttpRequest) -> str | None:
    """The reader's own jobs that are not over, as a link that renews itself."""
    user = actor(request)
    if not isinstance(user, User):
        return None
    rows = reading(request).run(_OWN.fetch([user.pk], user))
    if not rows:
        return None
    jobs = registry.of_model(Job)
    pk, name, progress, total = rows[0]
    shown = {
        "count": len(rows),
        "more": len(rows) == SHOWN_OWN,
        "name": name,
        "share": round(100 * progress / total) if total else None,
        "url": address(jobs, pk) if len(rows) == 1 else f"{address(jobs)}?user_id={user.pk}",
        "renew": f"{address(jobs)}mine/",
    }
    return render_to_string("core/_own_jobs.html", shown)


@require_safe
@page
def mine(request: HttpRequest) -> HttpResponse:
    """One's own open jobs, for the header; what has ended meanwhile is told once."""
    html = own(request)
    if html is not None:
        return HttpResponse(html)
    since = timezone.now() - JUST_NOW
    over = Job.objects.filter(user_id=request.user.pk or 0, completed__gte=since)
    shown = {"job": over.order_by("-completed").first(), "url": address(registry.of_model(Job))}
    return render(request, "core/_own_jobs_over.html", shown)


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
