"""From ranked candidates to finished lists: rules, drop ledger, refill, and the lists of those without candidates."""

from pathlib import Path

import numpy as np

from recsys_core.contracts.columns import AGE_EDGES, age_interval
from recsys_core.data.stock import NO_REGION, Stock
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.rules.apply import apply_rules
from recsys_core.rules.best_sellers import available_first, best_sellers_by_region, newest
from recsys_core.rules.config import ListConfigs
from recsys_core.rules.ledger import Ledger
from recsys_core.rules.rows import first_in_row
from recsys_core.rules.rules import active_rules
from recsys_core.rules.states import rule_states
from recsys_core.rules.stock_index import StockIndex, available_articles
from recsys_core.rules.variety import varied


class ListMaker:
    """Rules, refill and variety of one cut-off, with the stock of now where it may be looked at.

    Lists have ``length`` articles: as configured, or all that a small shop can sell.
    """

    def __init__(
        self, snapshot: Snapshot, popular: PopularRetriever, config: ListConfigs, stock_index: StockIndex | None = None
    ) -> None:
        self.snapshot = snapshot
        self._popular = popular
        self._stock_index = stock_index
        self._rules = active_rules(config.rules, stock_index)
        self._lists = config.lists
        self._available = available_articles(snapshot, config.rules.sold_within_days, stock_index)
        self.length = min(config.lists.length, int(self._available.sum()) or snapshot.n_articles)
        self._best_sellers = best_sellers_by_region(snapshot, self._available, stock_index)[:, : 4 * self.length]
        everyone = np.arange(len(popular.log_p))
        self._popular_of_segment = popular.ranking(everyone)[:, : 2 * self.length]
        self.ledger = Ledger(rule_states(config.rules, snapshot, stock_index))

    @classmethod
    def read(cls, snapshot: Path, popular: Path, config: ListConfigs, stock: Path | None = None) -> "ListMaker":
        """From the folders of a snapshot, of the popular retriever fitted on it, and of tables whose stock may act."""
        opened = Snapshot.open(snapshot)
        feeds = Stock.open(stock, opened.article_ids) if stock else None
        refill = PopularRetriever.load(popular, opened, config)
        return cls(opened, refill, config, StockIndex.beside(opened, feeds) if feeds else None)

    def finish(self, scored: Scored, ledger: Ledger | None = None) -> Scored:
        """The lists of a shard: filtered, refilled with what is popular in the customer's segment, varied at the head.

        Drops are booked in ``ledger``, by default the maker's own.
        """
        ledger = self.ledger if ledger is None else ledger
        refill = self.refill_of(scored.customer)
        lists = apply_rules(
            scored, refill, self.snapshot, self._rules, self.length, ledger, self._stock_index, self._available
        )
        return varied(lists, self.snapshot, self._lists)

    def refill_of(self, customers: IntArray) -> IntArray:
        """(n, m) articles to refill from: the segment's popular ones, then the best sellers in stock."""
        few = self._popular_of_segment[self._popular.segment_of[customers]]
        region = (
            np.full(len(customers), NO_REGION) if self._stock_index is None else self._stock_index.region[customers]
        )
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
            "newest": ids[available_first(newest(self.snapshot), self._available)[: self.length]].tolist(),
            "segments": {f"age_interval={age}": ids[self._age_list(age, everybodys)].tolist() for age in _ages()},
        }

    def _age_list(self, age: str, everybodys: IntArray) -> IntArray:
        """The popular articles of an age group, then everybody's.

        They go by the mean of its segments' probabilities, weighted by their customers.
        """
        ages = self.snapshot.customer_codes("age_interval")
        own = self._popular.pool[:0]
        if age in ages.values:
            members = self._popular.segment_of[ages.codes == ages.values.index(age)]
            share = np.bincount(members, minlength=len(self._popular.log_p)) / len(members)
            own = self._popular.pool[np.argsort(-(share @ np.exp(self._popular.log_p)), kind="stable")]
        both = np.concatenate([own, everybodys])
        distinct: IntArray = both[first_in_row(both[None], both[None] != PAD, self.snapshot.n_articles)[0]]
        return available_first(distinct, self._available)[: self.length]


def _ages() -> list[str]:
    return [age_interval(None), age_interval(AGE_EDGES[0] - 1), *(age_interval(edge) for edge in AGE_EDGES)]
