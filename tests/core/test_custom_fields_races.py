"""Custom fields under concurrency: values against definitions, and equal unique values."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from rest_framework.test import APIClient

from core.custom_fields import definitions
from core.models import CustomField
from facilities.models import Site
from tests.core.factories import UserFactory
from tests.facilities.factories import SiteFactory

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS, ROUNDS = 8, 5
Work = Callable[[APIClient, int], Any]


@pytest.fixture
def together() -> Iterator[Callable[[Work], list[Any]]]:
    """Run a function in every client's thread at the same moment; results in clients' order."""
    admin = UserFactory(is_superuser=True)
    barrier = threading.Barrier(CLIENTS)

    def turn(work: Work, number: int) -> Any:
        client = APIClient()
        client.force_authenticate(admin)
        try:
            barrier.wait(timeout=120)
            return work(client, number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        yield lambda work: list(pool.map(lambda number: turn(work, number), range(CLIENTS)))


def define(client: APIClient, name: str, kind: str, **more: Any) -> int:
    body = {"name": name, "type": kind, "object_types": ["dcim.site"], **more}
    answer = client.post("/api/extras/custom-fields/", body, format="json")
    assert answer.status_code == 201, answer.json()
    return int(answer.json()["id"])


@pytest.fixture
def client() -> APIClient:
    made = APIClient()
    made.force_authenticate(UserFactory(is_superuser=True))
    return made


def test_one_of_many_gets_a_unique_value(
    client: APIClient, together: Callable[[Work], list[Any]]
) -> None:
    define(client, "code", "text", unique=True)
    sites = [SiteFactory().pk for _ in range(CLIENTS)]
    for turn in range(ROUNDS):

        def write(client: APIClient, number: int, turn: int = turn) -> Any:
            body = {"custom_fields": {"code": f"same {turn}"}}
            return client.patch(f"/api/dcim/sites/{sites[number]}/", body, format="json")

        answers = together(write)
        assert sorted(a.status_code for a in answers) == [200] + [400] * (CLIENTS - 1)
        refused = next(a.json() for a in answers if a.status_code == 400)
        assert refused == {"custom_fields": {"code": ["Site with this Code already exists."]}}


def test_no_row_keeps_a_value_of_a_field_that_is_deleted_meanwhile(
    client: APIClient, together: Callable[[Work], list[Any]]
) -> None:
    sites = [SiteFactory().pk for _ in range(CLIENTS)]
    for _ in range(ROUNDS):
        field = define(client, "code", "text")

        def work(client: APIClient, number: int, field: int = field) -> int:
            if number == 3:
                return client.delete(f"/api/extras/custom-fields/{field}/").status_code
            body = {"custom_fields": {"code": "x"}}
            url = f"/api/dcim/sites/{sites[number]}/"
            return client.patch(url, body, format="json").status_code

        codes = together(work)
        assert codes[3] == 204 and set(codes) <= {200, 204, 400}
        assert not Site.objects.exclude(custom_field_data={}).exists()


def test_a_choice_is_either_taken_away_or_in_use(
    client: APIClient, together: Callable[[Work], list[Any]]
) -> None:
    sites = [SiteFactory().pk for _ in range(CLIENTS)]
    made = client.post(
        "/api/extras/custom-field-choice-sets/",
        {"name": "Grades", "extra_choices": [["a", "A"], ["b", "B"]]},
        format="json",
    ).json()
    url = f"/api/extras/custom-field-choice-sets/{made['id']}/"
    define(client, "grade", "select", choice_set=made["id"])
    for turn in range(ROUNDS * 2):
        Site.objects.update(custom_field_data={})
        both = {"extra_choices": [["a", "A"], ["b", "B"]]}
        assert client.patch(url, both, format="json").status_code == 200

        def work(client: APIClient, number: int, turn: int = turn) -> int:
            if number == turn % CLIENTS:
                return client.patch(url, {"extra_choices": [["b", "B"]]}, format="json").status_code
            body = {"custom_fields": {"grade": "a"}}
            address = f"/api/dcim/sites/{sites[number]}/"
            return client.patch(address, body, format="json").status_code

        codes = together(work)
        assert set(codes) <= {200, 400}
        gone = codes[turn % CLIENTS] == 200
        used = Site.objects.filter(custom_field_data__grade="a").exists()
        assert gone != used


def test_definitions_another_process_changed_are_seen(
    client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = SiteFactory()
    url = f"/api/dcim/sites/{site.pk}/"
    define(client, "one", "text")
    assert client.get(url).json()["custom_fields"] == {"one": None}
    stale = definitions.kept()
    define(client, "two", "text")
    monkeypatch.setattr(definitions, "_kept", stale)
    assert client.get(url).json()["custom_fields"] == {"one": None, "two": None}
    monkeypatch.setattr(definitions, "_kept", stale)
    body = {"custom_fields": {"two": "x"}}
    assert client.patch(url, body, format="json").status_code == 200


def test_definitions_that_were_rolled_back_are_not_believed(client: APIClient) -> None:
    kind = ContentType.objects.get_for_model(Site)
    site = SiteFactory()
    try:
        with transaction.atomic():
            CustomField.objects.create(name="ghost").object_types.add(kind)
            assert [each.name for each in definitions.current().every] == ["ghost"]
            raise KeyError
    except KeyError:
        pass
    assert client.get(f"/api/dcim/sites/{site.pk}/").json()["custom_fields"] == {}
