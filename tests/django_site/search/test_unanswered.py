import pytest
from django.contrib.auth.models import Permission, User
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from search.models import UnansweredSearch
from search.unanswered import UnansweredCounter

pytestmark = pytest.mark.django_db


def counted(unanswered: UnansweredCounter) -> dict[str, tuple[str, str, int]]:
    unanswered.flush()
    return {each.text: (each.found, each.unknown, each.times) for each in UnansweredSearch.objects.all()}


def test_searches_without_an_answer_are_counted(client: Client, unanswered: UnansweredCounter) -> None:
    for text in ("zzzzzzz", "ZZZZZZZ ", "blue dress", "merino sneakers bodysuit", "wedding dress"):
        client.get("/search", {"q": text})
    assert counted(unanswered) == {
        "zzzzzzz": ("nothing", "zzzzzzz", 2),
        "merino sneakers bodysuit": ("some-words", "", 1),
        "wedding dress": ("without-words", "wedding", 1),
    }


def test_a_price_that_nothing_has_is_no_missing_word(client: Client, unanswered: UnansweredCounter) -> None:
    client.get("/search", {"q": "dress under €0.01"})
    assert counted(unanswered) == {}


@pytest.mark.parametrize("text", ["jane.zzz@example.org", "zzzz 0612345678", "zzzz 06 12 34 56"])
def test_what_may_be_somebodys_address_is_not_kept(client: Client, unanswered: UnansweredCounter, text: str) -> None:
    client.get("/search", {"q": text})
    assert counted(unanswered) == {}


def test_what_nobody_asks_again_is_dropped(
    client: Client, unanswered: UnansweredCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/search", {"q": "zzzzzz old"})
    assert set(counted(unanswered)) == {"zzzzzz old"}
    monkeypatch.setattr("search.unanswered.MAX_AGE_DAYS", -1)
    client.get("/search", {"q": "zzzzzz new"})
    assert "zzzzzz old" not in counted(unanswered)


def test_filters_and_further_pages_are_no_new_searches(client: Client, unanswered: UnansweredCounter) -> None:
    client.get("/search", {"q": "merino sneakers bodysuit", "page": "2"})
    client.get("/search", {"q": "merino sneakers bodysuit"}, headers={"HX-Request": "true"})
    client.get("/search", {"q": "merino sneakers bodysuit", "colour": "Red"})
    client.head("/search", {"q": "merino sneakers bodysuit"})
    client.get("/search", {"q": ""})
    assert counted(unanswered) == {}


def test_those_asked_longest_ago_go_first(
    client: Client, unanswered: UnansweredCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.unanswered.MAX_KEPT", 2)
    for text in ("zzzzzz one", "zzzzzz two", "zzzzzz one", "zzzzzz three"):
        client.get("/search", {"q": text})
    assert set(counted(unanswered)) == {"zzzzzz one", "zzzzzz three"}


def test_no_search_writes_to_the_database(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client.get("/search", {"q": "zzzzzzz"})  # the process has read synonyms and campaigns
    with django_assert_num_queries(0):
        client.get("/search", {"q": "zzzzzzz"})


def test_what_could_not_be_written_is_written_later(client: Client, unanswered: UnansweredCounter) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("gone")

    client.get("/search", {"q": "zzzzzzz"})
    with connection.execute_wrapper(fail), pytest.raises(OperationalError):
        unanswered.flush()
    client.get("/search", {"q": "zzzzzzz"})
    assert counted(unanswered) == {"zzzzzzz": ("nothing", "zzzzzzz", 2)}
    assert unanswered.flush() == 0


def test_counts_of_several_processes_add_up(client: Client, unanswered: UnansweredCounter) -> None:
    for _ in range(2):
        client.get("/search", {"q": "zzzzzzz"})
        unanswered.flush()
    assert counted(unanswered) == {"zzzzzzz": ("nothing", "zzzzzzz", 2)}


def test_a_flood_of_different_searches_is_bounded(
    client: Client, unanswered: UnansweredCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.unanswered.MAX_WAITING", 2)
    for text in ("zzzzzz one", "zzzzzz two", "zzzzzz three", "zzzzzz one"):
        client.get("/search", {"q": text})
    assert {text: times for text, (_, _, times) in counted(unanswered).items()} == {"zzzzzz one": 2, "zzzzzz two": 1}


def test_staff_see_the_most_frequent_first(
    client: Client, unanswered: UnansweredCounter, django_user_model: type[User]
) -> None:
    for text, times in (("zzzzzz once", 1), ("zzzzzz often", 3)):
        for _ in range(times):
            client.get("/search", {"q": text})
    unanswered.flush()
    colleague = django_user_model.objects.create_user("colleague", is_staff=True)
    client.force_login(colleague)
    assert client.get("/staff/search/unansweredsearch/").status_code == 403
    colleague.user_permissions.add(Permission.objects.get(codename="view_unansweredsearch"))
    page = client.get("/staff/search/unansweredsearch/").content.decode()
    assert page.index("zzzzzz often") < page.index("zzzzzz once")
    assert "/search?q=zzzzzz+often" in page
