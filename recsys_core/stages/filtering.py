"""From ranked candidates to finished lists: rules, drop ledger, refill, and the lists for who has none."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from recsys_core.artefacts import Artefact, write_json
from recsys_core.config import Config
from recsys_core.contracts.columns import AGE_EDGES, age_interval
from recsys_core.contracts.release import FALLBACKS, REASONS
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.lineage import Lineage
from recsys_core.ranking.scored import Scored
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.rules.apply import Ledger, apply_rules
from recsys_core.rules.rules import active_rules, first_in_row

log = logging.getLogger(__name__)


class ListMaker:
    """Rules and refill of one cut-off."""

    def __init__(self, snapshot: Snapshot, popular: PopularRetriever, config: Config) -> None:
        self.snapshot = snapshot
        self._popular = popular
        self._rules = active_rules(config.rules)
        self._length = config.lists.length
        self._best_sellers = best_sellers(snapshot)
        self.ledger = Ledger()

    @classmethod
    def open(cls, lineage: Lineage) -> "ListMaker":
        snapshot = Snapshot.open(lineage.store.require(lineage.snapshot, "recsys features").path)
        fitted = lineage.store.require(lineage.lane(PopularRetriever.name), "recsys train-retrievers")
        return cls(snapshot, PopularRetriever.load(fitted.path, snapshot, lineage.config), lineage.config)

    def finish(self, scored: Scored) -> Scored:
        """The lists of a shard: filtered, refilled with what is popular in the customer's segment."""
        return self._finish(scored, self.ledger)

    def _finish(self, scored: Scored, ledger: Ledger) -> Scored:
        refill = self.segment_ranking(self._popular.segment_of[scored.customer])
        return apply_rules(scored, refill, self.snapshot, self._rules, self._length, ledger)

    def segment_ranking(self, segments: npt.NDArray[np.integer]) -> IntArray:
        """(n, m) articles to refill from: the segment's popular ones, then everybody's best sellers."""
        few = self._popular.ranking(segments)[:, : 2 * self._length]
        rest = np.broadcast_to(
            self._best_sellers[: 4 * self._length], (len(few), min(4 * self._length, len(self._best_sellers)))
        )
        return np.concatenate([few, rest], axis=1)

    def fallbacks(self) -> dict[str, object]:
        """Lists for who has none, by contracts.release.FALLBACKS."""
        nobody = Scored(
            np.array([self.snapshot.n_customers], np.int32),
            np.full((1, 1), PAD, np.int32),
            np.zeros((1, 1), np.float32),
            np.zeros((1, 1), np.uint8),
        )
        ids = self.snapshot.article_ids
        everybodys = self._finish(nobody, Ledger()).article_idx[0]
        return {
            "global": ids[everybodys].tolist(),
            "newest": ids[newest(self.snapshot)[: self._length]].tolist(),
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
        return both[first_in_row(both[None])[0]][: self._length]


def make_lists(lineage: Lineage) -> Artefact:
    """Finish every scored shard into lists of outside ids."""
    recipe = lineage.lists
    if found := lineage.store.find(recipe):
        return found
    scored = lineage.store.require(lineage.scored(), "recsys score")
    maker = ListMaker.open(lineage)
    with lineage.store.build(recipe) as draft:
        for part in tqdm(sorted(scored.path.glob("part-*.parquet")), desc="rules and refill", mininterval=5):
            write_lists(draft.path / part.name, maker.finish(Scored.read(part)), maker.snapshot)
        fallbacks = maker.fallbacks()
        write_json(draft.path / FALLBACKS, fallbacks)
        write_json(draft.path / "ledger.json", maker.ledger.as_dict())
        draft.summary |= {"customers": sum(maker.ledger.customers.values()), "length": lineage.config.lists.length}
    log.info("ledger: %s", json.dumps(maker.ledger.as_dict()))
    return lineage.store.require(recipe, "recsys filter")


def write_lists(path: Path, lists: Scored, snapshot: Snapshot) -> None:
    """One part of lists/<key>/ (docs/data-contracts.md)."""
    n, length = lists.article_idx.shape
    offsets = np.arange(0, n * length + 1, length, dtype=np.int32)

    def as_lists(values: pa.Array) -> pa.Array:
        return pa.ListArray.from_arrays(offsets, values)

    reasons = pa.DictionaryArray.from_arrays(pa.array(lists.reason.ravel()), pa.array(REASONS)).cast(pa.string())
    ages = snapshot.customer_codes("age_interval")
    columns: Mapping[str, pa.Array] = {
        "customer_id": pa.array(snapshot.customer_ids[lists.customer], pa.string()),
        "age_interval": pa.array(np.array(ages.values, object)[ages.codes[lists.customer]], pa.string()),
        "purchases": pa.array(snapshot.customer("articles_all")[lists.customer].astype(np.int32)),
        "article_ids": as_lists(pa.array(snapshot.article_ids[lists.article_idx.ravel()], pa.string())),
        "scores": as_lists(pa.array(lists.score.ravel())),
        "reasons": as_lists(reasons),
    }
    pq.write_table(pa.table(dict(columns)), path, compression="zstd")


def best_sellers(snapshot: Snapshot) -> IntArray:
    """All articles, those sold most and latest first."""
    keys = [snapshot.article(name) for name in ("sold_all", "sold_90d", "sold_30d", "sold_7d")]
    return np.lexsort([np.arange(snapshot.n_articles), *(-key for key in keys)]).astype(np.int32)


def newest(snapshot: Snapshot) -> IntArray:
    """Articles by first sale, latest first; among equals the better sold. Never-sold ones are left out."""
    since = snapshot.article("days_since_first_sale")
    order = np.lexsort([-snapshot.article("sold_7d"), since])
    return order[~np.isnan(since[order])].astype(np.int32)


def _ages() -> list[str]:
    return [age_interval(None), age_interval(AGE_EDGES[0] - 1), *(age_interval(edge) for edge in AGE_EDGES)]
