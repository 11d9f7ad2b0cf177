"""Opening of the live release and its search engine before a worker gets its first shopper."""

import logging
from typing import Final

from django.conf import settings

from ops.background import in_background
from recsys_core.serving import NoLiveReleaseError, open_live
from recsys_core.workspace import Workspace
from search.active_synonyms import active_synonyms

log = logging.getLogger(__name__)

MAX_SECONDS: Final = 15.0
"""Seconds that a worker waits for it. Gunicorn kills a worker that needs 30 s to start; it takes shoppers before."""


def warm_up() -> None:
    """Opens what the first request needs; without a release, or with one that cannot be opened, it does nothing."""
    in_background(_open).join(MAX_SECONDS)


def _open() -> None:
    try:
        open_live(Workspace(settings.RECSYS_WORKSPACE)).search_engine(active_synonyms.now())
    except NoLiveReleaseError as error:
        log.info("nothing to open yet: %s", error)
    except (OSError, ValueError, KeyError):
        log.exception("the live release cannot be opened")
