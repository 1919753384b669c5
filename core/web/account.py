"""Signing in and out, and setting the second factor up."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib.auth import login, views
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core import preferences, second_factor
from core.models import User
from core.web.page import root

# How long a right password waits for the second factor, in seconds.
PENDING_SECONDS = 600


class Login(views.LoginView):
    """The login page; goes on to `next` when that is an address of this server."""

    template_name = "core/login.html"
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """The page people chose to start with."""
        return start_of(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds single sign-on, where it is set up."""
        query = urlencode({"next": self.get_redirect_url() or self.get_default_redirect_url()})
        sign_on = f"{root()}/oidc/authenticate/?{query}" if settings.OIDC_ISSUER else ""
        return super().get_context_data(
            sign_on=sign_on,
            sign_on_name=settings.OIDC_NAME,
            refused="refused" in self.request.GET,
            **kwargs,
        )

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in, after the second factor where the account has one or must have one."""
        user: Any = form.get_user()
        has = second_factor.has(user)
        if not has and not second_factor.required(user):
            return super().form_valid(form)
        self.request.session.cycle_key()
        self.request.session["pending"] = {
            "user": user.pk,
            "backend": user.backend,
            "next": self.get_redirect_url() or start_of(user),
            "at": time.time(),
        }
        return HttpResponseRedirect(f"{root()}/login/{'code' if has else 'second-factor'}/")


def start_of(user: Any) -> str:
    """The page that is shown after signing in: as preferred, else the overview."""
    return f"{root()}{preferences.of(user).start or '/'}"


def pending(request: HttpRequest) -> User | None:
    """Who gave the right password lately in this session and has not been signed in yet."""
    waiting = request.session.get("pending")
    if not waiting or time.time() - waiting["at"] > PENDING_SECONDS:
        return None
    return User.objects.filter(pk=waiting["user"], is_active=True).first()


def finish(request: HttpRequest, user: User) -> str:
    """Sign the pending user in; returns the address to go on to."""
    waiting = request.session.pop("pending")
    login(request, user, backend=waiting["backend"])
    return str(waiting["next"])


class CodeForm(forms.Form):
    """One code."""

    code = forms.CharField(max_length=20, label="Code")


@sensitive_post_parameters("code")
@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """The second step of signing in."""
    user = pending(request)
    if user is None:
        return HttpResponseRedirect(f"{root()}/login/")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            second_factor.verify(user, form.cleaned_data["code"])
        except ValidationError as error:
            form.add_error("code", error)
        else:
            return HttpResponseRedirect(finish(request, user))
    return render(request, "core/login_code.html", {"form": form}, status=status_of(form))


@sensitive_post_parameters("code")
@never_cache
def enrol(request: HttpRequest) -> HttpResponse:
    """Setting a second factor up: on one's own account, or before signing in where it is asked."""
    signed_in = isinstance(request.user, User)
    user = request.user if isinstance(request.user, User) else pending(request)
    if user is None or (not signed_in and second_factor.has(user)):
        return HttpResponseRedirect(f"{root()}/login/")
    form = CodeForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "signed_in": signed_in}
    if request.method == "POST" and form.is_valid():
        try:
            context["codes"] = second_factor.confirm(user, form.cleaned_data["code"])
        except ValidationError as error:
            form.add_error("code", error)
        else:
            context["onward"] = f"{root()}/account/" if signed_in else finish(request, user)
            return render(request, "core/recovery_codes.html", context)
    device = second_factor.begin(user)
    context |= {"picture": second_factor.picture(device), "key": second_factor.key_text(device)}
    return render(request, "core/second_factor.html", context, status=status_of(form))


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out and show the login page."""
    return views.LogoutView.as_view(next_page=f"{root()}/login/")(request)


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """429 after too many wrong passwords for one name from one address."""
    wait = settings.AXES_COOLOFF_TIME
    minutes = max(1, round(wait.total_seconds() / 60))
    sentence = (
        "Too many wrong passwords for this name from this address. "
        f"Try again in {minutes} minute{'s' if minutes > 1 else ''}."
    )
    headers = {"Retry-After": str(round(wait.total_seconds()))}
    if request.path_info.startswith("/api/"):
        return JsonResponse({"detail": sentence}, status=429, headers=headers)
    form = AuthenticationForm(request, initial={"username": request.POST.get("username", "")})
    context = {"form": form, "locked": sentence, "next": request.POST.get("next", "")}
    page = render_to_string("core/login.html", context, request)
    return HttpResponse(page, status=429, headers=headers)


def status_of(form: forms.BaseForm | None) -> int:
    """400 for a form with faults."""
    return 200 if form is None or not form.errors else 400
