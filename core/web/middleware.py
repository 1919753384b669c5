"""Headers of pages."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from core import preferences
from core.auth import client_address

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

FEATURES = "camera=(), microphone=(), geolocation=()"
# What reads codes from pictures is WebAssembly, which a page may not run unless it says so.
CAMERA_POLICY = f"{POLICY}; script-src 'self' 'wasm-unsafe-eval'"
CAMERA_FEATURES = FEATURES.replace("camera=()", "camera=(self)")


def with_camera(response: HttpResponse) -> HttpResponse:
    """Let this one page use the camera and read codes."""
    response.headers["Content-Security-Policy"] = CAMERA_POLICY
    response.headers["Permissions-Policy"] = CAMERA_FEATURES
    return response


class ContentSecurityPolicy:
    """Lets pages load from this server only, run no inline script or style, and use no camera.

    Answers below /api/ are left alone: the documentation there brings its own inline script.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path_info.startswith("/api/"):
            response.headers.setdefault("Content-Security-Policy", POLICY)
            response.headers.setdefault("Permissions-Policy", FEATURES)
        return response


class SessionExpiry:
    """Ends sessions: `SESSION_COOKIE_AGE` after the last use, `SESSION_MAX_SECONDS` after login."""

    # A use is noted at most this often, in seconds, so that a page costs no write.
    RESOLUTION = 300

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and "_auth_user_id" in request.session:
            self.note(request)
        response = self.get_response(request)
        # Whoever has signed in by this request, in whatever way, has left a mark in the session.
        if request.session.modified and "_auth_user_id" in request.session:
            self.note(request)
        return response

    def note(self, request: HttpRequest) -> None:
        """Keep the session alive, or end it when its time is over."""
        now = int(time.time())
        began = request.session.setdefault("began", now)
        if now - began > settings.SESSION_MAX_SECONDS:
            logout(request)
        elif now - request.session.get("used", 0) > self.RESOLUTION:
            request.session["used"] = now
            request.session["address"] = _address(request)
            request.session["agent"] = request.headers.get("User-Agent", "")[:300]


class ReaderPreferences:
    """Shows pages as the person who is signed in wants them; programs are shown UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api/"):
            return self.get_response(request)
        with preferences.applied(preferences.of(getattr(request, "user", None))):
            return self.get_response(request)


def _address(request: HttpRequest) -> str | None:
    try:
        client = ipaddress.ip_address(client_address(request))
    except ValueError:
        return None
    return str(getattr(client, "ipv4_mapped", None) or client)
