"""The storefront's environment variables; an odd value stops the start and says what was expected."""

import os
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl, ValidationError, ValidationInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from config.mail_server import EXAMPLES as MAIL_SERVERS
from config.mail_server import mail_server
from recsys_core.contracts.addresses import without_login
from recsys_core.contracts.environment import workspace_folder

REPOSITORY = Path(__file__).resolve().parents[2]
SQLITE_OPTIONS = {
    "timeout": 10,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
    "PRAGMA secure_delete=ON;",
}
"""WAL lets readers go on while one writes; IMMEDIATE makes writers queue instead of failing half-way. What is deleted
is overwritten: shoppers may have their data deleted."""


def database(url: str) -> dict[str, Any]:
    """Django's settings of the database at ``url``.

    Raises
    ------
    ValueError
        If it is neither an SQLite file nor a PostgreSQL server.
    """
    if not re.match(r"sqlite:///.|postgres(ql)?://([^/]*@)?(\[.+\]|[^/@:]+)(:\d+)?/[^?]", url):
        raise ValueError("unknown kind of database")
    if url.startswith("sqlite"):
        return {**dj_database_url.parse(url, conn_max_age=60), "OPTIONS": SQLITE_OPTIONS}
    return {**dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True)}


def _existing_file(path: Path) -> Path:
    """A relative one counts from the repository."""
    if not (REPOSITORY / path).is_file():
        raise ValueError("no such file")
    return REPOSITORY / path


def _existing_folder(path: Path) -> Path:
    """A relative one counts from the repository."""
    if not (REPOSITORY / path).is_dir():
        raise ValueError("no such folder")
    return REPOSITORY / path


def _other_than_the_shops(port: int, others: ValidationInfo) -> int:
    if port and port == others.data.get("PORT_WEB"):
        raise ValueError("another port than PORT_WEB")
    return port


Secret = Annotated[str, Field(repr=False)]
"""A value that no message shows."""
Switch = Annotated[bool, Field(examples=["one of 1, true, yes, on, 0, false, no, off"])]
Server = Annotated[HttpUrl | None, Field(examples=["an address such as http://127.0.0.1:8080"])]
Names = Annotated[
    list[str], NoDecode, BeforeValidator(lambda text: [part.strip() for part in text.split(",") if part.strip()])
]
"""A comma-separated list; empty entries do not count."""


class Environment(BaseSettings):
    """Each variable by its own name. An empty one counts as not given."""

    model_config = SettingsConfigDict(case_sensitive=True, env_ignore_empty=True, frozen=True, validate_default=False)

    RECSYS_WORKSPACE: Annotated[Path, AfterValidator(lambda path: (REPOSITORY / path).absolute())] = REPOSITORY / "var"
    """Folder of all outputs; a relative one counts from the repository (gunicorn changes the working directory)."""
    DEBUG: Switch = False
    """Django's debug pages; never in public."""
    SECRET_KEY: Secret = Field("", min_length=32, examples=["at least 32 characters"])
    """Made once per workspace where none is given."""
    DATABASE_URL: Annotated[dict[str, Any], NoDecode, BeforeValidator(database)] = Field(
        {}, repr=False, examples=["sqlite:///path/to/file", "postgresql://user:password@host:5432/name"]
    )
    """The workspace's own SQLite file where none is given."""
    ALLOWED_HOSTS: Names = ["localhost", "127.0.0.1", "[::1]"]
    CSRF_TRUSTED_ORIGINS: Names = []
    HTTPS: Switch = False
    """The shop is reached over https (directly or through a proxy that sets X-Forwarded-Proto)."""
    BEHIND_PROXY: Switch = False
    """X-Forwarded-Proto and X-Forwarded-For are to be trusted."""
    PROXIES: int = Field(1, ge=1)
    """Number of proxies in front, each of which adds an entry to X-Forwarded-For."""
    HSTS_SECONDS: int = Field(0, ge=0)
    HSTS_SUBDOMAINS: Switch = False
    """Strict-Transport-Security speaks for the subdomains, too."""
    HSTS_PRELOAD: Switch = False
    """Browsers may put the domain on the list that they bring along; hard to undo."""
    DEMO_LOGINS: Switch = False
    """Demo customers are offered on the sign-in page, to be signed in with one click. Never with real customers."""

    SIGN_IN_TRIES: int = Field(5, ge=1)
    """Wrong passwords for a username from one client until both have to pause."""
    SIGN_IN_PAUSE_MINUTES: int = Field(15, ge=1)
    PASSWORD_RESETS_PER_HOUR: int = Field(10, ge=0)
    """Links to a new password that one client may ask for; 0: no limit."""
    SIGN_UPS_PER_HOUR: int = Field(30, ge=0)
    """New accounts that one client may ask for; 0: no limit."""
    GUEST_ORDERS_PER_HOUR: int = Field(30, ge=0)
    """Orders without an account that one client may place; 0: no limit."""
    STOCK_NOTICES_PER_HOUR: int = Field(30, ge=0)
    """Notices of articles that are back that one client may ask for; 0: no limit."""
    SEARCHES_PER_MINUTE: int = Field(0, ge=0)
    """Searches of one client; 0: no limit."""
    UPLOADS_PER_MINUTE: int = Field(0, ge=0)
    EMAIL_URL: Annotated[dict[str, Any], NoDecode, BeforeValidator(mail_server)] = Field(
        {}, repr=False, examples=MAIL_SERVERS
    )
    """The mail server. Without one no mail is sent; ``console:`` writes mails to the log, with the links in them."""
    EMAIL_FROM: str = Field("shop@localhost", pattern=r"^[^@\s]+@[^@\s]+$", examples=["an e-mail address"])

    SHOP_NAME: str = "Alderloom"
    CURRENCY: str = "€"
    PRICE_FACTOR: Decimal | None = Field(None, gt=0)
    """The data's prices times this are shown. By default 590 if none is above 1, as in H&M's scaled units, else 1; also
    1 where each price is 1."""
    PAGE_SIZE: int = Field(24, ge=1)
    """Cards a page."""
    THUMBNAIL_CACHE_MB: int = Field(4096, ge=0)
    """Room on disk for scaled images, in MiB; those made first go first."""
    IMAGE_MAX_AGE: int = Field(7 * 24 * 3600, ge=0)
    """Seconds a browser keeps an image without asking again."""
    IMAGE_ENCODER_URL: Server = None
    """The encoder of shoppers' images; by default the one that is registered in the workspace, if any."""
    MILVUS_TOKEN: Secret = ""
    """Token of the Milvus at ``MILVUS_URI``; the workspace's own server needs none."""

    STATISTICS: Literal["ask", "off", "on"] = "ask"
    """Whether visits are recorded: if the shopper allows it, never, or unless the shopper objects. The last one only
    where the law lets a shop do so."""
    PRIVACY_TEXT: Annotated[Path | None, AfterValidator(_existing_file), Field(examples=["a file that exists"])] = None
    """HTML with the shop's own words on the page about privacy."""
    SHOP_TEXTS: Annotated[Path | None, AfterValidator(_existing_folder), Field(examples=["a folder that exists"])] = (
        None
    )
    """Folder with the shop's own words for ``help.html``, ``delivery.html``, ``contact.html``, each if it is there."""

    EXPERIMENT: Literal["", "second_ranker", "varied"] = ""
    """A second ranking of the feed (``releases/experiment.py``) that some see, always the same ones."""
    EXPERIMENT_SHARE: float = Field(0.5, ge=0, le=1)
    """Share of shoppers who see the second ranking."""

    GUEST_CHECKOUT: Switch = True
    """Orders can be placed without an account."""
    EXPORT_ORDERS_AT_ONCE: Switch = True
    """Orders are written to the raw area when they are placed; else ``manage.py export_orders`` does it in batches."""
    HISTORIC_AFTER_DAYS: int = Field(30, ge=0)
    """A shop whose data ended more days ago lives in the past: its orders are dated on the day after that end."""
    AIRFLOW_API: Server = None
    """Airflow, to be told of new orders and asked to try rules; without one it finds orders by its own clock."""
    AIRFLOW_TOKEN: Secret = ""
    AIRFLOW_USER: str = "admin"
    AIRFLOW_PASSWORD: Secret = ""
    """Password to get a token with, where none is given."""

    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    LOG_FORMAT: Literal["json", "text"] = "json"
    HOST: str = "127.0.0.1"
    PORT_WEB: int = Field(8000, ge=0, le=65535)
    HOST_METRICS: str = "127.0.0.1"
    PORT_METRICS: Annotated[int, AfterValidator(_other_than_the_shops)] = Field(0, ge=0, le=65535)
    """A port that answers ``/metrics`` alone; 0: none. The shop's own port never answers it."""
    WEB_WORKERS: int = Field(2, ge=1)
    WEB_THREADS: int = Field(4, ge=1)


def read_environment() -> Environment:
    """All variables.

    Raises
    ------
    ImproperlyConfigured
        If any has an odd value; the message names each, with its value (no secret's) and what was expected.
    """
    try:
        workspace_folder(os.environ)
        return Environment()
    except ValidationError as error:
        raise ImproperlyConfigured("\n".join(_problem(dict(each)) for each in error.errors())) from None
    except ValueError as error:
        raise ImproperlyConfigured(str(error)) from None


def _problem(error: dict[str, Any]) -> str:
    name = error["loc"][0]
    field = Environment.model_fields[name]
    given = f"{name}={without_login(repr(error['input']))}" if field.repr else name
    reason = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return f"{given}: expected {' or '.join(map(str, field.examples or [])) or reason}"
