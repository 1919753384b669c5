"""Import and export: there and back without change, and every bad line named."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from core import jobs, registry
from core.models import Job, Tag, TaggedItem, User
from core.transfer import formats, importing
from facilities.models import Location, Region, Site
from racks.models import Rack
from tests.core.factories import UserFactory
from tests.core.pages import text as text_of
from tests.core.transfer import bring, check, export, faults
from tests.facilities.factories import LocationFactory, SiteFactory
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def browser(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def estate() -> list[Rack]:
    """Racks with everything that is hard to carry: odd texts, equal names, tags, numbers."""
    site, other = SiteFactory(name="Austin", slug="aus"), SiteFactory(name="Ümlaut, Inc.")
    halls = [LocationFactory(site=site, name=n) for n in ("Hall 1", "Hall 2")]
    racks = [
        RackFactory(
            location=halls[0], name="A1", comments="=SUM(A1:A9)", weight=1.1, weight_unit="kg"
        ),
        RackFactory(location=halls[1], name="A1", comments='two\nlines, and a "quote"'),
        RackFactory(site=other, name="12", comments="'already", description="+1 555"),
        RackFactory(site=site, name=" lead", comments="\ttab", desc_units=True, asset_tag="007"),
    ]
    tags = [Tag.objects.create(name=n, slug=s) for n, s in (("Hot, or so", "hot"), ("B", "b"))]
    for rack in racks[:2]:
        rack.tags.bulk_create([TaggedItem(content_object=rack, tag=tag) for tag in tags])
    return racks


@pytest.mark.parametrize("format", formats.FORMATS)
def test_there_and_back_changes_nothing(browser: Client, estate: list[Rack], format: str) -> None:
    before = list(Rack.objects.order_by("pk").values())
    text = formats.decode(export(browser, f"/dcim/racks/export/?format={format}"))
    report = check(browser, "dcim/racks", text)
    assert (report.faults, report.created, report.changed) == ([], 0, 0)
    assert report.unchanged == len(estate)
    assert bring(browser, "dcim/racks", text).status_code == 302
    assert list(Rack.objects.order_by("pk").values()) == before
    assert TaggedItem.objects.count() == 4


def test_rows_without_ids_come_again_elsewhere(browser: Client, estate: list[Rack]) -> None:
    text = export(browser, "/dcim/racks/export/?format=csv").decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    Rack.objects.all().delete()
    out = io.StringIO()
    writer = csv.DictWriter(out, [n for n in rows[0] if n != "id"], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    assert bring(browser, "dcim/racks", out.getvalue()).status_code == 302
    rack = Rack.objects.get(location__name="Hall 2", name="A1")
    assert rack.comments == 'two\nlines, and a "quote"' and rack.site.name == "Austin"
    assert {item.tag.slug for item in rack.tags.all()} == {"hot", "b"}


def test_an_export_holds_what_is_filtered_with_the_chosen_columns(
    browser: Client, estate: list[Rack]
) -> None:
    text = export(browser, "/dcim/racks/export/?site=aus&sort=-name&columns=name,status,site")
    rows = list(csv.reader(io.StringIO(text.decode())))
    assert rows[0] == ["id", "name", "status", "site"]
    assert [row[1:] for row in rows[1:]] == [
        ["A1", "active", "Austin"],
        ["A1", "active", "Austin"],
        [" lead", "active", "Austin"],
    ]


def test_a_spreadsheet_finds_no_formula(browser: Client) -> None:
    for number, sign in enumerate(formats.FORMULA):
        Tag.objects.create(name=f"t{number}", slug=f"t{number}", description=f"{sign}x")
    text = export(browser, "/extras/tags/export/?columns=description").decode()
    cells = [row[1] for row in csv.reader(io.StringIO(text, newline=""))][1:]
    assert len(cells) == len(formats.FORMULA)
    assert all(cell.startswith("'") for cell in cells)
    report = check(browser, "extras/tags", text)
    assert (report.faults, report.changed) == ([], 0)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_guarding_is_undone_exactly(text: str) -> None:
    assert formats.unguard(formats.guard(text)) == text
    assert not formats.guard(text).startswith(formats.FORMULA)


@given(st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1), max_size=5))
def test_lists_are_split_as_they_were_joined(items: list[str]) -> None:
    assert formats.split(formats.join(items)) == items


def test_every_bad_line_is_named_with_its_column(browser: Client, estate: list[Rack]) -> None:
    text = "\n".join(
        [
            "name,site,status,u_height,tags",
            "B1,Austin,active,42,",
            "B2,Nowhere,wrong,420,hot",
            ",Austin,active,42,cold",
            "B4,Austin,active",
            "",
            "B5,aus,active,x,",
            "B6,aus,planned,42,b",
        ]
    )
    report = check(browser, "dcim/racks", text)
    assert faults(report) == [
        (3, "site"),
        (3, "status"),
        (3, "u_height"),
        (4, "name"),
        (4, "tags"),
        (5, ""),
        (7, "u_height"),
    ]
    assert (report.rows, report.created, report.bad_lines) == (6, 2, 4)
    answer = bring(browser, "dcim/racks", text)
    assert answer.status_code == 422 and Rack.objects.count() == len(estate)
    assert "Nothing was imported" in answer.content.decode()


def test_what_only_the_database_knows_is_in_the_dry_run(browser: Client) -> None:
    Tag.objects.create(name="Old", slug="old")
    text = "name,slug\nA,a\nB,old\nC,a\nOld,d\nE,e\n"
    report = check(browser, "extras/tags", text)
    assert faults(report) == [(3, "slug"), (4, "slug"), (5, "name")]
    assert Tag.objects.count() == 1


def test_a_dry_run_keeps_nothing_and_the_real_run_all(browser: Client) -> None:
    text = "name,slug,color,weight\nRed,red,FF0000,5\nBlue,blue,,\n"
    report = check(browser, "extras/tags", text)
    assert (report.created, report.faults) == (2, []) and not Tag.objects.exists()
    answer = bring(browser, "extras/tags", text)
    assert answer.status_code == 302
    found = Tag.objects.order_by("name").values_list("name", "color", "weight")
    assert list(found) == [("Blue", "9e9e9e", 1000), ("Red", "ff0000", 5)]


def test_rows_with_an_id_change_and_the_others_create(browser: Client) -> None:
    tags = [Tag.objects.create(name=n, slug=n, description="x") for n in "ab"]
    text = f"id,name,slug,description\n{tags[0].pk},a,a,new\n,c,c,\n#{tags[1].pk},b,b,x\n"
    report = check(browser, "extras/tags", text)
    assert (report.created, report.changed, report.unchanged) == (1, 1, 1)
    [change] = report.changes
    assert (change.line, change.display) == (2, "a")
    assert change.values == {"description": ("x", "new")}
    untouched = tags[1].last_updated
    bring(browser, "extras/tags", text)
    tags[1].refresh_from_db()
    assert tags[1].last_updated == untouched and Tag.objects.count() == 3


def test_ids_must_exist_and_come_once(browser: Client) -> None:
    tag = Tag.objects.create(name="a", slug="a")
    text = f"id,name\n{tag.pk},b\n{tag.pk},c\n999999,d\nx,e\n"
    assert faults(check(browser, "extras/tags", text)) == [(3, "id"), (4, "id"), (5, "id")]


def test_an_empty_cell_clears_what_may_be_empty(browser: Client, estate: list[Rack]) -> None:
    rack = estate[0]
    text = f"id,location,comments,weight,weight_unit\n{rack.pk},,,,\n"
    assert bring(browser, "dcim/racks", text).status_code == 302
    rack.refresh_from_db()
    assert (rack.location, rack.comments, rack.weight) == (None, "", None)
    text = f"id,site\n{rack.pk},\n"
    assert faults(check(browser, "dcim/racks", text)) == [(2, "site")]


def test_references_by_name_slug_id_and_attributes(browser: Client, estate: list[Rack]) -> None:
    site = Site.objects.get(slug="aus")
    text = f"name,site\nN1,Austin\nN2,aus\nN3,{site.pk}\nN4,#{site.pk}\n"
    assert bring(browser, "dcim/racks", text).status_code == 302
    text = "name,site.slug,location.name,location.site.name\nN5,aus,Hall 2,Austin\n"
    assert bring(browser, "dcim/racks", text).status_code == 302
    assert set(Rack.objects.filter(name__startswith="N").values_list("site", flat=True)) == {
        site.pk
    }
    assert Rack.objects.get(name="N5").location == Location.objects.get(name="Hall 2")


def test_a_name_that_several_have_is_told_apart_by_the_row(browser: Client) -> None:
    one, two = SiteFactory(name="One"), SiteFactory(name="Two")
    LocationFactory(site=one, name="Hall")
    hall = LocationFactory(site=two, name="Hall")
    assert bring(browser, "dcim/racks", "name,site,location\nR,Two,Hall\n").status_code == 302
    assert Rack.objects.get().location == hall
    LocationFactory(site=two, name="Hall", parent=hall)
    report = check(browser, "dcim/racks", "name,site,location\nQ,Two,Hall\n")
    assert faults(report) == [(2, "location")] and "2 locations" in report.faults[0].message


def test_a_number_that_is_a_name_and_an_id_is_not_guessed(browser: Client) -> None:
    first = Region.objects.create(name="One", slug="one")
    Region.objects.create(name=str(first.pk), slug="number")
    report = check(browser, "dcim/sites", f"name,slug,region\nS,s,{first.pk}\n")
    assert faults(report) == [(2, "region")]
    text = f"name,slug,region\nS,s,#{first.pk}\n"
    assert bring(browser, "dcim/sites", text).status_code == 302
    assert Site.objects.get().region == first


def test_no_secret_can_be_asked_for_by_attributes(browser: Client, admin: User) -> None:
    report = check(browser, "dcim/rack-reservations", "user.password\nx\n")
    assert faults(report)[0] == (1, "user.password") or (1, "user.password") in faults(report)


def test_rows_may_name_other_rows_of_the_same_file(browser: Client) -> None:
    text = "name,slug,parent\nLeaf,leaf,Branch\nBranch,branch,Root\nRoot,root,\n"
    report = check(browser, "dcim/regions", text)
    assert (report.faults, report.created) == ([], 3)
    assert bring(browser, "dcim/regions", text).status_code == 302
    assert Region.objects.get(name="Leaf").parent.parent.name == "Root"
    report = check(browser, "dcim/regions", "name,slug,parent\nX,x,Y\nY,y,X\nZ,z,Nobody\n")
    assert faults(report) == [(2, "parent"), (3, "parent"), (4, "parent")]


def test_unknown_columns_and_missing_ones_are_said_once(browser: Client) -> None:
    report = check(browser, "dcim/racks", "name,stats\nA,active\nB,active\n")
    assert faults(report) == [(1, "site"), (1, "stats")]
    assert "Did you mean status" in report.faults[1].message
    report = check(browser, "extras/tags", "name,slug,tagged_items,created\nA,a,3,\n")
    assert report.faults == [] and report.unread == ["tagged_items", "created"]


def test_json_and_yaml_say_the_line_too(browser: Client) -> None:
    text = '[\n {"name": "A", "slug": "a"},\n {"name": "B",\n  "slug": "no slug"},\n 7\n]'
    assert faults(check(browser, "extras/tags", text)) == [(3, "slug"), (5, "")]
    text = "- name: A\n  slug: a\n- name: B\n  slug: no slug\n- 7\n"
    assert faults(check(browser, "extras/tags", text)) == [(3, "slug"), (5, "")]


@pytest.mark.parametrize(
    ("text", "format", "line", "words"),
    [
        ('[\n{"a": 1,}\n]', "json", 2, "JSON"),
        ("- a: 1\n- b: [\n", "yaml", 3, "YAML"),
        ('name,slug\n"a,b\n', "csv", 2, "CSV"),
        ("- &a {x: 1}\n- *a\n", "yaml", 2, "Aliases"),
        ("[NaN]", "json", 1, "NaN"),
        ("!!python/object/apply:os.system ['x']", "yaml", 1, "YAML"),
        ("a\x00b", "csv", 1, "Null"),
        ("   \n", "csv", 1, "nothing"),
        ("[" * 5000, "json", 1, "JSON"),
        ("[" * 50000, "yaml", 1, "deep"),
        ("\n".join("  " * n + "a:" for n in range(3000)), "yaml", 21, "deep"),
    ],
)
def test_a_broken_file_is_told_with_its_line(text: str, format: str, line: int, words: str) -> None:
    with pytest.raises(formats.Unreadable) as caught:
        formats.parse(text, format)
    assert caught.value.fault.line == line and words in caught.value.fault.message


def test_uploads_are_decoded_or_refused(browser: Client) -> None:
    def upload(data: bytes) -> Any:
        file = SimpleUploadedFile("tags.csv", data)
        return browser.post("/extras/tags/import/", {"file": file, "_import": "1"})

    assert upload("\ufeffname;slug\r\nÄ;a\r\n".encode()).status_code == 302
    assert Tag.objects.get().name == "Ä"
    assert upload("name\tslug\nB\tb\n".encode("utf-16")).status_code == 302
    answer = upload("name,slug\nÖ,o\n".encode("latin-1"))
    assert answer.status_code == 422 and "Line 2" in answer.content.decode()
    answer = upload(b"x" * (formats.MAX_BYTES + 1))
    assert "larger than" in answer.content.decode()
    assert browser.post("/extras/tags/import/", {}).status_code == 422


def test_a_spreadsheet_is_read_from_its_first_sheet_and_written_as_one(browser: Client) -> None:
    book = Workbook()
    sheet = book.active
    for row in (["Name", "Slug", "Weight", None], ["A", 12, 5.0, None], [], ["=B", "'b", None, ""]):
        sheet.append(row)
    sheet["A4"].data_type = "s"
    book.create_sheet("Notes").append(["nothing"])
    out = io.BytesIO()
    book.save(out)

    def upload(data: bytes) -> Any:
        file = SimpleUploadedFile("tags.xlsx", data)
        return browser.post("/extras/tags/import/", {"file": file, "_import": "1"})

    assert upload(out.getvalue()).status_code == 422  # 'b is no slug
    sheet["B4"] = "b"
    out = io.BytesIO()
    book.save(out)
    assert upload(out.getvalue()).status_code == 302
    assert set(Tag.objects.values_list("name", "slug", "weight")) == {
        ("A", "12", 5),
        ("=B", "b", 1000),
    }
    data = export(browser, "/extras/tags/export/?format=xlsx&columns=name,weight")
    read = load_workbook(io.BytesIO(data))
    rows = [[cell.value for cell in row] for row in read.active.iter_rows()]
    assert sorted(row[1:] for row in rows) == [["=B", 1000], ["A", 5], ["name", "weight"]]
    assert not [cell for row in read.active.iter_rows() for cell in row if cell.data_type == "f"]
    for broken in (b"PK\x03\x04nothing", out.getvalue()[:-200]):
        assert "no spreadsheet" in text_of(upload(broken))


def test_the_checked_text_stays_in_the_form(browser: Client) -> None:
    file = SimpleUploadedFile("tags.csv", b"name,slug\nA,a\n")
    page = browser.post("/extras/tags/import/", {"file": file}).content.decode()
    assert "name,slug" in page and 'name="_import"' in page


def test_a_file_is_resolved_in_few_statements(admin: User, estate: list[Rack]) -> None:
    resource = registry.of_path("dcim/racks")
    counts = []
    for size in (5, 50):
        lines = [f"X{size}-{n},Austin,active,hot,Hall {n % 2 + 1}" for n in range(size)]
        text = "\n".join(["name,site,status,tags,location", *lines])
        with CaptureQueriesContext(
            connection,
        ) as captured:
            report = importing.run(resource, formats.parse(text, "csv"), admin, dry_run=True)
        assert report.faults == []
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_without_permission_nothing_is_imported_or_exported() -> None:
    Tag.objects.create(name="a", slug="a")
    client = Client()
    client.force_login(UserFactory())
    assert bring(client, "extras/tags", "name,slug\nB,b\n").status_code in (403, 404)
    assert client.get("/extras/tags/export/").status_code in (403, 404)
    assert Tag.objects.count() == 1


def test_exports_are_well_formed_and_empty_ones_too(browser: Client) -> None:
    assert json.loads(export(browser, "/extras/tags/export/?format=json")) == []
    assert yaml.safe_load(export(browser, "/extras/tags/export/?format=yaml")) == []
    Tag.objects.create(name="no", slug="123", description="null")
    [row] = yaml.safe_load(export(browser, "/extras/tags/export/?format=yaml"))
    assert (row["name"], row["slug"], row["description"]) == ("no", "123", "null")
    assert browser.get("/extras/tags/export/?format=xml").status_code == 404


def test_passwords_are_never_exported(browser: Client) -> None:
    text = export(browser, "/users/users/export/?columns=username,password").decode()
    assert text.splitlines()[0] == "id,username"
    assert "password" not in export(browser, "/users/users/export/?format=json").decode()


@pytest.mark.django_db(transaction=True)
def test_a_long_import_is_checked_and_then_done_by_jobs(browser: Client) -> None:
    lines = [f"t{n},t{n}" for n in range(600)]
    text = "\n".join(["name,slug", *lines])
    answer = browser.post("/extras/tags/import/", {"text": text})
    checked = Job.objects.get()
    assert answer["Location"] == f"/core/jobs/{checked.pk}/"
    jobs.run(checked.pk)
    page = browser.get(answer["Location"]).content.decode()
    assert "600 rows read" in page and not Tag.objects.exists()
    answer = browser.post("/extras/tags/import/", {"_job": checked.pk})
    done = Job.objects.latest("pk")
    assert answer["Location"] == f"/core/jobs/{done.pk}/"
    jobs.run(done.pk)
    done.refresh_from_db()
    assert done.status == "completed" and done.data["created"] == 600
    assert (done.progress, done.total) == (600, 600)
    assert Tag.objects.count() == 600


@pytest.mark.django_db(transaction=True)
def test_a_long_import_with_faults_leaves_a_list_of_them(browser: Client) -> None:
    lines = [f"t{n},{'a b' if n % 300 == 0 else n}" for n in range(600)]
    text = "\n".join(["name,slug", *lines])
    browser.post("/extras/tags/import/", {"text": text, "_import": "1"})
    record = Job.objects.get()
    jobs.run(record.pk)
    record.refresh_from_db()
    assert record.status == "failed" and "2 lines are at fault" in record.error
    answer = browser.get(f"/core/jobs/{record.pk}/result/")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [row[:2] for row in rows[1:]] == [["2", "slug"], ["302", "slug"]]
    assert not Tag.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_long_export_is_made_by_a_job(browser: Client) -> None:
    Tag.objects.bulk_create([Tag(name=f"t{n}", slug=f"t{n}") for n in range(5001)])
    answer = browser.get("/extras/tags/export/?format=csv&columns=name&sort=-name&q=t")
    record = Job.objects.get()
    assert answer["Location"] == f"/core/jobs/{record.pk}/"
    jobs.run(record.pk)
    record.refresh_from_db()
    assert record.data == {"rows": 5001}
    answer = browser.get(f"/core/jobs/{record.pk}/result/")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 5002 and lines[1].endswith(",t999")


def factories() -> dict[Any, Any]:
    """The factory of every model that has one."""
    from importlib import import_module

    from factory.django import DjangoModelFactory

    found: dict[Any, Any] = {}
    for app in ("core", "facilities", "racks", "dcim", "power"):
        for item in vars(import_module(f"tests.{app}.factories")).values():
            made = isinstance(item, type) and issubclass(item, DjangoModelFactory)
            if made and item is not DjangoModelFactory:
                found.setdefault(item._meta.model, item)
    return found


MADE = [r for r in registry.resources() if "post" in r.methods and r.model in factories()]


@pytest.mark.parametrize("resource", MADE, ids=[resource.path for resource in MADE])
def test_every_resource_goes_there_and_back(browser: Client, resource: Any) -> None:
    make = factories()[resource.model]
    for _ in range(2):
        make()
    before = list(resource.model.objects.order_by("pk").values())
    # CSV loses the most; what the others carry is as JSON has it, so they take turns.
    others = [format for format in formats.FORMATS if format != "csv"]
    for format in ("csv", others[MADE.index(resource) % len(others)]):
        text = formats.decode(export(browser, f"/{resource.path}/export/?format={format}"))
        report = check(browser, resource.path, text)
        assert (format, report.faults) == (format, [])
        assert (report.changed, report.unchanged) == (0, len(before)), report.changes
        bring(browser, resource.path, text)
    assert list(resource.model.objects.order_by("pk").values()) == before
