"""Resources of the framework itself: tags, people, tokens, jobs, object types."""

from core.resources import (
    attached,
    custom_fields,
    extras,
    history,
    jobs,
    object_types,
    people,
    permissions,
    tags,
)
from core.resources.fields import USER_FIELDS, type_id_filters

__all__ = [
    "USER_FIELDS",
    "attached",
    "custom_fields",
    "extras",
    "history",
    "jobs",
    "object_types",
    "people",
    "permissions",
    "tags",
    "type_id_filters",
]
