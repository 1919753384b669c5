"""People, groups and the tokens of machines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q
from rest_framework import serializers

from core import access, filters, registry, sessions
from core.fields import Choice, Field, Ref, Refs, Scalar
from core.models import Group, ObjectPermission, Token, User
from core.read import Columns
from core.resource import HEAD, Resource
from core.resources.fields import USER_FIELDS
from core.special_fields import Count


class Password(Field):
    """A password: written, checked, never read."""

    def bind_read(self, columns: Columns) -> Any:
        return lambda cells, context: repeat(None)

    def write_field(self) -> Any:
        return serializers.CharField(max_length=128, trim_whitespace=False)

    @property
    def is_column(self) -> bool:
        return False

    def store(self, values: Sequence[tuple[Any, Any]]) -> None:
        """Nothing: the resource hashes it into the row before that is stored."""

    def write_schema(self) -> dict[str, Any]:
        return {"type": "string", "writeOnly": True, "maxLength": 128}


def _refuse_gifts(instance: Any, values: dict[str, Any], *, creating: bool) -> None:
    """Raise ValidationError where somebody gives permissions who may not change permissions."""
    if "permissions" not in values:
        return
    given = {row.pk for row in values["permissions"]}
    present = set() if creating else set(instance.object_permissions.values_list("pk", flat=True))
    writer = access.writer.get()
    if given == present or access.may(writer, access.CHANGE, ObjectPermission):
        return
    raise ValidationError({"permissions": ["You may not give or take permissions."]})


def permission_filters() -> filters.Filters:
    """`permission_id` of users and groups."""
    return filters.reference_filters(
        "permission", "object_permissions", ObjectPermission, by_key=False
    )


@registry.register
class UserResource(Resource):
    """People and service accounts."""

    model = User
    path = "users/users"
    fields = [
        *HEAD,
        "username",
        Password("password"),
        "first_name",
        "last_name",
        "email",
        "is_active",
        "date_joined",
        "last_login",
        Refs("groups", nested=("id", "url", "display", "name", "description")),
        Refs("permissions", "object_permissions", writable=True),
    ]
    brief = list(USER_FIELDS)
    nested = USER_FIELDS
    write_only = ("password",)
    secret = ("password",)
    unrecorded = ["last_login", "preferences"]
    unfiltered = ["password", "permissions", "groups"]
    filter_key = "username"
    display_columns = ["username", "first_name", "last_name"]
    search = {"username": 10, "first_name": 20, "last_name": 20, "email": 30}
    table = ["username", "first_name", "last_name", "email", "groups", "is_active", "last_login"]
    form = {
        "User": ["username", "password", "first_name", "last_name", "email", "is_active"],
        "Groups and permissions": ["groups", "permissions"],
    }
    menu = "Administration"
    icon = "user"

    def display(self, *values: Any) -> str:
        """The user name, with the person's name where known."""
        username, first, last = values
        full = f"{first} {last}".strip()
        return f"{username} ({full})" if full else str(username)

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Hash the password; raises ValidationError for one that is too weak."""
        password = values.pop("password", None)
        if password is not None:
            try:
                validate_password(password, instance)
            except ValidationError as error:
                raise ValidationError({"password": list(error.messages)}) from error
            instance.password = make_password(password)
        _refuse_gifts(instance, values, creating=creating)

    def update(self, instances: list[Any], columns: Sequence[str]) -> None:
        """Store changed columns; a new password and being switched off end a user's sessions."""
        super().update(instances, columns)
        ended = [row.pk for row in instances if "password" in columns or not row.is_active]
        if ended:
            sessions.end_all(ended)

    def remove(self, ids: Sequence[int]) -> None:
        """Delete users, and end their sessions."""
        sessions.end_all(ids)
        super().remove(ids)

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By group and flags; permissions and owners come with their records."""
        groups = filters.reference_filters("group", "groups", Group, key="name")
        return [
            filters.related_filter(
                lambda: User.objects.all(), "pk", {**groups, **permission_filters()}
            ),
            {"is_superuser": filters.boolean_filter(lambda value: Q(is_superuser=value))},
            filters.absent_filters("owner"),
            filters.absent_filters("notification_group_id", by_id=False),
        ]


@registry.register
class GroupResource(Resource):
    """Sets of users."""

    model = Group
    path = "users/groups"
    fields = [
        *HEAD,
        "name",
        "description",
        Refs("permissions", "object_permissions", writable=True),
        Count("user_count", "users", in_references=True),
    ]
    brief = ["id", "url", "display", "name", "description"]
    unfiltered = ["permissions"]
    table = ["name", "user_count", "permissions", "description"]
    form = {"Group": ["name", "description", "permissions"]}
    menu = "Administration"
    icon = "users"

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Raise ValidationError for permissions given by somebody who may not."""
        _refuse_gifts(instance, values, creating=creating)

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By member."""
        members = filters.reference_filters("user", "users", User, by_key=False)
        return [
            filters.related_filter(
                lambda: Group.objects.all(), "pk", {**members, **permission_filters()}
            ),
            filters.absent_filters("owner"),
            filters.absent_filters("notification_group_id", by_id=False),
        ]


class TokenText(Field):
    """The token's secret, in the answer to its creation only; null where none is chosen."""

    def bind_read(self, columns: Columns) -> Any:
        return lambda cells, context: repeat(None)

    def write_field(self) -> Any:
        return serializers.CharField(min_length=40, max_length=200, required=False, allow_null=True)

    @property
    def is_column(self) -> bool:
        return False

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "nullable": True}


@registry.register
class TokenResource(Resource):
    """Credentials of machines."""

    model = Token
    path = "users/tokens"
    fields = [
        *HEAD,
        Choice("version", plain=True),
        Scalar("key", read_only=True),
        Ref("user", nested=USER_FIELDS),
        "description",
        Scalar("created", read_only=True),
        "expires",
        "last_used",
        "enabled",
        "write_enabled",
        "pepper_id",
        "allowed_ips",
        TokenText("token"),
    ]
    brief = [
        "id",
        "url",
        "display",
        "version",
        "key",
        "enabled",
        "write_enabled",
        "description",
    ]
    secret = ("digest",)
    unrecorded = ["last_used"]
    display_columns = ["key", "pk"]
    search = {"key": 10, "description": 50, "user__username": 30}
    unfiltered = ["created", "expires", "last_used", "allowed_ips"]
    table = ["key", "user", "description", "enabled", "write_enabled", "expires", "last_used"]
    form = {
        "Token": ["user", "version", "description", "expires", "enabled", "write_enabled"],
        "Networks": ["allowed_ips"],
    }
    menu = "Administration"
    icon = "key"

    def display(self, *values: Any) -> str:
        """The public key of a version 2 token; the id of a version 1 token."""
        key, pk = values
        return str(key) if key else f"v1 token {pk}"

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Issue the secret of a new token."""
        plain = values.pop("token", None)
        if creating:
            instance.plaintext = instance.issue(plain)

    def reveal(self, instance: Any) -> dict[str, Any]:
        """The secret, this once."""
        return {"token": instance.plaintext.partition(".")[2] or instance.plaintext}

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """Times have fewer lookups here than elsewhere."""
        return [
            filters.time_filters(name, name, lookups=("gte", "lte"))
            for name in ("created", "expires", "last_used")
        ]


# Who is given the care of accounts must not become a superuser through one.
WRITES = [access.ADD, access.CHANGE, access.DELETE]
access.limit(User, Q(is_superuser=False), WRITES)
access.limit(Token, Q(user__is_superuser=False), WRITES)
access.permit_own(User, "pk", [access.VIEW])
access.permit_own(Token, "user", access.ACTIONS)
