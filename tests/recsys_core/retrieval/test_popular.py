from pathlib import Path

import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.features.shared_values import postal_codes
from recsys_core.features.snapshot import FloatArray, Snapshot
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.config import RetrievalConfig
from recsys_core.retrieval.popular import (
    OWN_PENALTY,
    PopularRetriever,
    TrainingWindow,
    article_attributes,
    choose_training_window,
    customer_segments,
    fit_softmax,
)
from recsys_core.testing.retriever_contract import RetrieverContract
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

YOUNG, OLD = {"age": 18.0}, {"age": 65.0}
SECTIONS = {
    "hoodie": {"section_name": "Divided"},
    "coat": {"section_name": "Mama"},
    "socks": {"section_name": "Basics"},
}


class TestContract(RetrieverContract):
    retriever = PopularRetriever
    serves_cold_start = True


@pytest.fixture(scope="module")
def two_tastes(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The young buy hoodies, the old buy coats, everybody buys socks now and then; yesterday, all of it."""
    young, old = [f"young{i:03d}" for i in range(150)], [f"old{i:03d}" for i in range(100)]
    purchases = [Purchase(c, "hoodie", 1) for c in young] + [Purchase(c, "coat", 1) for c in old]
    purchases += [Purchase(c, "socks", 1) for c in (*young[:30], *old[:20])]
    profiles = {**dict.fromkeys(young, YOUNG), **dict.fromkeys(old, OLD)}
    newcomers = {"newcomer_young": YOUNG, "newcomer_old": OLD}
    shop = FixtureShop(purchases, SECTIONS, profiles | newcomers)
    return shop.snapshot(tmp_path_factory.mktemp("tastes"))


def best(snapshot: Snapshot, fitted: PopularRetriever, customer: str) -> list[str]:
    found = fitted.retrieve(snapshot.customer_rows([customer])).article_idx[0]
    return snapshot.article_ids[found[found != PAD]].tolist()  # type: ignore[no-any-return]


def test_segments_with_other_tastes_get_other_tops(two_tastes: Snapshot) -> None:
    fitted = PopularRetriever.fit(two_tastes, Config())

    assert best(two_tastes, fitted, "young000")[0] == "hoodie"
    assert best(two_tastes, fitted, "old000")[0] == "coat"


def test_newcomers_get_what_their_age_group_buys(two_tastes: Snapshot) -> None:
    fitted = PopularRetriever.fit(two_tastes, Config())

    assert best(two_tastes, fitted, "newcomer_young")[0] == "hoodie"
    assert best(two_tastes, fitted, "newcomer_old")[0] == "coat"


def test_who_nobody_knows_gets_what_everybody_buys(two_tastes: Snapshot) -> None:
    fitted = PopularRetriever.fit(two_tastes, Config())

    assert best(two_tastes, fitted, "who is this?") == ["hoodie", "coat", "socks"]


def test_probabilities_of_every_segment_sum_to_one(two_tastes: Snapshot) -> None:
    fitted = PopularRetriever.fit(two_tastes, Config())

    assert np.exp(fitted.log_p).sum(axis=1) == pytest.approx(np.ones(len(fitted.log_p)), abs=1e-5)


def test_pool_holds_the_most_bought_of_the_last_days(tmp_path: Path) -> None:
    bought = [("old", 8, 5), ("a", 1, 2), ("b", 1, 3), ("c", 1, 1)]
    purchases = [
        Purchase(f"{i}", article, day)
        for i, (article, day) in enumerate((article, day) for article, day, buyers in bought for _ in range(buyers))
    ]
    snapshot = FixtureShop(purchases).snapshot(tmp_path)

    fitted = PopularRetriever.fit(snapshot, Config(retrieval=RetrievalConfig(popular_pool=2)))

    assert snapshot.article_ids[fitted.pool].tolist() == ["b", "a"]


def test_yesterday_weighs_more_than_last_week(tmp_path: Path) -> None:
    purchases = [Purchase(buyer, "a", 7) for buyer in ("anna", "bert", "carl")]  # 3 * 0.5 ** 3 < 2
    purchases += [Purchase(buyer, "b", 1) for buyer in ("dora", "emil")]
    snapshot = FixtureShop(purchases).snapshot(tmp_path)

    assert snapshot.article_ids[PopularRetriever.fit(snapshot, Config()).pool].tolist() == ["b", "a"]


def test_a_basket_has_one_vote_however_full(tmp_path: Path) -> None:
    """The reseller's ten units of a are one vote, and half a one with a b beside them; two others bought a c each."""
    purchases = [*([Purchase("reseller", "a", 1)] * 10), Purchase("reseller", "b", 1)]
    purchases += [Purchase(buyer, "c", 1) for buyer in ("anna", "bert")]
    snapshot = FixtureShop(purchases).snapshot(tmp_path)

    fitted = PopularRetriever.fit(snapshot, Config())

    assert snapshot.article_ids[fitted.pool].tolist() == ["c", "a", "b"]


def test_ranking_orders_the_whole_pool(two_tastes: Snapshot) -> None:
    fitted = PopularRetriever.fit(two_tastes, Config(retrieval=RetrievalConfig(popular_k=1)))
    segment = fitted.segment_of[two_tastes.customer_rows(["old000"])]

    assert two_tastes.article_ids[fitted.ranking(segment)[0]].tolist()[0] == "coat"
    assert sorted(fitted.ranking(segment)[0]) == sorted(fitted.pool)


def test_a_week_without_sales_gives_no_candidates(tmp_path: Path) -> None:
    snapshot = FixtureShop([Purchase("anna", "a", 20)]).snapshot(tmp_path)

    found = PopularRetriever.fit(snapshot, Config()).retrieve(np.array([0, 1], np.int32))

    assert (found.article_idx == PAD).all()


def test_softmax_without_attributes_is_the_share_of_purchases() -> None:
    counts = np.array([[30.0, 60.0, 10.0]], np.float32)

    log_p = fit_softmax(np.zeros((1, 1), np.float32), counts, nothing_in_common(3), 10)

    assert np.exp(log_p[0]) == pytest.approx([0.3, 0.6, 0.1], abs=0.002)


def test_penalty_pulls_a_small_segment_towards_everybody() -> None:
    design = np.eye(2, dtype=np.float32)
    big, small = [300.0, 100.0], [0.0, 4.0]

    p = np.exp(fit_softmax(design, np.array([big, small], np.float32), nothing_in_common(2), 10))

    assert p[0, 0] == pytest.approx(0.75, abs=0.02)
    assert 0.5 < p[1, 0] < 0.75


def nothing_in_common(n_classes: int) -> FloatArray:
    return np.zeros((n_classes, 0), np.float32)


def test_a_segment_is_known_by_the_sections_it_buys() -> None:
    """Of four articles in two sections the first segment bought one: it will rather buy its section's other one."""
    design = np.eye(2, dtype=np.float32)
    counts = np.array([[50, 0, 0, 0], [100, 100, 100, 100]], np.float32)
    section = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)

    alone = np.exp(fit_softmax(design, counts, nothing_in_common(4), 30))
    by_section = np.exp(fit_softmax(design, counts, section, 30))

    assert alone[0, 1] == pytest.approx(alone[0, 2], rel=1e-2)
    assert by_section[0, 1] > 1.5 * by_section[0, 2]
    assert by_section[0, 0] > by_section[0, 1], "and its own purchases say more"


def test_articles_are_told_apart_by_what_not_all_of_them_are(tmp_path: Path) -> None:
    articles = {
        "hoodie": {"section_name": "Sport"},
        "coat": {"section_name": "Ladies"},
        "scarf": {"section_name": "Ladies"},
    }
    purchases = [Purchase("anna", article, 1) for article in articles]
    snapshot = FixtureShop(purchases, articles=articles).snapshot(tmp_path)

    told = article_attributes(snapshot, snapshot.article_rows(["hoodie", "coat", "scarf"]))

    assert sorted(told.T.tolist()) == [[0, 1, 1], [1, 0, 0]]


def month(articles: dict[int, str], each: int = 1) -> list[Purchase]:
    """The article of each day in the last 28, bought by ``each`` customers of its own."""
    return [Purchase(f"{day}-{i}", article, day) for day, article in articles.items() for i in range(each)]


def window_of(snapshot: Snapshot, config: Config) -> TrainingWindow:
    return choose_training_window(snapshot, config, customer_segments(snapshot))


def test_a_steady_shop_is_known_by_its_month(tmp_path: Path) -> None:
    """By turns a and b for a month, but all of the second last week only b: the last one is as the month before."""
    days = {day: "b" if 8 <= day <= 14 else "ab"[day % 2] for day in range(1, 29)}
    snapshot = FixtureShop(month(days)).snapshot(tmp_path)

    assert window_of(snapshot, Config()).days == 28


def test_a_shop_that_has_changed_is_known_by_its_week(tmp_path: Path) -> None:
    days = {day: "a" if day > 14 else "b" for day in range(1, 29)}
    snapshot = FixtureShop([*month(days, 3), Purchase("x", "a", 9)]).snapshot(tmp_path)

    assert window_of(snapshot, Config()).days == 7


def test_segments_that_keep_to_their_taste_are_let_go(tmp_path: Path) -> None:
    young, old = [f"young{i}" for i in range(4)], [f"old{i}" for i in range(4)]
    days = range(1, 29)
    purchases = [Purchase(c, "hoodie", day) for day in days for c in young]
    purchases += [Purchase(c, "coat", day) for day in days for c in old]
    profiles = {**dict.fromkeys(young, YOUNG), **dict.fromkeys(old, OLD)}
    snapshot = FixtureShop(purchases, customers=profiles).snapshot(tmp_path)

    assert window_of(snapshot, Config()).penalty == 30


def test_what_holds_most_baskets_is_not_held_out(tmp_path: Path) -> None:
    """Yesterday is most of what is known: nothing is left to judge by, so the first window counts."""
    snapshot = FixtureShop([*month({1: "a"}, 9), *month({2: "b", 9: "b"}, 1)]).snapshot(tmp_path)

    assert window_of(snapshot, Config()) == TrainingWindow(7, 100)


def test_memories_are_configured(two_tastes: Snapshot) -> None:
    settings = RetrievalConfig(popular_days=(14,), popular_penalties=(5.0,))

    assert window_of(two_tastes, Config(retrieval=settings)) == TrainingWindow(14, 5)


def test_the_fit_is_where_the_penalty_holds_what_the_data_pull() -> None:
    """One indicator, two classes: the first class's own weight is half the difference of the segments' log-odds.

    There the derivatives vanish: expected less counted baskets of the segment plus OWN_PENALTY times the penalty times
    the weight, and over both segments, whose intercept is free, expected less counted.
    """
    penalty = 5.0
    design, counts = np.array([[1.0], [0.0]], np.float32), np.array([[60, 20], [50, 50]], np.float32)
    p = np.exp(fit_softmax(design, counts, nothing_in_common(2), penalty))
    odds = np.log(p[:, 0] / p[:, 1])
    weight = (odds[0] - odds[1]) / 2

    assert 80 * p[0, 0] - 60 + OWN_PENALTY * penalty * weight == pytest.approx(0, abs=0.05)
    assert 80 * p[0, 0] + 100 * p[1, 0] == pytest.approx(110, abs=0.05)
    assert weight > 0.1


def test_as_much_may_be_held_out_as_is_learned_from(tmp_path: Path) -> None:
    """Yesterday holds half of the baskets: it judges, and only the longer window knows of b."""
    bought = [*month({1: "b"}, 2), *month({20: "b", 22: "a"})]

    assert window_of(FixtureShop(bought).snapshot(tmp_path), Config()).days == 28


def test_habits_of_channel_begin_at_a_tenth_and_at_nine_tenths(tmp_path: Path) -> None:
    shares = {"shop": 0.0, "nearly_shop": 0.1, "both": 0.5, "nearly_web": 0.9, "web": 1.0}
    customers = {name: {"online_share_all": share} for name, share in shares.items()}
    snapshot = FixtureShop([Purchase("x", "a", 1)], customers=customers).snapshot(tmp_path)

    segment = dict(
        zip(shares, customer_segments(snapshot).of_customer[snapshot.customer_rows(list(shares))], strict=True)
    )

    assert segment["shop"] == segment["nearly_shop"]
    assert segment["web"] == segment["nearly_web"]
    assert len({segment["shop"], segment["both"], segment["web"]}) == 3


def test_newcomers_get_what_their_postal_code_buys(tmp_path: Path) -> None:
    """The north buys hoodies, the south coats; customers of codes too small to tell are one segment."""
    north, south = [f"n{i:02d}" for i in range(40)], [f"s{i:02d}" for i in range(40)]
    purchases = [Purchase(c, "hoodie", 1) for c in north] + [Purchase(c, "coat", 1) for c in south]
    purchases += [Purchase("far", "coat", 1)]
    profiles = {c: {"postal_code": "north" if c in north else "south"} for c in (*north, *south)}
    profiles |= {"new_north": {"postal_code": "north"}, "new_south": {"postal_code": "south"}}
    profiles |= {"far": {"postal_code": "island"}, "new_far": {"postal_code": "mountain"}}
    snapshot = FixtureShop(purchases, SECTIONS, profiles).snapshot(tmp_path)

    fitted = PopularRetriever.fit(snapshot, Config())

    assert best(snapshot, fitted, "new_north")[0] == "hoodie"
    assert best(snapshot, fitted, "new_south")[0] == "coat"
    small = snapshot.customer_rows(["far", "new_far"])
    values = postal_codes(snapshot)
    assert [values.values[code] for code in values.codes[small]] == ["other", "other"]


def test_segments_have_no_more_postal_codes_than_their_bound(tmp_path: Path) -> None:
    """The 25th code is one of the others though it has customers enough."""
    profiles = {f"c{i}": {"postal_code": f"code{i % 25:02d}"} for i in range(25 * 20)}
    snapshot = FixtureShop([Purchase("c0", "coat", 1)], customers=profiles).snapshot(tmp_path)

    assert len(postal_codes(snapshot).values) == 26  # and unknown
    assert len(postal_codes(snapshot, 20).values) == 22  # and other, unknown
    assert len(customer_segments(snapshot).attributes) <= 24
