"""Settings: everything comes from the environment (see .env.example and the table in README.md).

A checkout without any environment is safe to look at but not to serve: missing secrets are
reported by the system checks in `akeneo_app.checks`, with the way to set them.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.templatetags.static import static

from akeneo_app import local_state, logs
from akeneo_app.environment import database, usable

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
VERSION = "0.1.0"

# Addresses

BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
with usable("BASE_URL", "Write scheme and host only, for example https://app.example.com"):
    _base = urlsplit(BASE_URL)
HTTPS = _base.scheme == "https"
ALLOWED_HOSTS = [_base.hostname or "localhost", "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]
TRUSTED_PROXIES = [entry.strip() for entry in env.list("TRUSTED_PROXIES", default=[])]

PIM_HOSTS = env.list("PIM_HOSTS", default=["*.cloud.akeneo.com", "*.akeneo.cloud"])
PIM_ALLOW_INSECURE = env.bool("PIM_ALLOW_INSECURE", default=False)
CHANNEL_HOSTS = env.list("CHANNEL_HOSTS", default=[])
# Folders below which a PIM user may put a `file` channel. Staff and commands may use any.
FILE_CHANNEL_FOLDERS = env.list("FILE_CHANNEL_FOLDERS", default=[])
# Folders below which a source of enrichment may be read.
ENRICHMENT_FOLDERS = env.list("ENRICHMENT_FOLDERS", default=[])

AKENEO_CLIENT_ID = env.str("AKENEO_CLIENT_ID", default="")
AKENEO_CLIENT_SECRET = env.str("AKENEO_CLIENT_SECRET", default="")
EVENT_PLATFORM_URL = env.str(
    "EVENT_PLATFORM_URL", default="https://event.prd.sdk.akeneo.cloud/api/v1"
).rstrip("/")
# The service that translates texts; the address is DeepL's own unless told.
DEEPL_API_KEY = env.str("DEEPL_API_KEY", default="").strip()
DEEPL_URL = env.str("DEEPL_URL", default="").rstrip("/")
SUPPORT_URL = env.str("SUPPORT_URL", default="")
METRICS_TOKEN = env.str("METRICS_TOKEN", default="").strip()  # empty: /metrics is for staff alone

# Database, broker, state on disk

VAR_FOLDER = Path(env.str("VAR_FOLDER", default=str(BASE_DIR / "var")))
_database_url = env.str("DATABASE_URL", default=f"sqlite:///{VAR_FOLDER / 'ferry.sqlite3'}")
with usable(
    "DATABASE_URL",
    "Write sqlite:///folder/file or postgresql://user:password@host:5432/name, with special "
    "characters of the password percent-encoded.",
):
    DATABASES = {"default": database(_database_url)}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    # All three are needed for several processes on one SQLite file: WAL lets readers go on while
    # one writes, IMMEDIATE avoids the upgrade deadlock, the timeout queues the writers.
    _database["OPTIONS"] = {
        **_database.get("OPTIONS", {}),
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    if _database["NAME"] not in ("", ":memory:"):
        with usable("DATABASE_URL", "Its folder must be one that Ferry may write to."):
            Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
else:
    # A host that swallows packets must not hold up a request, /healthz above all, for minutes.
    _database["OPTIONS"] = {"connect_timeout": 5, **_database.get("OPTIONS", {})}
    _database["CONN_HEALTH_CHECKS"] = True
# Opening one for each request took 3.5 of the 4 milliseconds of the processor that storing an event
# on SQLite takes.
_database["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Two installations with different databases may share VAR_FOLDER: what lies there is per database.
STATE_FOLDER = local_state.folder_for(VAR_FOLDER, _database)
MEDIA_STORE = env.str("MEDIA_STORE", default="") or str(STATE_FOLDER / "media")
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://")
if CELERY_BROKER_URL.startswith("filesystem:"):
    with usable("VAR_FOLDER", "It must be a folder that Ferry may write to."):
        CELERY_BROKER_TRANSPORT_OPTIONS = local_state.filesystem_broker(STATE_FOLDER / "broker")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5  # seconds until a changed schedule is noticed
CELERY_BEAT_SCHEDULE = {
    "take up unfinished runs": {"task": "sync.tasks.take_up_unfinished_runs", "schedule": 30.0},
    "take up unfinished offers": {
        "task": "enrichment.tasks.take_up_unfinished_offers",
        "schedule": 30.0,
    },
    "take up translation orders": {
        "task": "enrichment.tasks.take_up_translation_orders",
        "schedule": 30.0,
    },
    "forget translations of gone products": {
        "task": "enrichment.tasks.forget_translations_of_gone_products",
        "schedule": 3600.0,
    },
    "look at due sources": {"task": "enrichment.tasks.look_at_due_sources", "schedule": 30.0},
    "look at the clock": {"task": "sync.tasks.look_at_the_clock", "schedule": 30.0},
    "feed back where due": {"task": "sync.tasks.feed_back_where_due", "schedule": 60.0},
    "take up catalogs": {"task": "catalogs.tasks.take_up_catalogs", "schedule": 300.0},
    "take up events": {"task": "sync.tasks.take_up_events", "schedule": 30.0},
    "keep subscriptions": {"task": "sync.tasks.keep_subscriptions", "schedule": 900.0},
    "review notices": {"task": "sync.tasks.review_notices", "schedule": 300.0},
    "show that tasks are worked on": {
        "task": "sync.tasks.show_that_tasks_are_worked_on",
        "schedule": 60.0,
        "options": {"expire_seconds": 300},  # in a queue that is older nobody works on it
    },
    "send alerts": {"task": "sync.tasks.send_alerts", "schedule": 30.0},
    "tidy up": {"task": "sync.tasks.tidy_up", "schedule": 3600.0},
}

# Secrets

SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])
if DEBUG and not (SECRET_KEY and ENCRYPTION_KEYS):
    with usable("VAR_FOLDER", "It must be a folder that Ferry may write to."):
        _generated = local_state.generated_secrets(STATE_FOLDER)
    SECRET_KEY = SECRET_KEY or _generated.secret_key
    ENCRYPTION_KEYS = ENCRYPTION_KEYS or [_generated.encryption_key]

# Django

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_celery_beat",
    "axes",
    "csp",
    "akeneo_app.apps.AkeneoAppConfig",
    "connections.apps.ConnectionsConfig",
    "catalogs.apps.CatalogsConfig",
    "enrichment.apps.EnrichmentConfig",
    "sync.apps.SyncConfig",
    "pages.apps.PagesConfig",
]
MIDDLEWARE = [
    "akeneo_app.webhooks.WebhookMiddleware",  # before any that could redirect
    "akeneo_app.proxies.TrustedProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "akeneo_app.content_policy.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "akeneo_app.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "connections.middleware.PimUserMiddleware",
    "akeneo_app.opened.OpenedMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "akeneo_app.urls"
WSGI_APPLICATION = "akeneo_app.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pages.context.frame",
            ],
        },
    },
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"  # of staff: others come by the PIM
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 1  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_ENABLE_ADMIN = False  # akeneo_app.admin has its own
AXES_VERBOSE = False

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
FORMAT_MODULE_PATH = "akeneo_app.formats"
TIME_ZONE = "UTC"
USE_TZ = True

DATA_UPLOAD_MAX_NUMBER_FILES = 101  # pages.uploads stops before, with words for people
FILE_UPLOAD_HANDLERS = [
    "pages.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

with usable("EMAIL_URL", "Write for example smtp+tls://user:password@mail.example.com:587"):
    vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10  # seconds for each step: a mail server that hangs holds up no worker
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="ferry@localhost")
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# The frame around it

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # the callback is a top-level navigation from the PIM
SESSION_COOKIE_AGE = 12 * 3600
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]  # asked by programs, often beside us
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # only TRUSTED_PROXIES can set it
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}

# Logging

with usable("LOG_LEVEL", "It is DEBUG, INFO, WARNING or ERROR."):
    LOGGING = logs.configuration(level=env.str("LOG_LEVEL", default="INFO"))

# Admin

UNFOLD = {
    "SITE_TITLE": "Ferry",
    "SITE_HEADER": "Ferry",
    "SITE_SUBHEADER": "From the PIM to your channels",
    "SITE_SYMBOL": "directions_boat",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("ferry/logo.svg")}
    ],
    "STYLES": [lambda _: static("ferry/admin.css")],
    "SCRIPTS": [lambda _: static("ferry/admin.js")],
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "akeneo_app.dashboard.dashboard",
    "SIDEBAR": {"navigation": "akeneo_app.sidebar.navigation"},
    "COLORS": {
        "primary": {
            "50": "246 240 249",
            "100": "234 220 241",
            "200": "212 186 227",
            "300": "190 151 213",
            "400": "169 116 199",
            "500": "148 82 186",
            "600": "118 65 148",
            "700": "103 57 130",
            "800": "88 49 111",
            "900": "70 39 88",
            "950": "45 25 57",
        }
    },
}

# The PIM may grant fewer scopes than were asked for; oauthlib would call that an error.
os.environ.setdefault("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")
