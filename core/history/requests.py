"""Filters of every list by the request that made or changed its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q

from core import filters
from core.models import ObjectChange

CREATE, UPDATE = ObjectChange.Action.CREATE, ObjectChange.Action.UPDATE


def request_filters(model: type[Model]) -> filters.Filters:
    """`created_by_request` and its like."""

    def by(actions: Sequence[str]) -> Callable[[Any], Q]:
        def condition(request: Any) -> Q:
            kind = ContentType.objects.get_for_model(model, for_concrete_model=False)
            changes = ObjectChange.objects.filter(
                request_id=request, changed_object_type=kind, action__in=actions
            )
            return Q(pk__in=changes.order_by().values("changed_object_id"))

        return condition

    return {
        "created_by_request": filters.ParameterFilter(by([CREATE]), filters.parse_uuid),
        "updated_by_request": filters.ParameterFilter(by([UPDATE]), filters.parse_uuid),
        "modified_by_request": filters.ParameterFilter(by([CREATE, UPDATE]), filters.parse_uuid),
    }
