"""Who sends a request: the session of a person or the token of a machine."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

from django.contrib.auth import authenticate
from django.db import connection, transaction
from django.utils import timezone
from psycopg import RawCursor
from rest_framework import exceptions, permissions, serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from core import access, second_factor
from core.gather import prepared
from core.history.actor import mark
from core.models import TOKEN_PREFIX, Token, User

USED_RESOLUTION = dt.timedelta(minutes=1)


def client_address(request: Any) -> str:
    """The client's IP address; proxies have been resolved before the view runs."""
    return str(request.META.get("REMOTE_ADDR", ""))


def find_token(text: str) -> Token | None:
    """The stored token with this plain text, or None. Its version is told by the prefix."""
    version, key, secret = 1, "", text
    if text.startswith(TOKEN_PREFIX):
        version, (key, _, secret) = 2, text[len(TOKEN_PREFIX) :].partition(".")
    if "\x00" in text:
        return None
    with prepared(kind=RawCursor) as cursor:
        cursor.execute(_token_sql(), (version, Token.digest_of(secret), key))
        row = cursor.fetchone()
    if row is None:
        return None
    names = [field.attname for field in Token._meta.concrete_fields]
    token = Token.from_db("default", names, row[: len(names)])
    user_names = [field.attname for field in _user_columns()]
    token.user = User.from_db("default", user_names, row[len(names) :])
    return token


@cache
def _user_columns() -> list[Any]:
    """Columns of a token's user; programs have no use for how a person likes pages."""
    return [field for field in User._meta.concrete_fields if field.name != "preferences"]


@cache
def _token_sql() -> str:
    """The statement for a token and its user, which every request of a program begins with."""
    quote = connection.ops.quote_name
    columns = [
        f"{alias}.{quote(str(field.column))}"
        for alias, fields in (("t", Token._meta.concrete_fields), ("u", _user_columns()))
        for field in fields
    ]
    tables = f"{quote(Token._meta.db_table)} t JOIN {quote(User._meta.db_table)} u"
    return (
        f"SELECT {', '.join(columns)} FROM {tables} ON u.id = t.user_id"  # noqa: S608
        " WHERE t.version = $1 AND t.digest = $2 AND coalesce(t.key, '') = $3"
    )


def asks(request: Request) -> bool:
    """Whether nothing can be written: a safe method, or a view that says so of its POST.

    Such a view has `only_asks = True`; its questions are too long for an address.
    """
    if request.method == "POST":
        return bool(getattr(request.parser_context.get("view"), "only_asks", False))
    return request.method in permissions.SAFE_METHODS


def may_write(token: object) -> None:
    """Raise PermissionDenied for a read-only token."""
    if isinstance(token, Token) and not token.write_enabled:
        raise exceptions.PermissionDenied("This token is read-only.")


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer nbt_<key>.<secret>` or `Token <40 hex>`, under either keyword."""

    def authenticate(self, request: Request) -> tuple[Any, Token] | None:
        """The token's user and the token; None when no token was sent."""
        keyword, _, text = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
        if keyword.lower() not in ("token", "bearer"):
            return None
        token = find_token(text.strip())
        if token is None:
            raise exceptions.AuthenticationFailed("Invalid token.")
        self.check(token, request)
        self.touch(token)
        return token.user, token

    @staticmethod
    def check(token: Token, request: Request) -> None:
        """Refuse a token that may not be used now, from here, or for this."""
        if not token.enabled:
            raise exceptions.AuthenticationFailed("Token disabled.")
        if token.expires and token.expires <= timezone.now():
            raise exceptions.AuthenticationFailed("Token expired.")
        if not token.user.is_active:
            raise exceptions.AuthenticationFailed("User inactive.")
        if not token.allows(client_address(request)):
            raise exceptions.AuthenticationFailed(
                "This token may not be used from this network address."
            )
        if not asks(request):
            may_write(token)

    @staticmethod
    def touch(token: Token) -> None:
        """Note the use, at most once a minute, so that reads stay reads."""
        now = timezone.now()
        if token.last_used is None or now - token.last_used > USED_RESOLUTION:
            Token.objects.filter(pk=token.pk).update(last_used=now)


METHOD_ACTIONS = {
    "GET": access.VIEW,
    "HEAD": access.VIEW,
    "OPTIONS": access.VIEW,
    "POST": access.ADD,
    "PUT": access.CHANGE,
    "PATCH": access.CHANGE,
    "DELETE": access.DELETE,
}


class ResourcePermission(permissions.BasePermission):
    """The user may do the method's action on some rows of the resource.

    A view of one row is let through, since it answers 404 for every row that may not be seen: who
    may see none is told the same as who may see others.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the request may go on; strangers are told to authenticate."""
        if not request.user or not request.user.is_authenticated:
            return False
        user, model = access.as_actor(request.user), view.resource.model
        if "pk" in view.kwargs:
            return True
        if request.method == "OPTIONS":
            return any(access.may(user, action, model) for action in access.ACTIONS)
        action = getattr(view, "action_name", None) or METHOD_ACTIONS[request.method or "GET"]
        return access.may(user, action, model)


class ProvisionSerializer(serializers.Serializer[Any]):
    """Name and password, and what the new token should be."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    version = serializers.ChoiceField(choices=[1, 2], default=2)
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)
    expires = serializers.DateTimeField(required=False, allow_null=True)
    write_enabled = serializers.BooleanField(default=True)

    def issue(self, request: Any) -> tuple[Token, str]:
        """A stored token for these credentials and its plain text, shown this once.

        Raises AuthenticationFailed for a wrong name or password.
        """
        values = dict(self.validated_data)
        # The request beneath: what counts wrong passwords leaves its mark there.
        user = authenticate(
            request._request, username=values.pop("username"), password=values.pop("password")
        )
        if user is None:
            raise exceptions.AuthenticationFailed("Invalid username/password")
        if second_factor.has(user) or second_factor.required(user):
            raise exceptions.AuthenticationFailed(
                "A password alone is not enough for this account: make a token on its page."
            )
        token = Token(user=user, **values)
        text = token.issue()
        with transaction.atomic():
            mark(user)
            token.save()
        return token, text
