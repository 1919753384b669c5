"""The project's settings with what differs under test."""

from __future__ import annotations

import os
from pathlib import Path

# A folder of its own, so that tests never meet the data of a running Headroom. Workers inherit the
# environment of the process that starts them, which has been through here.
_given = os.environ.get("HEADROOM_DATA") or str(Path(__file__).resolve().parent.parent / "data")
_data = Path(os.environ.setdefault("HEADROOM_TEST_DATA", _given))
_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["HEADROOM_DATA"] = str(_data / "test" / _worker)
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0" * 40)
os.environ.setdefault("DATABASE_POOL", "0")

from headroom.embedded import Cluster  # noqa: E402
from headroom.settings import *  # noqa: E402, F403
from headroom.settings import DATABASES, EMBEDDED, INSTALLED_APPS  # noqa: E402

# For the commands of tests/management.
INSTALLED_APPS = ["tests", *INSTALLED_APPS]

if EMBEDDED is not None:
    EMBEDDED = Cluster(_data.absolute() / "test" / "postgres", durable=False)
    DATABASES["default"].update(EMBEDDED.django_settings())
DATABASES["default"]["CONN_MAX_AGE"] = 0

ALLOWED_HOSTS = ["*"]
# Real hashing costs 50 ms a user; its own test uses the real list.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Test processes share a real broker, so each has a queue of its own.
CELERY_TASK_DEFAULT_QUEUE = f"test-{_worker}"

# Static files are looked for when asked for; listing them all costs each test client 30 ms.
WHITENOISE_AUTOREFRESH = True
