"""``recsys ablate``: every variant trained on the same examples, measured on the same customers."""

import json
import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from recsys_core.evaluation.ablation import Variant, ablation_rows, ablation_table, variants
from recsys_core.evaluation.label_window import LabelWindow
from recsys_core.evaluation.metrics.accuracy import average_precision_of_hits
from recsys_core.features.snapshot import IntArray
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.score import Prepare, Targets
from recsys_core.pipeline.train_ranker import examples_spec, make_examples
from recsys_core.pipeline.train_retrievers import open_context, retriever_keys
from recsys_core.ranking.base import Examples
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.examples import read_examples
from recsys_core.ranking.feature_subsets import subset_called
from recsys_core.ranking.lightgbm import LightGbmRanker, train_booster
from recsys_core.store.artifacts import Artifact, ArtifactSpec, write_json
from recsys_core.tracking.runs import tracked_run

log = logging.getLogger(__name__)
VERSION = 1
BLOCK_CUSTOMERS = 1024
RESULT, TABLE = "ablation.json", "ablation.md"
RECALL_AT = 300


@dataclass(frozen=True)
class _Fitted:
    variant: Variant
    ranker: LightGbmRanker
    columns: np.ndarray


def ablate(plan: BuildPlan, days: int, prepare: Prepare, max_customers: int = 10_000) -> Artifact:
    """MAP@12 and recall@300 of the ranked candidates without each retriever and each group of features.

    At most ``max_customers`` of the label window's buyers, drawn at random, are measured on.
    """
    spec = ablation_spec(plan, days, max_customers)
    if found := plan.store.find(spec):
        return found
    prepare(plan, Targets.label_window(plan.cutoff, days, RECALL_AT))
    context = open_context(plan)
    examples = read_examples(make_examples(plan).path)
    on = tuple(retriever for retriever in context.retrievers if retriever not in context.off)
    with plan.store.build(spec) as draft:
        fitted = _fit(plan, context, examples, variants(on, context.features.numeric))
        rows = ablation_rows([each.variant for each in fitted], *_measure(plan, days, context, fitted, max_customers))
        write_json(draft.path / RESULT, rows)
        (draft.path / TABLE).write_text(ablation_table(rows))
        name = f"ablation on {plan.cutoff}+{days}"
        with tracked_run(plan.workspace, spec, plan.tables.content_sha256, name) as run:
            run.log({f"without_{row['left_out']}": row["map_at_12"] for row in rows})
            for file in (RESULT, TABLE):
                run.log_file(draft.path / file)
        draft.summary |= {"mlflow_run_id": run.run_id, "variants": len(rows)}
    return plan.store.require(spec)


def read_ablation(ablation: Artifact) -> list[dict[str, Any]]:
    """A row a variant, the whole first (``evaluation.ablation.ablation_rows``)."""
    rows: list[dict[str, Any]] = json.loads((ablation.path / RESULT).read_text())
    return rows


def ablation_spec(plan: BuildPlan, days: int, max_customers: int) -> ArtifactSpec:
    """The metrics without each retriever and each group of features."""
    inputs = {"examples": examples_spec(plan).key, "snapshot": snapshot_spec(plan).key, **retriever_keys(plan)}
    params = {"lightgbm": plan.config.lightgbm.model_dump(), "days": days, "max_customers": max_customers}
    return ArtifactSpec("ablations", VERSION, inputs, params, "recsys ablate")


def _fit(plan: BuildPlan, context: RetrievalContext, examples: Examples, wanted: tuple[Variant, ...]) -> list[_Fitted]:
    """Trains every variant. The complete ranker sets trees and feature subset, by the held-out label window."""
    settings, features = plan.config.lightgbm, context.features.numeric
    whole: LightGbmRanker | None = None
    fitted = []
    for variant in tqdm(wanted, desc="training without", unit="part"):
        log.info("training without %s", variant.left_out)
        if whole is None:
            ranker = whole = LightGbmRanker.fit(examples, plan.config)
        else:
            left, trees = variant.examples(examples, features), whole.booster.num_trees()
            booster = train_booster(left, settings, trees, subset=subset_called(whole.feature_subset, left))
            ranker = LightGbmRanker(booster, left.numeric_names, left.vocabulary)
        fitted.append(_Fitted(variant, ranker, variant.columns(features)))
    return fitted


def _measure(
    plan: BuildPlan, days: int, context: RetrievalContext, fitted: list[_Fitted], max_customers: int
) -> tuple[Any, Any]:
    """Average precision and recall@300, (n_customers, n_variants) each; features are computed once a block."""
    window = LabelWindow.open(plan.tables.path, context.snapshot, plan.cutoff, days)
    n = len(window.customers)
    drawn = np.sort(np.random.default_rng(0).permutation(n)[:max_customers])
    precision, recall = (np.zeros((len(drawn), len(fitted))) for _ in range(2))
    names = context.features.numeric_names
    for first in tqdm(range(0, len(drawn), BLOCK_CUSTOMERS), desc="measuring without", mininterval=5):
        at = drawn[first : first + BLOCK_CUSTOMERS]
        truth, customers = window.truth.of(at), window.customers[at]
        candidates = context.candidates(customers)
        pairs = context.pairs(customers, candidates)
        numbers = context.features.numbers(pairs)
        codes = context.features.category_codes(pairs, fitted[0].ranker.vocabulary)
        bought = truth.bought(candidates.row, candidates.article_idx)
        for i, each in enumerate(fitted):
            rows = each.variant.rows(numbers, names)
            score = each.ranker.score(each.variant.numbers(numbers[rows], names, each.columns), codes[rows])
            rank = _ranks(candidates.row[rows], score)
            hit = bought[rows]
            of, place = candidates.row[rows][hit], rank[hit]
            precision[first : first + len(at), i] = average_precision_of_hits(of, place, truth.sizes)
            found = np.bincount(of[place <= RECALL_AT], minlength=len(at))
            recall[first : first + len(at), i] = found / np.maximum(truth.sizes, 1)
    return precision, recall


def _ranks(row: IntArray, score: np.ndarray) -> np.ndarray:
    """(n,) rank of each candidate within its row, from 1 on."""
    order = np.lexsort((-score, row))
    ranks = np.empty(len(row), np.int64)
    ordered = row[order]
    ranks[order] = np.arange(len(row)) - np.searchsorted(ordered, ordered) + 1
    return ranks
