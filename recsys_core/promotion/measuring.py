"""Measures newly trained models on a label window, beside simple lists and the champion's ranker."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from recsys_core.config import Config
from recsys_core.evaluation.baselines import BASELINES
from recsys_core.evaluation.label_window import LabelWindow
from recsys_core.evaluation.measurement import LIST_LENGTH
from recsys_core.evaluation.metrics.accuracy import bootstrap_interval, recall
from recsys_core.evaluation.metrics.by_customer import CustomerMetrics
from recsys_core.features.snapshot import Snapshot
from recsys_core.promotion.validation import CHAMPION, MEASURED, TOWERS, TOWERS_NOW
from recsys_core.ranking.base import Ranker
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.pair_scorer import PairScorer
from recsys_core.ranking.scored import score_by
from recsys_core.retrieval.base import CandidateSource, UnavailableRetriever
from recsys_core.rules.context import SEGMENTS, segments_of
from recsys_core.rules.list_maker import ListMaker

BLOCK_CUSTOMERS = 1024
"""Customers scored at a time; bounds memory."""
TWO_TOWER_K = 100
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Measuring:
    """One label window being measured."""

    config: Config
    tables: Path
    first: dt.date
    """First label day."""
    days: int
    context: RetrievalContext
    maker: ListMaker
    rankers: Mapping[str, Ranker]
    at: Positions
    """(n,) positions of the customers who are measured among the window's buyers."""
    held_out: str
    champion: Mapping[str, Any]
    """Facts known of the champion; without its ``map_at_12``, the reason why it could not be measured."""
    two_tower_now: tuple[Snapshot, CandidateSource] | None = None
    """The two towers as of the production cut-off with the snapshot that they read, if they yield candidates."""

    def run(self) -> tuple[dict[str, Any], dict[str, npt.NDArray[np.float64]]]:
        """The result, and the value of each customer by name."""
        window = self._window(self.context.snapshot)
        metrics = CustomerMetrics(len(self.at))
        everybody = np.arange(len(self.at))
        for name, recommend in BASELINES.items():
            lists = recommend(self.context.snapshot, window.customers)
            metrics.put_list(f"baseline/{name}", everybody, window.truth, lists)
        for first in tqdm(range(0, len(self.at), BLOCK_CUSTOMERS), desc="validating", unit="block", mininterval=5):
            self._add_lists(metrics, window, everybody[first : first + BLOCK_CUSTOMERS])
        self._add_towers(metrics, window)
        series = {name.removeprefix("map/"): values for name, values in metrics.series.items()}
        return self._result(series, window), series

    def _window(self, snapshot: Snapshot) -> LabelWindow:
        """The measured customers' purchases in rows of ``snapshot``."""
        whole = LabelWindow.open(self.tables, snapshot, self.first, self.days)
        return LabelWindow(whole.customers[self.at], whole.truth.of(self.at))

    @cached_property
    def _scorer(self) -> PairScorer:
        return PairScorer(list(self.rankers.values()), self.context)

    def _add_lists(self, metrics: CustomerMetrics, window: LabelWindow, at: Positions) -> None:
        """Finished lists by every ranker, made as in production."""
        length, truth = self.config.lists.scored_length, window.truth.of(at)
        shard = score_by(self._scorer, window.customers[at], length)
        for name, scored in zip(self.rankers, shard, strict=True):
            metrics.put_list(name, at, truth, self.maker.finish(scored).article_idx[:, :LIST_LENGTH])

    def _add_towers(self, metrics: CustomerMetrics, window: LabelWindow) -> None:
        """Recall of the two towers of then and of now."""
        then = self.context.retrievers.get(TOWERS)
        if then is None or isinstance(then, UnavailableRetriever) or self.two_tower_now is None:
            return
        snapshot, now = self.two_tower_now
        for name, retriever, seen in ((TOWERS, then, window), (TOWERS_NOW, now, self._window(snapshot))):
            for first in range(0, len(self.at), BLOCK_CUSTOMERS):
                at = np.arange(first, min(first + BLOCK_CUSTOMERS, len(self.at)))
                lists = retriever.retrieve(seen.customers[at]).article_idx
                metrics.put(name, at, recall(seen.truth.of(at), lists, TWO_TOWER_K))

    def _result(self, series: Mapping[str, npt.NDArray[np.float64]], window: LabelWindow) -> dict[str, Any]:
        means = {name: float(values.mean()) for name, values in series.items()}
        champion = dict(self.champion)
        if CHAMPION in series:
            champion |= _of_list(series[CHAMPION], self.context.snapshot, window)
        return {
            "label_start": self.first.isoformat(),
            "label_days": self.days,
            "customers": len(self.at),
            "held_out": self.held_out,
            **_of_list(series[MEASURED], self.context.snapshot, window),
            "baselines": {name: means[f"baseline/{name}"] for name in BASELINES},
            "champion": champion,
            "means": means,
        }


def _of_list(values: npt.NDArray[np.float64], snapshot: Snapshot, window: LabelWindow) -> dict[str, Any]:
    """MAP@12 of a list: of all customers with its interval, and by segment."""
    segment = segments_of(snapshot, window.customers)
    members = {name: segment == i for i, name in enumerate(SEGMENTS) if (segment == i).any()}
    return {
        "map_at_12": float(values.mean()),
        "map_at_12_interval": bootstrap_interval(values),
        "segments": {
            name: {"customers": int(among.sum()), "map_at_12": float(values[among].mean())}
            for name, among in members.items()
        },
    }
