"""The storefront's settings. Every value that differs between places comes from the environment (docs/guides)."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from config import env
from config.bootstrap import home_folder, secret_key_file
from config.logs import logging_config

SITE_DIR = Path(__file__).resolve().parents[1]
RECSYS_HOME = home_folder()
WEB_DIR = RECSYS_HOME / "web"


def _secret_key() -> str:
    """``SECRET_KEY``, else the home's own; else one for this process alone (nothing outside it can be forged)."""
    if given := env.text("SECRET_KEY", ""):
        if len(given) < 32:
            raise ImproperlyConfigured("SECRET_KEY: expected at least 32 characters")
        return given
    try:
        return secret_key_file(RECSYS_HOME).read_text()
    except FileNotFoundError:
        return get_random_secret_key()


DEBUG = env.boolean("DEBUG", False)
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS", "")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "ninja",
    "accounts",
    "account_pages",
    "api",
    "browsing",
    "catalog",
    "events",
    "health",
    "imagesearch",
    "merchandising",
    "orders",
    "recommendations",
    "releases",
    "staff",
    "wishlist",
    "ops",
]

MIDDLEWARE = [
    "ops.middleware.ObserveRequests",
    "django.middleware.security.SecurityMiddleware",
    "ops.middleware.SecurityHeaders",
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

DATABASES = {"default": env.database("DATABASE_URL", WEB_DIR / "db.sqlite3")}
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
DEMO_LOGINS = env.boolean("DEMO_LOGINS", False)
"""Offer the demo customers on the sign-in page, to be signed in with one click. Never on a shop with real customers."""

# --- security -------------------------------------------------------------------------------------
HTTPS = env.boolean("HTTPS", False)
"""The shop is reached over https (directly or through a proxy that sets X-Forwarded-Proto)."""
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.boolean("BEHIND_PROXY", False) else None
SECURE_HSTS_SECONDS = env.integer("HSTS_SECONDS", 0)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
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
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}

# --- the shop -------------------------------------------------------------------------------------
SHOP_NAME = env.text("SHOP_NAME", "Alderloom")
CURRENCY = env.text("CURRENCY", "€")
PRICE_FACTOR = env.positive_decimal("PRICE_FACTOR", "590")
"""The data's prices are scaled units in 0..1; times this they read like shop prices (H&M's 0.0169 is about 9.99)."""
PAGE_SIZE = env.integer("PAGE_SIZE", 24, low=1)
THUMBNAIL_WIDTHS = (240, 360, 480, 720, 960)
THUMBNAILS = WEB_DIR / "thumbs"
IMAGE_MAX_AGE = env.integer("IMAGE_MAX_AGE", 7 * 24 * 3600)
"""Seconds a browser keeps a picture without asking again."""

IMAGE_ENCODER_URL = env.address("IMAGE_ENCODER_URL")
"""Of the encoder of shoppers' pictures; empty: the one that is registered in the home, if any."""
MILVUS_TOKEN = env.text("MILVUS_TOKEN", "")
"""For the Milvus at ``MILVUS_URI``; the home's own server wants none."""

# --- experiments ----------------------------------------------------------------------------------
EXPERIMENT = env.choice("EXPERIMENT", "", ("", "second_ranker", "varied"))
"""A second ranking of the feed (``releases/experiment.py``) that some see, always the same ones; empty: nobody."""
EXPERIMENT_SHARE = env.share("EXPERIMENT_SHARE", "0.5")
"""How many see it, 0 to 1."""

# --- orders ---------------------------------------------------------------------------------------
EXPORT_ORDERS_AT_ONCE = env.boolean("EXPORT_ORDERS_AT_ONCE", True)
"""Write each order to the raw area when it is placed; else ``manage.py export_orders`` writes them in batches."""
HISTORIC_AFTER_DAYS = env.integer("HISTORIC_AFTER_DAYS", 30)
"""A shop whose data ended this many days ago lives in the past: its orders are dated on the day after that end."""
AIRFLOW_API = env.address("AIRFLOW_API")
"""Address of Airflow, to be told of new orders and asked to try rules; empty: it finds orders by its own clock."""
AIRFLOW_TOKEN = env.text("AIRFLOW_TOKEN", "")
AIRFLOW_USER = env.text("AIRFLOW_USER", "admin")
AIRFLOW_PASSWORD = env.text("AIRFLOW_PASSWORD", "")
"""Without a token, what to get one with."""

LOGGING = logging_config(
    level=env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    style=env.choice("LOG_FORMAT", "json", ("json", "text")),
)
