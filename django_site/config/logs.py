"""Logging to stderr, one JSON object a line (``LOG_FORMAT=text`` for people)."""

from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS

NEVER_LOGGED = ("request", "status_code", "server_time", "duration", "sql", "params", "alias")
"""Fields that Django adds to its log records. The request's address may hold a customer's search text."""


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
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": style}},
        "root": {"handlers": ["stderr"], "level": level},
        # Requests are logged once, by ops.middleware, with release and tier; Django's own lines would repeat them.
        "loggers": {
            "django.request": {"level": "ERROR"},
            "axes": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "django.server": {"handlers": ["stderr"], "propagate": False},
        },
    }
