import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from recsys_core.config import Config
from recsys_core.contracts.columns import AGE_EDGES
from recsys_core.contracts.release import REASONS
from recsys_core.features.snapshot import Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.explanations import Explanations
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.rules.best_sellers import best_sellers, newest
from recsys_core.rules.config import ListsConfig, RulesConfig
from recsys_core.rules.ledger import Ledger
from recsys_core.rules.list_maker import ListMaker
from recsys_core.rules.list_writer import ListWriter
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

CONFIG = Config(lists=ListsConfig(length=12))


def make_shop(days_ago: int = 1) -> FixtureShop:
    """20 articles; a00 sold most. Young customers buy the even ones, old ones the odd."""
    purchases = [
        Purchase(f"{'young' if article % 2 == 0 else 'old'}{i:02d}", f"a{article:02d}", days_ago + (article + i) % 5)
        for article in range(20)
        for i in range(22 - article)
    ]
    profiles = {f"young{i:02d}": {"age": 18.0} for i in range(22)} | {f"old{i:02d}": {"age": 62.0} for i in range(22)}
    return FixtureShop(purchases, {"never_sold": {}}, profiles | {"newcomer": {"age": 18.0}})


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return make_shop().snapshot(tmp_path_factory.mktemp("lists"))


def list_maker(snapshot: Snapshot, config: Config = CONFIG) -> ListMaker:
    return ListMaker(snapshot, PopularRetriever.fit(snapshot, config), config)


def ranked(snapshot: Snapshot, width: int = 3, seed: int = 0) -> Scored:
    """Three random candidates for everybody, none for the last customer."""
    rng = np.random.default_rng(seed)
    n = snapshot.n_customers
    article = np.stack([rng.permutation(20)[:width] for _ in range(n)]).astype(np.int32)
    article[-1] = PAD
    score = np.where(article == PAD, 0, np.linspace(0, -1, width)).astype(np.float32)
    reason = np.full((n, width), REASONS.index("also_bought"), np.uint8)
    return Scored(np.arange(n, dtype=np.int32), article, score, reason)


def test_everybody_gets_a_full_list(snapshot: Snapshot) -> None:
    lists = list_maker(snapshot).finish(ranked(snapshot))

    assert lists.article_idx.shape == (snapshot.n_customers, 12)
    assert (lists.article_idx != PAD).all()
    assert all(len(set(row)) == 12 for row in lists.article_idx)


def test_lists_of_a_small_shop_have_all_that_it_can_sell(snapshot: Snapshot) -> None:
    lists = list_maker(snapshot, Config(lists=ListsConfig(length=60))).finish(ranked(snapshot))

    assert snapshot.article_ids[20] == "never_sold"
    assert [sorted(row) for row in lists.article_idx.tolist()] == [list(range(20))] * snapshot.n_customers


def test_what_was_not_sold_for_long_fills_no_list(tmp_path: Path) -> None:
    recent = [Purchase(f"c{day % 3}", f"a{day:02d}", day) for day in range(1, 16)]
    old = [Purchase("c0", f"old{i}", 100) for i in range(5) for _ in range(9)]
    snapshot = FixtureShop([*recent, *old]).snapshot(tmp_path)
    maker = list_maker(snapshot, Config(lists=ListsConfig(length=60), rules=RulesConfig(sold_within_days=60)))

    lists, fallbacks = maker.finish(ranked(snapshot)), maker.fallbacks()

    sold = sorted(purchase.article for purchase in recent)
    assert [sorted(snapshot.article_ids[row]) for row in lists.article_idx] == [sold] * 3
    assert sorted(fallbacks["global"]) == sorted(fallbacks["newest"]) == sold  # type: ignore[call-overload]


def test_refill_is_what_the_segment_buys(snapshot: Snapshot) -> None:
    nothing = ranked(snapshot)
    nothing.article_idx[:] = PAD

    lists = list_maker(snapshot).finish(nothing)

    is_odd = lists.article_idx[:, :6] % 2 == 1
    old, young = snapshot.customer_rows(["old03", "young03"])
    assert is_odd[old].mean() > is_odd[young].mean()


def test_written_lists_follow_the_contract(snapshot: Snapshot, tmp_path: Path) -> None:
    lists = list_maker(snapshot).finish(ranked(snapshot))

    ListWriter(snapshot, Explanations(snapshot.purchases, {})).write(tmp_path / "part-00000.parquet", lists, Ledger())

    table = pq.read_table(tmp_path / "part-00000.parquet")
    kinds = ["string", "string", "int32", "list<item: string>", "list<item: float>"]
    kinds += ["list<item: string>"] * 2
    assert [str(field.type).replace("element", "item") for field in table.schema] == kinds
    by_place = ["article_ids", "scores", "reasons", "source_purchases"]
    assert table.column_names == ["customer_id", "age_interval", "purchases", *by_place]
    rows = table.to_pylist()
    assert [row["customer_id"] for row in rows] == sorted(snapshot.customer_ids)
    first = rows[0]
    assert first["article_ids"] == snapshot.article_ids[lists.article_idx[0]].tolist()
    assert first["reasons"][:3] == ["also_bought"] * 3
    assert set(first["reasons"]) <= set(REASONS)
    assert {len(row[name]) for row in rows for name in by_place} == {12}
    by_id = {row["customer_id"]: row for row in rows}
    assert (by_id["newcomer"]["age_interval"], by_id["newcomer"]["purchases"]) == ("-19", 0)
    assert (by_id["old00"]["age_interval"], by_id["old00"]["purchases"]) == ("60-69", 10)


def test_fallbacks_are_full_and_known(snapshot: Snapshot) -> None:
    fallbacks = list_maker(snapshot).fallbacks()

    known = set(snapshot.article_ids)
    segments: dict[str, list[str]] = fallbacks["segments"]  # type: ignore[assignment]
    assert len(segments) == len(AGE_EDGES) + 2
    assert {"age_interval=-19", "age_interval=20-24", "age_interval=70+", "age_interval=unknown"} <= set(segments)
    for best in (fallbacks["global"], fallbacks["newest"], *segments.values()):
        assert isinstance(best, list)
        assert len(best) == len(set(best)) == 12
        assert set(best) <= known
    assert segments["age_interval=-19"][0] == "a00"
    assert segments["age_interval=60-69"][0] == "a01"


def test_fallbacks_are_not_booked_in_the_ledger(snapshot: Snapshot) -> None:
    maker = list_maker(snapshot)
    maker.finish(ranked(snapshot))
    before = json.dumps(maker.ledger.as_dict())

    maker.fallbacks()

    assert json.dumps(maker.ledger.as_dict()) == before
    assert sum(maker.ledger.customers.values()) == snapshot.n_customers


def test_after_a_week_without_sales_lists_and_fallbacks_are_still_full(tmp_path: Path) -> None:
    snapshot = make_shop(days_ago=20).snapshot(tmp_path)
    maker = list_maker(snapshot)

    fallbacks = maker.fallbacks()

    segments: dict[str, list[str]] = fallbacks["segments"]  # type: ignore[assignment]
    assert {len(best) for best in segments.values()} == {12}
    assert (maker.finish(ranked(snapshot)).article_idx != PAD).all()


def test_nothing_unavailable_is_listed(tmp_path: Path) -> None:
    """All but 14 articles left the shop long ago."""
    shop = make_shop()
    gone = [Purchase(p.customer, p.article, 90) if p.article >= "a14" else p for p in shop.purchases]
    snapshot = FixtureShop(gone, shop.articles, shop.customers).snapshot(tmp_path)
    maker = list_maker(snapshot)

    lists = maker.finish(ranked(snapshot))

    assert (snapshot.article("days_since_last_sale")[lists.article_idx] <= 60).all()
    fallbacks = maker.fallbacks()
    for best in (fallbacks["global"], fallbacks["newest"], *fallbacks["segments"].values()):  # type: ignore[attr-defined]
        assert max(best) < "a14"


def test_purchased_articles_are_not_listed_if_the_shop_wants_it_so(snapshot: Snapshot) -> None:
    config = Config(lists=CONFIG.lists, rules=RulesConfig(purchased="exclude", only_if_bought=()))

    lists = list_maker(snapshot, config).finish(ranked(snapshot))

    bought = set(zip(snapshot.purchases.customer_idx, snapshot.purchases.article_idx, strict=True))
    young00, old21 = snapshot.customer_rows(["young00", "old21"])
    for customer in (young00, old21):
        assert not bought & {(customer, article) for article in lists.article_idx[customer][:9]}


def test_best_sellers_by_the_last_week_then_longer_windows(tmp_path: Path) -> None:
    purchases = [Purchase("c", "a", 1), Purchase("c", "b", 2), Purchase("c", "b", 20), *([Purchase("c", "d", 50)] * 9)]
    snapshot = FixtureShop(purchases, {"e": {}}).snapshot(tmp_path)

    assert snapshot.article_ids[best_sellers(snapshot)].tolist() == ["b", "a", "d", "e"]


def test_newest_by_first_sale(tmp_path: Path) -> None:
    purchases = [Purchase("c", "old", 30), Purchase("c", "old", 1), Purchase("c", "new", 2), Purchase("c", "newer", 1)]
    snapshot = FixtureShop([*purchases, Purchase("c", "new", 1)], {"unsold": {}}).snapshot(tmp_path)

    assert snapshot.article_ids[newest(snapshot)].tolist() == ["newer", "new", "old"]
