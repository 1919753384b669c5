"""Static files for production get names that change with their content."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.templatetags.static import static
from django.test import Client
from django.urls import set_script_prefix

from headroom.static_version import static_version

ROOT = Path(__file__).resolve().parents[2]


def test_everything_can_be_collected_under_hashed_names(tmp_path: Path) -> None:
    clean = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    own = {"HEADROOM_DATA": str(tmp_path / "data"), "HEADROOM_STATIC_ROOT": str(tmp_path / "out")}
    result = subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        cwd=ROOT,
        env=clean | own,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    names = json.loads((tmp_path / "out" / "staticfiles.json").read_text())["paths"]
    sources = [path for path in (ROOT / "frontend").rglob("*") if path.suffix in {".css", ".js"}]
    assert sources
    for path in sources:
        name = path.relative_to(ROOT / "frontend").as_posix()
        assert names[name] != name
        assert (tmp_path / "out" / names[name]).exists()
    assert not list((tmp_path / "out").rglob("*.py"))


def test_links_to_them_know_the_prefix_of_the_request() -> None:
    try:
        set_script_prefix("/headroom/")
        assert static("css/base.css") == f"/headroom{settings.STATIC_URL}css/base.css"
    finally:
        set_script_prefix("/")
    assert static("css/base.css") == f"{settings.STATIC_URL}css/base.css"


@pytest.mark.django_db
def test_browsers_keep_them_until_one_of_them_changes(tmp_path: Path) -> None:
    with closing(Client().get(static("css/base.css"))) as answer:
        assert "immutable" in answer["Cache-Control"]
    (tmp_path / "a.css").write_text("a {}")
    first = static_version([tmp_path])
    assert first == static_version([tmp_path])
    (tmp_path / "a.css").write_text("b {}")
    assert first != static_version([tmp_path])


@pytest.mark.django_db
def test_a_page_names_all_modules_at_once() -> None:
    page = Client().get("/login/").content.decode()
    named = set(re.findall(r'<link rel="modulepreload" href="([^"]+)">', page))
    assert static("js/row-menu.js") in named, "it is imported by what is imported"
    for url in named:
        with closing(Client().get(url)) as answer:
            assert answer.status_code == 200
