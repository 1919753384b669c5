"""All settings, from the environment. docs/operations.md lists the variables."""

from __future__ import annotations

import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from headroom import env
from headroom.directory import directory_settings
from headroom.embedded import BINARIES, Cluster
from headroom.static_version import static_version

BASE_DIR = Path(__file__).resolve().parent.parent

# --- where we are ---------------------------------------------------------------------------
DATA_DIR = env.folder("HEADROOM_DATA", BASE_DIR / "data")
LISTEN_HOST = env.text("HEADROOM_HOST", "127.0.0.1")
LISTEN_PORT = env.integer("HEADROOM_PORT", 8000, 1, 65535)
WEB_WORKERS = env.integer("HEADROOM_WEB_WORKERS", 1, 1, 64)
WEB_THREADS = env.integer("HEADROOM_WEB_THREADS", 4, 1, 64)
# The reckoning of capacity and the watch may hold one each; a third keeps people from waiting.
TASK_WORKERS = env.integer("HEADROOM_TASK_WORKERS", 3, 1, 64)
DEMO = env.flag("HEADROOM_DEMO", True)
DEMO_PASSWORD = env.secret("HEADROOM_DEMO_PASSWORD")

# --- security -------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.secret("SECRET_KEY") or env.kept_secret(DATA_DIR / "secret_key")
ALLOWED_HOSTS = env.hosts(
    "ALLOWED_HOSTS",
    ["localhost", "127.0.0.1", "[::1]", LISTEN_HOST, socket.gethostname().lower()],
)
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
METRICS_TOKEN = env.secret("METRICS_TOKEN")

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = env.integer("HSTS_SECONDS", 0, 0, 63072000)
X_FRAME_OPTIONS = "DENY"
# `Secure` is added to cookies by headroom.proxy, for the requests that came by https.
SESSION_ENGINE = "core.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": env.integer("PASSWORD_MIN_LENGTH", 10, 8, 100)},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- signing in -----------------------------------------------------------------------------
SESSION_COOKIE_AGE = 3600 * env.integer("SESSION_IDLE_HOURS", 12, 1, 24 * 30)
SESSION_MAX_SECONDS = 86400 * env.integer("SESSION_MAX_DAYS", 7, 1, 365)
REQUIRE_SECOND_FACTOR = env.choice(
    "REQUIRE_SECOND_FACTOR", "nobody", ("nobody", "administrators", "everyone")
)
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # refuses who has guessed too often
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = env.integer("LOGIN_FAILURES", 5, 1, 1000)
AXES_COOLOFF_TIME = timedelta(minutes=env.integer("LOGIN_LOCK_MINUTES", 15, 1, 60 * 24))
# Of a name and an address together: nobody can lock the person on call out from elsewhere.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "core.auth.client_address"
AXES_LOCKOUT_CALLABLE = "core.web.account.locked_out"
OTP_TOTP_ISSUER = "Headroom"

OIDC_ISSUER = env.text("OIDC_ISSUER")
OIDC_NAME = env.text("OIDC_NAME", "single sign-on")
OIDC_RP_CLIENT_ID = env.text("OIDC_CLIENT_ID")
OIDC_RP_CLIENT_SECRET = env.secret("OIDC_CLIENT_SECRET")
OIDC_RP_SIGN_ALGO = env.text("OIDC_SIGNING_ALGORITHM", "RS256")
OIDC_RP_SCOPES = env.text("OIDC_SCOPES", "openid profile email")
OIDC_USERNAME_CLAIM = env.text("OIDC_USERNAME_CLAIM", "preferred_username")
OIDC_GROUPS_CLAIM = env.text("OIDC_GROUPS_CLAIM")
OIDC_ADMINISTRATORS = env.text("OIDC_ADMINISTRATORS")
OIDC_CREATE_USER = env.flag("OIDC_CREATE_USERS", True)
OIDC_USE_PKCE = True
OIDC_TIMEOUT = 10
if OIDC_ISSUER:
    if not (OIDC_RP_CLIENT_ID and OIDC_RP_CLIENT_SECRET):
        raise ImproperlyConfigured("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.")
    AUTHENTICATION_BACKENDS.append("core.single_sign_on.Backend")

LDAP_URL = env.text("LDAP_URL")
LDAP_GROUP_BASE = env.text("LDAP_GROUP_BASE")
if LDAP_URL:
    globals().update(directory_settings())
    AUTHENTICATION_BACKENDS.append("core.directory.Backend")

# --- applications ---------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "headroom.apps.StaticConfig",  # django.contrib.staticfiles
    "django.contrib.postgres",
    "pgtrigger",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "core",
    "facilities",
    "racks",
    "dcim",
    "power",
    "capacity",
    "alerts",
]
MIDDLEWARE = [
    "headroom.health.HealthMiddleware",
    "headroom.metrics.MetricsMiddleware",
    "core.middleware.ApiMiddleware",
    "core.web.middleware.ContentSecurityPolicy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.web.middleware.SessionExpiry",
    "core.web.middleware.ReaderPreferences",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
if env.flag("SERVER_TIMING", False):
    MIDDLEWARE.insert(2, "headroom.timing.ServerTiming")
ROOT_URLCONF = "headroom.urls"
WSGI_APPLICATION = "headroom.wsgi.application"
AUTH_USER_MODEL = "core.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

# --- database -------------------------------------------------------------------------------
# The embedded PostgreSQL of the data folder, or `None` when DATABASE_URL names a server.
EMBEDDED: Cluster | None = None
_database = env.database("DATABASE_URL")
if _database is None:
    EMBEDDED = Cluster(DATA_DIR / "postgres")
    _database = EMBEDDED.django_settings()

POSTGRES_PROGRAMS = BINARIES  # of `manage.py backup` and `restore`

# Connections kept open by each web process; 0 opens one per thread instead.
DATABASE_POOL = env.integer("DATABASE_POOL", 10, 0, 200)
_options: dict[str, Any] = _database.setdefault("OPTIONS", {})
_options.setdefault("application_name", "headroom")
# Compiling a statement takes longer than any of ours runs.
_options["options"] = f"{_options.get('options', '')} -c jit=off".strip()
# A prepared statement has its conditions in its text and only ids as parameters, for which a plan
# of their own is never better. PostgreSQL would plan each of the first five runs to find that out.
_options["options"] = f"{_options['options']} -c plan_cache_mode=force_generic_plan"
# Unset, it costs each trigger call an exception, which is quadratic in deferred foreign keys.
_options["options"] = f"{_options.get('options', '')} -c pgtrigger.ignore={{}}".strip()
if DATABASE_POOL:
    _options["pool"] = {"min_size": 1, "max_size": DATABASE_POOL, "timeout": 10}
    _database["ENGINE"] = "headroom.pooled"  # which checks connections itself
    _database["CONN_MAX_AGE"] = 0
else:
    _database["CONN_MAX_AGE"] = 60
    _database["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": _database}

# --- background work ------------------------------------------------------------------------
CELERY_BROKER_URL = env.broker("BROKER_URL", "filesystem://localhost//")
if CELERY_BROKER_URL.startswith("filesystem"):
    _messages, _control = DATA_DIR / "broker" / "messages", DATA_DIR / "broker" / "control"
    for _path in (_messages, _control):
        _path.mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "data_folder_in": str(_messages),
        "data_folder_out": str(_messages),
        "control_folder": str(_control),
        "polling_interval": 0.05,  # seconds; an idle worker takes 0.4 % of a core for it
    }
elif CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 12 * 3600, "socket_timeout": 15}
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = TASK_WORKERS
# kB. A process that a large task made larger gives its memory back by ending after it.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 250_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_MAX_LOOP_INTERVAL = 1  # seconds; also how long it takes to stop
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "core.sweep_jobs": {"task": "core.sweep_jobs", "schedule": 60.0},
    "core.sweep_images": {"task": "core.sweep_images", "schedule": 86400.0},
    "core.clear_sessions": {"task": "core.clear_sessions", "schedule": 86400.0},
    "core.keep_history": {"task": "core.keep_history", "schedule": 3600.0},
    "capacity.refresh": {
        "task": "capacity.refresh",
        "schedule": 1.0,
        "options": {"expires": 5},  # while no worker runs they do not pile up
    },
    "capacity.recompute": {
        "task": "capacity.recompute",
        "schedule": crontab(hour="2", minute="15"),
        "options": {"expires": 3600},
    },
    "alerts.take_events": {
        "task": "alerts.take_events",
        "schedule": 2.0,
        "options": {"expires": 10},  # while no worker runs they do not pile up
    },
    "alerts.watch": {
        "task": "alerts.watch",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "alerts.sweep": {"task": "alerts.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "alerts.sweep_notifications": {
        "task": "alerts.sweep_notifications",
        "schedule": 10.0,
        "options": {"expires": 30},
    },
    "alerts.sweep_deliveries": {
        "task": "alerts.sweep_deliveries",
        "schedule": 10.0,
        "options": {"expires": 30},
    },
}

# --- capacity ---------------------------------------------------------------------------------
# From how many network ports on a device gives ports to others, as a switch does.
CAPACITY_SWITCH_PORTS = env.integer("CAPACITY_SWITCH_PORTS", 16, 1, 100_000)
# What a rack unit must get to be of use; free units beyond that are shown as stranded.
CAPACITY_UNIT_WATTS = env.integer("CAPACITY_UNIT_WATTS", 100, 1, 1_000_000)
CAPACITY_UNIT_KG = env.integer("CAPACITY_UNIT_KG", 10, 1, 10_000)
# Days that daily figures are kept; 0 keeps all.
CAPACITY_DAYS = env.integer("CAPACITY_DAYS", 1100, 0, 100_000)

# --- what Headroom calls ---------------------------------------------------------------------
# Internal networks that webhooks may reach; public addresses they may reach anyway.
OUTBOUND_NETWORKS = env.networks("OUTBOUND_NETWORKS")
# Functions that event tasks may run besides Headroom's own: module:function.
EVENT_TASKS = env.words("EVENT_TASKS", [])
# The address under which people open Headroom, for the links in what it sends.
PUBLIC_URL = env.text("PUBLIC_URL").rstrip("/")

# Mail of alerts; none is sent without a server.
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.integer("EMAIL_PORT", 587, 1, 65535)
EMAIL_HOST_USER = env.text("EMAIL_USER")
EMAIL_HOST_PASSWORD = env.secret("EMAIL_PASSWORD")
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = env.flag("EMAIL_TLS", True) and not EMAIL_USE_SSL
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "headroom@localhost")

# --- change history --------------------------------------------------------------------------
# Whole months that are kept beside the running one; 0 keeps all.
HISTORY_MONTHS = env.integer("HISTORY_MONTHS", 24, 0, 1200)

# --- static files ---------------------------------------------------------------------------
# With HEADROOM_STATIC_ROOT set, files are served from what `collectstatic` put there, under
# hashed names and for ever; without it, straight from the source folders, and for ever too, below a
# name that changes with them. While debugging they are looked at each time.
STATIC_URL = "/static/"
STATICFILES_DIRS = [path for path in (BASE_DIR / "frontend",) if path.is_dir()]
_static_root = env.text("HEADROOM_STATIC_ROOT")
if not (_static_root or DEBUG):
    _folders = (BASE_DIR / app / "static" for app in INSTALLED_APPS)
    _sources = [*STATICFILES_DIRS, *(path for path in _folders if path.is_dir())]
    STATIC_URL += f"{static_version(_sources, ['drf-spectacular-sidecar'])}/"
    WHITENOISE_IMMUTABLE_FILE_TEST = rf"^{STATIC_URL}"
STATIC_ROOT = Path(_static_root).absolute() if _static_root else None
WHITENOISE_USE_FINDERS = not _static_root
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 60
MEDIA_URL = "/media/"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "media"},
    },
    "staticfiles": {
        "BACKEND": "headroom.staticfiles."
        + ("HashedStaticFilesStorage" if _static_root else "PlainStaticFilesStorage"),
    },
}

# --- REST -----------------------------------------------------------------------------------
HEADROOM_VERSION = "0.1.0"
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["core.rest.OrjsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.rest.Negotiation",
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "EXCEPTION_HANDLER": "core.rest.handle_exception",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Headroom",
    "DESCRIPTION": "Data-center inventory, capacity and power.",
    "VERSION": "4.6",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/",
    "POSTPROCESSING_HOOKS": ["core.openapi.add_components"],
    "SWAGGER_UI_SETTINGS": {"docExpansion": "none", "filter": True, "deepLinking": True},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- logging --------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "DEBUG" if DEBUG else "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.db.backends": {"level": "INFO"},
        # A line for each of the tasks that run every few seconds would bury the others.
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
    },
}
