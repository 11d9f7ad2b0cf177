import gc
import shutil
import weakref
from pathlib import Path

import numpy as np
import pytest

from recsys_core.contracts.features import SPANS
from recsys_core.features.snapshot import Snapshot, forget_opened, once_per_snapshot
from recsys_core.store.artifacts import RECORD
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    purchases = [Purchase("bert", "b", 3, 0.2), Purchase("bert", "a", 40, 0.1, channel=1), Purchase("anna", "a", 1)]
    return FixtureShop(
        purchases, articles={"c": {"section_name": None}}, customers={"anna": {"age": 31.0}, "newcomer": {"fn": 1.0}}
    ).snapshot(tmp_path)


def test_rows_are_sorted_by_outside_id(snapshot: Snapshot) -> None:
    assert snapshot.customer_ids.tolist() == ["anna", "bert", "newcomer"]
    assert snapshot.article_ids.tolist() == ["a", "b", "c"]


def test_outside_ids_lead_to_rows(snapshot: Snapshot) -> None:
    assert snapshot.customer_rows(["bert", "who?", "anna"]).tolist() == [1, 3, 0]
    assert snapshot.article_rows(["c", "what?"]).tolist() == [2, -1]


def test_unknown_customer_has_no_history_and_no_attributes(snapshot: Snapshot) -> None:
    assert snapshot.customer("articles_all").tolist() == [1, 2, 0, 0]
    assert snapshot.customer("fn").tolist() == [0, 0, 1, 0]
    assert np.isnan(snapshot.customer("age")).tolist() == [False, True, True, True]
    assert np.isnan(snapshot.customer("days_since_last")[3])


def test_null_categories_are_unknown(snapshot: Snapshot) -> None:
    ages = snapshot.customer_codes("age_interval")
    sections = snapshot.article_codes("section_name")

    assert [ages.values[code] for code in ages.codes] == ["30-34", "unknown", "unknown", "unknown"]
    assert [sections.values[code] for code in sections.codes] == ["one", "one", "unknown"]


def test_articles_without_a_product_code_are_products_of_their_own(tmp_path: Path) -> None:
    codes = {"a": "p", "b": None, "c": "", "d": "unknown", "e": "p"}
    articles = {article_id: {"product_code": code} for article_id, code in codes.items()}
    products = FixtureShop([Purchase("anna", "a", 1)], articles).snapshot(tmp_path).article_codes("product_code")
    assert [products.values[code] for code in products.codes] == ["p", "b", "c", "d", "p"]


def test_purchases_stand_customer_by_customer(snapshot: Snapshot) -> None:
    purchases = snapshot.purchases

    assert purchases.customer_idx.tolist() == [0, 1, 1]
    assert purchases.days_ago.tolist() == [1, 40, 3]
    assert purchases.online.tolist() == [True, False, True]
    assert purchases.start.tolist() == [0, 1, 3, 3, 3]


def test_purchases_of_chosen_customers(snapshot: Snapshot) -> None:
    row, at = snapshot.purchases.of(np.array([1, 3, 0, 1], np.int32))

    assert row.tolist() == [0, 0, 2, 3, 3]
    assert at.tolist() == [1, 2, 0, 1, 2]


def test_purchases_of_nobody(snapshot: Snapshot) -> None:
    row, at = snapshot.purchases.of(np.empty(0, np.int32))

    assert len(row) == len(at) == 0


def test_preference_counts_by_customer_and_value(snapshot: Snapshot) -> None:
    pattern = snapshot.preference("section_name")  # values: one, unknown

    assert pattern.start.tolist() == [0, 1, 2, 2, 2]
    assert pattern.value.tolist() == [0, 0]
    assert pattern.units[:, SPANS.index("30d")].tolist() == [1, 1]
    assert pattern.units[:, SPANS.index("90d")].tolist() == [1, 2]


def test_own_history_counts_by_customer_and_item(tmp_path: Path) -> None:
    bought = [("anna", "shirt", 100), ("anna", "shirt", 40), ("anna", "coat", 40), ("anna", "shirt", 40)]
    bought += [("cleo", "coat", 7), ("cleo", "coat", 5)]
    shop = FixtureShop([Purchase(*each) for each in bought], customers={"bert": {}})

    history = shop.snapshot(tmp_path).history("article")  # articles: coat, shirt; customers: anna, bert, cleo

    assert history.start.tolist() == [0, 2, 2, 3, 3]
    assert history.item.tolist() == [0, 1, 0]
    assert history.units.tolist() == [1, 3, 2]
    assert history.days_ago.tolist() == [40, 40, 5]
    assert history.days_since_first.tolist() == [40, 100, 7]
    assert history.last_day_units.tolist() == [1, 2, 1]
    assert history.days.tolist() == [1, 2, 2]
    assert history.units_30d.tolist() == [0, 0, 2]
    assert history.units_90d.tolist() == [1, 2, 2]


def test_arrays_are_mapped_and_cannot_be_written(snapshot: Snapshot) -> None:
    for values in (snapshot.purchases.price, snapshot.history("product").item, snapshot.preference("index_name").units):
        assert isinstance(values.base, np.memmap)
        assert not values.flags.writeable


def test_incomplete_snapshot_names_the_command(snapshot: Snapshot, tmp_path: Path) -> None:
    half = tmp_path / "cutoff=2020-09-20" / "half"
    shutil.copytree(snapshot.path, half)
    (half / RECORD).unlink()

    with pytest.raises(FileNotFoundError, match="recsys features"):
        Snapshot.open(half)


def test_columns_are_read_once_and_go_with_the_snapshot(snapshot: Snapshot) -> None:
    mine = Snapshot(snapshot.path, snapshot.key, snapshot.cutoff)
    column = weakref.ref(mine.customer("spend_all"))

    assert mine.customer("spend_all") is column()
    del mine
    gc.collect()
    assert column() is None


def test_what_is_computed_once_goes_with_its_snapshot(tmp_path: Path) -> None:
    calls: list[int] = []

    @once_per_snapshot
    def customers_times(snapshot: Snapshot, factor: int) -> int:
        calls.append(factor)
        return factor * snapshot.n_customers

    snapshot = FixtureShop([Purchase("c", "a", 1)], {"a": {}}).snapshot(tmp_path)
    assert [customers_times(snapshot, factor) for factor in (2, 3, 2)] == [2, 3, 2]
    assert calls == [2, 3]

    gone = weakref.ref(snapshot)
    forget_opened()
    del snapshot
    gc.collect()
    assert gone() is None
