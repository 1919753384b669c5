"""What every REST view shares: rendering, errors, absolute addresses."""

from __future__ import annotations

import contextlib
import json
import logging
from typing import Any

import orjson
import psycopg.errors as pg
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError
from django.http import Http404, HttpRequest
from rest_framework import renderers, status
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from core import access
from core.errors import Denied, Invalid, Protected, Stale, messages_of_validation, said_of
from core.read import ReadContext

log = logging.getLogger(__name__)


def base_url(request: Any) -> str:
    """Scheme, host and path prefix of the request, without a closing slash."""
    http: HttpRequest = getattr(request, "_request", request)
    return f"{http.scheme}://{http.get_host()}{http.META.get('SCRIPT_NAME', '').rstrip('/')}"


def read_context(request: Any) -> ReadContext:
    """A read context for the user and address of a request."""
    return ReadContext(user=access.as_actor(request.user), base=base_url(request))


def _default(value: Any) -> Any:
    return str(value)


class Negotiation(DefaultContentNegotiation):
    """How the client wants its answer; told at once where there is nothing to choose."""

    def select_renderer(
        self, request: Any, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """The renderer and its media type."""
        if (
            len(renderers) == 1
            and request.META.get("HTTP_ACCEPT", "*/*") in ("*/*", renderers[0].media_type)
            and not (format_suffix or api_settings.URL_FORMAT_OVERRIDE in request.query_params)
        ):
            return renderers[0], renderers[0].media_type
        chosen: tuple[Any, str] = super().select_renderer(request, renderers, format_suffix)
        return chosen


class OrjsonRenderer(renderers.BaseRenderer):
    """JSON; times in UTC end in Z."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, media_type: str | None = None, context: Any = None) -> bytes:
        """The bytes of `data`, which the response then lets go."""
        found = b"" if data is None else _dumped(data)
        if context:
            _release(context)
        return found


def _dumped(data: Any) -> bytes:
    options = orjson.OPT_UTC_Z
    # Keys that are no text take orjson twice as long with all, and are rare.
    for option in (options, options | orjson.OPT_NON_STR_KEYS):
        with contextlib.suppress(TypeError):
            return orjson.dumps(data, default=_default, option=option)
    # Integers beyond 64 bits and lone surrogates, which JSON may hold.
    return json.dumps(data, default=_default).encode()


def _release(context: dict[str, Any]) -> None:
    """Let go of what a written answer was made of.

    View, request and response hold each other. Thousands of rows would stay until the garbage
    collector came for them, and it would come the more often.
    """
    context["response"].data = context["view"].response = None
    context.clear()


def invalid_response(error: Invalid, *, many: bool) -> Response:
    """400 with messages by field, or by position for lists; 403 for what is not permitted."""
    if isinstance(error, Denied):
        return Response({"detail": error.sentence}, status=status.HTTP_403_FORBIDDEN)
    return Response(error.items if many else error.items[0], status=status.HTTP_400_BAD_REQUEST)


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error as JSON with the right status; None lets an unknown one through."""
    if isinstance(error, Invalid):
        return invalid_response(error, many=len(error.items) > 1)
    if isinstance(error, Protected):
        return Response({"detail": error.sentence}, status=status.HTTP_409_CONFLICT)
    if isinstance(error, Stale):
        detail = "The object has been changed since it was read."
        return Response(
            {"detail": detail},
            status=status.HTTP_412_PRECONDITION_FAILED,
            headers={"ETag": error.etag},
        )
    if isinstance(error, ValidationError):
        return Response(messages_of_validation(error), status=status.HTTP_400_BAD_REQUEST)
    if isinstance(error, DatabaseError) and isinstance(error.__cause__, pg.DataError):
        sentence = f"{said_of(error.__cause__)}."
        return Response({NON_FIELD_ERRORS: [sentence]}, status=status.HTTP_400_BAD_REQUEST)
    if isinstance(error, RecursionError):
        return Response({"detail": "Too deeply nested."}, status=status.HTTP_400_BAD_REQUEST)
    if isinstance(error, Http404):
        detail = str(error.args[0]) if error.args else "Not found."
        return Response({"detail": detail}, status=status.HTTP_404_NOT_FOUND)
    return exception_handler(error, context)
