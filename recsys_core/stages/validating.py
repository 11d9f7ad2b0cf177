"""Stage ``validate``: newly trained models are measured before they serve.

On the last complete label window, which the ranker's validation model has not seen, with the retrievers that were
fitted before it: the finished lists, beside the simple ones and the champion's on the same customers. The weights that
serve were trained on that window too. They cannot be measured on it, but if they do worse there than the weights that
had not seen it, the training on all examples went wrong.
"""

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from recsys_core.evaluation.baselines import BASELINES
from recsys_core.evaluation.figures import CustomerFigures
from recsys_core.evaluation.metrics import bootstrap_interval, recall
from recsys_core.features.snapshot import Snapshot
from recsys_core.home import Home
from recsys_core.lineage import RANKER_VERSION, Lineage
from recsys_core.promotion.evidence import champion_of, read_decisions
from recsys_core.promotion.gate import judge_models, load_gate
from recsys_core.promotion.validation import (
    CHAMPION,
    CUSTOMERS,
    MEASURED,
    REFIT,
    RESULT,
    SECOND,
    TOWERS,
    TOWERS_NOW,
    Validation,
)
from recsys_core.ranking.base import Ranker
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.examples import drawn_customers, read_examples
from recsys_core.ranking.holdout import split
from recsys_core.ranking.rankers import load_ranker
from recsys_core.ranking.scored import score_by
from recsys_core.release.pointer import list_releases
from recsys_core.retrieval.base import OffLane
from recsys_core.retrieval.lanes import load_lane
from recsys_core.rules.context import SEGMENTS, segments_of
from recsys_core.stages.filtering import ListMaker
from recsys_core.stages.measuring import K, LabelWindow
from recsys_core.stages.promotion import HeldBackError
from recsys_core.stages.retrieving import open_context
from recsys_core.stages.scoring import second_of
from recsys_core.store.artifacts import Artefact, open_artefact, write_json
from recsys_core.tracking import tracked_run

log = logging.getLogger(__name__)
BLOCK = 1024
"""Customers scored at a time; bounds memory."""
WINDOW, CUSTOMERS_OF_IT = "window", "customers"
"""What the validation model has not seen: the whole window, or, where there is only one, some of its customers."""
TOWERS_K = 100
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ChampionModel:
    """The ranker of the release that holds the champion's title."""

    release: str
    cutoff: dt.date
    fitted: Artefact
    validation: Mapping[str, Any]
    """What the release's manifest says of its own validation."""

    @property
    def key(self) -> str:
        return self.fitted.key

    def model_for(self, train_cutoff: dt.date) -> Ranker | None:
        """Its weights that have not seen the label window from ``train_cutoff`` on; None if there are none."""
        ranker = load_ranker(self.fitted)
        if self.cutoff <= train_cutoff:
            return ranker
        learned_before = dt.date.fromisoformat(self.validation["label_start"])
        unseen = self.validation["held_out"] == WINDOW and learned_before <= train_cutoff
        return ranker.validation if unseen else None


def validate(lineage: Lineage) -> Artefact:
    """Measure the lineage's models, or find what was measured."""
    champion = champion_model(lineage.home)
    if champion and (champion.key == lineage.ranker.key or champion.cutoff > lineage.cutoff):
        champion = None
    recipe = lineage.validation(champion.key if champion else None)
    if found := lineage.store.find(recipe):
        return found
    with lineage.store.build(recipe) as draft:
        run_name = f"validation of the models as of {lineage.cutoff}"
        with tracked_run(lineage.home, recipe, lineage.tables.content_sha256, run_name) as run:
            result, series = Measuring.open(lineage, champion).run()
            write_json(draft.path / RESULT, result)
            pq.write_table(pa.table(dict(series)), draft.path / CUSTOMERS)
            measured = Validation(result, series)
            run.log({f"map_at_12_{name}": value for name, value in result["means"].items()} | {"lift": measured.lift})
        draft.summary |= {**measured.summary(), "mlflow_run_id": run.run_id}
    return lineage.store.require(recipe, "recsys validate")


def check_models(home: Home, validated: Artefact) -> None:
    """Stop a run early whose models would not be let live.

    Raises
    ------
    HeldBackError
        If the gate refuses them, there is a champion, and what is refused is held.
    """
    gate = load_gate(home)
    if gate.refused != "hold" or (champion_of(home) is None and gate.first == "accept"):
        return
    found = judge_models(gate.models, Validation.read(validated))
    if failed := [reason for passed, reason in found if not passed]:
        raise HeldBackError(
            f"the models are trained but will not serve: {'; '.join(failed)}. What is asked: mlflow/promotion.yaml"
        )


def champion_model(home: Home) -> ChampionModel | None:
    """The ranker of the release that was last made champion; None if it is gone, or of an older version."""
    promoted = [line["release"] for line in read_decisions(home) if line["verdict"] == "promote"]
    release = next((one for one in list_releases(home) if promoted and one.id == promoted[-1]), None)
    if release is None or not release.manifest.get("validation"):
        return None
    key = release.manifest["artefacts"].get("ranker", "")
    for folder in home.root.glob(f"rankers/*/{key}") if key else ():
        fitted = open_artefact(f"rankers/{folder.parent.name}", folder)
        if fitted and fitted.record["version"] == RANKER_VERSION:
            cutoff = dt.date.fromisoformat(release.manifest["cutoff"])
            return ChampionModel(release.id, cutoff, fitted, release.manifest["validation"])
    return None


@dataclass(frozen=True)
class Measuring:
    """One label window being measured."""

    lineage: Lineage
    past: Lineage
    """The same chain as of the window's first day."""
    days: int
    context: RetrievalContext
    maker: ListMaker
    rankers: Mapping[str, Ranker]
    at: Positions
    """(n,) positions of the customers who are measured among the window's buyers."""
    held_out: str
    champion: Mapping[str, Any]
    """What is known of the champion; without its ``map_at_12`` the reason why it could not be measured."""

    @classmethod
    def open(cls, lineage: Lineage, champion: ChampionModel | None) -> "Measuring":
        train = lineage.train_cutoffs[0]
        past = lineage.at(train.cutoff)
        context = open_context(past)
        fitted = lineage.store.require(lineage.ranker, "recsys train-ranker")
        ranker = load_ranker(fitted)
        if ranker.validation is None:
            raise ValueError(f"{fitted.path} holds no validation model: run `recsys train-ranker` again")
        rankers = {MEASURED: ranker.validation, REFIT: ranker}
        about, theirs = _champion_beside(champion, context, train.cutoff)
        second = second_of(ranker.validation, lineage.config.lists.second_ranker)
        rankers |= {name: model for name, model in ((CHAMPION, theirs), (SECOND, second)) if model}
        buyers = len(LabelWindow.open(past, context.snapshot, train.days).customers)
        held_out = WINDOW if len(lineage.train_cutoffs) > 1 else CUSTOMERS_OF_IT
        at = _drawn(_unseen(lineage, buyers), lineage.config.validation.max_customers)
        return cls(lineage, past, train.days, context, ListMaker.open(past), rankers, at, held_out, about)

    def run(self) -> tuple[dict[str, Any], dict[str, npt.NDArray[np.float64]]]:
        """The result, and the value of each customer by name."""
        window = self._window(self.context.snapshot)
        figures = CustomerFigures(len(self.at))
        everybody = np.arange(len(self.at))
        for name, recommend in BASELINES.items():
            lists = recommend(self.context.snapshot, window.customers)
            figures.put_list(f"baseline/{name}", everybody, window.truth, lists)
        for first in tqdm(range(0, len(self.at), BLOCK), desc="validating", unit="block", mininterval=5):
            self._add_lists(figures, window, everybody[first : first + BLOCK])
        self._add_towers(figures, window)
        series = {name.removeprefix("map/"): values for name, values in figures.series.items()}
        return self._result(series, window), series

    def _window(self, snapshot: Snapshot) -> LabelWindow:
        """The measured customers' purchases in rows of ``snapshot``."""
        whole = LabelWindow.open(self.past, snapshot, self.days)
        return LabelWindow(whole.customers[self.at], whole.truth.of(self.at))

    def _add_lists(self, figures: CustomerFigures, window: LabelWindow, at: Positions) -> None:
        """Finished lists by every ranker, made as in production."""
        length, truth = self.lineage.config.lists.scored_length, window.truth.of(at)
        shard = score_by(list(self.rankers.values()), self.context, window.customers[at], length)
        for name, scored in zip(self.rankers, shard, strict=True):
            figures.put_list(name, at, truth, self.maker.finish(scored).article_idx[:, :K])

    def _add_towers(self, figures: CustomerFigures, window: LabelWindow) -> None:
        """Recall of the two towers of then and of now."""
        then = self.context.lanes.get(TOWERS)
        if then is None or isinstance(then, OffLane):
            return
        store = self.lineage.store
        snapshot = Snapshot.open(store.require(self.lineage.snapshot, "recsys features").path)
        fitted = store.require(self.lineage.two_tower, "recsys train-retrievers")
        now = load_lane(TOWERS, fitted, snapshot, self.lineage.config)
        for name, lane, seen in ((TOWERS, then, window), (TOWERS_NOW, now, self._window(snapshot))):
            for first in range(0, len(self.at), BLOCK):
                at = np.arange(first, min(first + BLOCK, len(self.at)))
                lists = lane.retrieve(seen.customers[at]).article_idx
                figures.put(name, at, recall(seen.truth.of(at), lists, TOWERS_K))

    def _result(self, series: Mapping[str, npt.NDArray[np.float64]], window: LabelWindow) -> dict[str, Any]:
        means = {name: float(values.mean()) for name, values in series.items()}
        champion = dict(self.champion)
        if CHAMPION in series:
            champion |= _of_list(series[CHAMPION], self.context.snapshot, window)
        return {
            "label_start": self.past.cutoff.isoformat(),
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


def _champion_beside(
    champion: ChampionModel | None, context: RetrievalContext, train_cutoff: dt.date
) -> tuple[dict[str, Any], Ranker | None]:
    """What is known of the champion, and the weights of it that can be measured here."""
    if champion is None:
        return {"reason": "there is no other champion whose models are still there"}, None
    about: dict[str, Any] = {"release": champion.release, "lift": champion.validation["lift"]}
    theirs = champion.model_for(train_cutoff)
    if theirs is None:
        return about | {"reason": "its models have seen the label window"}, None
    features = context.features
    if theirs.numeric_names != features.numeric_names or tuple(theirs.vocabulary) != features.category_names:
        return about | {"reason": "it was trained on other features"}, None
    return about, theirs


def _unseen(lineage: Lineage, buyers: int) -> Positions:
    """Positions of the window's buyers whom the validation model has not learned from.

    Where the window is the only one: the customers held out, and as large a share of those who are in no example.
    """
    if len(lineage.train_cutoffs) > 1:
        return np.arange(buyers)
    examples = read_examples(lineage.store.require(lineage.examples, "recsys train-ranker").path)
    drawn = drawn_customers(buyers, lineage.config.examples.max_customers)
    seen, held_out = (drawn[np.unique(part.group)] for part in split(examples))
    others = np.setdiff1d(np.arange(buyers), np.concatenate([seen, held_out]))
    share = len(held_out) / (len(held_out) + len(seen))
    return np.union1d(held_out, _drawn(others, round(share * len(others))))


def _drawn(positions: Positions, most: int) -> Positions:
    """At most ``most`` of ``positions``, ascending; the same each time."""
    if len(positions) <= most:
        return positions
    return np.sort(np.random.default_rng(0).choice(positions, most, replace=False))
