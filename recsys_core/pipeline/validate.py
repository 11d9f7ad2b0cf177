"""``recsys validate``: newly trained models are measured before they serve.

The ranker's validation model has not seen the last complete label window. Its finished lists are measured there, with
the retrievers fitted before the window, beside the simple lists and the champion's on the same customers. The weights
that serve were trained on that window too, so they cannot be measured on it. But if they do worse there than the
weights that had not seen it, the training on all examples went wrong.
"""

import logging

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.contracts.artifacts import VALIDATIONS
from recsys_core.contracts.training import Challenge
from recsys_core.evaluation.label_window import LabelWindow
from recsys_core.features.snapshot import Snapshot
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.filter import open_list_maker
from recsys_core.pipeline.model_card import describe_models
from recsys_core.pipeline.models import ask_for_approval, challenge, is_past, note_models
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.stage import Specs, Stage, StageGroup, Summary, Work, no_inputs
from recsys_core.pipeline.train_ranker import RANKER_VERSION, examples_spec, ranker_spec
from recsys_core.pipeline.train_retrievers import POPULAR, TWO_TOWER, open_context, retriever_keys, retriever_spec
from recsys_core.promotion.champion_model import ChampionModel, champion_beside, champion_model
from recsys_core.promotion.judging import check_models
from recsys_core.promotion.measuring import Measuring, Positions
from recsys_core.promotion.validation import (
    CHAMPION,
    CUSTOMERS,
    CUSTOMERS_OF_IT,
    MEASURED,
    REFIT,
    RESULT,
    SECOND,
    WINDOW,
    Validation,
)
from recsys_core.ranking.examples import drawn_customers, read_examples
from recsys_core.ranking.holdout import split
from recsys_core.ranking.rankers import load_ranker
from recsys_core.ranking.shard_scorer import second_of
from recsys_core.retrieval.base import CandidateSource
from recsys_core.retrieval.registry import load_retriever
from recsys_core.store.artifacts import Artifact, ArtifactSpec, write_json

log = logging.getLogger(__name__)
VERSION = 1


def validation_spec(plan: BuildPlan, champion: str | None) -> ArtifactSpec:
    """Artifact spec of the validation of the ranker's validation model on the last complete label window.

    ``champion`` is the key of the champion's ranker, which is measured beside it.
    """
    train, past = plan.train_cutoffs[0], plan.past_plans[0]
    inputs = {"ranker": ranker_spec(plan).key, "snapshot": snapshot_spec(past).key, **retriever_keys(past)}
    inputs |= {"refill": retriever_spec(past, POPULAR).key} | ({"champion": champion} if champion else {})
    inputs |= {f"{name}_now": spec.key for name, spec in _now(plan).items()}
    params = {"rules": plan.config.rules.model_dump(), "lists": plan.config.lists.model_dump(), "days": train.days}
    params |= plan.config.validation.model_dump()
    return ArtifactSpec(VALIDATIONS, VERSION, inputs, params, "recsys validate")


def _now(plan: BuildPlan) -> Specs:
    """The two towers as of the cut-off itself, if they yield candidates, with the snapshot that they read."""
    if TWO_TOWER not in plan.config.retrieval.retrievers:
        return {}
    return {TWO_TOWER: retriever_spec(plan, TWO_TOWER), "snapshot": snapshot_spec(plan)}


def validate(plan: BuildPlan) -> Artifact:
    """Measure the plan's models, or find an earlier validation."""
    champion = champion_model(plan.workspace, RANKER_VERSION)
    if champion and (champion.key == ranker_spec(plan).key or champion.cutoff > plan.cutoff):
        champion = None
    stage = Stage(
        "validate",
        VERSION,
        inputs=no_inputs,  # the run opens what it measures, some of it only where the window is the only one
        output=lambda plan: validation_spec(plan, champion.key if champion else None),
        run=lambda work: _write(work, open_measuring(plan, champion)),
    )
    return stage.make(plan)


def _write(work: Work, measuring: Measuring) -> None:
    with work.track(f"validation of the models as of {work.cutoff}") as run:
        result, series = measuring.run()
        write_json(work.folder / RESULT, result)
        pq.write_table(pa.table(dict(series)), work.folder / CUSTOMERS)
        measured = Validation(result, series)
        run.log({f"map_at_12_{name}": value for name, value in result["means"].items()} | {"lift": measured.lift})
    work.summary.update({**measured.summary(), "mlflow_run_id": run.run_id})


def open_measuring(plan: BuildPlan, champion: ChampionModel | None) -> Measuring:
    """The models and the label window of a plan, ready to be measured.

    Raises
    ------
    ValueError
        If the ranker holds no validation model.
    """
    train, past = plan.train_cutoffs[0], plan.past_plans[0]
    context = open_context(past)
    fitted = plan.store.require(ranker_spec(plan))
    ranker = load_ranker(fitted)
    if ranker.validation is None:
        raise ValueError(f"{fitted.path} holds no validation model: run `recsys train-ranker` again")
    rankers = {MEASURED: ranker.validation, REFIT: ranker}
    about, theirs = champion_beside(champion, context, train.cutoff)
    second = second_of(ranker.validation, plan.config.lists.second_ranker)
    rankers |= {name: model for name, model in ((CHAMPION, theirs), (SECOND, second)) if model}
    buyers = len(LabelWindow.open(plan.tables.path, context.snapshot, train.cutoff, train.days).customers)
    return Measuring(
        plan.config,
        plan.tables.path,
        train.cutoff,
        train.days,
        context,
        open_list_maker(past),
        rankers,
        _drawn(_unseen(plan, buyers), plan.config.validation.max_customers),
        WINDOW if len(plan.train_cutoffs) > 1 else CUSTOMERS_OF_IT,
        about,
        _open_two_tower_now(plan),
    )


def _open_two_tower_now(plan: BuildPlan) -> tuple[Snapshot, CandidateSource] | None:
    now = _now(plan)
    if not now:
        return None
    snapshot = Snapshot.open(plan.store.require(now["snapshot"]).path)
    return snapshot, load_retriever(TWO_TOWER, plan.store.require(now[TWO_TOWER]), snapshot, plan.config)


def _unseen(plan: BuildPlan, buyers: int) -> Positions:
    """Positions of the window's buyers whom the validation model has not learned from.

    Where the window is the only one: the customers held out, and as large a share of those who are in no example.
    """
    if len(plan.train_cutoffs) > 1:
        return np.arange(buyers)
    learned_from = read_examples(plan.store.require(examples_spec(plan)).path)
    drawn = drawn_customers(buyers, plan.config.examples.max_customers)
    seen, held_out = (drawn[np.unique(part.group)] for part in split(learned_from))
    others = np.setdiff1d(np.arange(buyers), np.concatenate([seen, held_out]))
    share = len(held_out) / (len(held_out) + len(seen))
    return np.union1d(held_out, _drawn(others, round(share * len(others))))


def _drawn(positions: Positions, most: int) -> Positions:
    """At most ``most`` of ``positions``, ascending; the same each time."""
    if len(positions) <= most:
        return positions
    return np.sort(np.random.default_rng(0).choice(positions, most, replace=False))


def validate_models(plan: BuildPlan, when: Challenge = Challenge.AT_ONCE) -> Summary:
    """Validate the newly trained models, and have the gate decide about them: at once, or after a person approved.

    Raises
    ------
    HeldBackError
        If the gate would refuse them.
    """
    made = validate(plan)
    log.info("validation: %s", dict(made.summary))
    noted, validation = note_models(plan, made), Validation.read(made)
    if when == Challenge.AFTER_APPROVAL:
        ask_for_approval(plan.workspace, noted.key)
    describe_models(plan, validation, noted.key)
    checks = check_models(plan.workspace, validation)
    if when == Challenge.AT_ONCE and not is_past(plan):
        challenge(plan.workspace, noted.key, f"MAP@12 {validation.mean(MEASURED):.4f} on {validation.window}")
    return {"artifacts": [made.name, noted.name], **made.summary, "models": noted.key, "checks": checks}


STAGE = StageGroup(
    "validate",
    VERSION,
    validate_models,
)
