"""Signing in and out, and what people keep themselves: password, second factor, tokens."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash, views
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core import second_factor
from core.models import Token, User
from core.web.page import page, root

# How long a right password waits for the second factor, in seconds.
PENDING_SECONDS = 600


class Login(views.LoginView):
    """The login page; goes on to `next` when that is an address of this server."""

    template_name = "core/login.html"
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """The overview."""
        return f"{root()}/"

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
            "next": self.get_success_url(),
            "at": time.time(),
        }
        return HttpResponseRedirect(f"{root()}/login/{'code' if has else 'second-factor'}/")


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
    return render(request, "core/login_code.html", {"form": form}, status=_status(form))


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
    return render(request, "core/second_factor.html", context, status=_status(form))


@require_POST
@page
def change_second_factor(request: HttpRequest) -> HttpResponse:
    """Remove the second factor or make new recovery codes, either against a code."""
    user = _user(request)
    onward = HttpResponseRedirect(f"{root()}/account/")
    try:
        second_factor.verify(user, request.POST.get("code", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return onward
    if "remove" in request.POST:
        second_factor.remove(user)
        messages.success(request, "The second factor has been removed.")
        return onward
    codes = second_factor.renew_recovery_codes(user)
    context = {"codes": codes, "onward": f"{root()}/account/", "signed_in": True}
    return render(request, "core/recovery_codes.html", context)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out and show the login page."""
    return views.LogoutView.as_view(next_page=f"{root()}/login/")(request)


class PasswordForm(PasswordChangeForm):
    """The old password and the new one, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].widget.attrs.pop("autofocus", None)
        self.fields["new_password1"].help_text = " ".join(password_validators_help_texts())
        self.fields["new_password2"].label = "New password again"
        self.fields["new_password2"].help_text = ""


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a new token of one's own may be."""

    class Meta:
        model = Token
        fields = ("description", "expires", "write_enabled")
        widgets = {
            "expires": forms.DateTimeInput(
                attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
            )
        }
        labels = {"write_enabled": "May write"}
        help_texts = {
            "description": "Where it will be used.",
            "expires": "In UTC. Empty: never.",
        }

    def clean_expires(self) -> dt.datetime | None:
        """A time to come."""
        expires: dt.datetime | None = self.cleaned_data["expires"]
        if expires is not None and expires <= timezone.now():
            raise ValidationError("That time has passed.")
        return expires


@sensitive_post_parameters()
@never_cache
@page
def account(request: HttpRequest) -> HttpResponse:
    """One's own account."""
    user = _user(request)
    what = request.POST.get("what") if request.method == "POST" else None
    password = PasswordForm(user, request.POST if what == "password" else None)
    token = TokenForm(request.POST if what == "token" else None)
    made = ""
    if what == "password" and password.is_valid():
        password.save()
        update_session_auth_hash(request, user)
        messages.success(request, "Your password has changed. Other sessions have been ended.")
        return HttpResponseRedirect(f"{root()}/account/")
    if what == "token" and token.is_valid():
        stored = token.save(commit=False)
        stored.user = user
        made = stored.issue()
        stored.save()
        token = TokenForm()
    if what == "revoke":
        Token.objects.filter(user=user, pk=_number(request.POST.get("token"))).delete()
        messages.success(request, "The token has been deleted.")
        return HttpResponseRedirect(f"{root()}/account/")
    context = {
        "user": user,
        "password": password,
        "may_change_password": user.has_usable_password(),
        "token": token,
        "made": made,
        "tokens": Token.objects.filter(user=user),
        "now": timezone.now(),
        "factor": second_factor.has(user),
        "factor_required": second_factor.required(user),
        "codes_left": second_factor.codes_left(user),
    }
    faulty = password if what == "password" else token if what == "token" and not made else None
    return render(request, "core/account.html", context, status=_status(faulty))


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


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)
    return user


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


def _status(form: forms.BaseForm | None) -> int:
    return 200 if form is None or not form.errors else 400
