"""Logging in at an OpenID Connect provider; off unless `OIDC_ISSUER` is set."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import Any

import jwt
import requests
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from mozilla_django_oidc import views
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import import_from_settings

from core.models import ExternalIdentity, Group, User
from core.web.account import start_of
from core.web.page import root

log = logging.getLogger(__name__)

ENDPOINTS = {
    "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization_endpoint",
    "OIDC_OP_TOKEN_ENDPOINT": "token_endpoint",
    "OIDC_OP_USER_ENDPOINT": "userinfo_endpoint",
    "OIDC_OP_JWKS_ENDPOINT": "jwks_uri",
}


@lru_cache(maxsize=1)
def discovered(issuer: str) -> dict[str, Any]:
    """The provider's own description; raises when it cannot be had or is of another issuer.

    OpenID Connect Discovery 1.0, section 4.
    """
    address = issuer.rstrip("/") + "/.well-known/openid-configuration"
    answer = requests.get(address, timeout=settings.OIDC_TIMEOUT)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    if found.get("issuer") != issuer:
        raise SuspiciousOperation(f"{address} describes another issuer: {found.get('issuer')!r}.")
    return found


def setting(name: str, *default: Any) -> Any:
    """A setting of the library; its endpoints come from the provider."""
    if name in ENDPOINTS:
        return discovered(settings.OIDC_ISSUER)[ENDPOINTS[name]]
    return import_from_settings(name, *default)


class Backend(OIDCAuthenticationBackend):  # type: ignore[misc]
    """Finds the account of an identity by issuer and subject, or makes it."""

    get_settings = staticmethod(setting)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is asked of the provider before somebody logs in there."""
        self.UserModel = User

    def authenticate(self, request: HttpRequest | None, **kwargs: Any) -> Any:
        """The user of the code in the request; None for anything but a provider's callback."""
        if not settings.OIDC_ISSUER or request is None or "nonce" not in kwargs:
            return None
        super().__init__()
        try:
            return super().authenticate(request, **kwargs)
        except requests.RequestException as error:
            raise SuspiciousOperation(f"The provider does not answer: {error}") from error
        except jwt.PyJWTError as error:
            raise SuspiciousOperation(f"The identity cannot be trusted: {error}") from error

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """The claims; raises SuspiciousOperation for a token of another issuer or client.

        OpenID Connect Core 1.0, section 3.1.3.7.
        """
        claims: dict[str, Any] = super().verify_token(token, **kwargs)
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != settings.OIDC_ISSUER:
            raise SuspiciousOperation("The identity is of another issuer.")
        if settings.OIDC_RP_CLIENT_ID not in audiences:
            raise SuspiciousOperation("The identity is for another client.")
        if not claims.get("sub"):
            raise SuspiciousOperation("The identity has no subject.")
        return claims

    @transaction.atomic
    def get_or_create_user(self, access_token: str, id_token: str, payload: Any) -> Any:
        """The account; one that people log in to with a password is never taken over."""
        claims = {**payload, **self.get_userinfo(access_token, id_token, payload)}
        if claims["sub"] != payload["sub"]:
            raise SuspiciousOperation("The provider tells of somebody else.")
        known = {"issuer": settings.OIDC_ISSUER, "subject": payload["sub"]}
        identity = ExternalIdentity.objects.select_related("user").filter(**known).first()
        if identity is None:
            user = self.account_for(claims)
            if user is None:
                return None
            ExternalIdentity.objects.create(user=user, **known)
        else:
            user = identity.user
        self.bring_up_to_date(user, claims)
        return user

    def account_for(self, claims: dict[str, Any]) -> User | None:
        """A new account, or the one of that name that has neither a password nor an identity."""
        name = re.sub(r"[^\w.@+-]", "_", str(claims.get(settings.OIDC_USERNAME_CLAIM) or ""))[:150]
        if not name:
            raise SuspiciousOperation(f"The claim {settings.OIDC_USERNAME_CLAIM} is missing.")
        user = User.objects.filter(username=name).first()
        if user is None:
            return User.objects.create_user(name) if settings.OIDC_CREATE_USER else None
        if user.has_usable_password() or ExternalIdentity.objects.filter(user=user).exists():
            raise SuspiciousOperation(f"The account {name!r} belongs to somebody else.")
        return user

    def bring_up_to_date(self, user: User, claims: dict[str, Any]) -> None:
        """Names, address and groups as the provider has them."""
        user.first_name = str(claims.get("given_name") or "")[:150]
        user.last_name = str(claims.get("family_name") or "")[:150]
        user.email = str(claims.get("email") or "")[:254]
        if settings.OIDC_GROUPS_CLAIM:
            names = claims.get(settings.OIDC_GROUPS_CLAIM) or []
            names = {str(name)[:150] for name in (names if isinstance(names, list) else [names])}
            if settings.OIDC_ADMINISTRATORS:
                user.is_superuser = settings.OIDC_ADMINISTRATORS in names
            user.groups.set(Group.objects.filter(name__in=names))
        user.save()


class Begin(views.OIDCAuthenticationRequestView):  # type: ignore[misc]
    """Sends the person to the provider."""

    get_settings = staticmethod(setting)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is asked of the provider before `get`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """A redirect to the provider; 404 where none is set up."""
        if not settings.OIDC_ISSUER:
            raise Http404("No provider is set up.")
        try:
            super().__init__()
        except (requests.RequestException, SuspiciousOperation) as error:
            log.warning("The provider does not answer: %s", error)
            return HttpResponseRedirect(f"{root()}/login/?refused=1")
        answer: HttpResponse = super().get(request)
        return answer


class Finish(views.OIDCAuthenticationCallbackView):  # type: ignore[misc]
    """Takes the person back."""

    get_settings = staticmethod(setting)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Signed in and on the way, or back at the login page; the log says why."""
        try:
            answer: HttpResponse = super().get(request)
        except SuspiciousOperation as error:
            log.warning("Single sign-on refused: %s", error)
            answer = self.login_failure()
        return answer

    @property
    def failure_url(self) -> str:
        """The login page, which says that it failed."""
        return f"{root()}/login/?refused=1"

    @property
    def success_url(self) -> str:
        """Where the person was going."""
        return self.request.session.get("oidc_login_next") or start_of(self.request.user)
