"""``recsys filter``: business rules, drop ledger and refill make finished lists of what was scored, shard by shard."""

import json
import logging
from collections.abc import Callable, Mapping

from tqdm import tqdm

from recsys_core.compiled import in_blocks
from recsys_core.contracts.release import FALLBACKS, LEDGER, OF_PURCHASES, SECOND
from recsys_core.features.snapshot import Snapshot
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.score import scored_spec
from recsys_core.pipeline.stage import Specs, Stage, Work
from recsys_core.pipeline.train_retrievers import POPULAR, open_retrievers, retriever_spec, retriever_specs
from recsys_core.retrieval.explanations import Explanations
from recsys_core.rules.ledger import Ledger
from recsys_core.rules.list_maker import ListMaker
from recsys_core.rules.list_writer import ListWriter
from recsys_core.rules.shard_finisher import ShardFinisher
from recsys_core.store.artifacts import ArtifactSpec, write_json

log = logging.getLogger(__name__)
VERSION = 6
OF_SCORING = ("scored_length", "shard_customers", "second_ranker")
"""Settings of the lists that ``recsys score`` goes by."""


def lists_spec(plan: BuildPlan, scored: ArtifactSpec | None = None) -> ArtifactSpec:
    """The finished lists of all customers, made from ``scored``, by default from what the plan's ranker scored."""
    lists = plan.config.lists.model_dump(exclude=set(OF_SCORING))
    params = {"rules": plan.config.rules.model_dump(), "lists": lists} | plan.stock_params
    inputs = {"scored": (scored or scored_spec(plan)).key, "refill": retriever_spec(plan, POPULAR).key}
    return ArtifactSpec("lists", VERSION, inputs, params, "recsys filter")


def open_list_maker(plan: BuildPlan) -> ListMaker:
    """Rules and refill as of the plan's cut-off."""
    snapshot, popular = (plan.store.require(spec).path for spec in list_maker_inputs(plan).values())
    return ListMaker.read(snapshot, popular, plan.config, plan.stock)


def list_maker_inputs(plan: BuildPlan) -> Specs:
    """Inputs of a ListMaker: the snapshot, and the popular retriever that lists are refilled from."""
    return {"snapshot": snapshot_spec(plan), POPULAR: retriever_spec(plan, POPULAR)}


def write(work: Work) -> None:
    """Finish every scored shard into lists of outside ids, on all cores; parts that a killed run left are kept."""
    maker = ListMaker.read(work.inputs["snapshot"], work.inputs[POPULAR], work.config, work.stock)
    write_json(work.folder / FALLBACKS, maker.fallbacks())  # it also reads most of what the threads below share
    finisher = ShardFinisher(maker, ListWriter(maker.snapshot, _explanations(work, maker.snapshot)))
    shards = sorted(work.inputs["scored"].glob("part-*.parquet"))
    with tqdm(total=len(shards), desc="rules and refill", mininterval=5) as progress:

        def finish(first: int, end: int) -> None:
            for shard in shards[first:end]:
                finisher.finish(shard, work.folder)
                progress.update()

        in_blocks(finish, len(shards), size=1)
    ledger = finisher.ledger(work.folder)
    write_json(work.folder / LEDGER, ledger.as_dict())
    log.info("ledger: %s", json.dumps(ledger.as_dict()))
    second = (work.folder / SECOND).exists()
    work.summary.update({"second_ranker": str(work.config.lists.second_ranker)} if second else {})
    work.summary.update({"customers": sum(ledger.customers.values()), "length": maker.length})
    work.summary.update({"rules": _said_of_rules(ledger)})


def _said_of_rules(ledger: Ledger) -> Mapping[str, str]:
    """One line for each rule: the number of candidates it dropped and its state, or the reason why it is off."""
    return {
        state.name: f"dropped {ledger.dropped_by(state.name):,}: {state.why}" if state.on else f"off: {state.why}"
        for state in ledger.states
    }


def _retrievers_by_purchases(plan: BuildPlan) -> Specs:
    """Retrievers that recommend an article for a purchase: only the lists' explanations depend on them."""
    return {name: spec for name, spec in retriever_specs(plan).items() if name in OF_PURCHASES}


def _explanations(work: Work, snapshot: Snapshot) -> Explanations:
    return Explanations.of_retrievers(snapshot, open_retrievers(work, snapshot, OF_PURCHASES))


def filter_stage(scored: Callable[[BuildPlan], ArtifactSpec] = scored_spec) -> Stage:
    """The stage that finishes the lists of what ``scored`` specifies."""
    return Stage(
        "filter",
        VERSION,
        inputs=lambda plan: {"scored": scored(plan), **list_maker_inputs(plan)},
        output=lambda plan: lists_spec(plan, scored(plan)),
        run=write,
        optional=_retrievers_by_purchases,
        resume=True,
    )


STAGE = filter_stage()
