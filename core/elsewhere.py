"""Records that clients ask for and Headroom does not keep: they get an empty page, never a 404."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import exceptions
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import filters
from core.openapi import errors

Json = dict[str, Any]

VIRTUAL_MACHINES = "virtualization/virtual-machines"
PATHS = (
    "virtualization/clusters",
    "virtualization/cluster-types",
    "virtualization/cluster-groups",
    VIRTUAL_MACHINES,
    "virtualization/interfaces",
    "ipam/services",
    "ipam/ip-addresses",
    "ipam/prefixes",
    "ipam/vlans",
    "ipam/vlan-groups",
    "ipam/vrfs",
    "ipam/roles",
    "circuits/circuit-terminations",
    "wireless/wireless-links",
)
_PAGE: Json = {
    "type": "object",
    "properties": {
        "count": {"type": "integer"},
        "next": {"type": "string", "nullable": True},
        "previous": {"type": "string", "nullable": True},
        "results": {"type": "array", "items": {}},
    },
}


def _plain(*names: str) -> list[str]:
    return list(names)


def _negatable(*names: str) -> list[str]:
    return [f"{name}{suffix}" for name in names for suffix in ("", "__n")]


def _references(*names: str) -> list[str]:
    return _negatable(*(f"{name}{suffix}" for name in names for suffix in ("", "_id")))


def _texts(*names: str, empty: bool = True) -> list[str]:
    return [key for name in names for key in filters.text_filters(name, name, empty=empty)]


def _numbers(*names: str) -> list[str]:
    return [key for name in names for key in filters.number_filters(name, name)]


def parameters(path: str) -> list[str]:
    """Names of the query parameters of a list; inventories and strict clients read them."""
    found = [
        *_plain("limit", "offset", "ordering", "brief", "fields", "omit", "q"),
        *_numbers("id"),
        *_texts("name", "description"),
        *_negatable("tag", "tag_id"),
        *_plain("tag__any", "tag_id__any"),
    ]
    if path == VIRTUAL_MACHINES:
        found += [
            *_references("cluster", "cluster_group", "cluster_type", "device", "platform"),
            *_references("region", "role", "site", "site_group", "tenant", "tenant_group"),
            *_references("owner", "owner_group", "primary_ip4", "primary_ip6"),
            *_references("virtual_machine_type"),
            *_negatable("config_template_id", "contact", "contact_group", "contact_role"),
            *_numbers("created", "disk", "interface_count", "last_updated", "memory", "vcpus"),
            *_numbers("virtual_disk_count"),
            *_texts("serial", "start_on_boot", "status"),
            *_texts("mac_address", empty=False),
            *_plain("has_primary_ip", "local_context_data"),
            *_plain("created_by_request", "modified_by_request", "updated_by_request"),
        ]
    return found


class EmptySchema(AutoSchema):  # type: ignore[misc]
    """Describes the one operation such a list has."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> Json | None:
        """The operation object of GET; None for what is refused."""
        if method != "GET":
            return None
        route = path.removeprefix("/api/").strip("/")
        return {
            "operationId": f"{route.replace('/', '_').replace('-', '_')}_get",
            "tags": [route.split("/")[0]],
            "parameters": _described(parameters(route)),
            "security": [{"token": []}, {"session": []}],
            "responses": {
                "200": {"description": "", "content": {"application/json": {"schema": _PAGE}}},
                **errors(method, detail=False),
            },
        }


def _described(names: Sequence[str]) -> list[Json]:
    return [{"in": "query", "name": name, "schema": {"type": "string"}} for name in names]


class EmptyList(APIView):
    """A list that is always empty."""

    permission_classes = [IsAuthenticated]
    schema = EmptySchema()

    def get(self, request: Request) -> Response:
        """An empty page."""
        return Response({"count": 0, "next": None, "previous": None, "results": []})

    def post(self, request: Request) -> Response:
        """405 with a sentence."""
        raise exceptions.MethodNotAllowed(
            request.method or "", detail="Headroom does not keep these records yet."
        )

    put = patch = delete = post
