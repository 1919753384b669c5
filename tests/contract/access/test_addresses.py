"""Nothing leaks by any address: they are read off the table of addresses, so none is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import QueryDict
from django.urls import URLPattern, URLResolver, get_resolver

from core import registry
from core.api import DetailView, ListView
from tests.contract.access.world import World, alike, clean, pages, rest

pytestmark = pytest.mark.django_db

# Whose ids stand in addresses that do not begin with a resource's path.
ELSEWHERE = {
    "power/load/equipment/%d/": "power/equipment",
    "power/load/link/%d/": "power/links",
    "power/load/panel/%d/": "dcim/power-panels",
    "power/load/feed/%d/": "dcim/power-feeds",
    "power/load/pdu/%d/": "dcim/devices",
    "power/load/rack/%d/": "dcim/racks",
    "power/path/%d/": "dcim/devices",
    "capacity/forecast/rack/%d/": "dcim/racks",
    "capacity/forecast/location/%d/": "dcim/locations",
    "capacity/forecast/site/%d/": "dcim/sites",
    "capacity/forecast/tenant/%d/": "tenancy/tenants",
    "capacity/finder/%d/": "core/jobs",
    "capacity/finder/%d/reserve/": "core/jobs",
}
SPELLED = {
    "power/load/<str:kind>/<int:pk>/",
    "power/path/<int:pk>/",
    "capacity/forecast/<slug:place>/<int:pk>/",
    "capacity/finder/<int:pk>/",
    "capacity/finder/<int:pk>/reserve/",
}
# What parameters of addresses refer to, where these are not a resource's own filters.
NAMED = {
    "site": "dcim/sites",
    "location": "dcim/locations",
    "rack": "dcim/racks",
    "device": "dcim/devices",
    "tenant": "tenancy/tenants",
    "device_type": "dcim/device-types",
    "a_site": "dcim/sites",
    "b_rack": "dcim/racks",
    "a_device": "dcim/devices",
    "cable": "dcim/cables",
    "tray": "dcim/devices",
    "record": "dcim/devices",
    "a": "dcim/devices",
    "object_id": "dcim/devices",
    "role": "dcim/device-roles",
}
# Sign people in and out; say the same to everybody.
APART = ("login/", "logout/", "oidc/", "account/", "api/schema/", "api/docs/", "media/", "static/")


@dataclass(frozen=True)
class Address:
    """An address with `%d` for an id, which is one of the resource at `path`.

    `again`: others are answered by the same code, about other kinds of record.
    """

    text: str
    path: str = ""
    again: bool = False

    def __str__(self) -> str:
        return self.text

    @property
    def of_rest(self) -> bool:
        """Whether programs ask it."""
        return self.text.startswith("api/")


def table(found: Any = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every route there is."""
    for each in (found or get_resolver()).url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from table(each, route)
        else:
            yield route, each


def addresses() -> list[Address]:
    """Those of pages and actions; of what every resource has in the same way only one."""
    found = [Address(text, path) for text, path in ELSEWHERE.items()]
    seen, known = set(), set()
    for route, pattern in table():
        if route.startswith(APART) or route in SPELLED or "<path:" in route:
            continue
        view: Any = pattern.callback
        view = getattr(view, "view_class", view)
        tab = (pattern.default_args or {}).get("tab")
        code = (view, tab and tab.view)
        if code in seen or (isinstance(view, type) and issubclass(view, ListView | DetailView)):
            continue
        seen.add(code)
        written = view.__mro__[1] if isinstance(view, type) else view, tab and tab.view.__qualname__
        again = written in known
        known.add(written)
        path = "/".join(route.removeprefix("api/").split("/")[:2])
        found.append(Address(route.replace("<int:pk>", "%d"), path, again))
    return found


ALL = addresses()
OF_ONE = [each for each in ALL if "%d" in each.text]
OF_MANY = [each for each in ALL if "%d" not in each.text and "<" not in each.text]


def test_each_address_is_known() -> None:
    paths = {resource.path for resource in registry.resources()}
    assert [each for each in OF_ONE if each.path not in paths] == []
    assert len(OF_ONE) + len(OF_MANY) == len(ALL)


def client_of(world: World, name: str, address: Address) -> Any:
    user = world.users[name]
    return rest(user) if address.of_rest else pages(user)


@pytest.mark.parametrize("name", ["nobody", "own"])
@pytest.mark.parametrize("address", [each for each in OF_ONE if not each.again], ids=str)
def test_a_hidden_record_is_asked_for_in_vain(world: World, address: Address, name: str) -> None:
    """To read or to act, the answer is the one about a record that was never there."""
    client, pk = client_of(world, name, address), world.theirs[address.path]
    for ask in (client.get, client.post):
        answer = alike(lambda pk, ask=ask: ask(f"/{address.text % pk}"), pk)
        assert answer.status_code in (404, 405, 403)


@pytest.mark.parametrize("address", OF_ONE, ids=str)
def test_what_belongs_to_a_record_tells_of_nothing_hidden(world: World, address: Address) -> None:
    if address.text.endswith(".pdf"):
        return  # no text to be read; it is drawn from the same as plan.svg
    client = client_of(world, "own", address)
    clean(world, client.get(f"/{address.text % world.ours[address.path]}"))


@pytest.mark.parametrize("address", OF_MANY, ids=str)
def test_what_is_about_many_tells_of_nothing_hidden(
    world: World, address: Address, looked_at: Callable[[], set[str]]
) -> None:
    client = client_of(world, "own", address)
    clean(world, client.get(f"/{address.text}"))
    asked: set[str] = set()
    # What it does not look at tells of nothing; what it looks at may lead it to look at more.
    while names := (looked_at() & set(NAMED)) - asked:
        for name in names:
            hidden = world.theirs[NAMED[name]]
            alike(lambda pk, name=name: client.get(f"/{address.text}", {name: pk}), hidden)
        asked |= names


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[], set[str]]:
    """The parameters that were looked at since; whoever looks at all looks at each of `NAMED`."""
    found: set[str] = set()

    def watch(method: str, names: Callable[..., Iterable[str]]) -> None:
        look = getattr(QueryDict, method)

        def watched(self: QueryDict, *given: Any, **options: Any) -> Any:
            found.update(names(*given))
            return look(self, *given, **options)

        monkeypatch.setattr(QueryDict, method, watched)

    for method in ("__contains__", "__getitem__", "get", "getlist"):
        watch(method, lambda name, *_: [name])
    for method in (
        "__iter__",
        "__len__",
        "copy",
        "dict",
        "items",
        "keys",
        "lists",
        "urlencode",
        "values",
    ):
        watch(method, lambda *_: NAMED)
    return lambda: found
