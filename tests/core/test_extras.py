"""Saved filters and views, links and export templates over REST."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import sandbox
from core.models import ExportTemplate, SavedFilter
from tests.core.factories import UserFactory
from tests.core.permits import permit, rest, somebody
from tests.facilities.factories import SiteFactory

pytestmark = pytest.mark.django_db
FILTERS, VIEWS = "/api/extras/saved-filters/", "/api/extras/table-configs/"


@pytest.fixture
def admin() -> APIClient:
    return rest(UserFactory(is_superuser=True))


def save(client: APIClient, slug: str, **more: Any) -> Any:
    body = {"name": slug, "slug": slug, "object_types": ["dcim.site"]}
    parameters = {"parameters": {"status": ["planned", "retired"]}}
    return client.post(FILTERS, {**body, **parameters, **more}, format="json")


def test_a_saved_filter_narrows_lists_and_what_is_given_wins(admin: APIClient) -> None:
    for status in ("planned", "retired", "active"):
        SiteFactory(status=status)
    made = save(admin, "not-live").json()
    sites = "/api/dcim/sites/"
    assert admin.get(sites, {"filter": "not-live"}).json()["count"] == 2
    assert admin.get(sites, {"filter_id": made["id"]}).json()["count"] == 2
    both = {"filter": "not-live", "status": "planned"}
    assert admin.get(sites, both).json()["count"] == 1
    assert admin.get(sites, {"filter": "unknown"}).status_code == 400
    assert admin.get("/api/dcim/racks/", {"filter": "not-live"}).status_code == 400


def test_everybody_has_filters_and_views_of_their_own_and_sees_the_shared_ones() -> None:
    one, two = somebody("dcim.site"), somebody("dcim.site extras.savedfilter")
    hidden = save(rest(one), "mine", shared=False).json()
    shared = save(rest(one), "for-all").json()
    assert hidden["user"] == one.pk or hidden["user"] is None
    assert SavedFilter.objects.get(slug="mine").user == one
    seen = rest(two).get(FILTERS).json()["results"]
    assert [row["slug"] for row in seen] == ["for-all"]
    assert rest(two).get("/api/dcim/sites/", {"filter": "mine"}).status_code == 400
    assert rest(two).patch(hidden["url"], {"weight": 1}, format="json").status_code == 404
    assert rest(two).patch(shared["url"], {"weight": 1}, format="json").status_code == 200
    third = somebody("dcim.site")
    assert rest(third).patch(shared["url"], {"weight": 1}, format="json").status_code == 403
    body = {"object_type": "dcim.site", "table": "SiteTable", "name": "V", "columns": ["name"]}
    view = rest(third).post(VIEWS, {**body, "shared": False}, format="json")
    assert view.status_code == 201, view.json()
    assert rest(one).get(view.json()["url"]).status_code == 404
    given = {**body, "shared": False, "user": one.pk}
    assert rest(third).post(VIEWS, given, format="json").status_code in (400, 403)


def test_a_list_is_exported_by_a_template_as_far_as_it_may_be_seen(admin: APIClient) -> None:
    seen, hidden = SiteFactory(name="Aachen"), SiteFactory(name="Bonn")
    body = {
        "name": "Names",
        "object_types": ["dcim.site"],
        "template_code": "{% for s in queryset %}{{ s.name }}={{ s.status.value }}\n{% endfor %}",
        "file_name": "sites",
        "file_extension": "txt",
    }
    made = admin.post("/api/extras/export-templates/", body, format="json")
    assert made.status_code == 201, made.json()
    answer = admin.get("/api/dcim/sites/", {"export": "Names", "ordering": "-name"})
    assert answer.content.decode() == "Bonn=active\nAachen=active\n"
    assert answer["Content-Disposition"] == 'attachment; filename="sites.txt"'
    assert admin.get("/api/dcim/racks/", {"export": "Names"}).status_code == 404
    user = somebody("dcim.site", "view", {"name": "Aachen"})
    assert rest(user).get("/api/dcim/sites/", {"export": "Names"}).status_code == 404
    permit(user, "extras.exporttemplate", "view")
    answer = rest(user).get("/api/dcim/sites/", {"export": "Names"})
    assert answer.content.decode() == f"{seen.name}=active\n"
    assert hidden.name not in answer.content.decode()
    ExportTemplate.objects.update(template_code="{{ 1 / 0 }}")
    assert admin.get("/api/dcim/sites/", {"export": "Names"}).status_code == 400


def test_templates_are_checked_when_they_are_written(admin: APIClient) -> None:
    link = {"name": "L", "object_types": ["dcim.site"], "link_text": "x", "link_url": "{{ broken"}
    answer = admin.post("/api/extras/custom-links/", link, format="json")
    assert answer.status_code == 400
    assert list(answer.json()) == ["link_url"]
    body = {"name": "T", "object_types": ["dcim.site"], "template_code": "x"}
    for params in ({"finalize": "print"}, {"undefined": "os.system"}, ["x"]):
        sent = {**body, "environment_params": params}
        answer = admin.post("/api/extras/export-templates/", sent, format="json")
        assert answer.status_code == 400, params
        assert list(answer.json()) == ["environment_params"]


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ rows.append(1) }}",
        "{{ 'x' * 10**9 }}",
        "{{ 'x'.ljust(999999999) }}",
        "{{ '%0999999999d' % 1 }}",
        "{{ '{:>999999999}'.format('x') }}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "{% macro f(n) %}{{ f(n - 1) }}{{ f(n - 1) }}{% endmacro %}{{ f(9999) }}",
        "{% set x = 'xxxxxxxxxx' %}" + "{% set x = x ~ x ~ x ~ x %}" * 40 + "{{ x }}",
        "{{ (rows|join('x' * 9000))|replace('x', 'y' * 9000) }}",
        "{{ 9**99999 }}",
        "{% include 'settings.py' %}",
        "{{ cycler.__init__.__globals__ }}",
    ],
)
def test_the_sandbox_gives_nothing_away_and_comes_to_an_end(source: str) -> None:
    with pytest.raises(sandbox.TemplateFault):
        sandbox.render(source, {"rows": [1, 2, 3]}, steps=20_000, seconds=2, text=100_000)


def test_the_sandbox_does_what_templates_need() -> None:
    rows = [{"name": "a", "tags": ["x", "y"]}, {"name": "b", "tags": []}]
    source = (
        "{% for row in rows %}{{ loop.index }}/{{ loop.length }} {{ row.name|upper }} "
        "{{ row.tags|join(',') }}{{ ';' if not loop.last }}{% endfor %}"
        "{{ rows|map(attribute='name')|join('+') }} {{ 'a' ~ (1 + 1) }} "
        "{{ 'aba'.replace('a','c') }}"
    )
    made = sandbox.render(source, {"rows": rows})
    assert made == "1/2 A x,y;2/2 B a+b a2 cbc"
