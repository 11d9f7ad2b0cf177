import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ops.prepared import PLACEHOLDER_USER_ID, OfUser
from wishlist.models import HiddenArticle

pytestmark = pytest.mark.django_db
latest_two = OfUser(lambda user_id: HiddenArticle.objects.filter(user_id=user_id).values_list("article_id", "pk")[:2])


def hide(user: User, *article_ids: str) -> list[tuple[str, int]]:
    return [(each, HiddenArticle.objects.create(user=user, article_id=each).pk) for each in article_ids]


def test_rows_are_those_of_the_user_in_the_order_and_number_asked_for() -> None:
    anna, ben = User.objects.create_user("anna"), User.objects.create_user("ben")
    first, second, third = hide(anna, "0100000001", "0100000002", "0100000003")
    (bens,) = hide(ben, "0100000004")
    assert latest_two(anna.pk) == [third, second]
    assert latest_two(ben.pk) == [bens]
    assert latest_two(anna.pk) == [third, second]
    assert first not in latest_two(anna.pk)


def test_nobody_is_simulated() -> None:
    hide(User.objects.create_user("anna"), "0100000001")
    assert latest_two(PLACEHOLDER_USER_ID) == []


def test_one_query_is_asked_with_the_users_own_id() -> None:
    anna = User.objects.create_user("anna")
    with CaptureQueriesContext(connection) as asked:
        latest_two(anna.pk)
    assert len(asked) == 1
    assert f'"user_id" = {anna.pk}' in asked[0]["sql"]
