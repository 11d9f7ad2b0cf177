"""From ranked candidates to finished lists: rules, drop ledger, refill, and the lists for who has none."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from recsys_core.config import Config
from recsys_core.contracts.columns import AGE_EDGES, age_interval
from recsys_core.contracts.release import FALLBACKS, LEDGER, OF_PURCHASES, REASONS, SECOND
from recsys_core.data.stock import NO_REGION
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.lineage import Lineage
from recsys_core.ranking.scored import Scored
from recsys_core.retrieval.base import Lane
from recsys_core.retrieval.because import Because
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.lanes import load_lane
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.rules.apply import Ledger, apply_rules
from recsys_core.rules.rules import active_rules, first_in_row
from recsys_core.rules.shelf import Shelf
from recsys_core.rules.states import rule_states
from recsys_core.stages.stock import stock_now
from recsys_core.store.artifacts import Artefact, write_json

log = logging.getLogger(__name__)


class ListMaker:
    """Rules and refill of one cut-off, with the stock of now where it may be looked at (``stock_now``)."""

    def __init__(
        self, snapshot: Snapshot, popular: PopularRetriever, config: Config, shelf: Shelf | None = None
    ) -> None:
        self.snapshot = snapshot
        self._popular = popular
        self._shelf = shelf
        self._rules = active_rules(config.rules, shelf)
        self._length = config.lists.length
        self._best_sellers = best_sellers_by_region(snapshot, shelf)[:, : 4 * self._length]
        self.ledger = Ledger(rule_states(config.rules, snapshot, shelf))

    @classmethod
    def open(cls, lineage: Lineage) -> "ListMaker":
        snapshot = Snapshot.open(lineage.store.require(lineage.snapshot, "recsys features").path)
        fitted = lineage.store.require(lineage.lane(PopularRetriever.name), "recsys train-retrievers")
        popular = PopularRetriever.load(fitted.path, snapshot, lineage.config)
        stock = stock_now(lineage, snapshot.article_ids)
        return cls(snapshot, popular, lineage.config, Shelf.beside(snapshot, stock) if stock else None)

    def finish(self, scored: Scored, ledger: Ledger | None = None) -> Scored:
        """The lists of a shard: filtered, refilled with what is popular in the customer's segment.

        Drops are booked in ``ledger``, by default the maker's own.
        """
        ledger = self.ledger if ledger is None else ledger
        refill = self.refill_of(scored.customer)
        return apply_rules(scored, refill, self.snapshot, self._rules, self._length, ledger, self._shelf)

    def refill_of(self, customers: IntArray) -> IntArray:
        """(n, m) articles to refill from: the segment's popular ones, then the best sellers in stock."""
        few = self._popular.ranking(self._popular.segment_of[customers])[:, : 2 * self._length]
        region = np.full(len(customers), NO_REGION) if self._shelf is None else self._shelf.region[customers]
        return np.concatenate([few, self._best_sellers[region]], axis=1)

    def fallbacks(self) -> dict[str, object]:
        """Lists for who has none, by contracts.release.FALLBACKS."""
        nobody = Scored(
            np.array([self.snapshot.n_customers], np.int32),
            np.full((1, 1), PAD, np.int32),
            np.zeros((1, 1), np.float32),
            np.zeros((1, 1), np.uint8),
        )
        ids = self.snapshot.article_ids
        everybodys = self.finish(nobody, Ledger()).article_idx[0]
        return {
            "global": ids[everybodys].tolist(),
            "newest": ids[in_stock_first(newest(self.snapshot), self._shelf)[: self._length]].tolist(),
            "segments": {f"age_interval={age}": ids[self._age_list(age, everybodys)].tolist() for age in _ages()},
        }

    def _age_list(self, age: str, everybodys: IntArray) -> IntArray:
        """The popular articles of an age group, mean of its segments' probabilities by their customers; then
        everybody's."""
        ages = self.snapshot.customer_codes("age_interval")
        own = self._popular.pool[:0]
        if age in ages.values:
            members = self._popular.segment_of[ages.codes == ages.values.index(age)]
            share = np.bincount(members, minlength=len(self._popular.log_p)) / len(members)
            own = self._popular.pool[np.argsort(-(share @ np.exp(self._popular.log_p)), kind="stable")]
        both = np.concatenate([own, everybodys])
        distinct: IntArray = both[first_in_row(both[None])[0]]
        return in_stock_first(distinct, self._shelf)[: self._length]


def make_lists(lineage: Lineage) -> Artefact:
    """Finish every scored shard into lists of outside ids."""
    recipe = lineage.lists
    if found := lineage.store.find(recipe):
        return found
    scored = lineage.store.require(lineage.scored(), "recsys score")
    maker = ListMaker.open(lineage)
    because = Because.of_lanes(maker.snapshot, lanes_of_purchases(lineage, maker.snapshot))
    with lineage.store.build(recipe) as draft:
        for part in tqdm(sorted(scored.path.glob("part-*.parquet")), desc="rules and refill", mininterval=5):
            write_lists(draft.path / part.name, maker.finish(Scored.read(part)), maker.snapshot, because)
        draft.summary |= _second_lists(lineage, scored, maker, because, draft.path)
        write_json(draft.path / FALLBACKS, maker.fallbacks())
        write_json(draft.path / LEDGER, maker.ledger.as_dict())
        draft.summary |= {"customers": sum(maker.ledger.customers.values()), "length": lineage.config.lists.length}
        draft.summary |= {"rules": _said_of_rules(maker.ledger)}
    log.info("ledger: %s", json.dumps(maker.ledger.as_dict()))
    return lineage.store.require(recipe, "recsys filter")


def _second_lists(
    lineage: Lineage, scored: Artefact, maker: ListMaker, because: Because, folder: Path
) -> dict[str, str]:
    """The experiment's lists by the same rules, if a second ranker scored; which one, for the record."""
    parts = sorted(scored.path.glob(f"{SECOND}-*.parquet"))
    if not parts:
        return {}
    (folder / SECOND).mkdir()
    for part in parts:
        finished = maker.finish(Scored.read(part), Ledger())
        write_lists(folder / SECOND / part.name.replace(SECOND, "part"), finished, maker.snapshot, because)
    return {"second_ranker": str(lineage.config.lists.second_ranker)}


def _said_of_rules(ledger: Ledger) -> dict[str, str]:
    """Each rule in one line: what it dropped and by what, or why it is off."""
    return {
        state.name: f"dropped {ledger.dropped_by(state.name):,}: {state.why}" if state.on else f"off: {state.why}"
        for state in ledger.states
    }


def lanes_of_purchases(lineage: Lineage, snapshot: Snapshot) -> dict[str, Lane]:
    """The lanes whose reasons are about a purchase, as far as they are still there: only words hang on them."""
    fitted = {name: lineage.store.find(recipe) for name, recipe in lineage.lanes.items() if name in OF_PURCHASES}
    return {name: load_lane(name, found, snapshot, lineage.config) for name, found in fitted.items() if found}


def write_lists(path: Path, lists: Scored, snapshot: Snapshot, because: Because) -> None:
    """One part of lists/<key>/ (docs/data-contracts.md)."""
    n, length = lists.article_idx.shape
    offsets = np.arange(0, n * length + 1, length, dtype=np.int32)

    def as_lists(values: pa.Array) -> pa.Array:
        return pa.ListArray.from_arrays(offsets, values)

    reasons = pa.DictionaryArray.from_arrays(pa.array(lists.reason.ravel()), pa.array(REASONS)).cast(pa.string())
    purchase = because.purchase(lists.customer, lists.article_idx, lists.reason).ravel()
    ages = snapshot.customer_codes("age_interval")
    columns: Mapping[str, pa.Array] = {
        "customer_id": pa.array(snapshot.customer_ids[lists.customer], pa.string()),
        "age_interval": pa.array(np.array(ages.values, object)[ages.codes[lists.customer]], pa.string()),
        "purchases": pa.array(snapshot.customer("articles_all")[lists.customer].astype(np.int32)),
        "article_ids": as_lists(pa.array(snapshot.article_ids[lists.article_idx.ravel()], pa.string())),
        "scores": as_lists(pa.array(lists.score.ravel())),
        "reasons": as_lists(reasons),
        "because": as_lists(pa.array(snapshot.article_ids[purchase], pa.string(), mask=purchase == PAD)),
    }
    pq.write_table(pa.table(dict(columns)), path, compression="zstd")


def best_sellers(snapshot: Snapshot) -> IntArray:
    """All articles, those sold most and latest first."""
    keys = [snapshot.article(name) for name in ("sold_all", "sold_90d", "sold_30d", "sold_7d")]
    return np.lexsort(np.stack([np.arange(snapshot.n_articles), *(-key for key in keys)])).astype(np.int32)


def best_sellers_by_region(snapshot: Snapshot, shelf: Shelf | None) -> IntArray:
    """(n_regions + 1, n_articles) best sellers, those in stock in the region first; the last row: in any region."""
    best = best_sellers(snapshot)
    if shelf is None:
        return best[None]
    anywhere = in_stock_first(best, shelf)
    regional = [anywhere[np.argsort(~stocked[anywhere], kind="stable")] for stocked in shelf.stock.in_stock]
    return np.stack([*regional, anywhere])


def in_stock_first(articles: IntArray, shelf: Shelf | None) -> IntArray:
    """``articles`` in their order, but what is out of stock at the end."""
    if shelf is None:
        return articles
    return articles[np.argsort(~shelf.in_stock[articles], kind="stable")]


def newest(snapshot: Snapshot) -> IntArray:
    """Articles by first sale, latest first; among equals the better sold. Never-sold ones are left out."""
    since = snapshot.article("days_since_first_sale")
    order = np.lexsort([-snapshot.article("sold_7d"), since])
    return order[~np.isnan(since[order])].astype(np.int32)


def _ages() -> list[str]:
    return [age_interval(None), age_interval(AGE_EDGES[0] - 1), *(age_interval(edge) for edge in AGE_EDGES)]
