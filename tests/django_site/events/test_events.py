import copy
import datetime as dt
import threading
import time
from collections import Counter
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from scipy.stats import binomtest

from accounts.models import CustomerProfile
from catalog.prices import shop_price
from events.models import Event
from events.recorder import Recorder
from events.statistics import Difference, Rate, by_retriever, by_variant
from ops import metrics
from recsys_core.serving import Release
from recsys_core.serving.lists import NoLists
from releases.experiment import CONTROL, OUTSIDE, SECOND_RANKER, variant_of, varied
from tests.django_site.conftest import Customer
from tests.django_site.markup import Page

KNOWN = "0100000001"


@pytest.mark.django_db
class TestWhatIsNoted:
    def test_the_feed_is_noted_with_positions_and_retrievers(
        self, signed_in: Client, events: Recorder, release: Release
    ) -> None:
        shown = Page(signed_in.get("/?page=2")).articles("grid")
        events.flush()
        event = Event.objects.get(kind="impression")
        own = release.lists.for_customer(CustomerProfile.objects.get().customer_id)
        assert own is not None
        assert [article_id for article_id, _, _ in event.shown] == shown
        assert [position for _, position, _ in event.shown] == list(range(25, 25 + len(shown)))
        assert [retriever for _, _, retriever in event.shown] == list(own.reasons[24 : 24 + len(shown)])
        assert (event.surface, event.tier, event.release_id, event.variant) == ("feed", "own", release.id, CONTROL)

    @pytest.mark.parametrize("header", ["Sec-GPC", "DNT"])
    def test_of_who_asks_for_privacy_nothing_is_noted(self, client: Client, events: Recorder, header: str) -> None:
        client.get("/")
        assert "visitor" in client.cookies
        response = client.get("/", headers={header: "1"})
        client.get(f"/p/{KNOWN}/", headers={header: "1"})
        client.post("/events/click", {"article": KNOWN, "position": 1, "surface": "feed"}, headers={header: "1"})
        assert response.cookies["visitor"]["max-age"] == 0
        events.flush()
        assert Event.objects.count() == 1  # the first page, before it was asked for

    def test_who_asks_for_privacy_gets_no_number(self, client: Client, events: Recorder) -> None:
        client.get("/", headers={"Sec-GPC": "1"})
        assert "visitor" not in client.cookies

    def test_the_way_from_a_click_to_an_order(self, signed_in: Client, events: Recorder, release: Release) -> None:
        page = Page(signed_in.get("/"))
        found = [release.catalogue.index_of(article_id) or 0 for article_id in page.articles("grid")]
        column = next(i for i, each in enumerate(found) if release.catalogue.article(each).in_stock)
        idx, article_id = found[column], page.articles("grid")[column]
        signed_in.post("/events/click", page.click(column + 1))
        signed_in.get(f"/p/{article_id}/")
        signed_in.post("/account/saved/change", {"article": article_id})
        signed_in.post("/bag/add", {"article": article_id})
        signed_in.post("/bag/checkout/", {"total": shop_price(release.catalogue.article(idx).price)})
        events.flush()
        interactions = Event.objects.exclude(kind="impression").order_by("pk")
        assert [event.kind for event in interactions] == ["click", "view", "save", "bag", "order"]
        assert {event.article_id for event in interactions} == {article_id}
        assert {event.retriever for event in interactions} == {_retriever(release, CustomerProfile.objects.get(), idx)}
        assert interactions[0].position == column + 1
        assert len({event.visitor for event in Event.objects.all()}) == 1, "one browser, one number"

    @pytest.mark.parametrize(
        "sent",
        [
            {},
            {"article": "0999999999", "position": 1, "surface": "feed"},
            {"article": KNOWN, "position": 0, "surface": "feed"},
            {"article": KNOWN, "position": 1, "surface": "moon"},
            {"article": KNOWN, "position": 1, "surface": "feed", "retriever": "oracle"},
            {"article": KNOWN, "position": 1, "surface": "feed", "release": "<script>"},
        ],
    )
    def test_a_made_up_click_is_refused(self, client: Client, events: Recorder, sent: dict[str, Any]) -> None:
        assert client.post("/events/click", sent).status_code == 400
        assert events.flush() == 0

    def test_a_click_is_noted_with_the_release_and_retriever_that_were_shown(
        self, client: Client, events: Recorder, release: Release
    ) -> None:
        """The page lay open while another release went live."""
        shown = {
            "article": KNOWN,
            "position": 7,
            "surface": "feed",
            "release": "2020-09-21-ab12",
            "retriever": "popular",
        }
        assert client.post("/events/click", shown).status_code == 204
        events.flush()
        event = Event.objects.get()
        assert (event.release_id, event.retriever, event.position) == ("2020-09-21-ab12", "popular", 7)
        assert event.release_id != release.id

    def test_a_forged_number_is_replaced(self, client: Client, events: Recorder) -> None:
        client.cookies["visitor"] = "<script>"
        client.get("/")
        assert len(client.cookies["visitor"].value) == 32

    def test_an_account_takes_its_events_along(self, signed_in: Client, events: Recorder) -> None:
        signed_in.get("/")
        events.flush()
        assert Event.objects.exists()
        signed_in.post("/account/delete/", {"password": "a-long-password"})
        assert not Event.objects.exists()

    def test_images_are_not_noted(self, client: Client) -> None:
        assert "visitor" not in client.get("/img/0100000001.jpg").cookies


def view(visitor: str, **more: Any) -> Event:
    return Event(at=timezone.now(), kind="view", visitor=visitor, variant=CONTROL, **more)


def _retriever(release: Release, customer: CustomerProfile, idx: int) -> str:
    own = release.lists.for_customer(customer.customer_id)
    assert own is not None
    return own.reasons[own.article_idx.tolist().index(idx)]


class TestRecorder:
    def test_a_full_queue_drops_and_the_request_goes_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("events.recorder.MAX_QUEUED_EVENTS", 2)
        recorder = Recorder()
        monkeypatch.setattr(recorder, "_ensure_thread", lambda: None)
        for _ in range(5):
            recorder.record(Event(kind="view"))
        assert recorder._waiting.qsize() == 2

    @pytest.mark.django_db(transaction=True)
    def test_events_wait_for_a_database_that_is_away(self, events: Recorder) -> None:
        def away(execute: Any, sql: str, *rest: Any) -> Any:
            raise OperationalError("the server closed the connection")

        for _ in range(3):
            events.record(view("v"))
        with connection.execute_wrapper(away), pytest.raises(OperationalError):
            events.flush()
        events.record(view("v"))
        assert (events.flush(), Event.objects.count()) == (4, 4)

    @pytest.mark.django_db(transaction=True)
    def test_an_event_that_the_database_refuses_is_dropped_alone_and_counted(self, events: Recorder) -> None:
        before = metrics.EVENTS_DROPPED._value.get()
        events.record(view("first"))
        events.record(view("deleted", user_id=999))
        events.record(view("last"))
        assert events.flush() == 2
        assert set(Event.objects.values_list("visitor", flat=True)) == {"first", "last"}
        assert metrics.EVENTS_DROPPED._value.get() == before + 1

    @pytest.mark.django_db(transaction=True)
    def test_a_thread_of_its_own_writes(self) -> None:
        recorder = Recorder()
        recorder.record(view("v"))
        until = time.monotonic() + 20
        while not Event.objects.exists() and time.monotonic() < until:
            time.sleep(0.05)
        recorder._stopped.set()
        assert Event.objects.get().visitor == "v"
        assert "events" in {thread.name for thread in threading.enumerate()} or recorder._stopped.is_set()


class TestExperiment:
    @pytest.fixture(autouse=True)
    def running(self, shop: Settings) -> None:
        shop.EXPERIMENT, shop.EXPERIMENT_SHARE = "varied", 0.3

    def test_each_keeps_the_ranking_first_met(self, release: Release) -> None:
        for visitor in map(str, range(50)):
            assert variant_of(release, None, visitor) == variant_of(release, None, visitor)

    def test_the_share_is_about_what_was_asked_for(self, release: Release) -> None:
        met = Counter(variant_of(release, None, str(visitor)) for visitor in range(5000))
        assert met["varied"] / 5000 == pytest.approx(0.3, abs=0.03)

    def test_a_customer_keeps_it_on_every_device(self, release: Release) -> None:
        assert len({variant_of(release, "a" * 64, str(browser)) for browser in range(20)}) == 1

    def test_without_an_experiment_all_see_the_list(self, shop: Settings, release: Release) -> None:
        shop.EXPERIMENT = ""
        assert {variant_of(release, None, str(visitor)) for visitor in range(50)} == {CONTROL}

    @pytest.mark.django_db
    def test_the_varied_feed_holds_the_same_in_another_order(
        self, signed_in: Client, shop: Settings, release: Release
    ) -> None:
        as_listed = signed_in.get("/")
        shop.EXPERIMENT_SHARE = 1.0
        answer = signed_in.get("/")
        assert answer["X-Variant"] == "varied"
        own = release.lists.for_customer(CustomerProfile.objects.get().customer_id)
        assert own is not None
        order = varied(release, own.article_idx)
        assert Page(answer).articles("grid") == [a.article_id for a in release.catalogue.articles(order[:24])]
        assert Page(answer).articles("grid") != Page(as_listed).articles("grid")

    def test_types_come_in_turns(self, release: Release) -> None:
        rows = np.arange(30, dtype=np.int32)
        kinds = release.catalogue.facet_codes("product_type_name")
        order = varied(release, rows)
        first = kinds[order][: len(set(kinds[rows].tolist()))]
        assert len(set(first.tolist())) == len(first), "the first round has each type once"
        assert sorted(order.tolist()) == rows.tolist()


class TestSecondRanker:
    """Two models' lists side by side: the fixture's second ranker has every list the other way round."""

    @pytest.fixture(autouse=True)
    def running(self, shop: Settings) -> None:
        shop.EXPERIMENT, shop.EXPERIMENT_SHARE = SECOND_RANKER, 1.0

    @pytest.mark.django_db
    def test_a_customer_sees_the_second_rankers_list_with_its_reasons(
        self, signed_in: Client, events: Recorder, shop: Settings, release: Release
    ) -> None:
        answer = signed_in.get("/")
        theirs = release.second_lists.for_customer(CustomerProfile.objects.get().customer_id)
        assert theirs is not None
        assert answer["X-Variant"] == SECOND_RANKER
        shown = [a.article_id for a in release.catalogue.articles(theirs.article_idx[:24])]
        assert Page(answer).articles("grid") == shown
        events.flush()
        assert [retriever for _, _, retriever in Event.objects.get().shown] == list(theirs.reasons[:24])
        shop.EXPERIMENT_SHARE = 0.0
        assert Page(signed_in.get("/")).articles("grid") != shown

    @pytest.mark.django_db
    def test_a_guest_without_a_list_of_its_own_counts_for_neither(self, client: Client, events: Recorder) -> None:
        assert client.get("/")["X-Variant"] == OUTSIDE
        events.flush()
        assert by_variant(timezone.now() - dt.timedelta(days=1)) == []

    def test_a_release_without_a_second_ranker_runs_no_experiment(self, release: Release) -> None:
        alone = copy.copy(release)
        alone.second_lists = NoLists()
        assert variant_of(alone, "a" * 64, "") == CONTROL

    @pytest.mark.django_db
    def test_staff_read_which_ranker_it_is(self, client: Client) -> None:
        client.force_login(User.objects.create_superuser("boss"))
        assert "lists by the ranker dnn" in Page(client.get("/staff/experiment/")).one("main").text


class TestStatistics:
    def test_wilson_by_hand(self) -> None:
        """1 of 10: centre (0.1 + 0.19207) / 1.38415, half width 0.19292."""
        low, high = Rate(1, 10).interval or (0, 0)
        assert (low, high) == (pytest.approx(0.01788, abs=1e-4), pytest.approx(0.40415, abs=1e-4))

    def test_newcombe_by_hand(self) -> None:
        """Newcombe (1998), example: 56/70 against 48/80: difference 0.2, interval 0.0524 to 0.3339."""
        found = Difference(Rate(48, 80), Rate(56, 70))
        assert found.value == pytest.approx(0.2)
        assert found.interval == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))
        assert found.is_clear

    @given(st.integers(0, 500), st.integers(1, 500))
    def test_an_interval_holds_its_share(self, hits: int, of: int) -> None:
        rate = Rate(min(hits, of), of)
        assert rate.interval is not None
        assert 0 <= rate.interval[0] <= (rate.share or 0) + 1e-12
        assert (rate.share or 0) - 1e-12 <= rate.interval[1] <= 1

    @given(st.integers(0, 500), st.integers(1, 500))
    def test_wilson_equals_scipys(self, hits: int, of: int) -> None:
        """The web process computes it by itself: scipy.stats would cost it 60 MB (ADR 28)."""
        rate = Rate(min(hits, of), of)
        by_scipy = binomtest(rate.hits, of).proportion_ci(method="wilson")
        assert rate.interval == pytest.approx((by_scipy.low, by_scipy.high), abs=1e-12)

    def test_of_nothing_nothing_is_said(self) -> None:
        assert (Rate(0, 0).share, Rate(0, 0).interval) == (None, None)
        assert not Difference(Rate(0, 0), Rate(1, 2)).is_clear

    @pytest.mark.django_db
    def test_variants_and_retrievers_are_counted(self) -> None:
        self.note("anna", "impression", shown=[["1", 1, "popular"], ["2", 2, "repurchase"]])
        self.note("anna", "click", article_id="2", retriever="repurchase")
        self.note("anna", "order", surface="bag", article_id="2", retriever="repurchase")
        self.note("bert", "impression", variant="varied", shown=[["1", 1, "popular"]])
        self.note("carl", "order", surface="bag", article_id="1")  # never saw the feed
        since = timezone.now() - dt.timedelta(days=1)
        lines = {line.name: (line.click_through, line.conversion) for line in by_variant(since)}
        assert lines == {CONTROL: (Rate(1, 2), Rate(1, 1)), "varied": (Rate(0, 1), Rate(0, 1))}
        retrievers = {line.name: (line.click_through, line.conversion) for line in by_retriever(since)}
        assert retrievers == {"popular": (Rate(0, 2), Rate(0, 2)), "repurchase": (Rate(1, 1), Rate(1, 1))}

    @pytest.mark.django_db
    def test_an_order_before_the_feed_was_seen_does_not_count(self) -> None:
        self.note("anna", "order", surface="bag", article_id="1")
        self.note("anna", "impression", shown=[["1", 1, "popular"]])
        (line,) = by_variant(timezone.now() - dt.timedelta(days=1))
        assert line.conversion == Rate(0, 1)

    @pytest.mark.django_db
    def test_staff_see_the_figures(self, client: Client, customer: Customer) -> None:
        self.note("anna", "impression", shown=[["1", 1, "popular"]] * 10)
        self.note("anna", "click", article_id="1", retriever="popular")
        client.force_login(User.objects.create_superuser("boss"))
        text = Page(client.get("/staff/experiment/?days=28")).one("main").text
        assert "10.0 % (1.8 to 40.4)" in text
        assert "Only visits of shoppers who allowed statistics are counted" in text

    def note(self, visitor: str, kind: str, **more: Any) -> None:
        given = {"variant": CONTROL, "surface": "feed", "release_id": "r"} | more
        Event.objects.create(at=timezone.now(), visitor=visitor, kind=kind, **given)
