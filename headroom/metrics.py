"""Prometheus metrics.

Requests are counted by the web processes and tasks by the workers. Where
PROMETHEUS_MULTIPROC_DIR is set (the supervisor sets it), one scrape covers all processes that
share that folder; without it, the process that answers. Database and job figures are read at each
scrape, so they are the same from everywhere.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from celery.signals import task_postrun, task_prerun
from django.conf import settings
from django.db import Error, connection
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from alerts.models import Alert, Channel
from capacity.models import Utilization
from core.models import Job

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
TASK_BUCKETS = (0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
LOOPBACK = {"127.0.0.1", "::1"}

REQUESTS = Counter("headroom_http_requests", "Requests answered.", ["method", "view", "status"])
LATENCY = Histogram(
    "headroom_http_request_seconds", "Time to answer.", ["method", "view"], buckets=BUCKETS
)
TASKS = Counter("headroom_tasks", "Background tasks ended.", ["task", "state"])
TASK_TIME = Histogram(
    "headroom_task_seconds", "Time of a background task.", ["task"], buckets=TASK_BUCKETS
)

Answer = Callable[[HttpRequest], HttpResponse]


class MetricsMiddleware:
    """Counts and times each request by view name, never by path."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request and count it."""
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = (match.view_name if match else "") or "unmatched"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, view, response.status_code).inc()
        LATENCY.labels(method, view).observe(time.perf_counter() - started)
        return response


class DatabaseCollector(Collector):
    """What the database knows about itself and the jobs, read at each scrape."""

    def collect(self) -> Iterator[Metric]:
        """The figures, or only `headroom_database_up 0` while it does not answer."""
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_database_size(current_database()),"
                    " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())"
                )
                size, clients = cursor.fetchone()
            jobs = dict(Job.objects.order_by().values_list("status").annotate(Count("pk")))
        except Error:
            yield GaugeMetricFamily("headroom_database_up", "The database answers.", 0)
            return
        yield GaugeMetricFamily("headroom_database_up", "The database answers.", 1)
        yield GaugeMetricFamily("headroom_database_bytes", "Size of the database.", size)
        yield GaugeMetricFamily("headroom_database_connections", "Open connections.", clients)
        counted = GaugeMetricFamily("headroom_jobs", "Jobs that are kept.", labels=["status"])
        for status in Job.Status.values:
            counted.add_metric([status], jobs.get(status, 0))
        yield counted


class WatchCollector(Collector):
    """Open alerts, channels that fail, and how full places are, read at each scrape."""

    def collect(self) -> Iterator[Metric]:
        """The figures; nothing while the database does not answer."""
        try:
            alerts = list(
                Alert.objects.filter(resolved__isnull=True)
                .order_by()
                .annotate(new=Q(acknowledged__isnull=True))
                .values_list("severity", "metric", "new")
                .annotate(Count("pk"))
            )
            failing = Channel.objects.filter(failing_since__isnull=False).count()
            places = list(
                Utilization.objects.filter(tenant__isnull=True)
                .order_by("pk")
                .values_list(
                    *("site__name", "location__name", "rack__name", "redundancy_group__name"),
                    *("resource", "variant", "used", "capacity"),
                    *("percent", "committed_percent", "worst_percent"),
                )
            )
        except Error:
            return
        yield _open_alerts(alerts)
        yield GaugeMetricFamily("headroom_channels_failing", "Channels that fail.", failing)
        yield from _utilization(places)


_PLACE = ("site", "location", "rack", "redundancy_group", "resource", "variant")
_FIGURES = (
    ("used", "What is used, in the unit of the resource."),
    ("capacity", "What there is, in the unit of the resource."),
    ("percent", "Used in percent of what there is."),
    ("committed_percent", "Used, reserved and planned in percent of what there is."),
    ("worst_percent", "The fullest power node after any single failure, in percent."),
)


def _open_alerts(rows: Sequence[tuple[str, str, bool, int]]) -> Metric:
    told = GaugeMetricFamily(
        "headroom_alerts_open",
        "Alerts that are open.",
        labels=["severity", "figure", "acknowledged"],
    )
    for severity, figure, new, number in rows:
        told.add_metric([severity, figure, "false" if new else "true"], number)
    return told


def _utilization(rows: Sequence[tuple[Any, ...]]) -> Iterator[Metric]:
    for place, (name, text) in enumerate(_FIGURES, start=len(_PLACE)):
        told = GaugeMetricFamily(f"headroom_utilization_{name}", text, labels=_PLACE)
        for row in rows:
            if row[place] is not None:
                told.add_metric([str(part or "") for part in row[: len(_PLACE)]], row[place])
        yield told


def export(request: HttpRequest) -> HttpResponse:
    """All metrics, for loopback clients and for bearers of METRICS_TOKEN."""
    if not _may_read(request):
        return HttpResponse("Metrics are for loopback clients or need METRICS_TOKEN.", status=403)
    registry = CollectorRegistry()
    registry.register(DatabaseCollector())
    registry.register(WatchCollector())
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)
        body = generate_latest(registry)
    else:
        body = generate_latest(REGISTRY) + generate_latest(registry)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if token:
        return hmac.compare_digest(given.encode(), token.encode())
    # Behind a proxy on this machine that is not declared as trusted, everybody is loopback.
    through_proxy = request.META.get("headroom.forwarded") and not settings.TRUSTED_PROXIES
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not through_proxy


# --- tasks ----------------------------------------------------------------------------------

_started: dict[str, float] = {}


@task_prerun.connect
def _task_started(task_id: str, **_: Any) -> None:
    _started[task_id] = time.perf_counter()


@task_postrun.connect
def _task_ended(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    TASKS.labels(task.name, (state or "unknown").lower()).inc()
    if task_id in _started:
        TASK_TIME.labels(task.name).observe(time.perf_counter() - _started.pop(task_id))
