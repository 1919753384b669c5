"""The table of contents. headroom.health answers /healthz, /readyz and /metrics."""

from __future__ import annotations

from django.urls import include, path

handler400 = "core.web.faults.bad_request"
handler403 = "core.web.faults.forbidden"
handler404 = "core.web.faults.not_found"
handler500 = "core.web.faults.failed"

urlpatterns = [
    path("", include("core.urls")),
]
