"""Custom fields on pages: forms, lists, records, bulk edit, import and export, search."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from core.custom_fields import definitions
from core.models import CustomField, CustomFieldChoiceSet
from facilities.models import Region, Site, Tenant
from tests.core.pages import admin_client, row_names, statements, text
from tests.facilities.factories import RegionFactory, SiteFactory, TenantFactory

pytestmark = pytest.mark.django_db

SITES = "/dcim/sites/"
VALUES: dict[str, Any] = {
    "text": "Blue",
    "longtext": "two\nlines",
    "integer": 7,
    "decimal": 2.5,
    "boolean": True,
    "date": "2026-02-28",
    "datetime": "2026-02-28T12:00:00Z",
    "url": "https://example.com/a",
    "json": {"a": [1]},
    "select": "iron",
    "multiselect": ["gold", "iron"],
}


@pytest.fixture
def browser() -> Client:
    return admin_client()


def define(name: str, kind: str, **more: Any) -> CustomField:
    if "select" in kind and "choice_set" not in more:
        pairs = [["gold", "Gold bars"], ["iron", "Iron bars"]]
        more["choice_set"], _ = CustomFieldChoiceSet.objects.get_or_create(
            name="Metals", defaults={"extra_choices": pairs}
        )
    field = CustomField.objects.create(name=name, type=kind, **more)
    field.object_types.add(ContentType.objects.get_for_model(Site))
    return field


def define_all() -> None:
    """A field of each type, named after it."""
    for kind in VALUES:
        define(kind, kind, group_name="Facts" if kind in ("integer", "decimal") else "")
    tenants, regions = (ContentType.objects.get_for_model(m) for m in (Tenant, Region))
    define("object", "object", related_object_type=tenants)
    define("multiobject", "multiobject", related_object_type=regions)


def filled_site(**more: Any) -> Site:
    tenant, regions = (
        TenantFactory(name="Owner"),
        [RegionFactory(name=n) for n in ("North", "South")],
    )
    data = {**VALUES, "object": tenant.pk, "multiobject": [r.pk for r in regions]}
    return SiteFactory(custom_field_data=data, **more)


def test_a_record_shows_its_custom_fields_in_groups(browser: Client) -> None:
    define_all()
    define("unset", "text", label="Not given")
    define("seldom", "text", ui_visible="if-set")
    define("secret", "text", ui_visible="hidden")
    site = filled_site()
    Site.objects.filter(pk=site.pk).update(
        custom_field_data={**site.custom_field_data, "secret": "unseen"}
    )
    page = text(browser.get(f"{SITES}{site.pk}/"))
    for shown in ("Facts", "Custom fields", "Iron bars", "Gold bars", "North", "Owner", "2.5"):
        assert shown in page
    assert 'href="https://example.com/a"' in page
    assert "Not given" in page and "Seldom" not in page and "unseen" not in page


def test_a_form_has_the_right_controls_and_saves_them(browser: Client) -> None:
    define_all()
    define("fixed", "text", ui_editable="no", default="as is")
    define("hidden", "text", ui_editable="hidden", default="kept")
    page = text(browser.get(f"{SITES}add/"))
    for control in (
        'type="date" name="cf_date"',
        'type="datetime-local" name="cf_datetime"',
        'data-reference="tenancy/tenants"',
        "<legend>Facts</legend>",
        'value="as is"',
    ):
        assert control in page, control
    assert "cf_hidden" not in page
    tenant, region = TenantFactory(), RegionFactory()
    given = {
        **{f"cf_{name}": value for name, value in VALUES.items()},
        "cf_boolean": "True",
        "cf_datetime": "2026-02-28T12:00:00",
        "cf_json": json.dumps(VALUES["json"]),
        "cf_object": tenant.pk,
        "cf_multiobject": [region.pk],
    }
    form = {"name": "A", "slug": "a", "status": "active", **given}
    answer = browser.post(f"{SITES}add/", form)
    assert answer.status_code == 302, answer.context["form"].errors
    site = Site.objects.get()
    stored = {**VALUES, "object": tenant.pk, "multiobject": [region.pk]}
    assert site.custom_field_data == {**stored, "fixed": "as is", "hidden": "kept"}
    page = text(browser.get(f"{SITES}{site.pk}/edit/"))
    assert 'value="2026-02-28T12:00:00"' in page
    again = browser.get(f"{SITES}{site.pk}/edit/").context
    unchanged = browser.post(
        f"{SITES}{site.pk}/edit/", {**form, "_version": again["version"]}, follow=True
    )
    assert "was left as it is" in text(unchanged)
    cleared = {**form, "cf_integer": "", "cf_text": "", "_version": again["version"]}
    assert browser.post(f"{SITES}{site.pk}/edit/", cleared).status_code == 302
    site.refresh_from_db()
    assert "integer" not in site.custom_field_data and "text" not in site.custom_field_data
    assert site.custom_field_data["hidden"] == "kept"


def test_a_faulty_value_is_told_beside_its_field(browser: Client) -> None:
    define("code", "text", required=True, validation_regex="^[A-Z]+$", unique=False)
    form = {"name": "A", "slug": "a", "status": "active", "cf_code": "abc"}
    answer = browser.post(f"{SITES}add/", form)
    assert answer.status_code == 422
    assert "pattern" in answer.context["form"].errors["cf_code"][0]
    assert answer.context["form"].fields["cf_code"].required


def test_a_clone_keeps_what_is_cloneable(browser: Client) -> None:
    define("kept", "text", is_cloneable=True)
    define("left", "text")
    site = SiteFactory(custom_field_data={"kept": "K", "left": "L"})
    initial = browser.get(f"{SITES}{site.pk}/clone/").context["form"].initial
    assert initial["cf_kept"] == "K" and "cf_left" not in initial


def test_lists_offer_columns_filters_and_order(browser: Client) -> None:
    define_all()
    filled_site(name="Full")
    SiteFactory(name="Bare")
    columns = ",".join(["name", *(f"cf_{kind}" for kind in (*VALUES, "object", "multiobject"))])
    answer = browser.get(f"{SITES}?columns={columns}&sort=-cf_integer")
    page = text(answer)
    assert row_names(page) == ["Full", "Bare"]
    assert "Iron bars" in page and "South" in page
    controls = {c.name: c.kind for c in answer.context["panel"].controls}
    assert controls["cf_select"] == "choice" and controls["cf_object"] == "reference"
    assert controls["cf_boolean"] == "boolean" and controls["cf_date"] == "time"
    assert controls["cf_integer"] == "number" and controls["cf_text__ic"] == "text"
    found = browser.get(f"{SITES}?cf_select=iron&cf_date__gte=2026-02-01")
    assert row_names(text(found)) == ["Full"]
    assert "Iron bars" in [chip.value for chip in found.context["panel"].chips]
    few = statements(browser, f"{SITES}?columns={columns}")
    for _ in range(3):
        data = {"object": TenantFactory().pk, "multiobject": [RegionFactory().pk]}
        SiteFactory(custom_field_data=data)
    assert statements(browser, f"{SITES}?columns={columns}") == few


def test_many_rows_get_a_value_at_once(browser: Client) -> None:
    define("grade", "select")
    define("note", "text")
    sites = [SiteFactory(custom_field_data={"note": "old"}) for _ in range(3)]
    chosen = {"pk": [site.pk for site in sites], "_apply": "1"}
    answer = browser.post(f"{SITES}edit/", {**chosen, "cf_grade": "iron", "_clear": "cf_note"})
    assert answer.status_code == 302
    assert [s.custom_field_data for s in Site.objects.all()] == [{"grade": "iron"}] * 3


@pytest.mark.parametrize("format", ["csv", "json", "yaml"])
def test_what_is_exported_can_be_imported(browser: Client, format: str) -> None:
    define_all()
    site = filled_site(name="Full")
    bare = SiteFactory(name="Bare")
    answer = browser.get(f"{SITES}export/?format={format}")
    content = b"".join(answer.streaming_content).decode()
    assert "cf_multiobject" in content
    if format == "yaml":
        assert yaml.safe_load(content)[0]["cf_text"] in ("Blue", None)
    report = browser.post(f"{SITES}import/", {"text": content}).context["report"]
    assert report.good and (report.changed, report.unchanged) == (0, 2), report.as_dict()
    before = Site.objects.get(pk=site.pk).custom_field_data
    Site.objects.update(custom_field_data={})
    done = browser.post(f"{SITES}import/", {"text": content, "_import": "1"})
    assert done.status_code == 302, done.context["report"].as_dict()
    assert Site.objects.get(pk=site.pk).custom_field_data == before
    assert Site.objects.get(pk=bare.pk).custom_field_data == {}


def test_an_import_names_faulty_cells_and_keeps_defaults(browser: Client) -> None:
    define("size", "integer", default=3)
    define("grade", "select", required=True)
    lines = "name,slug,status,cf_size,cf_grade\nA,a,active,,iron\nB,b,active,x,lead\n"
    report = browser.post(f"{SITES}import/", {"text": lines}).context["report"]
    assert {(f.line, f.column) for f in report.faults} == {(3, "cf_size"), (3, "cf_grade")}
    good = lines.replace("x,lead", "4,gold")
    assert browser.post(f"{SITES}import/", {"text": good, "_import": "1"}).status_code == 302
    found = {site.name: site.custom_field_data for site in Site.objects.all()}
    assert found == {"A": {"size": 3, "grade": "iron"}, "B": {"size": 4, "grade": "gold"}}


def test_search_looks_into_custom_fields(browser: Client) -> None:
    define("code", "text", search_weight=5)
    define("private", "text", search_weight=0)
    SiteFactory(name="Here", custom_field_data={"code": "zebra", "private": "heron"})
    assert "Here" in text(browser.get("/search/?q=zebra"))
    assert "Here" not in text(browser.get("/search/?q=heron"))


def test_the_version_changes_with_every_definition() -> None:
    seen = {definitions.current().version}
    field = define("x", "text")
    for change in (lambda: None, field.save, field.object_types.clear, field.delete):
        change()
        seen.add(definitions.current().version)
    assert len(seen) == 5


def test_choices_are_written_line_by_line(browser: Client) -> None:
    form = {"name": "Grades", "extra_choices": "a: First\n\nb\nc: Third: last"}
    answer = browser.post("/extras/custom-field-choice-sets/add/", form)
    assert answer.status_code == 302, answer.context["form"].errors
    made = CustomFieldChoiceSet.objects.get()
    assert made.extra_choices == [["a", "First"], ["b", "b"], ["c", "Third: last"]]
    page = text(browser.get(f"/extras/custom-field-choice-sets/{made.pk}/edit/"))
    assert "a: First\nb\nc: Third: last" in page
    page = browser.get("/extras/custom-fields/add/").context["form"]
    offered = {value for value, _ in page.fields["object_types"].choices}
    assert "dcim.site" in offered and "extras.tag" not in offered
