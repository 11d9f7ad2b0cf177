"""``recsys train-ranker``: examples of past cut-offs, and the rankers that learn from them."""

from functools import partial
from multiprocessing.pool import ThreadPool

from recsys_core.compiled import SharedCores
from recsys_core.errors import TooLittleToLearnError
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.stage import Specs, Stage, StageGroup, Summary, Work, no_inputs
from recsys_core.pipeline.train_retrievers import open_context, retriever_specs
from recsys_core.ranking.blend import BlendRanker
from recsys_core.ranking.dnn import DnnRanker
from recsys_core.ranking.examples import read_examples, write_examples
from recsys_core.ranking.holdout import split_rows
from recsys_core.ranking.lightgbm import LightGbmRanker
from recsys_core.ranking.rankers import RANKERS
from recsys_core.store.artifacts import Artifact, ArtifactSpec, summary_of

EXAMPLES_VERSION = 6
RANKER_VERSION = 10
BLENDED = (DnnRanker.name, LightGbmRanker.name)
"""The rankers that the blend is made of."""
MADE_BY = "recsys train-ranker"


def examples_spec(plan: BuildPlan) -> ArtifactSpec:
    """Artifact spec of the rankers' examples: the training cut-offs and the retrievers fitted before each of them."""
    inputs = {
        f"{train.cutoff}+{train.days}/{name}": spec.key
        for train, past in zip(plan.train_cutoffs, plan.past_plans, strict=True)
        for name, spec in {"snapshot": snapshot_spec(past), **retriever_specs(past)}.items()
    }
    params = {"examples": plan.config.examples.model_dump(), "retrieval": plan.config.retrieval.model_dump()}
    inputs |= plan.image_inputs
    return ArtifactSpec("examples", EXAMPLES_VERSION, inputs, params | plan.eligibility, MADE_BY)


def ranker_spec(plan: BuildPlan, name: str | None = None) -> ArtifactSpec:
    """A ranker by name, by default the one that is switched on."""
    name = name or plan.config.ranker
    if plan.models:
        return plan.models.specs["ranker" if name == plan.config.ranker else f"ranker_{name}"]
    inputs = {"examples": examples_spec(plan).key}
    inputs |= {part: spec.key for part, spec in _parts(plan, name).items()}
    return ArtifactSpec(f"rankers/{name}", RANKER_VERSION, inputs, plan.config.ranker_params(name), MADE_BY)


def _parts(plan: BuildPlan, name: str) -> Specs:
    """The rankers that one is blended from."""
    return {part: ranker_spec(plan, part) for part in (BLENDED if name == BlendRanker.name else ())}


def make_examples(plan: BuildPlan) -> Artifact:
    """Describe and label the candidates of the training cut-offs, or find them."""

    def write(work: Work) -> None:
        contexts = (partial(open_context, past) for past in plan.past_plans)
        windows = list(zip(plan.train_cutoffs, contexts, strict=True))
        settings = work.config.examples
        work.summary.update(write_examples(windows, work.tables, work.image_embeddings, settings, work.folder))

    return Stage("train-ranker", EXAMPLES_VERSION, no_inputs, examples_spec, write).make(plan)


def ranker_stage(name: str) -> Stage:
    """The stage that trains one ranker on the examples."""
    return Stage(
        "train-ranker",
        RANKER_VERSION,
        lambda plan: {"examples": examples_spec(plan), **_parts(plan, name)},
        lambda plan: ranker_spec(plan, name),
        lambda work: _fit(work, name),
    )


def _fit(work: Work, name: str) -> None:
    with work.track(f"{name} ranker as of {work.cutoff}") as run:
        examples, monitor = read_examples(work.inputs["examples"]), run.monitor(f"{name}_ranker")
        if not all(rows.any() for rows in split_rows(examples)):
            raise TooLittleToLearnError(
                "too few customers bought in the label windows to learn from some and measure by others"
            )
        run.log({count: float(n) for count, n in summary_of("examples", work.inputs["examples"]).items()})
        if name == BlendRanker.name:
            dnn, lightgbm = (work.inputs[part] for part in BLENDED)
            ranker = BlendRanker.of(DnnRanker.load(dnn), LightGbmRanker.load(lightgbm), examples, monitor)
            ranker.save(work.folder)
        else:
            RANKERS[name].fit(examples, work.config, monitor).save(work.folder)
    work.summary.update({**run.metrics, "mlflow_run_id": run.run_id})


def train_ranker(plan: BuildPlan) -> Artifact:
    """Train the ranker that is switched on, and what it is blended from, on candidates of the training cut-offs."""
    name = plan.config.ranker
    if found := plan.store.find(ranker_spec(plan)):
        return found
    make_examples(plan)
    if parts := [ranker_stage(part) for part in _parts(plan, name)]:
        _make_side_by_side(parts, plan)
    return ranker_stage(name).make(plan)


def _make_side_by_side(stages: list[Stage], plan: BuildPlan) -> None:
    """Make what does not depend on one another: one training alone does not keep two cores busy.

    After a failure the others are waited for, and then the failure is raised.
    """
    from recsys_core.tracking.runs import configure, in_open_run

    def make(stage: Stage) -> None:
        with cores.of_one_job():
            stage.make(plan)

    cores = SharedCores(len(stages))
    configure(plan.workspace)  # two that find no experiment would each create it
    with ThreadPool(len(stages)) as threads:
        threads.map(lambda job: job(), [in_open_run(partial(make, stage)) for stage in stages], chunksize=1)


def _summary(plan: BuildPlan) -> Summary:
    with plan.learning():
        summary = train_ranker(plan).summary
    specs = (examples_spec(plan), *_parts(plan, plan.config.ranker).values(), ranker_spec(plan))
    made = (plan.store.find(spec) for spec in specs)  # a cleaned workspace may hold a ranker without its examples
    return {"artifacts": [each.name for each in made if each], **summary}


STAGE = StageGroup(
    "train-ranker",
    {"examples": EXAMPLES_VERSION, "rankers": RANKER_VERSION},
    _summary,
)
