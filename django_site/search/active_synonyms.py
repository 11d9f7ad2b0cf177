"""The synonyms that count now. A process reads them at most once in ``CACHE_SECONDS`` seconds, unless they change."""

import logging
import time
from typing import Final

from django.db import Error

from recsys_core.serving import SynonymError, Synonyms
from search.models import SynonymList

log = logging.getLogger(__name__)

CACHE_SECONDS: Final = 5.0


class ActiveSynonyms:
    """Cache of the shop's list, one in each process."""

    def __init__(self) -> None:
        self._held: Synonyms | None = None
        self._until = 0.0

    def now(self) -> Synonyms | None:
        """The shop's list; None, for the shipped one, while there is none or it cannot be read."""
        if time.monotonic() >= self._until:
            self._until = time.monotonic() + CACHE_SECONDS  # first, so that the others go on with what there is
            self._held = _read(self._held)
        return self._held

    def forget(self) -> None:
        """Read again before the next search."""
        self._until = 0.0


def _read(held: Synonyms | None) -> Synonyms | None:
    try:
        text = SynonymList.objects.order_by("-changed").values_list("text", flat=True).first()
        if text is None or (held is not None and held.text == text):
            return None if text is None else held
        return Synonyms.of(text)
    except (Error, SynonymError) as error:
        log.warning("synonyms cannot be read, the search goes on with those before: %s", error)
        return held


active_synonyms = ActiveSynonyms()
