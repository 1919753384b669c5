"""Logging in through LDAP, against OpenLDAP's slapd; where the library and slapd are installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from core.models import Group, User
from tests.core.factories import UserFactory

pytest.importorskip("ldap", reason="requirements/ldap.txt is not installed")
SLAPD = shutil.which("slapd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/libexec")
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(SLAPD is None, reason="slapd is not installed"),
]

CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix "dc=example"
rootdn "cn=root,dc=example"
rootpw root-secret
directory {folder}/db
"""
CONTENT = """
dn: dc=example
objectClass: dcObject
objectClass: organization
o: example

dn: uid=ann,dc=example
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: Smith
givenName: Ann
mail: ann@example.com
userPassword: directory-secret

dn: uid=bob,dc=example
objectClass: inetOrgPerson
uid: bob
cn: Bob
sn: Jones
userPassword: directory-secret

dn: cn=admins,dc=example
objectClass: groupOfNames
cn: admins
member: uid=ann,dc=example
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with two people and a group."""
    folder = tmp_path_factory.mktemp("ldap")
    (folder / "db").mkdir()
    (folder / "slapd.conf").write_text(CONFIGURATION.format(folder=folder))
    (folder / "content.ldif").write_text(CONTENT)
    add = [str(SLAPD), "-T", "add", "-f", f"{folder}/slapd.conf", "-l", f"{folder}/content.ldif"]
    subprocess.run(add, check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"ldap://127.0.0.1:{probe.getsockname()[1]}"
    serve = [str(SLAPD), "-d", "0", "-h", address, "-f", f"{folder}/slapd.conf"]
    server = subprocess.Popen(serve, stderr=subprocess.DEVNULL)
    try:
        yield address
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def configured(directory: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings as the environment would make them."""
    from headroom.directory import directory_settings

    monkeypatch.setenv("LDAP_URL", directory)
    monkeypatch.setenv("LDAP_USER_BASE", "dc=example")
    monkeypatch.setenv("LDAP_GROUP_BASE", "dc=example")
    monkeypatch.setenv("LDAP_ADMINISTRATORS", "cn=admins,dc=example")
    for name, value in directory_settings().items():
        setattr(settings, name, value)
    settings.LDAP_GROUP_BASE = "dc=example"
    settings.AUTHENTICATION_BACKENDS = [
        *settings.AUTHENTICATION_BACKENDS,
        "core.directory.Backend",
    ]


def sign_in(name: str, password: str = "directory-secret") -> int:
    form = {"username": name, "password": password}
    return Client().post("/login/", form).status_code


@pytest.mark.usefixtures("configured")
def test_people_of_the_directory_get_in() -> None:
    Group.objects.create(name="admins")
    assert sign_in("ann") == 302
    user = User.objects.get()
    assert (user.first_name, user.last_name, user.email) == ("Ann", "Smith", "ann@example.com")
    assert user.is_superuser
    assert [group.name for group in user.groups.all()] == ["admins"]
    assert not user.has_usable_password()

    assert sign_in("bob") == 302
    assert not User.objects.get(username="bob").is_superuser
    assert sign_in("ann", "wrong") == 200
    assert sign_in("carl") == 200
    assert sign_in("*") == 200


@pytest.mark.usefixtures("configured")
def test_an_account_with_a_password_is_not_taken_over() -> None:
    user = UserFactory(username="ann")
    user.set_password("a long enough secret")
    user.save()
    assert sign_in("ann") == 200
    assert sign_in("ann", "a long enough secret") == 302


def test_without_a_base_the_start_says_what_is_missing() -> None:
    environment = {**os.environ, "LDAP_URL": "ldap://127.0.0.1:1"}
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "LDAP_USER_BASE" in done.stderr
