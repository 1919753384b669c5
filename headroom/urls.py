"""The table of contents. headroom.health answers /healthz, /readyz and /metrics."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("core.urls")),
]
