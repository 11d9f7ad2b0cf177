"""Logging to stderr, one JSON object a line (``LOG_FORMAT=text`` for people)."""

import logging
import re
from typing import Any, Final

from pythonjsonlogger.core import RESERVED_ATTRS

NEVER_LOGGED = ("request", "status_code", "server_time", "duration", "sql", "params", "alias")
"""Fields that Django adds to its log records. The request's address may hold a customer's search text."""

LINK_TO_NEW_PASSWORD: Final = re.compile(r"(/account/password)/[^/\s]+/[^/\s]+")


class WithoutLinks(logging.Filter):
    """Whoever reads the log must not be able to open a link to a new password: no line holds user and token of it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _masked(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(map(_masked, record.args))
        if hasattr(record, "path"):
            record.path = _masked(record.path)
        return True


def _masked(value: Any) -> Any:
    return LINK_TO_NEW_PASSWORD.sub(r"\1/.../...", value) if isinstance(value, str) else value


def logging_config(level: str, style: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "fmt": ["levelname", "name", "message"],
                "timestamp": "time",
                "rename_fields": {"levelname": "level", "name": "logger", "exc_info": "exception"},
                "reserved_attrs": [*RESERVED_ATTRS, *NEVER_LOGGED],
                "json_ensure_ascii": False,
            },
            "text": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        },
        "filters": {"without_links": {"()": WithoutLinks}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": style, "filters": ["without_links"]}},
        "root": {"handlers": ["stderr"], "level": level},
        # Requests are logged once, by ops.middleware, with release and tier; Django's own lines would repeat them.
        "loggers": {
            "django.request": {"level": "ERROR"},
            "axes": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "django.server": {"handlers": ["stderr"], "propagate": False},
        },
    }
