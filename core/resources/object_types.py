"""The kinds of record there are."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from core import filters, registry
from core.fields import Scalar
from core.resource import Resource
from core.resources.fields import known_name_filters
from core.special_fields import Computed


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
    found = ["change_logging"] if resource.history else []
    return found + [n for n in ("custom_fields", "tags") if resource.has_field(n)]


def _endpoint(app_label: str, model: str) -> str | None:
    resource = _wire(app_label, model)
    return resource.list_url() if resource else None


def _labels() -> list[tuple[int, str]]:
    kinds = ContentType.objects.order_by().values_list("pk", "app_label", "model")
    return [(pk, _wire_label(app_label, model)) for pk, app_label, model in kinds]


def _label_filters() -> filters.Filters:
    """Text filters on the wire's label, which is no column."""
    return {
        **known_name_filters("app_label", "pk__in", _labels),
        "app_label__empty": filters.boolean_filter(lambda empty: Q(pk__isnull=empty)),
    }


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
    history = False
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
