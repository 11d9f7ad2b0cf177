"""The measuring of one label window: lists, retrievers, rules and baselines on the same customers, part by part."""

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from recsys_core.evaluation.baselines import BASELINES
from recsys_core.evaluation.label_window import LabelWindow
from recsys_core.evaluation.metrics import segments
from recsys_core.evaluation.metrics.accuracy import FloatArray, Truth, average_precision, recall
from recsys_core.evaluation.metrics.beyond_accuracy import Exposure
from recsys_core.evaluation.metrics.by_customer import CustomerMetrics
from recsys_core.evaluation.metrics.calibration import Calibrated, Reliability
from recsys_core.evaluation.metrics.importance import importance_table
from recsys_core.evaluation.metrics.retrievers import measure_retrievers
from recsys_core.evaluation.metrics.rule_effects import measure_rules, rule_table
from recsys_core.evaluation.metrics.summary import accuracy, bootstrap_of
from recsys_core.features.pairs import pair_features
from recsys_core.features.snapshot import IntArray
from recsys_core.ranking.base import Ranker
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.scored import Scored
from recsys_core.retrieval.base import eligible_articles
from recsys_core.retrieval.candidates import PAD
from recsys_core.rules.config import ListConfigs
from recsys_core.rules.list_maker import ListMaker
from recsys_core.rules.rules import Rule, active_rules

log = logging.getLogger(__name__)
LIST_LENGTH = 12
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Measurement:
    """One label window being measured, part by part of what was scored."""

    config: ListConfigs
    first: dt.date
    """First label day."""
    days: int
    parts: tuple[Path, ...]
    """Scored candidates."""
    context: RetrievalContext
    maker: ListMaker
    ranker: Ranker
    window: LabelWindow

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that are on; no stock of now acts as of a past date."""
        return active_rules(self.config.rules)

    def run(self) -> tuple[dict[str, Any], dict[str, FloatArray]]:
        """The result, without its artifact's name, and each metric (n_customers,) by name, in the window's order."""
        metrics = CustomerMetrics(len(self.window.customers))
        snapshot = self.maker.snapshot
        in_stock = np.zeros(snapshot.n_articles, bool)
        in_stock[eligible_articles(snapshot, self.config)] = True
        exposure, reliability = Exposure(snapshot, in_stock), Reliability()
        lists = np.full((metrics.n_customers, LIST_LENGTH), PAD, np.int32)
        self._add_baselines(metrics)
        retrievers: tuple[str, ...] = ()
        for at, scored in tqdm(self._shards(), total=len(self.parts), desc="measuring", unit="part", mininterval=5):
            truth = self.window.truth.of(at)
            retrievers = self._add_retrieval(metrics, at, truth, scored)
            lists[at] = self._add_lists(metrics, exposure, at, truth, scored)
            self._add_predictions(reliability, truth, scored)
        return self._result(metrics, lists, exposure, reliability, retrievers), metrics.series

    def _shards(self) -> Iterator[tuple[Positions, Scored]]:
        """Positions in the window (m,) of the customers of each part, and their ranked candidates (m, length)."""
        for part in self.parts:
            scored = Scored.read(part)
            at = np.flatnonzero(np.isin(self.window.customers, scored.customer))
            yield at, scored.take(np.searchsorted(scored.customer, self.window.customers[at]))

    def _add_baselines(self, metrics: CustomerMetrics) -> None:
        log.info("measuring %d customers on %s + %d", metrics.n_customers, self.first, self.days)
        everybody = np.arange(metrics.n_customers)
        for name, recommend in BASELINES.items():
            lists = recommend(self.maker.snapshot, self.window.customers)
            metrics.put_list(f"baseline/{name}", everybody, self.window.truth, lists)

    def _add_retrieval(self, metrics: CustomerMetrics, at: Positions, truth: Truth, scored: Scored) -> tuple[str, ...]:
        """Each retriever alone, and the union by the ranker; returns the retrievers that are on."""
        candidates = self.context.candidates(self.window.customers[at])
        measure_retrievers(metrics, at, truth, candidates)
        metrics.put_list("ranked", at, truth, scored.article_idx)
        metrics.put_recall("union", at, truth, scored.article_idx)
        return tuple(retriever for retriever in candidates.retrievers if retriever not in self.context.off)

    def _add_lists(
        self,
        metrics: CustomerMetrics,
        exposure: Exposure,
        at: Positions,
        truth: Truth,
        scored: Scored,
    ) -> IntArray:
        """Measures the finished lists (m, LIST_LENGTH), which it returns, and those without each rule.

        As in production, they are made from the first ``scored_length``.
        """
        first = scored.take(np.arange(len(at)), self.config.lists.scored_length)
        lists = self.maker.finish(first).article_idx[:, :LIST_LENGTH]
        metrics.put_list("final", at, truth, lists)
        refill = self.maker.refill_of(first.customer)
        measure_rules(metrics, at, truth, first, refill, self.maker.snapshot, self.rules)
        exposure.add(lists, truth.article)
        new = truth.among(segments.new_articles(self.maker.snapshot))
        concerned = new.sizes > 0
        precision, found = average_precision(new, lists), recall(new, scored.article_idx, 100)
        metrics.put("map/new articles", at, np.where(concerned, precision, np.nan))
        metrics.put("recall/new articles/100", at, np.where(concerned, found, np.nan))
        return lists

    def _add_predictions(self, reliability: Reliability, truth: Truth, scored: Scored) -> None:
        if isinstance(self.ranker, Calibrated):
            there = scored.article_idx >= 0
            reliability.add(self.ranker.probability(scored.score[there]), truth.hits(scored.article_idx)[there])

    def _result(
        self,
        metrics: CustomerMetrics,
        lists: IntArray,
        exposure: Exposure,
        reliability: Reliability,
        retrievers: tuple[str, ...],
    ) -> dict[str, Any]:
        log.info("bootstrapping")
        snapshot, customers = self.maker.snapshot, self.window.customers
        bootstrap = bootstrap_of(metrics, retrievers, [rule.name for rule in self.rules])
        new = self.window.truth.among(segments.new_articles(snapshot))
        return {
            **accuracy(metrics, bootstrap, retrievers, self.context.off),
            "segments": segments.by_history(metrics, customers, snapshot),
            "groups": {
                "profile": segments.by_profile(metrics, customers, snapshot),
                "age": segments.by_age(metrics, customers, snapshot),
                "cold_start_by_age": segments.cold_start_by_age(metrics, lists, customers, snapshot),
                "new_articles": segments.of_new_articles(metrics, len(new.customer)),
            },
            "rules": self.maker.ledger.as_dict(),
            "rule_effects": rule_table(metrics, bootstrap, self.rules, self.maker.ledger),
            "beyond_accuracy": exposure.metrics(),
            "calibration": reliability.calibration(),
            "importance": importance_table(self.ranker, _feature_groups(self.context)),
            "ablation": [],
            "label_start": self.first.isoformat(),
            "label_days": self.days,
            "made_from": {"retrievers": list(retrievers)},
        }


def _feature_groups(context: RetrievalContext) -> dict[str, str]:
    """Group by name of every number that a ranker may see."""
    return {feature.name: feature.group.replace("_", " ") for feature in pair_features(tuple(context.retrievers))}
