"""Requests made up from the OpenAPI document: every answer is one that the document describes.

`SCHEMA_CASES` is how many requests are made for each operation, of the whole document, as described
and otherwise. By default they are few, since making values up takes longer than answering: from a
document with each kind of filter once, without fields nobody knows and without the operations that
take the same body as another, and an operation's requests either all as described or all not.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient
from schemathesis import Case
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from core import registry
from core.models import Token
from core.resource import Resource
from tests.contract import payloads
from tests.core.factories import UserFactory

pytestmark = pytest.mark.django_db

CASES = int(os.environ.get("SCHEMA_CASES", "0"))
FEW = 2
RESOURCES = registry.resources()
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
# Parameters that choose fields, which the schema of an answer cannot say.
CHOOSING = {"brief", "fields", "omit"}

application = get_wsgi_application()
load_all_checks()
SHAPE = CHECKS.get_one("response_schema_conformance")
PROMISES = [
    CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
    )
]


@lru_cache
def document() -> Any:
    """The document as schemathesis knows it."""
    described = APIClient().get("/api/schema/?format=json").json()
    if not CASES:
        _thin(described)
    found = schemathesis.openapi.from_dict(described)
    found.config.generation.update(with_security_parameters=False)
    return found


def _thin(described: dict[str, Any]) -> None:
    for name, schema in described["components"]["schemas"].items():
        if name.endswith("Request"):
            schema["additionalProperties"] = False
    seen = set()
    for path, item in described["paths"].items():
        if "{id}" not in path:
            for method in {"put", "patch", "delete"} & set(item):
                del item[method]
        elif "patch" in item:
            item.pop("put", None)
        kept = []
        for parameter in item.get("get", {}).get("parameters", ()):
            name, _, lookup = parameter["name"].partition("__")
            kind = (lookup or name, json.dumps(parameter["schema"], sort_keys=True))
            if parameter["in"] == "path" or kind not in seen:
                kept.append(parameter)
            seen.add(kind)
        if "get" in item:
            item["get"]["parameters"] = kept


@contextmanager
def undone() -> Iterator[None]:
    """Undo what a request did, and keep its end from closing the test's connection."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def hold(path: str, pk: int, headers: dict[str, str]) -> None:
    """Ask for what is described at a path, mostly of a row that there is."""
    for method in document().raw_schema["paths"][path]:
        operation = document()[path][method]
        modes = MODES
        if not operation.definition.raw.get("parameters") and not operation.body:
            modes = MODES[:1]
        elif not CASES:
            # Of bodies that are wrong, test_hostile tries more in less time.
            right = method == "post" or zlib.crc32(f"{method} {path}".encode()) % 2
            modes = MODES[:1] if right else MODES[1:]

        @settings(
            max_examples=CASES or FEW,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=st.one_of(operation.as_strategy(mode) for mode in modes),
            known=st.sampled_from([True, True, False]),
        )
        def keeps(case: Case, known: bool) -> None:
            if "id" in case.path_parameters and known:
                case.path_parameters["id"] = pk
                case.headers.pop("If-Match", None)
            with undone():
                answer = case.call(app=application, headers=headers)
            shaped = [] if CHOOSING & set(case.query) else [SHAPE]
            case.validate_response(answer, checks=[*PROMISES, *shaped])

        keeps()


@pytest.fixture
def headers() -> dict[str, str]:
    """Of somebody who may do everything."""
    token = Token(user=UserFactory(is_superuser=True))
    found = {"Authorization": f"Bearer {token.issue()}"}
    token.save()
    return found


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda r: r.path)
def test_a_resource_answers_as_described(resource: Resource, headers: dict[str, str]) -> None:
    if "post" in resource.methods:
        client = APIClient(headers=headers)
        made = client.post(resource.list_url(), payloads.minimal(resource), format="json")
        pk = made.json()["id"]
    else:
        [pk] = payloads.rows(resource, 1)
    for path in document():
        if path.startswith(f"/api/{resource.path}/"):
            hold(path, pk, headers)


def test_what_is_no_resource_answers_as_described(headers: dict[str, str]) -> None:
    resources = tuple(f"/api/{resource.path}/" for resource in RESOURCES)
    for path in document():
        if not path.startswith(resources):
            hold(path, 1, headers)
