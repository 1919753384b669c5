"""What people keep themselves: password, second factor, tokens, preferences, sessions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core import preferences, second_factor, sessions
from core.history.actor import mark
from core.models import Token, User
from core.web import navigation
from core.web.account import status_of
from core.web.page import page, root
from core.web.table import SESSION_SIZE

TABS = (
    ("", "Account"),
    ("preferences", "Preferences"),
    ("tokens", "Tokens"),
    ("sessions", "Sessions"),
)


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)
    return user


def _show(
    request: HttpRequest, slug: str, context: dict[str, Any], form: forms.BaseForm | None = None
) -> HttpResponse:
    """A tab of the account page."""
    tabs = [(label, _address(name), name == slug) for name, label in TABS]
    template = f"core/account_{slug or 'person'}.html"
    shown = {**context, "tabs": tabs}
    return render(request, template, shown, status=status_of(form))


def _address(slug: str = "") -> str:
    return f"{root()}/account/{slug}/" if slug else f"{root()}/account/"


# password and second factor


class PasswordForm(PasswordChangeForm):
    """The old password and the new one, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].widget.attrs.pop("autofocus", None)
        self.fields["new_password1"].help_text = " ".join(password_validators_help_texts())
        self.fields["new_password2"].label = "New password again"
        self.fields["new_password2"].help_text = ""


@sensitive_post_parameters()
@never_cache
@page
def person(request: HttpRequest) -> HttpResponse:
    """Who one is, the password and the second factor."""
    user, posted = _user(request), request.method == "POST"
    form = PasswordForm(user, request.POST if posted else None)
    if posted and user.has_usable_password() and form.is_valid():
        with transaction.atomic():
            mark(user)
            form.save()
        update_session_auth_hash(request, user)
        sessions.end_all([user.pk], but=request.session.session_key)
        messages.success(request, "Your password has changed. Other sessions have been ended.")
        return HttpResponseRedirect(_address())
    context = {
        "user": user,
        "password": form,
        "may_change_password": user.has_usable_password(),
        "factor": second_factor.has(user),
        "factor_required": second_factor.required(user),
        "codes_left": second_factor.codes_left(user),
    }
    return _show(request, "", context, form)


@require_POST
@page
def change_second_factor(request: HttpRequest) -> HttpResponse:
    """Remove the second factor or make new recovery codes, either against a code."""
    user = _user(request)
    onward = HttpResponseRedirect(_address())
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
    context = {"codes": codes, "onward": _address(), "signed_in": True}
    return render(request, "core/recovery_codes.html", context)


# tokens


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a new token of one's own may be."""

    class Meta:
        model = Token
        fields = ("description", "write_enabled", "expires", "allowed_ips")
        widgets = {
            "expires": forms.DateTimeInput(
                attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
            )
        }
        labels = {"write_enabled": "May write", "allowed_ips": "Networks"}
        help_texts = {
            "description": "Where it will be used.",
            "write_enabled": "Without it the token can only read.",
            "allowed_ips": "Addresses or networks it may be used from, with commas, such as "
            "192.0.2.0/24. Empty: from everywhere.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expires"].help_text = f"In {preferences.zone()}. Empty: never."

    def clean_expires(self) -> dt.datetime | None:
        """A time to come."""
        expires: dt.datetime | None = self.cleaned_data["expires"]
        if expires is not None and expires <= timezone.now():
            raise ValidationError("That time has passed.")
        return expires


@sensitive_post_parameters()
@never_cache
@page
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens; a new one is shown once."""
    user = _user(request)
    what = request.POST.get("what") if request.method == "POST" else None
    if what in ("delete", "disable", "enable"):
        return _change_token(request, user, what)
    form = TokenForm(request.POST if what == "token" else None)
    made = ""
    if what == "token" and form.is_valid():
        stored = form.save(commit=False)
        stored.user = user
        made = stored.issue()
        with transaction.atomic():
            mark(user)
            stored.save()
        form = TokenForm()
    found = Token.objects.filter(user=user)
    context = {"token": form, "made": made, "tokens": found, "now": timezone.now()}
    return _show(request, "tokens", context, form)


@transaction.atomic
def _change_token(request: HttpRequest, user: User, what: str) -> HttpResponse:
    mark(user)
    text = request.POST.get("token", "")
    pk = int(text) if text.isdecimal() and len(text) < 19 else 0
    token = Token.objects.filter(user=user, pk=pk).first()
    if token is None:
        messages.info(request, "That token was gone already.")
    elif what == "delete":
        token.delete()
        messages.success(request, "The token has been deleted.")
    else:
        token.enabled = what == "enable"
        token.save(update_fields=["enabled"])
        messages.success(request, f"The token has been {what}d.")
    return HttpResponseRedirect(_address("tokens"))


# preferences


class PreferencesForm(forms.Form):
    """How pages look and what times mean."""

    theme = forms.ChoiceField(choices=list(preferences.THEMES.items()))
    density = forms.ChoiceField(
        choices=list(preferences.DENSITIES.items()),
        help_text="Height of rows and controls. On a touch screen they are always large.",
    )
    rows = forms.TypedChoiceField(
        choices=[(size, str(size)) for size in preferences.SIZES],
        coerce=int,
        label="Rows a page",
        help_text="A list that you give another length keeps it until you sign out.",
    )
    time_zone = forms.ChoiceField(required=False, help_text="Of all times on pages.")
    dates = forms.ChoiceField()
    units = forms.ChoiceField(
        choices=list(preferences.UNITS.items()),
        help_text="Of the lengths, weights and temperatures that pages show. Forms take them in "
        "the units that stand beside their fields.",
    )
    start = forms.ChoiceField(
        required=False, label="First page", help_text="Shown after signing in."
    )

    def __init__(self, *args: Any, pages: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        example = dt.date(timezone.now().year, 3, 31)
        zones: Any = self.fields["time_zone"]
        zones.choices = [("", "UTC"), *((name, name) for name in preferences.time_zones())]
        dates: Any = self.fields["dates"]
        dates.choices = [(k, example.strftime(form)) for k, form in preferences.DATES.items()]
        start: Any = self.fields["start"]
        start.choices = [("", "Overview"), *pages]


def _pages(request: HttpRequest) -> list[tuple[str, Any]]:
    """The pages of the menu by group, as choices."""
    length = len(root())
    return [
        (group.label, [(entry.url[length:], entry.label) for entry in group.entries])
        for group in navigation.groups(request)
    ]


@page
def choose_preferences(request: HttpRequest) -> HttpResponse:
    """One's preferences."""
    user, posted = _user(request), request.method == "POST"
    given: Any = request.POST if posted else None
    initial = vars(preferences.of(user))
    form = PreferencesForm(given, initial=initial, pages=_pages(request))
    if posted and form.is_valid():
        preferences.store(user, **form.cleaned_data)
        request.session.pop(SESSION_SIZE, None)
        messages.success(request, "Your preferences have been saved.")
        return HttpResponseRedirect(_address("preferences"))
    return _show(request, "preferences", {"form": form}, form)


@require_POST
@page
def switch_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme that was chosen, or go on to the next; back to where one was."""
    user, names = _user(request), list(preferences.THEMES)
    wanted = request.POST.get("theme", "")
    if wanted not in names:
        present = names.index(preferences.of(user).theme)
        wanted = names[(present + 1) % len(names)]
    preferences.store(user, theme=wanted)
    if "theme" in request.POST:
        return HttpResponse(status=204)
    back = request.POST.get("return", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    return HttpResponseRedirect(back if safe else f"{root()}/")


# sessions


@page
def own_sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in; ends one session or all others."""
    user, key = _user(request), request.session.session_key
    if request.method == "POST":
        if "others" in request.POST:
            ended = sessions.end_all([user.pk], but=key)
            messages.success(request, f"{ended} other session{'' if ended == 1 else 's'} ended.")
        elif sessions.end(user, request.POST.get("session", "")):
            messages.success(request, "The session has been ended.")
        else:
            messages.info(request, "That session was over already.")
        return HttpResponseRedirect(_address("sessions"))
    return _show(request, "sessions", {"sessions": sessions.of(user, key)})
