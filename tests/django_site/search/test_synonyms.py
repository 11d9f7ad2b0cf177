import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client

from recsys_core.search.synonyms import shipped_synonyms
from recsys_core.serving import Release
from search.active_synonyms import ActiveSynonyms, active_synonyms
from search.models import SynonymList
from search.text import find_by_text

pytestmark = pytest.mark.django_db


def types(release: Release, text: str) -> set[str]:
    return {article.product_type_name for article in release.catalogue.articles(find_by_text(release, text).all_words)}


def test_a_shop_begins_with_the_shipped_list(release: Release) -> None:
    assert types(release, "trainers") == {"Sneakers"}
    assert active_synonyms.now() is None


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.active_synonyms.CACHE_SECONDS", 0.0)


def test_staff_edit_the_list_and_the_search_follows(client: Client, admin_user: User, release: Release) -> None:
    client.force_login(admin_user)
    response = client.get("/staff/search/synonymlist/", follow=True)
    assert response.redirect_chain[-1][0].endswith("/add/")
    assert "jumper, sweater" in response.content.decode()
    text = shipped_synonyms("en").text + "\nfrobnicator => bodysuit\n"
    assert client.post("/staff/search/synonymlist/add/", {"text": text}).status_code == 302
    active_synonyms.forget()  # the commit of a test never comes
    assert types(release, "frobnicator") == {"Bodysuit"}
    assert release.search_engine(active_synonyms.now()).suggest("frobnicator")[0].text == "Bodysuit"
    assert find_by_text(release, "frobnicatr").text == "frobnicator"
    only = client.get("/staff/search/synonymlist/", follow=True)
    assert "frobnicator" in only.content.decode()
    assert client.get("/staff/search/synonymlist/add/").status_code == 403, "there is only one list"


def test_a_line_without_a_meaning_is_refused_with_its_number(client: Client, admin_user: User) -> None:
    client.force_login(admin_user)
    response = client.post("/staff/search/synonymlist/add/", {"text": "navy, dark blue\nsneakers"})
    assert "line 2 (&#x27;sneakers&#x27;): a single word" in response.content.decode()
    assert not SynonymList.objects.exists()


def test_another_process_follows_within_seconds(no_pause: None) -> None:
    elsewhere = ActiveSynonyms()
    assert elsewhere.now() is None
    SynonymList.objects.create(text="a, b")
    first = elsewhere.now()
    assert first is not None
    assert first.text == "a, b"
    assert elsewhere.now() is first, "an unchanged list is not read into a new search engine"
    SynonymList.objects.update(text="a, c")
    changed = elsewhere.now()
    assert changed is not None
    assert changed.text == "a, c"


def test_a_database_that_is_away_leaves_the_list_as_it_was(no_pause: None, monkeypatch: pytest.MonkeyPatch) -> None:
    SynonymList.objects.create(text="a, b")
    elsewhere = ActiveSynonyms()
    before = elsewhere.now()

    def fail(*_: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(SynonymList.objects, "order_by", fail)
    assert elsewhere.now() == before
