"""Users for administrators: second factor, sessions and tokens on their pages and in their list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from django_otp.plugins.otp_totp.models import TOTPDevice

from core import access, registry, second_factor, sessions
from core.models import Token, User
from core.web.columns import PageColumn, add_column
from core.web.page import actor, address, may_row, page, visible_or_404
from core.web.panels import add_panel
from core.web.urls import add_page

SHOWN_TOKENS = 20


def add_to_pages() -> None:
    """Add them to the pages of users; called once all resources are registered."""
    add_panel(User, 10, signing_in)
    factor = PageColumn("second_factor", "Second factor", second_factors)
    add_column(User, factor, after="is_active")
    add_page("users/users/<int:pk>/sessions/", end_sessions)


def second_factors(request: HttpRequest, ids: Sequence[int]) -> dict[int, SafeString]:
    """Which of the users that the reader may change have a second factor. Two statements at most.

    Whose account is weaker is for nobody else to know.
    """
    known = set(ids) - access.outside(User, ids, actor(request), access.CHANGE)
    devices = TOTPDevice.objects.filter(user__in=known, confirmed=True)
    having = set(devices.values_list("user", flat=True))
    return {pk: _factor(pk in having) for pk in known}


def _factor(used: bool) -> SafeString:
    tone, word = ("good", "in use") if used else ("idle", "off")
    return format_html('<span class="badge tone-{}">{}</span>', tone, word)


def signing_in(request: HttpRequest, pk: int, context: dict[str, Any]) -> str | None:
    """How a user gets in and where they are: for those who may change them."""
    resource = context["resource"]
    if not may_row(request, resource, "change", pk):
        return None
    user = User.objects.get(pk=pk)
    own = request.session.session_key if actor(request) == user else None
    tokens = registry.of_model(Token)
    found = access.visible(Token, actor(request)).filter(user=user).order_by("-created")
    shown = {
        "subject": user,
        "factor": _factor(second_factor.has(user)),
        "sessions": sessions.of(user, own),
        "end_url": f"{address(resource, pk)}sessions/",
        "tokens": found[:SHOWN_TOKENS],
        "tokens_url": f"{address(tokens)}?user_id={pk}",
        "token_base": address(tokens),
        "may_add_token": access.may(actor(request), access.ADD, Token),
        "now": timezone.now(),
    }
    return render_to_string("core/signing_in.html", shown, request)


@require_POST
@page
def end_sessions(request: HttpRequest, pk: int) -> HttpResponse:
    """End one session of a user, or all of them but the one at hand."""
    resource = registry.of_model(User)
    visible_or_404(request, resource, pk)
    if not may_row(request, resource, "change", pk):
        raise PermissionDenied
    user = User.objects.get(pk=pk)
    if "all" in request.POST:
        ended = sessions.end_all([pk], but=request.session.session_key)
        messages.success(request, f"{ended} session{'' if ended == 1 else 's'} of {user} ended.")
    elif sessions.end(user, request.POST.get("session", "")):
        messages.success(request, f"The session of {user} has been ended.")
    else:
        messages.info(request, "That session was over already.")
    return HttpResponseRedirect(address(resource, pk))
