"""What every answer carries, and JSON instead of pages for programs."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse, JsonResponse

from core.custom_fields.definitions import scope

API_VERSION = "4.6"
log = logging.getLogger(__name__)
request_id: ContextVar[str] = ContextVar("request_id", default="")
# Why the person or program makes the changes of this request; kept with each of them.
changelog_message: ContextVar[str] = ContextVar("changelog_message", default="")

_SENTENCES = {400: "Bad request.", 403: "Forbidden.", 404: "Not found.", 500: "Server error."}


class ApiMiddleware:
    """Gives each request an id; under /api/ adds the version header and turns pages into JSON."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        identifier = str(uuid.uuid4())
        request.id = identifier  # type: ignore[attr-defined]
        token, message = request_id.set(identifier), changelog_message.set("")
        try:
            with scope():
                response = self.answer(request)
        finally:
            request_id.reset(token)
            changelog_message.reset(message)
        response["X-Request-ID"] = identifier
        return response

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The response, as a program expects it when it comes from /api/."""
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        if not request.path_info.endswith("/") and request.method not in ("GET", "HEAD"):
            response: HttpResponse = JsonResponse({"detail": "Not found."}, status=404)
        else:
            response = self.get_response(request)
        kind = response.get("Content-Type", "")
        if response.status_code >= 400 and kind.startswith("text/html"):
            sentence = _SENTENCES.get(response.status_code, response.reason_phrase)
            response = JsonResponse({"detail": sentence}, status=response.status_code)
        response["API-Version"] = API_VERSION
        return response
