"""Resources of the framework itself: tags, people, tokens, jobs, object types."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Q
from rest_framework import serializers

from core import filters, registry
from core.api_jobs import CancelJob
from core.fields import Absent, Choice, Field, Ref, Refs, Scalar
from core.models import Group, Job, Record, Tag, TaggedItem, Token, User
from core.read import Columns
from core.resource import HEAD, Action, Resource
from core.serializers import ObjectTypeField
from core.special_fields import Computed, Count, GenericObject, ObjectType, object_type_filters

USER_FIELDS = ("id", "url", "display", "username")


class ObjectTypes(Refs):
    """A list of object types by their wire names."""

    def bind_read(self, columns: Columns) -> Any:
        index = columns.index("pk")
        model, source = self.resource.model, self.source

        def bind(rows: Sequence[Any], context: Any) -> Any:
            pairs = model._default_manager.filter(
                pk__in=[row[index] for row in rows], **{f"{source}__isnull": False}
            ).values_list("pk", source)
            names: dict[int, list[str]] = {}
            for owner, kind in pairs:
                resource = registry.of_content_type(kind)
                if resource:
                    names.setdefault(owner, []).append(resource.object_type)
            return lambda row: sorted(set(names.get(row[index], [])))

        return bind

    def write_field(self) -> Any:
        return serializers.ListField(child=ObjectTypeField(), required=False)

    def filters(self) -> filters.Filters:
        found = object_type_filters(self.name, self.source)
        model = self.resource.model
        return filters.related_filter(lambda: model._default_manager.all(), "pk", found)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}}

    write_schema = schema


@registry.register
class TagResource(Resource):
    """Labels."""

    model = Tag
    path = "extras/tags"
    fields = [
        *HEAD,
        "name",
        "slug",
        "color",
        "description",
        "weight",
        ObjectTypes("object_types"),
        Count("tagged_items", "items"),
        "created",
        "last_updated",
    ]
    brief = ["id", "url", "display", "name", "slug", "color", "description"]
    search = {"name": 10, "slug": 20, "description": 50}
    table = ["name", "color", "tagged_items", "description"]
    form = {"Tag": ["name", "slug", "color", "description", "weight", "object_types"]}
    menu = "Customisation"
    icon = "tag"

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By what may carry the tag and by what does carry it."""
        for_type = filters.ParameterFilter(
            lambda value: Q(object_types=value) | Q(object_types__isnull=True),
            filters.parse_number,
            schema={"type": "integer"},
        )
        carried: filters.Filters = {}
        for name, made in object_type_filters("content_type", "content_type").items():
            if not name.endswith("__n"):
                carried[name] = made
        carried["content_type_id"] = filters.ParameterFilter(
            lambda value: Q(content_type=value),
            filters.parse_number,
            schema={"type": "integer"},
        )
        items = filters.related_filter(lambda: TaggedItem.objects.all(), "tag", carried)
        return [
            items,
            {"for_object_type_id": for_type},
            filters.absent_filters("owner"),
            filters.absent_filters("owner_group"),
        ]


@registry.register
class TaggedItemResource(Resource):
    """Which row carries which tag."""

    model = TaggedItem
    path = "extras/tagged-objects"
    fields = [
        "id",
        "url",
        "display",
        ObjectType("object_type", "content_type", read_only=True),
        Scalar("object_id", read_only=True),
        GenericObject("object", "content_type", "object_id"),
        Ref("tag", read_only=True),
    ]
    brief = ["id", "url", "display", "object_type", "object_id", "object", "tag"]
    search = {"tag__name": 10}
    display_columns = ["tag__name"]
    ordering = ["pk"]
    methods = ["get"]

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By the content type's id."""
        return [type_id_filters("object_type_id", "content_type")]


def type_id_filters(name: str, source: str) -> filters.Filters:
    """`name` and its negation: the id of an object type on a foreign key to content types."""

    def condition(value: Any) -> Q:
        return Q(**{source: value})

    options: dict[str, Any] = {"schema": {"type": "integer"}}
    return {
        name: filters.ParameterFilter(condition, filters.parse_number, **options),
        f"{name}__n": filters.ParameterFilter(
            condition, filters.parse_number, negate=True, **options
        ),
    }


class Password(Field):
    """A password: written, checked, never read."""

    def bind_read(self, columns: Columns) -> Any:
        return lambda rows, context: lambda row: None

    def write_field(self) -> Any:
        return serializers.CharField(max_length=128, trim_whitespace=False)

    @property
    def is_column(self) -> bool:
        return False

    def store(self, values: Sequence[tuple[Any, Any]]) -> None:
        """Nothing: the resource hashes it into the row before that is stored."""

    def write_schema(self) -> dict[str, Any]:
        return {"type": "string", "writeOnly": True, "maxLength": 128}


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
        Absent("permissions", []),
    ]
    brief = list(USER_FIELDS)
    nested = USER_FIELDS
    write_only = ("password",)
    unfiltered = ["password", "permissions", "groups"]
    filter_key = "username"
    display_columns = ["username", "first_name", "last_name"]
    search = {"username": 10, "first_name": 20, "last_name": 20, "email": 30}
    table = ["username", "first_name", "last_name", "email", "is_active", "last_login"]
    form = {
        "User": ["username", "password", "first_name", "last_name", "email", "is_active"],
        "Groups": ["groups"],
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

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By group and flags; permissions and owners come with their records."""
        groups = filters.reference_filters("group", "groups", Group, key="name")
        return [
            filters.related_filter(lambda: User.objects.all(), "pk", groups),
            {"is_superuser": filters.boolean_filter(lambda value: Q(is_superuser=value))},
            filters.absent_filters("owner"),
            filters.absent_filters("permission_id", by_id=False),
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
        Absent("permissions", []),
        Count("user_count", "users", in_references=True),
    ]
    brief = ["id", "url", "display", "name", "description"]
    unfiltered = ["permissions"]
    table = ["name", "user_count", "description"]
    form = {"Group": ["name", "description"]}
    menu = "Administration"
    icon = "users"

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By member."""
        members = filters.reference_filters("user", "users", User, by_key=False)
        return [
            filters.related_filter(lambda: Group.objects.all(), "pk", members),
            filters.absent_filters("owner"),
            filters.absent_filters("permission_id", by_id=False),
            filters.absent_filters("notification_group_id", by_id=False),
        ]


class TokenText(Field):
    """The token's secret, in the answer to its creation only; null where none is chosen."""

    def bind_read(self, columns: Columns) -> Any:
        return lambda rows, context: lambda row: None

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


@registry.register
class JobResource(Resource):
    """Background work."""

    model = Job
    path = "core/jobs"
    fields = [
        *HEAD,
        ObjectType("object_type", read_only=True),
        "object_id",
        GenericObject("object", "object_type", "object_id"),
        "name",
        Choice("status", read_only=True),
        Scalar("created", read_only=True),
        "scheduled",
        "interval",
        "started",
        "completed",
        Ref("user", nested=USER_FIELDS, read_only=True, key="username"),
        "data",
        Scalar("error", read_only=True),
        Scalar("job_id", read_only=True),
        "queue_name",
        Choice("notifications", read_only=True),
        "log_entries",
        Scalar("progress", read_only=True),
        Scalar("total", read_only=True),
    ]
    brief = ["url", "created", "completed", "user", "status"]
    nested = ("id", "url", "display", "status", "created", "completed", "user")
    methods = ["get"]
    ordering = ["-created"]
    search = {"name": 10, "error": 50}
    unfiltered = [
        *("created", "scheduled", "started", "completed"),
        *("data", "log_entries", "error", "progress", "total"),
    ]
    table = ["name", "status", "user", "created", "started", "completed"]
    actions = [Action("<int:pk>/cancel/", CancelJob)]
    menu = "Administration"
    icon = "activity"

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By time, before and after."""
        found = [type_id_filters("object_type_id", "object_type")]
        for name in ("created", "scheduled", "started", "completed"):
            times = filters.time_filters(name, name, lookups=("lte", "gte"))
            found.append(
                {
                    name: times[name],
                    f"{name}__before": times[f"{name}__lte"],
                    f"{name}__after": times[f"{name}__gte"],
                }
            )
        return found


def _wire(app_label: str, model: str) -> Resource | None:
    try:
        cls = ContentType(app_label=app_label, model=model).model_class()
    except LookupError:
        return None
    return registry.of_model(cls) if cls and registry.has_model(cls) else None


def _wire_label(app_label: str, model: str) -> str:
    resource = _wire(app_label, model)
    return resource.object_type.split(".")[0] if resource else app_label


def _features(app_label: str, model: str) -> list[str]:
    resource = _wire(app_label, model)
    if resource is None:
        return []
    found = ["change_logging"] if issubclass(resource.model, Record) else []
    return found + [n for n in ("custom_fields", "tags") if resource.has_field(n)]


def _endpoint(app_label: str, model: str) -> str | None:
    resource = _wire(app_label, model)
    return resource.list_url() if resource else None


def _label_condition(matches: Callable[[str, str], bool]) -> Callable[[str], Q]:
    def condition(value: str) -> Q:
        kinds = ContentType.objects.order_by().values_list("pk", "app_label", "model")
        return Q(pk__in=[pk for pk, app, model in kinds if matches(_wire_label(app, model), value)])

    return condition


def _label_filters() -> filters.Filters:
    """Text filters on the wire's label, which is no column."""
    tests: dict[str, Callable[[str, str], bool]] = {
        "ic": lambda label, value: value.lower() in label.lower(),
        "isw": lambda label, value: label.lower().startswith(value.lower()),
        "iew": lambda label, value: label.lower().endswith(value.lower()),
        "ie": lambda label, value: label.lower() == value.lower(),
    }
    exact = _label_condition(lambda label, value: label == value)
    found = {
        "app_label": filters.ParameterFilter(exact),
        "app_label__n": filters.ParameterFilter(exact, negate=True),
        "app_label__regex": filters.ParameterFilter(
            _label_condition(lambda label, value: bool(re.search(value, label))),
            filters.parse_regex,
        ),
        "app_label__iregex": filters.ParameterFilter(
            _label_condition(lambda label, value: bool(re.search(value, label, re.IGNORECASE))),
            filters.parse_regex,
        ),
        "app_label__empty": filters.boolean_filter(lambda empty: Q(pk__isnull=empty)),
    }
    for suffix, test in tests.items():
        found[f"app_label__{suffix}"] = filters.ParameterFilter(_label_condition(test))
        found[f"app_label__n{suffix}"] = filters.ParameterFilter(
            _label_condition(test), negate=True
        )
    return found


def _feature_condition(value: str) -> Q:
    kinds = [
        registry.content_type(r).pk
        for r in registry.resources()
        if value in _features(r.model._meta.app_label, r.model._meta.model_name or "")
    ]
    return Q(pk__in=kinds)


@registry.register
class ObjectTypeResource(Resource):
    """The kinds of record there are."""

    model = ContentType
    path = "core/object-types"
    object_type = "core.objecttype"
    fields = [
        "id",
        "url",
        Computed(
            "display",
            columns=["app_label", "model"],
            value=lambda a, m: f"{_wire_label(a, m)} | {m}",
            schema={"type": "string"},
        ),
        Computed("app_label", columns=["app_label", "model"], value=_wire_label),
        Computed("app_name", columns=["app_label", "model"], value=_wire_label),
        Scalar("model", read_only=True),
        Computed("model_name", columns=["model"], value=lambda m: m),
        Computed(
            "model_name_plural",
            columns=["app_label", "model"],
            value=lambda a, m: r.plural if (r := _wire(a, m)) else f"{m}s",
        ),
        Computed("public", columns=["app_label", "model"], value=lambda a, m: bool(_wire(a, m))),
        Computed("features", columns=["app_label", "model"], value=_features),
        Computed("is_plugin_model", columns=["pk"], value=lambda pk: False),
        Computed("rest_api_endpoint", columns=["app_label", "model"], value=_endpoint),
        Computed("description", columns=["pk"], value=lambda pk: ""),
    ]
    brief = ["id", "url", "display", "app_label", "model"]
    methods = ["get"]
    ordering = ["app_label", "model"]
    display_columns = ["app_label", "model"]
    search = {"app_label": 10, "model": 10}

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By wire label, model, feature and whether REST serves it."""
        return [
            _label_filters(),
            {"features": filters.ParameterFilter(_feature_condition)},
            {
                "public": filters.boolean_filter(
                    lambda value: Q(pk__in=_public_kinds()) if value else ~Q(pk__in=_public_kinds())
                )
            },
        ]


def _public_kinds() -> list[int]:
    return [registry.content_type(resource).pk for resource in registry.resources()]
