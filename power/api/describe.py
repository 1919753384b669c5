"""The OpenAPI description of the reckoning's endpoints."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema

from core.openapi import errors
from power.api.asked import BASES

Json = dict[str, Any]


def parameter(name: str, kind: str, description: str, *, many: bool = False) -> Json:
    """A query parameter."""
    schema: Json = {"type": kind}
    if many:
        schema = {"type": "array", "items": schema}
    return {"name": name, "in": "query", "schema": schema, "description": description}


SITE = parameter("site", "string", "Id or slug; every visible site by default.", many=True)
LOCATION = parameter("location", "string", "Id or slug, with all below.", many=True)
BASIS = {
    "name": "basis",
    "in": "query",
    "schema": {"type": "string", "enum": list(BASES), "default": "allocated"},
    "description": "What devices are reckoned with.",
}


class PowerSchema(AutoSchema):
    """Takes the description from the view: `parameters` and `body`."""

    def get_operation(self, path: str, path_regex: str, prefix: str, method: str, *_: Any) -> Json:
        """One operation of the document."""
        name = path.rstrip("/").rsplit("/", 1)[-1]
        found: Json = {
            "operationId": f"power_{name}",
            "description": (self.view.__doc__ or "").strip(),
            "tags": ["power"],
            "security": [{"token": []}, {"session": []}],
            "parameters": list(self.view.parameters),
            "responses": {
                "200": {
                    "description": "The figures.",
                    "content": {"application/json": {"schema": {"type": "object"}}},
                },
                **errors("GET", False),
            },
        }
        if self.view.body:
            content = {"application/json": {"schema": self.view.body}}
            found["requestBody"] = {"content": content, "required": True}
        return found
