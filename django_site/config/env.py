"""Strict readers of environment variables: an odd value stops the start and says what was expected."""

import os
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def text(name: str, default: str) -> str:
    return os.environ.get(name) or default


def address(name: str) -> str:
    """Of a server, without a slash at its end; empty where none is given."""
    value = os.environ.get(name, "").strip().rstrip("/")
    try:
        parts = urlsplit(value)
        is_odd = bool(value) and (parts.scheme not in ("http", "https") or not parts.hostname or (parts.port == 0))
    except ValueError:
        is_odd = True
    if is_odd:
        raise _wrong(name, value, "an address such as http://127.0.0.1:8080")
    return value


def boolean(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in TRUE + FALSE:
        raise _wrong(name, value, f"one of {', '.join(TRUE + FALSE)}")
    return value in TRUE


def integer(name: str, default: int, low: int = 0) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or int(value) < low:
        raise _wrong(name, value, f"a whole number of at least {low}")
    return int(value)


def positive_decimal(name: str, default: str) -> Decimal:
    value = os.environ.get(name) or default
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise _wrong(name, value, "a number such as 590 or 1.25") from None
    if not number.is_finite() or number <= 0:
        raise _wrong(name, value, "a number above 0")
    return number


def share(name: str, default: str) -> float:
    value = os.environ.get(name) or default
    try:
        number = float(value)
    except ValueError:
        raise _wrong(name, value, "a share such as 0.5") from None
    if not 0 <= number <= 1:
        raise _wrong(name, value, "a share of 0 to 1")
    return number


def names(name: str, default: str) -> list[str]:
    """A comma-separated list without empty entries."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise _wrong(name, value, f"one of {', '.join(allowed)}")
    return value


def folder(name: str, default: Path, base: Path) -> Path:
    """A path; a relative one counts from ``base``, whatever the working directory is."""
    return (base / (os.environ.get(name) or default)).absolute()


def database(name: str, default_sqlite: Path) -> dict[str, Any]:
    """Django's database settings from ``sqlite:///path`` or ``postgresql://user:password@host:port/name``."""
    value = os.environ.get(name)
    if not value:
        return _sqlite(default_sqlite)
    url = urlsplit(value)
    if url.scheme == "sqlite" and not url.netloc and len(url.path) > 1:
        return _sqlite(Path(unquote(url.path[1:])))
    if url.scheme in ("postgres", "postgresql") and url.hostname and len(url.path) > 1:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path[1:]),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname,
            "PORT": url.port or 5432,
            "OPTIONS": dict(parse_qsl(url.query, strict_parsing=bool(url.query))),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    shown = f"{url.scheme}://…" if url.scheme else "a value without a scheme"
    raise _wrong(name, shown, "sqlite:///path/to/file or postgresql://user:password@host:5432/name")


def _sqlite(path: Path) -> dict[str, Any]:
    """WAL lets readers go on while one writes; IMMEDIATE makes writers queue instead of failing half-way. What is
    deleted is overwritten: shoppers may have their data deleted."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "timeout": 10,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
            "PRAGMA secure_delete=ON;",
        },
    }


def _wrong(name: str, value: str, expected: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name}={value!r}: expected {expected}")
