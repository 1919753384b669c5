"""Signing in and out."""

from __future__ import annotations

from django.contrib.auth import views
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from core.web.page import root


class Login(views.LoginView):
    """The login page; goes on to `next` when that is an address of this server."""

    template_name = "core/login.html"
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """The overview."""
        return f"{root()}/"


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out and show the login page."""
    return views.LogoutView.as_view(next_page=f"{root()}/login/")(request)
