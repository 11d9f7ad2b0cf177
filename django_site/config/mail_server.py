"""Django's settings of the mail server at an address."""

from typing import Any, Final
from urllib.parse import unquote, urlsplit

PORTS: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
EXAMPLES: Final = ["console:", "smtp://host:25", "smtp+starttls://user:password@host:587", "smtps://user:password@host"]


def mail_server(address: str) -> dict[str, Any]:
    """``EMAIL_*`` of Django: ``console:`` writes mails to the log of the process, the others send them.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if address in ("console:", "console://"):
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(address)
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("unknown kind of mail server")
    if (parts.username is None) != (parts.password is None):
        raise ValueError("a user without a password")
    if parts.port == 0:
        raise ValueError("no port")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+starttls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
    }
