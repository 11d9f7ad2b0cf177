import pytest
from django.contrib.auth.models import Permission, User
from django.db import OperationalError
from django.test import Client

from search import unanswered
from search.models import UnansweredSearch

pytestmark = pytest.mark.django_db


def counted() -> dict[str, tuple[str, str, int]]:
    return {each.text: (each.found, each.unknown, each.times) for each in UnansweredSearch.objects.all()}


def test_searches_without_an_answer_are_counted(client: Client) -> None:
    for text in ("zzzzzzz", "ZZZZZZZ ", "blue dress", "merino sneakers bodysuit", "wedding dress"):
        client.get("/search", {"q": text})
    assert counted() == {
        "zzzzzzz": ("nothing", "zzzzzzz", 2),
        "merino sneakers bodysuit": ("some-words", "", 1),
        "wedding dress": ("without-words", "wedding", 1),
    }


def test_a_price_that_nothing_has_is_no_missing_word(client: Client) -> None:
    client.get("/search", {"q": "dress under €0.01"})
    assert counted() == {}


@pytest.mark.parametrize("text", ["jane.zzz@example.org", "zzzz 0612345678", "zzzz 06 12 34 56"])
def test_what_may_be_somebodys_address_is_not_kept(client: Client, text: str) -> None:
    client.get("/search", {"q": text})
    assert counted() == {}


def test_what_nobody_asks_again_is_dropped(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.get("/search", {"q": "zzzzzz old"})
    monkeypatch.setattr(unanswered, "MAX_AGE_DAYS", -1)
    client.get("/search", {"q": "zzzzzz new"})
    assert "zzzzzz old" not in counted()


def test_filters_and_further_pages_are_no_new_searches(client: Client) -> None:
    client.get("/search", {"q": "merino sneakers bodysuit", "page": "2"})
    client.get("/search", {"q": "merino sneakers bodysuit"}, headers={"HX-Request": "true"})
    client.get("/search", {"q": "merino sneakers bodysuit", "colour": "Red"})
    client.head("/search", {"q": "merino sneakers bodysuit"})
    client.get("/search", {"q": ""})
    assert counted() == {}


def test_those_asked_longest_ago_go_first(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unanswered, "MAX_KEPT", 2)
    for text in ("zzzzzz one", "zzzzzz two", "zzzzzz one", "zzzzzz three"):
        client.get("/search", {"q": text})
    assert set(counted()) == {"zzzzzz one", "zzzzzz three"}


def test_a_database_that_is_away_stops_no_search(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(UnansweredSearch.objects, "filter", fail)
    assert client.get("/search", {"q": "zzzzzzz"}).status_code == 200


def test_staff_see_the_most_frequent_first(client: Client, django_user_model: type[User]) -> None:
    for text, times in (("zzzzzz once", 1), ("zzzzzz often", 3)):
        for _ in range(times):
            client.get("/search", {"q": text})
    colleague = django_user_model.objects.create_user("colleague", is_staff=True)
    client.force_login(colleague)
    assert client.get("/staff/search/unansweredsearch/").status_code == 403
    colleague.user_permissions.add(Permission.objects.get(codename="view_unansweredsearch"))
    page = client.get("/staff/search/unansweredsearch/").content.decode()
    assert page.index("zzzzzz often") < page.index("zzzzzz once")
    assert "/search?q=zzzzzz+often" in page
