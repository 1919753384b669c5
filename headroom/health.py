"""Is it alive, is it ready: for load balancers and process managers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse

from headroom import metrics
from headroom.celery import app

BROKER_SECONDS = 2

Answer = Callable[[HttpRequest], HttpResponse]


class HealthMiddleware:
    """Answers /healthz, /readyz and /metrics before anything that asks for a host or a user.

    Probes come by address, which ALLOWED_HOSTS would refuse.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.views = {"/healthz": alive, "/readyz": ready, "/metrics": metrics.export}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        view = self.views.get(request.path_info, self.get_response)
        return view(request)


def alive(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; touches neither database nor broker."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> HttpResponse:
    """200 when database, migrations and broker are all fit for use, else 503; each by name."""
    problems = {"database": _database(), "migrations": _migrations(), "broker": _broker()}
    checks = {name: problem or "ok" for name, problem in problems.items()}
    healthy = not any(problems.values())
    body = {"status": "ok" if healthy else "unavailable", "checks": checks}
    return JsonResponse(body, status=200 if healthy else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "does not answer"
    return ""


def _migrations() -> str:
    try:
        applied = set(MigrationRecorder(connection).applied_migrations())
    except Error:
        return "unknown"
    missing = len(_known_migrations() - applied)
    return f"{missing} to apply" if missing else ""


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    """Those on disk, less those a squashed one stands for; they do not change while we run."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(key for key in loader.graph.nodes if key in loader.disk_migrations)


def _broker() -> str:
    options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    if settings.CELERY_BROKER_URL.startswith("redis"):
        options |= {"socket_connect_timeout": BROKER_SECONDS, "socket_timeout": BROKER_SECONDS}
    link = app.connection_for_write(
        connect_timeout=BROKER_SECONDS, transport_options=options, heartbeat=0
    )
    try:
        link.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
        link.default_channel  # noqa: B018 - opens it, which Redis needs to be really asked
    except Exception:  # each transport has errors of its own
        return "does not answer"
    finally:
        with contextlib.suppress(Exception):
            link.release()
    return ""
