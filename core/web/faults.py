"""Pages for what went wrong, in the style of the others."""

from __future__ import annotations

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def _answer(
    request: HttpRequest, status: int, heading: str, sentence: str, advice: str
) -> HttpResponse:
    user = getattr(request, "user", None)
    context = {
        "heading": heading,
        "sentence": sentence,
        "advice": advice,
        "signed_in": bool(user and user.is_authenticated),
    }
    return render(request, "core/fault.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    told = exception.args[0] if isinstance(exception, BadRequest) and exception.args else ""
    sentence = told or "The server could not understand this request."
    return _answer(request, 400, "Bad request", sentence, "Go back and try again.")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    advice = "Ask an administrator if you need it."
    return _answer(request, 403, "Not permitted", "You may not do this.", advice)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, also for what the user may not see."""
    told = exception.args[0] if exception and exception.args else None
    sentence = told if isinstance(told, str) else "There is nothing at this address."
    advice = "It may have been deleted, or you may not see it. Search for it by name."
    return _answer(request, 404, "Not found", sentence, advice)


def failed(request: HttpRequest) -> HttpResponse:
    """500; nothing that needs the database."""
    context = {
        "heading": "Something failed",
        "sentence": "The server met an error it did not expect.",
        "advice": f"It has been logged as {getattr(request, 'id', 'unknown')}.",
        "signed_in": False,
    }
    return render(None, "core/fault.html", context, status=500)
