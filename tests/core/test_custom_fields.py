"""Custom fields over REST: each type written, read, filtered, ordered; definitions that change."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core import patterns
from facilities.models import Site
from tests.core.factories import UserFactory
from tests.core.permits import permit, rest, somebody
from tests.dcim.factories import DeviceRoleFactory, InterfaceTemplateFactory
from tests.facilities.factories import RegionFactory, SiteFactory, TenantFactory

pytestmark = pytest.mark.django_db

FIELDS, SETS, SITES = (
    "/api/extras/custom-fields/",
    "/api/extras/custom-field-choice-sets/",
    "/api/dcim/sites/",
)

SLOW_PATTERN = "(?:(?:a{1,500}){1,500}){1,500}b"  # tries for years where there is no b


@pytest.fixture
def client() -> APIClient:
    made = APIClient()
    made.force_authenticate(UserFactory(is_superuser=True))
    return made


def post(client: APIClient, url: str, body: Any) -> Any:
    answer = client.post(url, body, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def define(client: APIClient, name: str, kind: str, **more: Any) -> dict[str, Any]:
    body = {"name": name, "type": kind, "object_types": ["dcim.site"], **more}
    found: dict[str, Any] = post(client, FIELDS, body)
    return found


def choose(client: APIClient, name: str = "Grades", **more: Any) -> int:
    pairs = [["gold", "Gold"], ["iron", "Iron"], ["tin", "Tin, plated"]]
    return int(post(client, SETS, {"name": name, "extra_choices": pairs, **more})["id"])


def patch(client: APIClient, site: Site, **values: Any) -> Any:
    url = f"{SITES}{site.pk}/"
    return client.patch(url, {"custom_fields": values}, format="json")


def names(client: APIClient, query: str) -> list[str]:
    answer = client.get(f"{SITES}?{query}")
    assert answer.status_code == 200, answer.json()
    return [row["name"] for row in answer.json()["results"]]


DAY, NOON, LINK = "2026-02-28", "2026-02-28T12:00:00Z", "https://example.com/a"
# what each type takes, what is read again, what it refuses; filters that find it and that do not
CASES: list[tuple[str, Any, Any, list[Any], str, str]] = [
    ("text", "Blue Room", "Blue Room", [5, ["a"]], "cf_x=blue", "cf_x=red"),
    ("text", "Blue", "Blue", [{}], "cf_x__isw=bl", "cf_x__nisw=bl"),
    ("longtext", "a\nb", "a\nb", [1], "cf_x__ic=A%0Ab", "cf_x__empty=true"),
    ("integer", 12, 12, ["1.5", True, 2**70, "x", 1.5], "cf_x__gte=12", "cf_x__gt=12"),
    ("integer", "7", 7, [[]], "cf_x=7", "cf_x__n=7"),
    ("decimal", 0.1, 0.1, ["NaN", "a", True, 1e300], "cf_x=0.1&cf_x__lte=0.1", "cf_x__lt=0.1"),
    ("decimal", "3.0", 3, [{}], "cf_x=3", "cf_x__empty=true"),
    ("boolean", True, True, ["maybe", 2], "cf_x=true", "cf_x=false"),
    ("date", DAY, DAY, ["2026-02-30", 5], f"cf_x__gte={DAY}", f"cf_x__lt={DAY}"),
    ("datetime", f"{DAY}T14:00:00+02:00", NOON, ["soon"], f"cf_x={NOON}", f"cf_x__lt={NOON}"),
    ("url", LINK, LINK, ["javascript:alert(1)", "no"], "cf_x__iew=/a", f"cf_x__n={LINK}"),
    ("json", {"a": [1, None]}, {"a": [1, None]}, [], "cf_x__empty=false", "cf_x__empty=true"),
    ("select", "iron", "iron", ["lead", ["iron"], {"value": "iron"}], "cf_x=iron", "cf_x=gold"),
    ("multiselect", ["gold"], ["gold"], ["gold", ["lead"]], "cf_x=gold&cf_x=tin", "cf_x=iron"),
]


@pytest.mark.parametrize(("kind", "sent", "read", "refused", "finds", "misses"), CASES)
def test_each_type_is_checked_stored_and_found(
    client: APIClient, kind: str, sent: Any, read: Any, refused: list[Any], finds: str, misses: str
) -> None:
    more = {"choice_set": choose(client)} if "select" in kind else {}
    define(client, "x", kind, **more)
    site, other = SiteFactory(name="A"), SiteFactory(name="B")
    answer = patch(client, site, x=sent)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["custom_fields"] == {"x": read}
    assert client.get(f"{SITES}{other.pk}/").json()["custom_fields"] == {"x": None}
    assert "A" in names(client, finds)
    assert "B" not in names(client, finds) or "__n" in finds
    assert "A" not in names(client, misses)
    for value in refused:
        answer = patch(client, site, x=value)
        assert answer.status_code == 400, value
        assert list(answer.json()["custom_fields"]) == ["x"]
    assert patch(client, site, x=None).json()["custom_fields"] == {"x": None}
    assert Site.objects.get(pk=site.pk).custom_field_data == {}


def test_objects_are_brief_references_loaded_together(client: APIClient) -> None:
    define(client, "owner", "object", related_object_type="tenancy.tenant")
    define(client, "areas", "multiobject", related_object_type="dcim.region")
    tenants, regions = TenantFactory.create_batch(3), RegionFactory.create_batch(3)
    sites = [SiteFactory(name=f"S{n}") for n in range(3)]
    for site, tenant in zip(sites, tenants, strict=True):
        answer = patch(client, site, owner={"slug": tenant.slug}, areas=[r.pk for r in regions])
        assert answer.status_code == 200, answer.json()
    found = answer.json()["custom_fields"]
    brief = client.get(f"/api/tenancy/tenants/{tenants[2].pk}/?brief=1").json()
    assert found["owner"]["url"] == brief["url"] and found["owner"]["name"] == brief["name"]
    assert [area["id"] for area in found["areas"]] == [r.pk for r in regions]
    assert names(client, f"cf_owner={tenants[0].pk}") == ["S0"]
    assert names(client, f"cf_owner__n={tenants[0].pk}") == ["S1", "S2"]
    assert names(client, f"cf_areas={regions[1].pk}&cf_owner={tenants[1].pk}") == ["S1"]
    assert client.get(f"{SITES}?cf_owner=99999").status_code == 400
    answer = patch(client, sites[0], owner=99999)
    assert "owner" in answer.json()["custom_fields"]
    with CaptureQueriesContext(connection) as few:
        client.get(f"{SITES}?limit=1")
    with CaptureQueriesContext(connection) as many:
        client.get(SITES)
    assert len(many) == len(few)
    tenants[0].delete()
    assert client.get(f"{SITES}{sites[0].pk}/").json()["custom_fields"]["owner"] is None


def test_definitions_cost_a_list_no_statement(client: APIClient) -> None:
    SiteFactory.create_batch(3)
    client.get(SITES)
    with CaptureQueriesContext(connection) as without:
        client.get(SITES)
    define(client, "x", "text")
    client.get(SITES)
    with CaptureQueriesContext(connection) as with_one:
        assert "x" in client.get(SITES).json()["results"][0]["custom_fields"]
    assert len(with_one) == len(without)


def test_given_keys_are_merged_and_unknown_ones_refused(client: APIClient) -> None:
    for name in ("a", "b"):
        define(client, name, "text")
    site = SiteFactory()
    patch(client, site, a="1")
    assert patch(client, site, b="2").json()["custom_fields"] == {"a": "1", "b": "2"}
    answer = patch(client, site, a="3", nothing=1)
    assert answer.status_code == 400
    assert list(answer.json()["custom_fields"]) == ["nothing"]
    assert client.get(f"{SITES}{site.pk}/").json()["custom_fields"] == {"a": "1", "b": "2"}


def test_bounds_patterns_and_schemas_hold(client: APIClient) -> None:
    define(client, "n", "integer", validation_minimum=1, validation_maximum=9.5)
    define(client, "code", "text", validation_regex="^[A-Z]{2}$")
    schema = {"type": "object", "required": ["a"]}
    define(client, "doc", "json", validation_schema=schema)
    site = SiteFactory()
    answer = patch(client, site, n=10, code="abc", doc={"b": 1})
    assert answer.status_code == 400
    found = answer.json()["custom_fields"]
    assert found["n"] == ["This must be at most 9.5."]
    assert "[A-Z]{2}" in found["code"][0] and "'a' is a required" in found["doc"][0]
    assert patch(client, site, n=9, code="AB", doc={"a": 1}).status_code == 200


def test_a_pattern_that_takes_too_long_is_refused_with_a_sentence(client: APIClient) -> None:
    define(client, "code", "text", validation_regex=SLOW_PATTERN)
    define(client, "doc", "json", validation_schema={"pattern": SLOW_PATTERN})
    site = SiteFactory()
    for name in ("code", "doc"):
        answer = patch(client, site, **{name: "a" * 5000})
        assert answer.status_code == 400
        assert answer.json()["custom_fields"][name] == [patterns.TOO_SLOW]
    for pattern in ("a{99999999999}", "(" * 200 + "a" * 99 + ")" * 201):
        field = {"object_types": ["dcim.site"], "name": "x", "type": "text"}
        answer = client.post(FIELDS, {**field, "validation_regex": pattern}, format="json")
        assert answer.status_code == 400
        assert "validation_regex" in answer.json()


def test_defaults_and_required_fields_hold_for_new_rows(client: APIClient) -> None:
    define(client, "tier", "integer", default=3)
    define(client, "code", "text", required=True)
    one, two = {"name": "A", "slug": "a"}, {"name": "B", "slug": "b"}
    answer = client.post(SITES, [one, {**two, "custom_fields": {"code": "x"}}], format="json")
    assert answer.status_code == 400
    assert answer.json() == [{"custom_fields": {"code": ["This field is required."]}}, {}]
    made = post(client, SITES, {**two, "custom_fields": {"code": "x"}})
    assert made["custom_fields"] == {"tier": 3, "code": "x"}
    unset = post(client, SITES, {**one, "custom_fields": {"code": "x", "tier": None}})
    assert unset["custom_fields"]["tier"] is None
    answer = client.patch(f"{SITES}{made['id']}/", {"custom_fields": {"code": ""}}, format="json")
    assert answer.json() == {"custom_fields": {"code": ["This field is required."]}}


def test_a_new_field_with_a_default_fills_the_rows_that_are_there(client: APIClient) -> None:
    site = SiteFactory()
    define(client, "tier", "integer", default="3")
    assert client.get(f"{SITES}{site.pk}/").json()["custom_fields"] == {"tier": 3}


def test_a_renamed_field_keeps_its_values_and_a_deleted_one_takes_them(client: APIClient) -> None:
    field = define(client, "old", "text", unique=True)
    site = SiteFactory()
    patch(client, site, old="1")
    url = f"{FIELDS}{field['id']}/"
    assert client.patch(url, {"name": "new"}, format="json").status_code == 200
    assert client.get(f"{SITES}{site.pk}/").json()["custom_fields"] == {"new": "1"}
    twin = patch(client, SiteFactory(), new="1")
    assert twin.json()["custom_fields"]["new"] == ["Site with this New already exists."]
    answer = client.patch(url, {"type": "integer"}, format="json")
    assert answer.json() == {"type": ["The type cannot be changed."]}
    answer = client.patch(url, {"object_types": ["dcim.rack"]}, format="json")
    assert answer.status_code == 200, answer.json()
    assert Site.objects.get(pk=site.pk).custom_field_data == {}
    client.patch(url, {"object_types": ["dcim.site", "dcim.rack"]}, format="json")
    patch(client, site, new="2")
    assert client.delete(url).status_code == 204
    assert Site.objects.get(pk=site.pk).custom_field_data == {}
    assert client.get(f"{SITES}{site.pk}/").json()["custom_fields"] == {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'core_cf_unique_%%'")
        assert cursor.fetchone() == (0,)


def test_a_field_with_equal_values_cannot_become_unique(client: APIClient) -> None:
    field = define(client, "x", "integer")
    for site in SiteFactory.create_batch(2):
        patch(client, site, x=1)
    answer = client.patch(f"{FIELDS}{field['id']}/", {"unique": True}, format="json")
    assert answer.status_code == 400
    assert "Several rows" in answer.json()["unique"][0]


def test_a_choice_in_use_cannot_go(client: APIClient) -> None:
    choices = choose(client)
    define(client, "one", "select", choice_set=choices)
    define(client, "many", "multiselect", choice_set=choices)
    site = SiteFactory()
    patch(client, site, one="gold", many=["tin", "iron"])
    url = f"{SETS}{choices}/"
    for gone in (0, 1, 2):
        pairs = [["gold", "Au"], ["iron", "Fe"], ["tin", "Sn"], ["lead", "Pb"]]
        del pairs[gone]
        answer = client.patch(url, {"extra_choices": pairs}, format="json")
        assert answer.status_code == 400, gone
        assert "Still in use" in answer.json()["extra_choices"][0]
    patch(client, site, one=None)
    pairs = [["iron", "Fe"], ["tin", "Sn"], ["lead", "Pb"]]
    assert client.patch(url, {"extra_choices": pairs}, format="json").status_code == 200
    assert patch(client, site, one="lead").status_code == 200
    assert client.delete(url).status_code == 409
    listed = client.get(f"{url}choices/?q=e").json()
    assert listed["results"] == [{"id": "iron", "display": "Fe"}, {"id": "lead", "display": "Pb"}]


FAULTY: list[tuple[dict[str, Any], str]] = [
    ({"name": "a__b"}, "name"),
    ({"name": "a b"}, "name"),
    ({"object_types": []}, "object_types"),
    ({"object_types": ["extras.tag"]}, "object_types"),
    ({"type": "select"}, "choice_set"),
    ({"type": "object"}, "related_object_type"),
    ({"related_object_type": "dcim.site"}, "related_object_type"),
    ({"type": "boolean", "unique": True}, "unique"),
    ({"type": "date", "validation_minimum": 1}, "validation_minimum"),
    (
        {"type": "integer", "validation_minimum": 2, "validation_maximum": 1},
        "validation_maximum",
    ),
    ({"validation_regex": "("}, "validation_regex"),
    ({"type": "date", "validation_regex": "a"}, "validation_regex"),
    ({"type": "json", "validation_schema": {"type": "nonsense"}}, "validation_schema"),
    ({"related_object_filter": {"a": 1}}, "related_object_filter"),
    ({"type": "integer", "default": "x"}, "default"),
    ({"type": "object", "related_object_type": "dcim.site", "default": 9}, "default"),
]


@pytest.mark.parametrize(("body", "field"), FAULTY)
def test_a_faulty_definition_is_refused_beside_its_field(
    client: APIClient, body: dict[str, Any], field: str
) -> None:
    sound = {"name": "x", "type": "text", "object_types": ["dcim.site"]}
    answer = client.post(FIELDS, {**sound, **body}, format="json")
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


def test_rows_are_ordered_by_a_field_with_the_unset_last(client: APIClient) -> None:
    define(client, "n", "integer")
    for name, value in (("A", 10), ("B", 9), ("C", None)):
        patch(client, SiteFactory(name=name), n=value)
    assert names(client, "ordering=cf_n") == ["B", "A", "C"]
    assert names(client, "ordering=-cf_n") == ["A", "B", "C"]


def test_filter_logic_and_search_weight(client: APIClient) -> None:
    define(client, "exact", "text", filter_logic="exact")
    define(client, "none", "text", filter_logic="disabled", search_weight=0)
    patch(client, SiteFactory(name="A"), exact="Blue", none="Green")
    SiteFactory(name="B")
    assert names(client, "cf_exact=Blu") == []
    assert names(client, "cf_exact=Blue") == ["A"]
    assert names(client, "cf_none=Red") == ["A", "B"]
    assert names(client, "q=blu") == ["A"]
    assert names(client, "q=green") == []


def test_references_are_shown_and_dropped_only_by_those_who_may_see_them(
    client: APIClient,
) -> None:
    define(client, "owner", "object", related_object_type="tenancy.tenant")
    define(client, "areas", "multiobject", related_object_type="dcim.region")
    tenant, regions = TenantFactory(), RegionFactory.create_batch(2)
    site = SiteFactory()
    patch(client, site, owner=tenant.pk, areas=[r.pk for r in regions])
    user = somebody("dcim.site", "view change")
    permit(user, "dcim.region", "view", {"id": regions[0].pk})
    limited = rest(user)
    shown = limited.get(f"{SITES}{site.pk}/").json()["custom_fields"]
    assert shown["owner"] is None
    assert [area["id"] for area in shown["areas"]] == [regions[0].pk]
    assert patch(limited, site, owner=None, areas=shown["areas"]).status_code == 200
    kept = Site.objects.get(pk=site.pk).custom_field_data
    assert kept == {"owner": tenant.pk, "areas": [r.pk for r in regions]}
    answer = patch(limited, site, owner=tenant.pk)
    assert answer.status_code == 400 and "owner" in answer.json()["custom_fields"]
    assert limited.get(f"{SITES}?cf_owner={tenant.pk}").status_code == 400


def test_components_made_from_templates_get_defaults(client: APIClient) -> None:
    define(client, "vlan", "text", object_types=["dcim.interface"], default="100 % 'it''s'")
    kind = InterfaceTemplateFactory().device_type
    device = {
        "name": "D",
        "device_type": kind.pk,
        "role": DeviceRoleFactory().pk,
        "site": SiteFactory().pk,
    }
    post(client, "/api/dcim/devices/", device)
    made = client.get("/api/dcim/interfaces/").json()["results"]
    assert [row["custom_fields"] for row in made] == [{"vlan": "100 % 'it''s'"}]


def test_standard_lists_are_choices(client: APIClient) -> None:
    body = {
        "name": "World",
        "base_choices": "ISO_3166",
        "extra_choices": [["EU", "European Union"]],
    }
    made = post(client, SETS, {**body, "order_alphabetically": True})
    assert made["choices_count"] == 251
    listed = client.get(f"{SETS}{made['id']}/choices/?q=european").json()
    assert listed["results"] == [{"id": "EU", "display": "European Union"}]
    page = client.get(f"{SETS}{made['id']}/choices/?limit=2").json()
    assert page["count"] == 251 and page["results"][0]["id"] == "AF"
    assert "offset=2" in page["next"] and page["previous"] is None
    define(client, "land", "select", choice_set=made["id"])
    site = SiteFactory(name="A")
    assert patch(client, site, land="DE").status_code == 200
    assert patch(client, site, land="XX").status_code == 400
    assert client.get(f"{SETS}?choice=DE").json()["count"] == 1
    answer = client.patch(f"{SETS}{made['id']}/", {"extra_choices": [["DE", "D"]]}, format="json")
    assert "DE" in answer.json()["extra_choices"][0]
    body = {"name": "Air", "base_choices": "IATA", "extra_choices": []}
    assert post(client, SETS, body)["choices_count"] > 7000
    body = {"name": "Places", "base_choices": "UN_LOCODE", "extra_choices": []}
    answer = client.post(SETS, body, format="json")
    assert list(answer.json()) == ["base_choices"]


def test_creating_many_looks_references_up_together(client: APIClient) -> None:
    define(client, "owner", "object", related_object_type="tenancy.tenant")
    define(client, "areas", "multiobject", related_object_type="dcim.region")

    def bodies(word: str, count: int) -> list[dict[str, Any]]:
        return [
            {
                "name": f"{word} {n}",
                "slug": f"{word}-{n}",
                "custom_fields": {"owner": TenantFactory().pk, "areas": [RegionFactory().pk]},
            }
            for n in range(count)
        ]

    counts = []
    for word, count in (("a", 2), ("b", 12)):
        made = bodies(word, count)
        with CaptureQueriesContext(connection) as captured:
            post(client, SITES, made)
        counts.append(len(captured))
    assert counts[0] == counts[1]
