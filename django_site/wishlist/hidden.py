"""Articles that are not for a shopper."""

from django.contrib.auth.models import User

from ops.prepared import OfUser
from wishlist.models import HiddenArticle

_hidden = OfUser(lambda user_id: HiddenArticle.objects.filter(user_id=user_id).values_list("article_id"))


def hidden_by(user_id: int) -> list[str]:
    """article_ids that are not for this shopper, the latest first."""
    return [article_id for (article_id,) in _hidden(user_id)]


def hide(user: User, article_id: str, hidden: bool = True) -> None:
    """Record "not for me", or take it back."""
    if hidden:
        HiddenArticle.objects.get_or_create(user_id=user.pk, article_id=article_id)
    else:
        HiddenArticle.objects.filter(user_id=user.pk, article_id=article_id).delete()
