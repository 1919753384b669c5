"""Where library files come from: archives, folders, the catalogue that comes along."""

from __future__ import annotations

import csv
import io
import tarfile
import zipfile

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from dcim.library import CATALOGUE, SourceError, import_library
from dcim.models import DeviceType
from tests.core.test_attached import picture
from tests.dcim.test_library import minimal

pytestmark = pytest.mark.django_db


def archive(kind, path, members):
    """An archive of (name, bytes), with members that point outside."""
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as made:
            for name, data in members:
                made.writestr(name, data)
        return
    with tarfile.open(path, f"w:{kind}") as made:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("device-types/Acme/link.yaml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(link)


@pytest.mark.parametrize("kind", ["xz", "gz", "zip"])
def test_an_archive_is_read_in_place(kind, tmp_path):
    path = tmp_path / f"library.{kind}"
    archive(
        kind,
        path,
        [
            ("library-1/device-types/Acme/A.yaml", minimal("A").encode()),
            ("../device-types/../../device-types/Acme/Evil.yaml", minimal("Evil").encode()),
            ("elsewhere/Acme/B.yaml", minimal("B").encode()),
        ],
    )
    report = import_library(path)
    assert (report.read, report.refused) == (1, {})
    assert list(DeviceType.objects.values_list("model", flat=True)) == ["A"]
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("kind", ["gz", "zip", "folder"])
def test_pictures_come_with_their_types_once(kind, tmp_path):
    path = tmp_path / f"library.{kind}"
    front, pictures = picture("JPEG").read(), "library-1/elevation-images/Acme"
    members = [
        (f"{pictures}/acme-a.front.jpg", front),
        (f"{pictures}/acme-a.rear.png", b"rubbish"),
        (f"{pictures}/acme-a.side.png", picture().read()),
        (f"{pictures}/unheard-of.front.png", picture().read()),
        ("library-1/device-types/Acme/A.yaml", minimal("A").encode()),
    ]
    if kind == "folder":
        for name, data in members:
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
    else:
        archive(kind, path, members)
    assert import_library(path, dry_run=True).pictures == 1
    report = import_library(path)
    assert report.pictures == 1
    [(refused, [reason])] = report.refused.items()
    assert (refused, reason[:10]) == ("elevation-images/Acme/acme-a.rear.png", "Send a PNG")
    made = DeviceType.objects.get()
    assert not made.rear_image
    with made.front_image.open() as file, Image.open(file) as stored:
        assert (stored.format, stored.size) == ("JPEG", (40, 30))
    assert import_library(path).changed == 0
    assert DeviceType.objects.get().front_image.name == made.front_image.name


@pytest.mark.parametrize("content", [None, b"no archive", b""])
def test_it_says_when_there_is_no_library(content, tmp_path):
    path = tmp_path / "library.tar.xz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=r"library\.tar\.xz"):
        import_library(path)
    with pytest.raises(CommandError, match=r"library\.tar\.xz"):
        call_command("import_library", str(path))


def test_an_empty_folder_is_no_library(tmp_path):
    with pytest.raises(SourceError, match="no files"):
        import_library(tmp_path)


def test_the_types_that_come_with_headroom_all_come_in():
    report = import_library()
    assert (report.refused, report.notes, report.repeated) == ({}, {}, {})
    assert report.created["device"] > 140
    assert import_library().changed == 0


def test_the_index_of_the_catalogue_is_complete():
    with (CATALOGUE / "index.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    files = {p.relative_to(CATALOGUE).as_posix() for p in CATALOGUE.rglob("*.y*ml")}
    assert {row["file"] for row in rows} == files
    assert all(row["use"] and row["model"] for row in rows)
