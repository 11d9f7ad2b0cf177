"""Saved articles: of a signed-in shopper in the database, of a guest in the session."""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from ops.prepared import OfUser
from wishlist.models import SavedArticle

MAX_SAVED_ARTICLES = 200
KEY = "saved"
_saved = OfUser(lambda user_id: SavedArticle.objects.filter(user_id=user_id).values_list("article_id"))


def saved_by(request: HttpRequest) -> list[str]:
    """article_ids, the latest first."""
    if request.user.is_authenticated:
        return [article_id for (article_id,) in _saved(request.user.pk)]
    return list(request.session.get(KEY, []))


def toggle(request: HttpRequest, article_id: str) -> bool:
    """Save the article, or give it up if it was saved; returns whether it is saved now."""
    if request.user.is_authenticated:
        held = SavedArticle.objects.filter(user_id=request.user.pk)
        if held.filter(article_id=article_id).delete()[0]:
            return False
        _save(request.user, [article_id])
        return True
    held_ids = saved_by(request)
    is_saved = article_id not in held_ids
    left = [each for each in held_ids if each != article_id]
    request.session[KEY] = ([article_id, *left] if is_saved else left)[:MAX_SAVED_ARTICLES]
    return is_saved


def move_to(user: User, session: SessionBase) -> None:
    """Moves the articles that a guest saved to the shopper's account."""
    _save(user, reversed(session.pop(KEY, [])))


def _save(user: User, article_ids: Iterable[str]) -> None:
    made = [SavedArticle(user_id=user.pk, article_id=each) for each in article_ids]
    SavedArticle.objects.bulk_create(made, ignore_conflicts=True)
    kept = SavedArticle.objects.filter(user_id=user.pk).values_list("pk", flat=True)[:MAX_SAVED_ARTICLES]
    SavedArticle.objects.filter(user_id=user.pk).exclude(pk__in=list(kept)).delete()
