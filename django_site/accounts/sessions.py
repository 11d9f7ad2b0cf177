"""Django's sessions in the database, read with SQL that is written once a process (``settings.SESSION_ENGINE``)."""

from typing import Any, Final

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models.functions import Now

from ops.prepared import OfKey

PLACEHOLDER_SESSION_KEY: Final = "-"
"""Holds a key's place in the SQL; the keys of sessions are letters and digits."""
_unexpired = OfKey(
    lambda key: Session.objects.filter(session_key=key, expire_date__gt=Now()).values_list("session_data"),
    PLACEHOLDER_SESSION_KEY,
)


class SessionStore(db.SessionStore):
    """Sessions of the same table, and signed with the same key, as those of Django's own engine."""

    def load(self) -> dict[str, Any]:
        found = _unexpired(self.session_key) if self.session_key else []
        return self.decode(found[0][0]) if found else super().load()
