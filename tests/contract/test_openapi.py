"""The OpenAPI document is well formed, and real responses are what it says."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import jsonschema
import pytest
from rest_framework.test import APIClient

from core import registry
from core.resource import Resource
from tests.contract.conftest import Kept, of
from tests.contract.payloads import Body

pytestmark = pytest.mark.django_db

RESOURCES = registry.resources()
METHODS = {"get", "post", "put", "patch", "delete"}
EMPTY = (
    "virtualization/clusters",
    "virtualization/cluster-types",
    "virtualization/cluster-groups",
    "virtualization/virtual-machines",
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


@lru_cache
def fetched() -> Body:
    answer = APIClient().get("/api/schema/?format=json")
    assert answer.status_code == 200
    assert "json" in answer["Content-Type"]
    found: Body = answer.json()
    return found


@pytest.fixture
def document() -> Body:
    return fetched()


def strict(schema: Any, document: Body) -> Any:
    """OpenAPI 3.0's dialect as JSON Schema: `nullable`, and no property but those named."""
    if isinstance(schema, list):
        return [strict(item, document) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return strict(document["components"]["schemas"][name], document)
    found = {k: strict(v, document) for k, v in schema.items() if k != "nullable"}
    if "properties" in schema:
        found.setdefault("additionalProperties", False)
    if schema.get("nullable"):
        return {"anyOf": [found, {"type": "null"}]}
    return found


def check(value: Any, schema: Body, document: Body) -> None:
    checker = jsonschema.Draft202012Validator(
        strict(schema, document), format_checker=jsonschema.FormatChecker(["date", "ipv4", "uuid"])
    )
    faults = [
        f"{list(one.absolute_path)}: {one.message[-200:]}"
        for error in checker.iter_errors(value)
        for one in (error.context or [error])
    ]
    assert faults == []


def schema_of(document: Body, path: str, method: str, code: str) -> Body:
    answer = document["paths"][path][method]["responses"][code]
    found: Body = answer["content"]["application/json"]["schema"]
    return found


def test_the_document_is_openapi_3(document: Body) -> None:
    assert document["openapi"].startswith("3.")
    assert document["info"]["version"] == "4.6"
    assert set(document) >= {"openapi", "info", "paths", "components"}


def test_every_reference_leads_somewhere(document: Body) -> None:
    known = set(document["components"]["schemas"])
    found: set[str] = set()

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if "$ref" in part:
                assert part["$ref"].startswith("#/components/schemas/")
                found.add(part["$ref"].rsplit("/", 1)[1])
            for item in part.values():
                walk(item)
        elif isinstance(part, list):
            for item in part:
                walk(item)

    walk(document)
    assert found <= known


def test_operations_have_names_of_their_own_and_their_path_parameters(document: Body) -> None:
    names: list[str] = []
    for path, item in document["paths"].items():
        assert path.startswith("/api/") and path.endswith("/")
        for method, operation in item.items():
            assert method in METHODS
            names.append(operation["operationId"])
            assert operation["responses"]
            given = [p["name"] for p in operation["parameters"] if p["in"] == "path"]
            assert [f"{{{name}}}" in path for name in given] == [True] * path.count("{")
            queries = [p["name"] for p in operation["parameters"] if p["in"] == "query"]
            assert len(queries) == len(set(queries))
            for parameter in operation["parameters"]:
                assert {"in", "name", "schema"} <= set(parameter)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda r: r.path)
def test_every_operation_and_filter_is_described(document: Body, resource: Resource) -> None:
    listed = document["paths"][f"/api/{resource.path}/"]
    detail = document["paths"][f"/api/{resource.path}/{{id}}/"]
    allowed = set(resource.methods)
    assert set(listed) == allowed
    assert set(detail) == allowed - {"post"}
    described = {p["name"] for p in listed["get"]["parameters"]}
    assert set(resource.all_filters) <= described
    assert {"limit", "offset", "start", "ordering", "brief", "fields", "omit"} <= described


@of(RESOURCES)
def test_responses_are_what_the_document_says(
    kept: Kept, document: Body, resource: Resource
) -> None:
    path = f"/api/{resource.path}/"
    for sent, made in zip(kept.sent, kept.made, strict=False):
        check(sent, {"oneOf": schema_in(document, path, "post")["oneOf"]}, document)
        check(made, schema_of(document, path, "post", "201"), document)
    page = kept.client.get(path, {"limit": 0}).json()
    check(page, schema_of(document, path, "get", "200"), document)
    for row in page["results"][:2]:
        found = kept.client.get(resource.url(row["id"])).json()
        check(found, schema_of(document, f"{path}{{id}}/", "get", "200"), document)


def schema_in(document: Body, path: str, method: str) -> Body:
    body = document["paths"][path][method]["requestBody"]
    found: Body = body["content"]["application/json"]["schema"]
    return found


@pytest.mark.parametrize("path", EMPTY)
def test_records_others_have_are_an_empty_page(client: APIClient, path: str) -> None:
    answer = client.get(f"/api/{path}/", {"name": "x"})
    assert answer.status_code == 200
    assert answer.json() == {"count": 0, "next": None, "previous": None, "results": []}
    refused = client.post(f"/api/{path}/", {}, format="json")
    assert refused.status_code == 405
    assert refused.json()["detail"].endswith(".")
    assert APIClient().get(f"/api/{path}/").status_code == 403


def test_the_inventory_finds_its_filters_of_virtual_machines(document: Body) -> None:
    listed = document["paths"]["/api/virtualization/virtual-machines/"]["get"]
    names = {parameter["name"] for parameter in listed["parameters"]}
    assert {"name", "status", "site", "tag", "cluster_id", "role", "tenant", "q"} <= names


def test_the_interactive_documentation_reads_the_document_from_here() -> None:
    page = APIClient().get("/api/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert '"/api/schema/' in text
    assert "://" not in "".join(re.findall(r'(?:src|href)="([^"]*)"', text))
