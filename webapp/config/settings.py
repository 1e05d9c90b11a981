"""Django settings. Everything a site changes comes from the environment; see docs/web.md.

The embedded default needs no server: SQLite and a private Redis, both under ``var/``.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import dj_database_url
from django.utils.translation import gettext_lazy as _

from grader.image import RACE_IMAGE, ringmark_home
from grader.intake import DEFAULT
from webapp.config import environment

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR = Path(os.environ.get("RINGMARK_VAR") or BASE_DIR / "var").resolve()
VAR.mkdir(parents=True, exist_ok=True)

DEBUG = environment.flag("DEBUG")
SECRET_KEY = environment.secret_key(VAR)
#: Where workers on other hosts reach the web process. Its name is one that the site answers to.
RINGMARK_URL = environment.address("RINGMARK_URL")
ALLOWED_HOSTS = [
    *("localhost", "127.0.0.1", "[::1]"),
    *environment.words("ALLOWED_HOSTS"),
    *environment.host_of(RINGMARK_URL),
]
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "django_ace",
    "django_tables2",
    "csp",
    "webapp.accounts",
    "webapp.audit",
    "webapp.courses",
    "webapp.rubrics",
    "webapp.submissions",
    "webapp.attempts",
    "webapp.proving",
    "webapp.regrading",
    "webapp.gradebook",
    "webapp.corrections",
    "webapp.authoring",
    "webapp.fleet",
    "webapp.cli",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "webapp.accounts.languages.account_language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "webapp.submissions.unseen.signs_of_a_page",
]

ROOT_URLCONF = "webapp.config.urls"
WSGI_APPLICATION = "webapp.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "webapp" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["webapp.submissions.templatetags.dates"],
        },
    }
]

# --- data ----------------------------------------------------------------------------------
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{VAR / 'ringmark.sqlite3'}"
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: a transaction that will write takes the lock at its start and waits up to
    # `timeout` seconds, instead of failing half way (sqlite.org/lang_transaction.html).
    # synchronous=FULL: what was answered "stored" survives a power cut in WAL mode too.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    # A file, not memory: in the tests, worker processes use the same database.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / f"test-{os.getpid()}.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- people --------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SESSION_COOKIE_AGE = 14 * 24 * 3600

# --- languages and time --------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "webapp" / "locale"]
TIME_ZONE = os.environ.get("TIME_ZONE") or "Europe/Paris"
USE_TZ = True

# --- static files --------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "webapp" / "static"]
# Finders serve straight from the sources: no collectstatic to forget, and few enough files.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- uploads -------------------------------------------------------------------------------
# The handler counts while the upload streams; more than this is drained and refused with a
# message at the form. What is inside an archive is limited by grader.intake.
FILE_UPLOAD_HANDLERS = [
    "webapp.submissions.uploads.CountingUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
UPLOAD_MAX_BYTES = DEFAULT.upload
UPLOAD_MAX_FILES = 100
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_MAX_BYTES
DATA_UPLOAD_MAX_NUMBER_FILES = None  # counted by the handler, which can say so politely

# --- browser security ----------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
HTTPS = environment.flag("HTTPS")
SECURE_SSL_REDIRECT = HTTPS
# Workers may come past the proxy, in a network of the site's own. They have no cookie to lose.
SECURE_REDIRECT_EXEMPT = [r"^fleet/"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

# --- the queue -----------------------------------------------------------------------------
CELERY_BROKER_URL = (
    os.environ.get("BROKER_URL")
    or os.environ.get("REDIS_URL")
    or f"redis+socket://{VAR / 'redis.sock'}"
)
CELERY_TASK_DEFAULT_QUEUE = "marking"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A marking ends by its own deadlines; they stretch on a busy host (15 minutes at load 15). This is
# for an engine that never comes back at all.
CELERY_TASK_TIME_LIMIT = 3600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = environment.transport_options(CELERY_BROKER_URL)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- marking -------------------------------------------------------------------------------
RINGMARK_HOME = ringmark_home()
RINGMARK_IMAGE = os.environ.get("RINGMARK_IMAGE") or "default"
RINGMARK_RACE_IMAGE = os.environ.get("RINGMARK_RACE_IMAGE") or RACE_IMAGE
#: Guests at once on this host, whichever process marks; 0: by its processors and memory.
RINGMARK_GUESTS = int(os.environ.get("RINGMARK_GUESTS") or 0)
#: As which the fleet's list shows this worker.
RINGMARK_WORKER_NAME = os.environ.get("RINGMARK_WORKER_NAME") or socket.gethostname()
RINGMARK_ACCEL = os.environ.get("RINGMARK_ACCEL") or "auto"
RINGMARK_SANDBOX = os.environ.get("RINGMARK_SANDBOX") or "bwrap"
#: What payloads are drawn from: ``source`` (equal files get equal payloads, are marked once and get
#: the same mark) or ``submission`` (each its own).
RINGMARK_SEEDS = environment.one_of("RINGMARK_SEEDS", "source", "submission")
#: Who marks: a class with ``mark(...)`` and ``close()``, see webapp/submissions/marker.py.
RINGMARK_MARKER = "webapp.submissions.engine_marker.EngineMarker"
#: Seconds a claim on a marking lives without a heartbeat; a dead worker's marking waits so long.
RINGMARK_LEASE_SECONDS = 20.0
#: Seconds between two looks of a worker for markings that nobody works on.
RINGMARK_SWEEP_SECONDS = 2.0
#: Seconds a marking waits after the platform's first fault; doubled after each further one.
RINGMARK_BACKOFF_SECONDS = 5.0
#: Failed tries (faults, dead workers) after which an instructor has to look.
RINGMARK_MAX_FAILURES = 5

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"webapp": {"level": "INFO"}, "grader": {"level": "INFO"}},
}
