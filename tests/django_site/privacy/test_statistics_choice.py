from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from browsing.statistics_choice import Choice
from events.models import Event
from events.recorder import Recorder
from recsys_core.serving import Release
from recsys_core.workspace import Workspace
from releases.experiment import CONTROL, variant_of
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db
KNOWN = "0100000001"
CHOOSE = "/privacy/statistics"


@pytest.fixture(autouse=True)
def asking(shop: Settings) -> None:
    shop.STATISTICS = "ask"


def walk(client: Client, events: Recorder, **headers: str) -> int:
    """Looks at two pages and opens a card; returns the number of events that are known of it."""
    before = Event.objects.count()
    client.get("/", headers=headers)
    client.get(f"/p/{KNOWN}/", headers=headers)
    client.post("/events/click", {"article": KNOWN, "position": 1, "surface": "feed"}, headers=headers)
    events.flush()
    return Event.objects.count() - before


def asks(client: Client, **headers: str) -> bool:
    return bool(Page(client.get("/c/", headers=headers)).all("section", id="statistics-notice"))


def choose(client: Client, choice: Choice) -> None:
    assert client.post(CHOOSE, {"statistics": choice}).status_code == 302


def test_without_a_choice_there_is_no_number_and_no_event(client: Client, events: Recorder) -> None:
    assert walk(client, events) == 0
    assert not {"visitor", "statistics"} & set(client.cookies)
    assert asks(client)


def test_who_allows_statistics_is_recorded_under_one_number(client: Client, events: Recorder) -> None:
    choose(client, "yes")
    assert walk(client, events) > 2
    assert {event.visitor for event in Event.objects.all()} == {client.cookies["visitor"].value}
    assert not asks(client)


def test_who_says_no_is_not_asked_again(client: Client, events: Recorder) -> None:
    choose(client, "no")
    assert walk(client, events) == 0
    assert not client.cookies["visitor"].value
    assert not asks(client)


def test_a_choice_can_be_taken_back_and_the_number_goes(client: Client, events: Recorder) -> None:
    choose(client, "yes")
    walk(client, events)
    choose(client, "no")
    assert client.cookies["visitor"]["max-age"] == 0
    assert walk(client, events) == 0


def test_both_answers_are_equal_and_the_same_everywhere(client: Client) -> None:
    for path in ("/", "/privacy/"):
        buttons = Page(client.get(path)).all("button", name="statistics")
        assert [(each["value"], each["class"]) for each in buttons] == [("no", "button quiet"), ("yes", "button quiet")]


@pytest.mark.parametrize("header", ["Sec-GPC", "DNT"])
def test_a_browser_that_asks_for_privacy_has_said_no(client: Client, events: Recorder, header: str) -> None:
    assert not asks(client, **{header: "1"})
    choose(client, "yes")
    assert walk(client, events, **{header: "1"}) == 0
    assert "asks not to be tracked" in Page(client.get("/privacy/", headers={header: "1"})).one("main").text


def test_a_number_of_an_earlier_version_goes_without_a_choice(client: Client) -> None:
    client.cookies["visitor"] = "0" * 32
    assert client.get("/").cookies["visitor"]["max-age"] == 0


def test_a_shop_may_do_without_statistics(client: Client, events: Recorder, shop: Settings) -> None:
    shop.STATISTICS = "off"
    choose(client, "yes")
    assert walk(client, events) == 0
    page = Page(client.get("/privacy/"))
    assert "keeps no statistics" in page.one("main").text
    assert not page.all("button", name="statistics")
    assert not asks(client)


def test_a_shop_that_need_not_ask_still_takes_a_no(client: Client, events: Recorder, shop: Settings) -> None:
    shop.STATISTICS = "on"
    assert not asks(client)
    assert walk(client, events) > 2
    choose(client, "no")
    assert walk(client, events) == 0


def test_a_guest_without_a_number_sees_the_list_as_it_is(shop: Settings, release: Release) -> None:
    shop.EXPERIMENT, shop.EXPERIMENT_SHARE = "varied", 1.0
    assert variant_of(release, None, "") == CONTROL
    assert variant_of(release, None, "0" * 32) == "varied"


def test_the_answer_leads_back_to_the_page_and_nowhere_else(client: Client) -> None:
    fields = Page(client.get("/c/?sort=newest")).all("input", name="next")
    sent = [field["value"] for field in fields if "statistics-notice" in field.within]
    assert client.post(CHOOSE, {"statistics": "no", "next": sent[0]})["Location"] == "/c/?sort=newest"
    elsewhere = {"statistics": "no", "next": "https://evil.example/"}
    assert client.post(CHOOSE, elsewhere)["Location"] == "/privacy/"
    assert client.post(CHOOSE, {"statistics": "maybe"}).status_code == 400


def test_the_choice_is_kept_in_a_cookie_of_the_shop_alone(client: Client) -> None:
    choose(client, "no")
    cookie = client.cookies["statistics"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("no", True, "Lax")


def test_every_page_leads_to_the_page_about_privacy(client: Client, empty_home: Workspace) -> None:
    assert "/privacy/" in [a["href"] for a in Page(client.get("/account/sign-in/")).all("a")]
    assert "visitor" in Page(client.get("/privacy/")).one("table").text


@pytest.mark.parametrize(
    ("mode", "said"),
    [("ask", "If you allow it, the shop records"), ("on", "Unless you object below, the shop records"),
     ("off", "records nothing of what visitors look at")],
)  # fmt: skip
def test_the_page_says_what_is_so_in_this_shop(client: Client, shop: Settings, mode: str, said: str) -> None:
    shop.STATISTICS = mode
    page = Page(client.get("/privacy/"))
    text = page.one("main").text
    assert said in text
    assert ("Without your consent" in text) == (mode == "ask")
    assert ("visitor" in page.one("table").text) == (mode != "off")
    assert "searches which found nothing" in text
    assert "Recently viewed" in page.one("table").text


def test_a_shop_may_say_it_in_its_own_words(client: Client, shop: Settings, tmp_path: Path) -> None:
    shop.PRIVACY_TEXT = tmp_path / "privacy.html"
    shop.PRIVACY_TEXT.write_text("<p>Ours & yours: <em>nothing</em> is kept.</p>")
    page = Page(client.get("/privacy/"))
    assert page.one("em").text == "nothing"
    assert not page.all("table")
    assert page.all("button", name="statistics")
