"""Rubbish: nothing a client sends gives a 5xx, and every error is JSON with the version header."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import registry
from core.resource import Resource
from tests.contract import payloads
from tests.contract.payloads import Body

pytestmark = pytest.mark.django_db

RESOURCES = registry.resources()
WRITABLE = [r for r in RESOURCES if "post" in r.methods]
HUGE = 10**40
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    2**31,
    2**63,
    HUGE,
    -HUGE,
    1.5,
    1e308,
    "",
    " ",
    "x",
    "a\x00b",
    "\ud800",
    "ü" * 5000,
    "1" * 5000,
    [],
    [None],
    [[]],
    [{}],
    ["x"],
    [HUGE],
    {},
    {"id": None},
    {"id": HUGE},
    {"id": "x"},
    {"pk": 1},
    {"name__contains": "x"},
    {"nope": 1},
    {"name": ["x"]},
    {"name": {"a": {"b": {}}}},
    {"slug": "a\x00b"},
    {"": ""},
    {"tags": 1},
    {"created": "x"},
    {"id": {"id": {"id": 1}}},
    [{"object_type": "dcim.site", "object_id": HUGE}],
    [{"object_type": "nope", "object_id": 1}],
    [{"object_type": ["x"], "object_id": {}}],
    [{"position": 0, "rear_port": "x", "front_port": HUGE}],
]


def answered(answer: Any, *codes: int) -> Any:
    """The body of an answer that is an error (or not) as clients can read it."""
    assert answer.status_code < 500, answer.content[:300]
    assert answer["API-Version"] == "4.6"
    assert answer["X-Request-ID"]
    if codes:
        assert answer.status_code in codes, (answer.status_code, answer.content[:300])
    if answer.status_code >= 400:
        assert answer["Content-Type"].startswith("application/json")
        return json.loads(answer.content)
    return None


def send(client: APIClient, method: str, address: str, body: Any) -> Any:
    """Send JSON that the test client itself would not make, such as half a surrogate pair."""
    text = json.dumps(body).encode()
    return client.generic(method.upper(), address, text, content_type="application/json")


def own_rules(resource: Resource) -> tuple[str, ...]:
    """The steps of a write that the declaration has of its own."""
    steps = ("prepare", "insert", "update", "after_write", "remove", "reveal")
    return tuple(n for n in steps if getattr(type(resource), n) is not getattr(Resource, n))


def different_fields() -> list[tuple[Resource, list[str]]]:
    """Each kind of field once; every field of a resource whose writes have rules of their own."""
    found, seen = [], set()
    for resource in WRITABLE:
        names = ["add_tags", "remove_tags"] if not seen else []
        for field in resource.writable_fields:
            kind = (type(field), json.dumps(field.write_schema(), sort_keys=True, default=str))
            if kind not in seen or own_rules(resource):
                names.append(field.name)
            seen.add(kind)
        if names:
            found.append((resource, names))
    return found


@pytest.mark.parametrize("resource,names", different_fields(), ids=lambda v: getattr(v, "path", ""))
def test_no_value_of_a_field_breaks_the_server(
    client: APIClient, resource: Resource, names: list[str]
) -> None:
    """Each value in each field as one list; what passes validation is then really written."""
    good = payloads.minimal(resource)
    made = client.post(resource.list_url(), good, format="json").json()
    for turn, value in enumerate(VALUES):
        # The last item is always at fault, so that the list only tells what passes validation.
        items = [*({**good, name: value} for name in names), None]
        faults = answered(send(client, "post", resource.list_url(), items), 400)
        assert len(faults) == len(items)
        passed = [name for name, fault in zip(names, faults, strict=False) if not fault]
        together = send(client, "patch", made["url"], dict.fromkeys(passed, value))
        if answered(together, 200, 400):
            for name in passed[turn % 4 :: 4]:
                answered(send(client, "patch", made["url"], {name: value}), 200, 400)
    answered(client.get(resource.list_url()), 200)


@pytest.mark.parametrize(
    "resource", {own_rules(r): r for r in WRITABLE}.values(), ids=lambda r: r.path
)
def test_no_body_breaks_the_server(client: APIClient, resource: Resource) -> None:
    made = client.post(resource.list_url(), payloads.minimal(resource), format="json").json()
    for body in (None, True, 5, HUGE, "x", [], [[]], [None], [5], ["x"], {}, [{}], [[{}]]):
        for method in ("post", "put", "patch", "delete"):
            answered(send(client, method, resource.list_url(), body))
        for method in ("put", "patch"):
            answered(send(client, method, made["url"], body))
    for pk in (None, True, -1, 0, HUGE, 1.5, "x", "1\x00", [], {}, [made["id"]]):
        for method in ("put", "patch", "delete"):
            refused = answered(send(client, method, resource.list_url(), [{"id": pk}]), 400)
            assert list(refused[0]) == ["id"] or method == "put"
    twice = [{"id": made["id"]}, {"id": made["id"]}]
    for method in ("patch", "delete"):
        refused = answered(send(client, method, resource.list_url(), twice), 400)
        assert refused[0] == {} and "id" in refused[1]
    answered(client.get(made["url"]), 200)


SITES = "/api/dcim/sites/"


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"{]", b"nonsense", b"\xff\xfe", b"[1,", b'{"a":NaN}', b"\x00", b"{" * 5000],
)
def test_malformed_json_is_a_400(client: APIClient, text: bytes) -> None:
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        answer = client.generic(method, SITES, text, content_type="application/json")
        assert "detail" in answered(answer, 400) or text in (b"", b'{"a":NaN}')


@pytest.mark.parametrize("left,right", [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [100, 100_000])
def test_deep_nesting_is_refused(client: APIClient, left: str, right: str, depth: int) -> None:
    inner = left * depth + "1" + right * depth
    for text in (inner, '{"name": "A", "slug": "a", "tags": ' + inner + "}"):
        for method in ("POST", "PATCH"):
            answer = client.generic(method, SITES, text.encode(), content_type="application/json")
            answered(answer, 400)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "image/png", "", "x"])
def test_wrong_content_types_are_415(client: APIClient, kind: str) -> None:
    for method in ("POST", "PATCH", "PUT"):
        body = answered(client.generic(method, SITES, b"<a/>", content_type=kind), 415)
        assert "detail" in body


def test_what_cannot_be_given_is_406(client: APIClient) -> None:
    answered(client.get(SITES, headers={"accept": "application/xml"}), 406)
    assert client.get(SITES, headers={"accept": "text/html, */*"}).status_code == 200


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "MKCOL", "FOO", "get"])
def test_unknown_methods_are_405(client: APIClient, method: str) -> None:
    for address in (SITES, "/api/", "/api/dcim/", "/api/status/", "/api/ipam/vlans/"):
        answered(client.generic(method, address), 405, 200 if method == "get" else 405)


def test_methods_a_path_does_not_have_are_405(client: APIClient) -> None:
    site = client.post(SITES, {"name": "A", "slug": "a"}, format="json").json()
    answered(client.post(site["url"], {}, format="json"), 405)
    answered(client.post("/api/status/", {}, format="json"), 405)


@pytest.mark.parametrize(
    "path",
    [
        "nope/",
        "dcim/nope/",
        "dcim/sites/x/",
        "dcim/sites/-1/",
        "dcim/sites/1/nope/",
        "dcim/sites//",
    ],
)
def test_unknown_paths_are_404_as_json(client: APIClient, path: str) -> None:
    for method in ("get", "post", "put", "patch", "delete"):
        assert "detail" in answered(getattr(client, method)(f"/api/{path}"), 404)


@pytest.mark.parametrize("pk", [str(2**63 - 1), str(2**63), "9" * 40, "0", "00"])
@pytest.mark.parametrize("resource", RESOURCES[::7], ids=lambda r: r.path)
def test_ids_nobody_has_are_404(client: APIClient, resource: Resource, pk: str) -> None:
    for method in resource.methods:
        if method != "post":
            answer = getattr(client, method)(f"/api/{resource.path}/{pk}/", {}, format="json")
            assert "detail" in answered(answer, 404)


def test_a_path_without_its_slash_redirects_reads_and_refuses_writes(client: APIClient) -> None:
    moved = client.get("/api/dcim/sites?name=A")
    assert moved.status_code in (301, 308)
    assert moved["Location"] == "/api/dcim/sites/?name=A"
    assert moved["API-Version"] == "4.6"
    for method in ("post", "put", "patch", "delete"):
        answered(getattr(client, method)("/api/dcim/sites", {}, format="json"), 404)


@pytest.mark.parametrize(
    "query",
    [
        "limit=x&offset=y",
        "limit=-1&offset=-1",
        f"limit={HUGE}&offset={HUGE}",
        f"offset={2**63}",
        "limit=1.5",
        "limit=²",
        "ordering=nope,-,--id,+id,,id__x,password",
        "ordering=" + "id," * 500,
        "fields=,,nope",
        "omit=" + "x" * 5000,
        "brief=",
        "q=%00",
        "q=" + "%F0%9F%98%80" * 500,
        "name__regex=(%3F%3C%3D",
        "name__regex=a{1000}{1000}",
        "name__iregex=%5C",
        "name__regex=a{99999999999}",
        "name__regex=" + "(" * 1000 + "a" + ")" * 1000,
        "name=%FF%FE",
        "tag=&tag=",
        "cf_nope=1",
        "nope=1",
        "id=" + "&id=".join(map(str, range(500))),
        "created=2024-13-45",
        "created=0000-00-00T00:00:00Z",
        "created=9999-12-31T23:59:59-23:59",
        "created=1e5",
        "=x",
        "&&&",
        "start=1&offset=1",
        f"start={HUGE}",
        "start=-1",
        "start=x",
        "latitude=Infinity",
        "latitude=1e308",
        "id=0x10",
        "id__gt=9223372036854775808",
        "asn=99999999999999",
    ],
)
def test_no_query_breaks_a_list(client: APIClient, query: str) -> None:
    client.post(SITES, {"name": "A", "slug": "a"}, format="json")
    answered(client.get(f"{SITES}?{query}"), 200, 400)


@pytest.mark.parametrize(
    "value",
    [
        "Token",
        "Token ",
        "Bearer",
        "Bearer nbt_",
        "Bearer nbt_x",
        "Bearer nbt_x.y",
        "Bearer nbt_.",
        "Token " + "0" * 40,
        "Token ü",
        "Token a\x00b",
        "Bearer " + "x" * 10_000,
    ],
)
def test_bad_credentials_are_403(value: str) -> None:
    stranger = APIClient()
    answer = stranger.get(SITES, HTTP_AUTHORIZATION=value)
    assert "detail" in answered(answer, 403)


def test_provisioning_with_rubbish_is_refused() -> None:
    stranger = APIClient()
    address = "/api/users/tokens/provision/"
    for body in (None, [], {}, {"username": 5}, {"username": "a\x00", "password": "x"}, "x"):
        answered(send(stranger, "post", address, body), 400, 403)
    answered(stranger.get(address), 405, 403)


def test_a_lost_race_is_never_a_409(client: APIClient) -> None:
    """What clients read as an exhausted pool is kept for deletes."""
    first = client.post(SITES, {"name": "A", "slug": "a"}, format="json").json()
    second = client.post(SITES, {"name": "B", "slug": "b"}, format="json").json()
    body: Body = {"name": "A", "slug": "c"}
    assert answered(client.post(SITES, body, format="json"), 400).keys() == {"name"}
    assert answered(client.patch(second["url"], body, format="json"), 400).keys() == {"name"}
    swap = [{"id": first["id"], "slug": "b"}]
    assert "slug" in answered(client.patch(SITES, swap, format="json"), 400)[0]
