"""The OpenAPI document, described from the declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.openapi import AutoSchema

from core import registry
from core.fields.references import object_schema
from core.serializers import TAG_CHANGES
from core.special_fields import TAG_FIELDS

if TYPE_CHECKING:
    from core.filters import ParameterFilter
    from core.resource import Resource

Json = dict[str, Any]

_SENTENCE: Json = {"$ref": "#/components/schemas/Sentence"}
_FAULTS: Json = {"$ref": "#/components/schemas/Faults"}
_VERSION: Json = {
    "description": "The version of the row, to be sent back as If-Match.",
    "schema": {"type": "string"},
}
_LIST_PARAMETERS = [
    ("limit", "integer", "Rows a page, 50 by default, 1000 at most."),
    ("offset", "integer", "Rows to skip."),
    ("start", "integer", "First id of a page by id; no count is made."),
    ("ordering", "string", "Fields to order by, comma-separated; a minus turns one round."),
]
_FIELD_PARAMETERS = [
    ("brief", "boolean", "Only the brief fields."),
    ("fields", "string", "Only these fields, comma-separated."),
    ("omit", "string", "Leave these fields out, comma-separated."),
]


class ResourceSchema(AutoSchema):  # type: ignore[misc]
    """Describes the views of a resource from its declaration."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> Json | None:
        """The operation object of one method, or None where the resource does not allow it."""
        resource: Resource | None = getattr(self.view, "resource", None)
        if resource is None or not hasattr(self.view, "field_names"):
            found: Json | None = super().get_operation(
                path, path_regex, path_prefix, method, registry
            )
            return found
        if method.lower() not in resource.methods:
            return None
        detail = path.endswith("{id}/")
        described = getattr(self.view, "describe", None)
        if described is not None:
            operation = {**_operation(resource, path, method), **described(resource)}
            operation["responses"] = {**operation["responses"], **errors(method, "{id}" in path)}
            return operation
        operation = _operation(resource, path, method)
        operation["parameters"] = _parameters(resource, method, detail)
        if method in ("POST", "PUT", "PATCH") or (method == "DELETE" and not detail):
            operation["requestBody"] = _request_body(resource, method, detail)
        operation["responses"] = {**_responses(resource, method, detail), **errors(method, detail)}
        return operation


def _operation(resource: Resource, path: str, method: str) -> Json:
    words = path.strip("/").replace("{id}", "detail").replace("-", "_").split("/")[1:]
    return {
        "operationId": "_".join([*words, method.lower()]),
        "tags": [resource.path.split("/")[0]],
        "parameters": _path_parameters(path),
        "security": [{"token": []}, {"session": []}],
    }


def _path_parameters(path: str) -> list[Json]:
    if "{id}" not in path:
        return []
    return [{"in": "path", "name": "id", "required": True, "schema": {"type": "integer"}}]


def _parameters(resource: Resource, method: str, detail: bool) -> list[Json]:
    found = _path_parameters("{id}") if detail else []
    if method in ("PUT", "PATCH", "DELETE"):
        text = "Refuse with 412 what was changed since; the versions of all rows for many."
        match = {"in": "header", "name": "If-Match", "schema": {"type": "string"}}
        return [*found, {**match, "description": text}]
    if method != "GET":
        return found
    plain = _FIELD_PARAMETERS if detail else [*_LIST_PARAMETERS, *_FIELD_PARAMETERS]
    found += [
        {"in": "query", "name": name, "schema": {"type": kind}, "description": text}
        for name, kind, text in plain
    ]
    if not detail:
        found += [_filter(name, item) for name, item in sorted(resource.all_filters.items())]
    return found


def _filter(name: str, item: ParameterFilter) -> Json:
    schema = dict(item.schema)
    if schema.get("type") == "boolean" or name == "q":
        return {"in": "query", "name": name, "schema": schema}
    return {
        "in": "query",
        "name": name,
        "schema": {"type": "array", "items": schema},
        "explode": True,
        "style": "form",
    }


def _request_body(resource: Resource, method: str, detail: bool) -> Json:
    if method == "DELETE":
        schema: Json = {
            "type": "array",
            "items": {"type": "object", "properties": {"id": {"type": "integer"}}},
        }
    else:
        name = f"{resource.component}Request"
        if method == "PATCH":
            name = f"Patched{name}"
        reference: Json = {"$ref": f"#/components/schemas/{name}"}
        listed: Json = {"type": "array", "items": reference}
        if detail:
            schema = reference
        elif method == "POST":
            schema = {"oneOf": [reference, listed]}
        else:
            schema = listed
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _responses(resource: Resource, method: str, detail: bool) -> Json:
    reference: Json = {"$ref": f"#/components/schemas/{resource.component}"}
    if method == "DELETE":
        return {
            "204": {"description": "Deleted."},
            "409": _answer("Something needs it.", _SENTENCE),
        }
    one = detail or method == "POST"
    if method == "GET" and not detail:
        reference = {"$ref": f"#/components/schemas/Paginated{resource.component}List"}
    elif method in ("PUT", "PATCH") and not detail:
        reference = {"type": "array", "items": reference}
    elif method == "POST":
        reference = {"oneOf": [reference, {"type": "array", "items": reference}]}
    code = "201" if method == "POST" else "200"
    found = _answer("", reference)
    return {code: {**found, "headers": {"ETag": _VERSION}} if one else found}


def _answer(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def errors(method: str, detail: bool) -> Json:
    """The answers that say why nothing was done: a sentence, or sentences by field."""
    many: Json = {"type": "array", "items": _FAULTS}
    faults = _FAULTS if detail or method == "GET" else {"anyOf": [_FAULTS, many]}
    found = {
        "400": _answer("What was sent cannot be used; sentences by field, by item.", faults),
        "403": _answer("Not authenticated, or not permitted.", _SENTENCE),
    }
    if detail:
        found["404"] = _answer("No such row, or none you may see.", _SENTENCE)
    if method in ("PUT", "PATCH", "DELETE"):
        found["412"] = _answer("Changed since it was read.", _SENTENCE)
    return found


def add_components(result: Json, generator: Any, request: Any, public: bool) -> Json:
    """Post-processing hook: the schemas of every resource."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    for resource in registry.resources():
        schemas.update(_schemas(resource))
    schemas["Faults"] = {"type": "object", "description": "Sentences by the name of the field."}
    schemas["Sentence"] = {
        "type": "object",
        "properties": {"detail": {"type": "string"}},
        "required": ["detail"],
    }
    schemas["NestedTag"] = object_schema(registry.of_path("extras/tags"), TAG_FIELDS)
    result["components"].setdefault("securitySchemes", {}).update(
        {
            "token": {"type": "apiKey", "in": "header", "name": "Authorization"},
            "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        }
    )
    return result


def _schemas(resource: Resource) -> Json:
    name = resource.component
    writable, required = {}, []
    for field in resource.writable_fields:
        serializer = field.write_field()
        writable[field.name] = field.write_schema()
        if serializer is not None and serializer.required:
            required.append(field.name)
        if field.name == "tags":
            writable.update(dict.fromkeys(TAG_CHANGES, field.write_schema()))
    request: Json = {"type": "object", "properties": writable}
    found = {
        name: object_schema(resource, resource.field_names),
        resource.brief_component: object_schema(resource, resource.nested),
        f"Paginated{name}List": {
            "type": "object",
            "required": ["count", "results"],
            "properties": {
                "count": {"type": "integer", "nullable": True},
                "next": {"type": "string", "format": "uri", "nullable": True},
                "previous": {"type": "string", "format": "uri", "nullable": True},
                "results": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
            },
        },
    }
    if "post" in resource.methods:
        found[f"{name}Request"] = {**request, **({"required": required} if required else {})}
        found[f"Patched{name}Request"] = request
    return found
