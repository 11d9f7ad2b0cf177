"""The storefront's settings. Every value that differs between places comes from the environment (``config/env.py``)."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key

from config.bootstrap import secret_key_file
from config.env import database, read_environment
from config.logs import logging_config

env = read_environment()
SITE_DIR = Path(__file__).resolve().parents[1]
RECSYS_WORKSPACE = env.RECSYS_WORKSPACE
WEB_DIR = RECSYS_WORKSPACE / "web"


def _secret_key() -> str:
    """``SECRET_KEY``, else the workspace's own; else one for this process alone (nothing outside it can be forged)."""
    try:
        return env.SECRET_KEY or secret_key_file(RECSYS_WORKSPACE).read_text()
    except FileNotFoundError:
        return get_random_secret_key()


DEBUG = env.DEBUG
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.ALLOWED_HOSTS
CSRF_TRUSTED_ORIGINS = env.CSRF_TRUSTED_ORIGINS

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "django_htmx",
    "ninja",
    "accounts",
    "account_pages",
    "api",
    "browsing",
    "catalog",
    "crawlers",
    "events",
    "health",
    "imagesearch",
    "information",
    "limits",
    "merchandising",
    "orders",
    "privacy",
    "recommendations",
    "releases",
    "search",
    "staff",
    "stock_notices",
    "wishlist",
    "ops",
]

MIDDLEWARE = [
    "ops.middleware.ObserveRequests",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ops.middleware.CompressText",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.PrivatePages",
    "browsing.middleware.RememberVisitor",
    "releases.middleware.LiveRelease",
    "catalog.middleware.SuitPrices",
    "stock_notices.middleware.SendNoticesOfNewReleases",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [SITE_DIR / "config" / "jinja2"],
        "APP_DIRS": True,
        "OPTIONS": {"environment": "config.jinja.environment", "context_processors": ["config.jinja.shop"]},
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [SITE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.DATABASE_URL or database(f"sqlite:///{quote(str(WEB_DIR))}/db.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = WEB_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static_storage.HashedOnceCollected"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- accounts -------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["accounts.backends.ShopperBackend"]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "recommendations:home"
LOGOUT_REDIRECT_URL = "recommendations:home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
DEMO_LOGINS = env.DEMO_LOGINS
PASSWORD_RESET_TIMEOUT = 3600
PASSWORD_RESETS_PER_HOUR = env.PASSWORD_RESETS_PER_HOUR
SIGN_UPS_PER_HOUR = env.SIGN_UPS_PER_HOUR

AXES_FAILURE_LIMIT = env.SIGN_IN_TRIES
AXES_COOLOFF_TIME = timedelta(minutes=env.SIGN_IN_PAUSE_MINUTES)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "account_pages.locked_out.locked_out"
AXES_CLIENT_IP_CALLABLE = "limits.client_address.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # nobody needs to know when customers sign in
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "email"]

# --- mail -----------------------------------------------------------------------------------------
SENDS_MAIL = bool(env.EMAIL_URL)  # without a mail server no page offers a new password or a notice by e-mail
globals().update(env.EMAIL_URL or {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"})
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.EMAIL_FROM

# --- limits ---------------------------------------------------------------------------------------
GUEST_ORDERS_PER_HOUR = env.GUEST_ORDERS_PER_HOUR
STOCK_NOTICES_PER_HOUR = env.STOCK_NOTICES_PER_HOUR
BEHIND_PROXY = env.BEHIND_PROXY
PROXIES = env.PROXIES
SEARCHES_PER_MINUTE = env.SEARCHES_PER_MINUTE
UPLOADS_PER_MINUTE = env.UPLOADS_PER_MINUTE

# --- security -------------------------------------------------------------------------------------
HTTPS = env.HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.BEHIND_PROXY else None
SECURE_HSTS_SECONDS = env.HSTS_SECONDS
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.HSTS_SUBDOMAINS
SECURE_HSTS_PRELOAD = env.HSTS_PRELOAD
# Whether subdomains and the preload list are included is a decision about a whole domain: no shop should feel urged.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
FILE_UPLOAD_HANDLERS = [
    "imagesearch.upload_limit.LimitedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {"geolocation": [], "microphone": [], "payment": [], "usb": []}

# --- the shop -------------------------------------------------------------------------------------
SHOP_NAME = env.SHOP_NAME
CURRENCY = env.CURRENCY
PRICE_FACTOR = env.PRICE_FACTOR
PAGE_SIZE = env.PAGE_SIZE
THUMBNAIL_WIDTHS = (240, 360, 480, 720, 960)
THUMBNAILS = WEB_DIR / "thumbnails"
THUMBNAIL_CACHE_MB = env.THUMBNAIL_CACHE_MB
IMAGE_MAX_AGE = env.IMAGE_MAX_AGE

IMAGE_ENCODER_URL = str(env.IMAGE_ENCODER_URL or "").rstrip("/")
MILVUS_TOKEN = env.MILVUS_TOKEN

# --- privacy --------------------------------------------------------------------------------------
STATISTICS = env.STATISTICS
PRIVACY_TEXT = env.PRIVACY_TEXT
SHOP_TEXTS = env.SHOP_TEXTS

# --- experiments ----------------------------------------------------------------------------------
EXPERIMENT = env.EXPERIMENT
EXPERIMENT_SHARE = env.EXPERIMENT_SHARE

# --- orders ---------------------------------------------------------------------------------------
GUEST_CHECKOUT = env.GUEST_CHECKOUT
EXPORT_ORDERS_AT_ONCE = env.EXPORT_ORDERS_AT_ONCE
HISTORIC_AFTER_DAYS = env.HISTORIC_AFTER_DAYS
AIRFLOW_API = str(env.AIRFLOW_API or "").rstrip("/")
AIRFLOW_TOKEN = env.AIRFLOW_TOKEN
AIRFLOW_USER = env.AIRFLOW_USER
AIRFLOW_PASSWORD = env.AIRFLOW_PASSWORD

LOGGING = logging_config(env.LOG_LEVEL, env.LOG_FORMAT)
