"""Interactions of this session: the last articles that were viewed, saved or put into the bag.

A signed cookie of this browser, so that a guest's session needs no account and no write to a database. It ends with
signing out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse

from recsys_core.contracts.article_ids import decode, encode

COOKIE: Final = "session"
MAX_INTERACTIONS: Final = 20
"""Number of articles that are remembered, the latest first."""
MAX_AGE_SECONDS: Final = 24 * 3600
MAX_COOKIE_LENGTH: Final = 3600
"""Characters of the interactions; browsers keep cookies of 4096 bytes, their names and signatures among them. Of long
ids fewer articles are remembered."""
Interaction = Literal["viewed", "saved", "bagged"]
WEIGHTS: Final[dict[Interaction, float]] = {"viewed": 1.0, "saved": 2.0, "bagged": 3.0}
LETTERS: Final[dict[Interaction, str]] = {"viewed": "v", "saved": "s", "bagged": "b"}
DECAY_PER_INTERACTION: Final = 0.85
"""Factor by which an article's weight falls with each later article."""


@dataclass(frozen=True)
class BrowsingSession:
    """Article ids with their interactions, latest first; each article once."""

    interactions: tuple[tuple[str, Interaction], ...] = ()

    @classmethod
    def read(cls, request: HttpRequest) -> "BrowsingSession":
        """The session of this browser; an empty one if the cookie is missing, too old or not ours."""
        try:
            text = request.get_signed_cookie(COOKIE, default="", max_age=MAX_AGE_SECONDS) or ""
        except BadSignature:
            return cls()
        interaction_of = {letter: interaction for interaction, letter in LETTERS.items()}
        parts = (part for part in text.split(".") if part[:1] in interaction_of and _is_encoded(part[1:]))
        return cls(tuple((decode(part[1:]), interaction_of[part[0]]) for part in parts)[:MAX_INTERACTIONS])

    def after(self, article_id: str, interaction: Interaction) -> "BrowsingSession":
        """Returns the session with this interaction as the last. Viewing an article in the bag keeps it as bagged."""
        before = dict(self.interactions).get(article_id, interaction)
        kept = max(interaction, before, key=lambda each: WEIGHTS[each])
        others = (each for each in self.interactions if each[0] != article_id)
        return BrowsingSession(((article_id, kept), *others)[:MAX_INTERACTIONS])

    def write(self, response: HttpResponse) -> None:
        """Writes the session into the browser's cookie."""
        text = ""
        for article_id, interaction in self.interactions:
            longer = f"{text}.{LETTERS[interaction]}{encode(article_id)}".removeprefix(".")
            if len(longer) > MAX_COOKIE_LENGTH:
                break
            text = longer
        response.set_signed_cookie(
            COOKIE, text, max_age=MAX_AGE_SECONDS, httponly=True, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
        )

    def weighted(self) -> Iterator[tuple[str, float]]:
        """Yields each article_id with its weight; the latest interactions weigh most."""
        for place, (article_id, interaction) in enumerate(self.interactions):
            yield article_id, WEIGHTS[interaction] * DECAY_PER_INTERACTION**place

    def __bool__(self) -> bool:
        return bool(self.interactions)


def _is_encoded(text: str) -> bool:
    try:
        return bool(decode(text))
    except ValueError:
        return False


def forget(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, samesite="Lax")


def note(request: HttpRequest, response: HttpResponse, article_id: str, interaction: Interaction) -> None:
    """Adds an interaction to the session and writes its cookie."""
    BrowsingSession.read(request).after(article_id, interaction).write(response)
