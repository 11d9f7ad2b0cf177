import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import CustomerProfile
from events.models import Event
from events.recorder import Recorder
from merchandising.active_campaigns import CACHE_SECONDS, ActiveCampaigns, Campaigns, _read, active_campaigns
from merchandising.boosts_and_pins import PICKED, apply_boosts_and_pins, reorder
from merchandising.models import Audience, Boost, Pin, State
from recommendations.selectors import feed_for
from recsys_core.serving import Article, Release
from tests.django_site.conftest import Customer
from tests.django_site.markup import Page
from wishlist.models import HiddenArticle

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)

Pins = Callable[..., Pin]


def boost(**more: Any) -> Boost:
    given = {"label": "New knitwear", "facet": "department_name", "value": "Knitwear", "starts": timezone.now() - HOUR}
    return Boost.objects.create(**{**given, **more})


def pin(article: Article | str, position: int = 1, **more: Any) -> Pin:
    article_id = article if isinstance(article, str) else article.article_id
    return Pin.objects.create(
        **{"article_id": article_id, "position": position, "starts": timezone.now() - HOUR, **more}
    )


@pytest.fixture
def elsewhere(release: Release) -> list[Article]:
    """In stock, and neither on the first customer's list nor among what is popular."""
    shown = release.fallback().article_idx.tolist()
    for customer_id in (f"{1:064x}", f"{2:064x}"):
        own = release.lists.for_customer(customer_id)
        shown += own.article_idx.tolist() if own else []
    free = [idx for idx in release.catalogue.in_stock.nonzero()[0].tolist() if idx not in set(shown)]
    return release.catalogue.articles(free)


class TestPlace:
    """Without a database: numbers stand for articles."""

    def test_by_hand(self) -> None:
        assert reorder([1, 2, 3, 4, 5], {}, []) == [1, 2, 3, 4, 5]
        assert reorder([1, 2, 3, 4, 5], {5: 2}, []) == [1, 2, 5, 3, 4]
        assert reorder([1, 2, 3, 4, 5], {4: 2, 5: 2}, []) == [1, 4, 5, 2, 3], "each passes two that are not boosted"
        assert reorder([1, 2, 3, 4, 5], {1: 9, 3: 9}, []) == [1, 3, 2, 4, 5]
        assert reorder([1, 2, 3], {}, [(2, 3)]) == [1, 3, 2], "moved, not doubled"
        assert reorder([1, 2, 3], {}, [(2, 9)]) == [1, 9, 2, 3]
        assert reorder([1, 2], {}, [(50, 9)]) == [1, 2, 9], "beyond the end it comes last"
        assert reorder([1, 2], {}, [(1, 8), (1, 9)]) == [8, 9, 1, 2], "a taken position: the next one"

    @given(st.data())
    def test_it_is_the_feed_and_the_pins_with_the_pins_at_their_positions(self, data: st.DataObject) -> None:
        order = data.draw(st.lists(st.integers(0, 40), unique=True))
        boosted = data.draw(st.dictionaries(st.sampled_from(order), st.integers(1, 60))) if order else {}
        articles = data.draw(st.lists(st.integers(0, 60), unique=True, max_size=10))
        positions = data.draw(st.lists(st.integers(1, 60), unique=True, min_size=len(articles), max_size=len(articles)))
        pinned = list(zip(positions, articles, strict=True))
        shown = reorder(order, boosted, pinned)
        assert sorted(shown) == sorted({*order, *articles})
        if all(position <= len(shown) for position in positions):
            assert [shown[position - 1] for position in positions] == articles
        assert [idx for idx in shown if idx in articles] == [idx for _, idx in sorted(pinned)]

    @given(st.lists(st.integers(0, 99), unique=True, min_size=1), st.data())
    def test_raised_ones_pass_so_many_and_the_others_keep_their_order(
        self, order: list[int], data: st.DataObject
    ) -> None:
        boosted = data.draw(st.dictionaries(st.sampled_from(order), st.integers(1, 20)))
        shown = reorder(order, boosted, [])
        plain = [idx for idx in order if idx not in boosted]
        assert [idx for idx in shown if idx not in boosted] == plain
        for idx, places in boosted.items():
            before = sum(other not in boosted for other in order[: order.index(idx)])
            after = sum(other not in boosted for other in shown[: shown.index(idx)])
            assert after == max(before - places, 0)


class TestWhoAndWhen:
    @pytest.mark.parametrize(
        ("starts", "ends", "state"),
        [
            (NOW, NOW + HOUR, State.RUNNING),
            (NOW - HOUR, NOW, State.OVER),
            (NOW - HOUR, None, State.RUNNING),
            (NOW + dt.timedelta(seconds=1), None, State.PLANNED),
        ],
    )
    def test_it_runs_from_its_start_until_before_its_end(
        self, db: None, starts: dt.datetime, ends: dt.datetime | None, state: State
    ) -> None:
        made = pin("0100000001", starts=starts, ends=ends)
        assert made.state_at(NOW) is state
        assert Pin(starts=timezone.now() - HOUR).is_running
        found = {each: Pin.objects.in_state(each, NOW).count() for each in State}
        assert found == {each: int(each is state) for each in State}

    def test_audiences(self) -> None:
        customer = CustomerProfile(customer_id="a", age_interval="20-24")
        shoppers = {"guest": (None, False), "without": (customer, False), "with": (customer, True)}
        seen_by = {
            audience: {name for name, who in shoppers.items() if Pin(audience=audience).is_for(*who)}
            for audience in Audience
        }
        assert seen_by == {
            Audience.EVERYONE: {"guest", "without", "with"},
            Audience.GUESTS: {"guest"},
            Audience.WITHOUT_LIST: {"without"},
            Audience.WITH_LIST: {"with"},
        }

    def test_an_age_narrows_the_audience(self) -> None:
        young, old = CustomerProfile(age_interval="20-24"), CustomerProfile(age_interval="70+")
        for_the_old = Pin(age_interval="70+")
        assert [for_the_old.is_for(who, True) for who in (young, old, None)] == [False, True, False]

    def test_the_database_too_refuses_an_end_before_the_start(self, db: None) -> None:
        with pytest.raises(ValidationError):
            Pin(article_id="0100000001", position=1, starts=NOW, ends=NOW).full_clean()
        with pytest.raises(DatabaseError):
            pin("0100000001", starts=NOW, ends=NOW)


@pytest.mark.django_db
class TestFeed:
    def test_a_pin_stands_at_its_position_and_says_who_picked_it(
        self, signed_in: Client, elsewhere: list[Article]
    ) -> None:
        before = Page(signed_in.get("/")).articles("grid")
        pin(elsewhere[0], 3)
        page = Page(signed_in.get("/"))
        assert page.articles("grid") == [*before[:2], elsewhere[0].article_id, *before[2:23]]
        assert [p.text for p in page.all("p", class_="reason") if "grid" in p.within][2] == PICKED

    def test_what_the_list_holds_is_moved_not_doubled(self, signed_in: Client, release: Release) -> None:
        own = release.lists.for_customer(CustomerProfile.objects.get().customer_id)
        assert own is not None
        last = next(idx for idx in own.article_idx[::-1].tolist() if release.catalogue.in_stock[idx])
        pin(release.catalogue.article(last), 1)
        shown = Page(signed_in.get("/")).articles("grid")
        assert shown[0] == release.catalogue.article(last).article_id
        feed = feed_for(release, CustomerProfile.objects.get())
        merchandised = apply_boosts_and_pins(release, CustomerProfile.objects.get(), feed.article_idx, has_list=True)
        assert sorted(merchandised.article_idx.tolist()) == sorted(feed.article_idx.tolist())

    def test_guests_are_told_too_and_nothing_else_is_claimed(self, client: Client, elsewhere: list[Article]) -> None:
        pin(elsewhere[0], 2)
        page = Page(client.get("/"))
        assert page.articles("grid")[1] == elsewhere[0].article_id
        assert [p.text for p in page.all("p", class_="reason")] == [PICKED]

    def test_a_pin_for_others_changes_nothing(self, signed_in: Client, elsewhere: list[Article]) -> None:
        before = Page(signed_in.get("/")).articles("grid")
        pin(elsewhere[0], audience=Audience.GUESTS)
        pin(elsewhere[1], audience=Audience.WITHOUT_LIST)
        pin(elsewhere[2], age_interval="70+")
        pin(elsewhere[3], starts=timezone.now() + HOUR)
        pin(elsewhere[4], starts=timezone.now() - 2 * HOUR, ends=timezone.now() - HOUR)
        assert Page(signed_in.get("/")).articles("grid") == before

    def test_what_cannot_be_bought_is_not_shown(self, client: Client, release: Release) -> None:
        before = Page(client.get("/")).articles("grid")
        sold_out = release.catalogue.articles((~release.catalogue.in_stock).nonzero()[0])
        pin(next(article for article in sold_out if article.article_id not in before))
        pin("0999999999", 2)
        assert Page(client.get("/")).articles("grid") == before

    def test_what_the_customer_hid_stays_hidden(self, signed_in: Client, elsewhere: list[Article]) -> None:
        pin(elsewhere[0])
        HiddenArticle.objects.create(user=CustomerProfile.objects.get().user, article_id=elsewhere[0].article_id)
        assert elsewhere[0].article_id not in Page(signed_in.get("/")).articles("grid")

    def test_pins_keep_to_the_collections_chosen(self, signed_in: Client, elsewhere: list[Article]) -> None:
        CustomerProfile.objects.update(collections=["Menswear"])
        ladies = next(article for article in elsewhere if article.index_group_name == "Ladieswear")
        mens = next(article for article in elsewhere if article.index_group_name == "Menswear")
        pin(ladies, 1)
        pin(mens, 2)
        shown = Page(signed_in.get("/")).articles("grid")
        assert ladies.article_id not in shown
        assert shown[1] == mens.article_id

    def test_of_two_pins_at_one_position_the_narrower_gets_it(
        self, signed_in: Client, elsewhere: list[Article]
    ) -> None:
        pin(elsewhere[0], 1)
        pin(elsewhere[1], 1, age_interval="20-24", audience=Audience.WITH_LIST)
        shown = Page(signed_in.get("/")).articles("grid")
        assert shown[:2] == [elsewhere[1].article_id, elsewhere[0].article_id]

    def test_a_boost_raises_what_the_feed_holds_and_adds_nothing(self, signed_in: Client, release: Release) -> None:
        customer = CustomerProfile.objects.get()
        feed = feed_for(release, customer).article_idx
        of_kind = [a.department_name == "Knitwear" for a in release.catalogue.articles(feed)]
        assert 0 < sum(of_kind) < len(of_kind)
        boost(positions=60)
        merchandised = apply_boosts_and_pins(release, customer, feed, has_list=True)
        assert merchandised.article_idx.tolist() == [*feed[of_kind].tolist(), *feed[np.invert(of_kind)].tolist()]
        assert set(merchandised.codes) == set(feed[of_kind].tolist())
        said = [p.text for p in Page(signed_in.get("/")).all("p", class_="reason") if "grid" in p.within]
        assert said[: sum(of_kind)] == ["New knitwear"] * sum(of_kind)
        assert "New knitwear" not in said[sum(of_kind) :]

    def test_a_boost_may_name_articles(self, client: Client, release: Release) -> None:
        before = Page(client.get("/")).articles("grid")
        boost(facet="", value="", article_ids=[before[10], "0999999999"], positions=4, label="Seen on TV")
        page = Page(client.get("/"))
        assert page.articles("grid")[6] == before[10]
        assert [p.text for p in page.all("p", class_="reason")] == ["Seen on TV"]

    def test_of_two_boosts_the_one_that_raises_most_counts(self, client: Client, release: Release) -> None:
        last = release.fallback().article_idx[-1:]
        article_id = release.catalogue.article(int(last[0])).article_id
        boost(facet="", value="", article_ids=[article_id], positions=9, label="Much")
        boost(facet="", value="", article_ids=[article_id], positions=2, label="Little")
        assert list(apply_boosts_and_pins(release, None, last, has_list=False).reasons.values()) == ["Much"]

    def test_a_value_that_left_the_shop_promotes_nothing(self, client: Client) -> None:
        before = Page(client.get("/")).articles("grid")
        boost(value="Spacewear")
        assert Page(client.get("/")).articles("grid") == before

    def test_a_sort_by_price_is_one(self, client: Client, elsewhere: list[Article], release: Release) -> None:
        pin(elsewhere[0])
        boost()
        rows = [release.catalogue.index_of(each) or 0 for each in Page(client.get("/?sort=price-up")).articles("grid")]
        shown = [(not release.catalogue.in_stock[row], release.catalogue.price[row]) for row in rows]
        assert shown == sorted(shown)

    def test_the_api_agrees_with_the_page(self, signed_in: Client, elsewhere: list[Article]) -> None:
        pin(elsewhere[0], 2)
        boost(positions=5)
        items = signed_in.get("/api/v1/recommendations").json()["items"]
        page = Page(signed_in.get("/"))
        assert [item["article_id"] for item in items] == page.articles("grid")
        assert [item["reason"] for item in items] == [
            p.text for p in page.all("p", class_="reason") if "grid" in p.within
        ]

    def test_events_name_the_retriever(
        self, signed_in: Client, events: Recorder, elsewhere: list[Article], release: Release
    ) -> None:
        pin(elsewhere[0], 1)
        boost(positions=60)
        page = Page(signed_in.get("/"))
        for position in (1, 2):
            signed_in.post("/events/click", page.click(position))
        signed_in.post("/events/click", {"article": elsewhere[0].article_id, "position": 1, "surface": "search"})
        events.flush()
        shown = Event.objects.get(kind="impression").shown
        assert [retriever for _, _, retriever in shown[:2]] == ["pinned", "boosted"]
        clicks = Event.objects.filter(kind="click").order_by("pk")
        assert [event.retriever for event in clicks] == ["pinned", "boosted", ""]

    def test_a_list_that_was_hidden_as_a_whole_counts_as_none(
        self, signed_in: Client, elsewhere: list[Article], release: Release
    ) -> None:
        customer = CustomerProfile.objects.get()
        own = release.lists.for_customer(customer.customer_id)
        assert own is not None
        for article in release.catalogue.articles(own.article_idx):
            HiddenArticle.objects.create(user=customer.user, article_id=article.article_id)
        pin(elsewhere[0], 1, audience=Audience.WITHOUT_LIST)
        pin(elsewhere[1], 2, audience=Audience.WITH_LIST)
        page = Page(signed_in.get("/"))
        assert page.articles("grid")[0] == elsewhere[0].article_id
        assert [page.click(position)["retriever"] for position in (1, 2)] == ["pinned", ""]

    def test_staff_see_it_in_the_customers_list(self, admin_client: Client, customer: Customer) -> None:
        profile = customer()
        pin("0100000001", 1)
        page = Page(admin_client.get(f"/staff/accounts/customerprofile/{profile.pk}/list/"))
        first = [td.text for td in page.all("td") if "list" in td.within][:6]
        assert (first[1][-10:], first[4:]) == ("0100000001", ["pinned", PICKED])

    def test_without_any_the_list_is_handed_on_as_it_is(self, release: Release) -> None:
        feed = release.fallback().article_idx
        merchandised = apply_boosts_and_pins(release, None, feed, has_list=False)
        assert merchandised.article_idx is feed
        assert (merchandised.reasons, merchandised.codes) == ({}, {})


@pytest.mark.django_db
class TestActiveCampaigns:
    def test_the_database_is_asked_once_in_some_seconds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = [100.0]
        monkeypatch.setattr("merchandising.active_campaigns.time.monotonic", lambda: clock[0])
        fresh = ActiveCampaigns()
        with CaptureQueriesContext(connection) as asked:
            for _ in range(50):
                fresh.now()
            assert len(asked) == 2, "pins and boosts"
            clock[0] += CACHE_SECONDS
            fresh.now()
            assert len(asked) == 4

    def test_a_change_counts_at_once(self) -> None:
        assert not active_campaigns.now()
        made = pin("0100000001")
        assert active_campaigns.now().pins == (made,)
        Pin.objects.filter(pk=made.pk).delete()
        assert not active_campaigns.now()

    def test_what_ends_meanwhile_is_gone_without_reading_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made = pin("0100000001", starts=NOW - HOUR, ends=NOW + dt.timedelta(seconds=2))
        moment = [NOW]
        monkeypatch.setattr("merchandising.active_campaigns.timezone.now", lambda: moment[0])
        fresh = ActiveCampaigns()
        assert fresh.now().pins == (made,)
        moment[0] += dt.timedelta(seconds=2)
        assert not fresh.now()

    def test_what_starts_soon_is_read_ahead(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made = pin("0100000001", starts=NOW + dt.timedelta(seconds=3))
        moment = [NOW]
        monkeypatch.setattr("merchandising.active_campaigns.timezone.now", lambda: moment[0])
        fresh = ActiveCampaigns()
        assert not fresh.now()
        moment[0] += dt.timedelta(seconds=3)
        assert fresh.now().pins == (made,)

    def test_a_change_during_a_reading_is_not_lost(self, monkeypatch: pytest.MonkeyPatch) -> None:
        fresh = ActiveCampaigns()

        def changed_meanwhile() -> Campaigns:
            found = _read()
            fresh.forget()
            return found

        monkeypatch.setattr("merchandising.active_campaigns._read", changed_meanwhile)
        assert not fresh.now()
        monkeypatch.setattr("merchandising.active_campaigns._read", _read)
        made = Pin.objects.bulk_create([Pin(article_id="0100000001", position=1, starts=timezone.now() - HOUR)])[0]
        assert fresh.now().pins == (made,)

    def test_an_unreachable_table_leaves_the_feed(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        pin("0100000001")

        def gone(*_: Any) -> None:
            raise DatabaseError("no such table: merchandising_pin")

        monkeypatch.setattr("merchandising.models.PlacementQuerySet.within", gone)
        answer = client.get("/")
        assert answer.status_code == 200
        assert Page(answer).all("p", class_="reason") == []
        assert "no such table" in caplog.text
