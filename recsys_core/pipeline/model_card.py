"""Model cards: data, quality, inputs and limits of each trained model, shown in MLflow with its version."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import jinja2

from recsys_core.features.pairs import pair_features
from recsys_core.pipeline.models import runs_of
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.train_ranker import BLENDED, ranker_spec
from recsys_core.pipeline.train_retrievers import TWO_TOWER, retriever_spec
from recsys_core.promotion.validation import TOWERS, TOWERS_NOW, Validation
from recsys_core.ranking.blend import BlendRanker
from recsys_core.store.artifacts import Artifact
from recsys_core.towers.inputs import ARTICLE_CATEGORIES, CUSTOMER_CATEGORIES
from recsys_core.tracking.best_effort import unless_away

if TYPE_CHECKING:
    from recsys_core.tracking.registry import Version

ABOUT: Final = "ranker.json"
OWN_METRICS: Final = (
    "held_out_map_at_12",
    "trees",
    "epochs",
    "loss_over_popularity",
    "personal_gain",
    "article_spread",
)
"""Metrics of a training that its artifact's summary keeps."""


def describe_models(plan: BuildPlan, validation: Validation, models: str) -> None:
    """Show the card of each newly trained model in MLflow; if MLflow is away, that is logged alone."""
    with unless_away("the model cards"):
        from recsys_core.tracking.registry import MODELS, describe, versions_of

        trained = {str(made.summary.get("mlflow_run_id")): made for made in _trained(plan)}
        for version in versions_of(plan.workspace, runs_of(plan.workspace, models)):
            if version.name in MODELS and (made := trained.get(version.run_id)):
                card = model_card(plan, validation, models, made, version, MODELS[version.name])
                describe(plan.workspace, version, card)


def model_card(
    plan: BuildPlan, validation: Validation, models: str, made: Artifact, version: "Version", what: str
) -> str:
    """The card of one registered version as Markdown.

    ``made`` is its training's artifact, ``models`` the key of the training's models, ``what`` a sentence about it.
    """
    result, is_ranker = validation.result, made.kind.startswith("rankers/")
    champion = result.get("champion") or {}
    return (
        template("model_card.md.j2")
        .render(
            name=version.name,
            number=version.number,
            what=what,
            models=models,
            kind=made.kind,
            key=made.key,
            cutoff=plan.cutoff,
            tables=plan.tables,
            purchases=plan.purchases,
            is_ranker=is_ranker,
            windows=[f"{each.cutoff}+{each.days}" for each in plan.train_cutoffs],
            result=result,
            baselines=sorted(result["baselines"].items(), key=lambda item: -item[1]),
            champion=champion,
            their_segments=champion.get("segments") or {},
            towers_then=result["means"].get(TOWERS),
            towers_now=result["means"].get(TOWERS_NOW),
            own={name: made.summary[name] for name in OWN_METRICS if name in made.summary},
            inputs=_inputs_of_ranker(plan, made.path) if is_ranker else _inputs_of_tower(plan, version.name),
            retrained_after=plan.config.cutoffs.retrain_after_days,
            loader="mlflow.lightgbm" if version.name.startswith("lightgbm") else "mlflow.tensorflow",
            made_with=version.tags,
            settings=made.record["params"],
        )
        .strip()
        + "\n"
    )


def _trained(plan: BuildPlan) -> Iterable[Artifact]:
    """The plan's own trainings: the two towers, and the ranker or those that it is blended from."""
    parts = BLENDED if plan.config.ranker == BlendRanker.name else (plan.config.ranker,)
    specs = [retriever_spec(plan, TWO_TOWER), *(ranker_spec(plan, part) for part in parts)]
    return [made for made in map(plan.store.find, specs) if made]


def _inputs_of_ranker(plan: BuildPlan, folder: Path) -> list[str]:
    """Number of numeric features by group, and categories with the size of their vocabularies."""
    about = json.loads((folder / ABOUT).read_text())
    groups = {each.name: each.group for each in pair_features(tuple(plan.config.retrieval.retrievers))}
    numbers = Counter(groups.get(name, "other").replace("_", " ") for name in about["numeric_names"])
    found = [f"{count} numeric features of the group {group}" for group, count in sorted(numbers.items())]
    sizes = ", ".join(f"{name} ({len(values):,} values)" for name, values in sorted(about["vocabulary"].items()))
    subset = about.get("feature_subset") or "see the training run"
    return [*found, f"categories: {sizes or 'none'}", f"feature subset: {subset}"]


def _inputs_of_tower(plan: BuildPlan, name: str) -> list[str]:
    config = plan.config.two_tower
    if name.endswith("customer"):
        history = f"the last {config.history_length} purchases" if config.history_length else "no history"
        return [
            f"customer_id, {', '.join(CUSTOMER_CATEGORIES)}",
            "spend and articles of the last 30 days, days since the last purchase",
            history,
        ]
    images = "and the image embedding" if plan.embeddings else "no images"
    return [f"article_id, {', '.join((*ARTICLE_CATEGORIES, *config.more_article_attributes))}", f"mean price, {images}"]


def template(name: str) -> jinja2.Template:
    """A card's template of this package."""
    environment = jinja2.Environment(  # noqa: S701 (Markdown)
        loader=jinja2.PackageLoader("recsys_core.pipeline", "."),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
