"""What every page shares: who may see it, its addresses, the context it reads with."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import psycopg.errors as pg
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import get_script_prefix
from django.utils.http import url_has_allowed_host_and_scheme

from core import access
from core.errors import said_of
from core.history.actor import explain
from core.read import ReadContext
from core.sql import MAX_ID

if TYPE_CHECKING:
    from core.resource import Resource

View = Callable[..., HttpResponse]


def root() -> str:
    """The path prefix of this server, without a closing slash."""
    return get_script_prefix().rstrip("/")


def address(resource: Resource, pk: int | None = None, action: str = "") -> str:
    """The path of a resource's page: list, detail with `pk`, or an action of either."""
    base = resource.page_url(root()) if pk is None else resource.display_url(pk, root())
    return f"{base}{action}/" if action else base


def page(view: View) -> View:
    """Decorate a view: whoever is not signed in goes to the login page and comes back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            if any(isinstance(value, int) and value > MAX_ID for value in kwargs.values()):
                raise Http404("No record has such a number.")
            if request.method == "POST":
                explain(request.POST.get("changelog_message"))
            try:
                return view(request, *args, **kwargs)
            except DataError as fault:  # what no column can hold, as over REST
                cause = fault.__cause__
                said = f": {said_of(cause)}" if isinstance(cause, pg.DataError) else ""
                raise BadRequest(f"A value in the address or form is none{said}.") from fault
        login = redirect_to_login(request.get_full_path(), f"{root()}/login/")
        if getattr(request, "htmx", False):
            return HttpResponse(headers={"HX-Redirect": login.url})
        return login

    return guarded


def actor(request: HttpRequest) -> access.Actor:
    """Who asks."""
    return access.as_actor(request.user)


def reading(request: HttpRequest) -> ReadContext:
    """A read context whose addresses are paths on this server."""
    return ReadContext(user=actor(request), base=root())


def require(request: HttpRequest, action: str, resource: Resource) -> None:
    """Raise PermissionDenied unless the user may do `action` on some rows of `resource`."""
    if not access.may(actor(request), action, resource.model):
        raise PermissionDenied


def may(request: HttpRequest, resource: Resource, action: str) -> bool:
    """Whether the declaration and the user's permissions allow `action` on some rows."""
    method = {"add": "post", "change": "patch", "delete": "delete"}.get(action, "get")
    return method in resource.methods and access.may(actor(request), action, resource.model)


def may_row(request: HttpRequest, resource: Resource, action: str, pk: int) -> bool:
    """Whether `action` is allowed on this row."""
    if not may(request, resource, action):
        return False
    return not access.outside(resource.model, [pk], actor(request), action)


def visible_or_404(request: HttpRequest, resource: Resource, pk: int) -> None:
    """Raise Http404 unless the user may see the row."""
    if not resource.queryset(actor(request)).filter(pk=pk).order_by().exists():
        raise Http404(f"There is no {resource.name} {pk}.")


def back_to(request: HttpRequest, default: str) -> str:
    """Where to go afterwards: `return` of the request when it is a path of this server."""
    wanted = request.POST.get("return") or request.GET.get("return") or ""
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if safe and wanted.startswith("/") else default
