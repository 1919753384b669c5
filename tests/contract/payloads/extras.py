"""What people add, their tags and accounts."""

from __future__ import annotations

from core.models import ObjectPermission, Tag
from tests.contract.payloads.making import example, named, named_only, new_pk
from tests.core.factories import UserFactory
from tests.dcim import factories as dcim
from tests.facilities import factories as places

example(
    "extras/custom-field-choice-sets",
    lambda n: {"name": f"Choices {n}", "extra_choices": [["a", "A"], ["b", "B"]]},
    lambda b, n: {"choice_colors": {"a": "ff0000"}},
    skip=["base_choices"],
)
example(
    "extras/custom-fields",
    lambda n: {"name": f"field_{n}", "type": "text", "object_types": ["dcim.site"]},
    lambda b, n: {
        "type": "multiselect",
        "choice_set": new_pk("extras/custom-field-choice-sets"),
        "default": ["b"],
    },
    skip=[
        *("related_object_filter", "validation_schema", "validation_regex"),
        *("validation_minimum", "validation_maximum"),
    ],
)


SITES = {"object_types": ["dcim.site"]}

example(
    "extras/saved-filters",
    lambda n: {**named("Filter")(n), **SITES, "parameters": {"status": ["active"]}},
)
example(
    "extras/table-configs",
    lambda n: {
        "name": f"View {n}",
        "object_type": "dcim.site",
        "table": "SiteTable",
        "columns": ["name", "status"],
    },
    lambda b, n: {"ordering": ["-name"]},
)
example(
    "extras/custom-links",
    lambda n: {
        "name": f"Link {n}",
        **SITES,
        "link_text": "{{ object.name }}",
        "link_url": "https://example.com/{{ object.id }}",
    },
)
example(
    "extras/export-templates",
    lambda n: {"name": f"Template {n}", **SITES, "template_code": "{{ queryset|length }}"},
    lambda b, n: {"environment_params": {"trim_blocks": True}, "file_extension": "txt"},
)
example(
    "extras/config-contexts",
    lambda n: {"name": f"Context {n}", "data": {"ntp": [f"10.0.0.{n % 250}"]}},
    lambda b, n: {
        "regions": [places.RegionFactory().pk],
        "sites": [places.SiteFactory().pk],
        "roles": [dcim.DeviceRoleFactory().pk],
        "device_types": [dcim.DeviceTypeFactory().pk],
        "tenants": [places.TenantFactory().pk],
        "tags": [Tag.objects.create(name=f"Tag {n}", slug=f"tag-{n}").slug],
    },
)


example("extras/tags", named("Label"), lambda b, n: {"object_types": ["dcim.rack", "dcim.site"]})
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)
example(
    "extras/journal-entries",
    lambda n: {
        "assigned_object_type": "dcim.site",
        "assigned_object_id": places.SiteFactory().pk,
        "comments": f"Seen {n} times.",
    },
    lambda b, n: {"created_by": UserFactory().pk},
)
example(
    "extras/image-attachments",
    lambda n: {
        "object_type": "dcim.site",
        "object_id": places.SiteFactory().pk,
        "name": f"North {n}",
        "image": PIXEL,
    },
)
example(
    "users/users",
    lambda n: {"username": f"person{n}", "password": "Correct-Horse-9"},
    lambda b, n: {"groups": [new_pk("users/groups")], "permissions": [_permission()]},
)
example("users/groups", named_only("Crew"), lambda b, n: {"permissions": [_permission()]})
example(
    "users/permissions",
    lambda n: {"name": f"May {n}", "object_types": ["dcim.rack"], "actions": ["view"]},
    lambda b, n: {
        "constraints": [{"site__slug": "ams1"}, {"tenant": None}],
        "groups": [new_pk("users/groups")],
        "users": [UserFactory().pk],
    },
)
example(
    "users/tokens",
    lambda n: {"user": UserFactory().pk},
    lambda b, n: {"allowed_ips": ["10.0.0.0/8"], "version": 2},
    skip=["token", "enabled"],
)


def _permission() -> int:
    """A new permission."""
    return int(ObjectPermission.objects.create(name="May look", actions=["view"]).pk)


example(
    "extras/webhooks",
    lambda n: {"name": f"Hook {n}", "payload_url": f"https://example.com/{n}"},
    lambda b, n: {
        "payload_url": "https://example.com/{{ data.id }}",
        "http_content_type": "text/plain",
        "additional_headers": "X-Site: {{ data.name }}",
        "body_template": "{{ event }}",
    },
)
example(
    "extras/event-tasks",
    lambda n: {"name": f"Task {n}", "function": "check-integrity"},
    lambda b, n: {"function": "recompute-capacity", "arguments": {"deep": True}},
)
example(
    "extras/event-rules",
    lambda n: {
        "name": f"Rule {n}",
        **SITES,
        "event_types": ["object_updated"],
        "action_type": "webhook",
        "action_object_type": "extras.webhook",
        "action_object_id": new_pk("extras/webhooks"),
    },
    lambda b, n: {
        "action_type": "webhook",
        "conditions": {"and": [{"attr": "name", "op": "regex", "value": "^x"}]},
        "event_types": ["object_created", "object_deleted"],
    },
)
