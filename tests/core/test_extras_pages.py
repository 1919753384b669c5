"""Views, saved filters, export templates and links on pages."""

from __future__ import annotations

import pytest
from django.test import Client

from core import registry
from core.models import CustomLink, DefaultView, ExportTemplate, SavedFilter, TableConfig, User
from tests.core.pages import row_names, text
from tests.core.permits import permit, somebody
from tests.facilities.factories import SiteFactory

pytestmark = pytest.mark.django_db
SITES = "/dcim/sites/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def site_type() -> object:
    return registry.content_type(registry.of_type("dcim.site"))


def test_a_list_is_saved_as_a_view_chosen_again_and_shown_so_at_first() -> None:
    SiteFactory(name="Aachen", status="planned")
    SiteFactory(name="Bonn", status="planned")
    SiteFactory(name="Celle")
    user = somebody("dcim.site", "view")
    client = signed_in(user)
    here = f"{SITES}?status=planned&sort=-name"
    form = {"return": here, "columns": "name,status", "name": "Planned", "view": "1"}
    answer = client.post(f"{SITES}views/", form)
    view = TableConfig.objects.get()
    assert (view.user, view.columns, view.ordering) == (user, ["name", "status"], ["-name"])
    assert view.parameters == {"status": ["planned"]}
    assert not view.shared
    # Under a name there is, the view becomes what the list is now.
    form |= {"return": f"{SITES}?status=planned&sort=name", "columns": "name"}
    client.post(f"{SITES}views/", form)
    changed = TableConfig.objects.get()
    assert (changed.pk, changed.columns, changed.ordering) == (view.pk, ["name"], ["name"])
    form |= {"return": here, "columns": "name,status"}
    answer = client.post(f"{SITES}views/", form)
    assert TableConfig.objects.count() == 1
    # Columns chosen while a view is shown win over the view's.
    chosen = {"return": answer["Location"], "column": ["name", "facility"]}
    shown = text(client.get(client.post(f"{SITES}columns/", chosen)["Location"]))
    assert 'data-column="facility"' in shown and 'data-column="status"' not in shown
    client.post(f"{SITES}columns/", {"return": SITES, "reset": "1"})
    page = client.get(answer["Location"])
    assert row_names(text(page)) == ["Bonn", "Aachen"]
    assert "Planned" in text(page)
    client.post(f"{SITES}views/", {"return": answer["Location"], "default": "1"})
    assert client.get(SITES)["Location"] == answer["Location"]
    assert len(row_names(text(client.get(f"{SITES}?view=")))) == 3
    client.post(f"{SITES}views/", {"return": f"{SITES}?view=", "default": "1"})
    assert not DefaultView.objects.exists()
    other = signed_in(somebody("dcim.site", "view"))
    assert "Planned</a>" not in text(other.get(SITES))
    stolen = {"return": f"{SITES}?view={view.pk}", "default": "1"}
    assert other.post(f"{SITES}views/", stolen).status_code == 404


def test_filters_of_a_list_are_saved_and_shared() -> None:
    SiteFactory(name="Aachen", status="planned")
    SiteFactory(name="Celle")
    client = signed_in(somebody("dcim.site", "view"))
    form = {"return": f"{SITES}?status=planned", "name": "Not yet", "shared": "1", "filter": "1"}
    assert client.post(f"{SITES}views/", form)["Location"] == form["return"]
    assert SavedFilter.objects.get().slug == "not-yet"
    other = signed_in(somebody("dcim.site", "view"))
    assert "Not yet" in text(other.get(SITES))
    assert row_names(text(other.get(f"{SITES}?filter=not-yet"))) == ["Aachen"]
    client.post(f"{SITES}views/", {**form, "name": ""})
    assert SavedFilter.objects.count() == 1


def test_a_template_is_in_the_export_menu_of_who_may_see_it() -> None:
    SiteFactory(name="Aachen", status="planned")
    SiteFactory(name="Celle")
    user = somebody("dcim.site", "view")
    made = ExportTemplate.objects.create(
        name="Plain/1", template_code="{% for s in queryset %}{{ s.name }}{% endfor %}"
    )
    made.object_types.add(site_type())
    assert "Plain/1" not in text(signed_in(user).get(SITES))
    permit(user, "extras.exporttemplate", "view")
    client = signed_in(User.objects.get(pk=user.pk))
    assert "Plain/1" in text(client.get(SITES))
    answer = client.get(f"{SITES}export-template/", {"template": "Plain/1", "status": "planned"})
    assert text(answer) == "Aachen"
    ExportTemplate.objects.update(template_code="{{ nothing.at.all }}")
    answer = client.get(f"{SITES}export-template/", {"template": "Plain/1"}, follow=True)
    assert "undefined" in text(answer)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.com/{{ object.slug }}", 'href="https://example.com/aachen"'),
        ("mailto:noc@example.com?subject={{ object.id }}", 'href="mailto:noc@example.com'),
        ("javascript:alert(1)", "Graphs: failed"),
        ("//example.com/", "Graphs: failed"),
        ("{{ object.none.such }}", "Graphs: failed"),
        ("{% for a in range(99999) %}{{ a }}{% endfor %}", "Graphs: failed"),
    ],
)
def test_links_lead_out_or_say_that_they_do_not(url: str, shown: str) -> None:
    site = SiteFactory(name="Aachen", slug="aachen")
    made = CustomLink.objects.create(name="Graphs", link_text="<b>{{ object.name }}", link_url=url)
    made.object_types.add(site_type())
    page = text(signed_in(somebody("dcim.site", "view")).get(f"{SITES}{site.pk}/"))
    assert shown in page
    assert "<b>Aachen" not in page
    assert "javascript:alert" not in page
