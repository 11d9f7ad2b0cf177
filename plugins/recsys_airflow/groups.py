"""Task groups of ``daily_release``, in the order of the path. Each returns the group, whose tasks are in order."""

from datetime import timedelta

from airflow.sdk import TaskGroup, TriggerRule

from recsys_airflow.approval import NewModelsApproval
from recsys_airflow.assets import IMAGE_EMBEDDINGS, MODELS, RELEASE
from recsys_airflow.day import OF_THE_DAY, TABLES, WITH_IMAGES, reported
from recsys_airflow.first_release import hold_turn_or_skip
from recsys_airflow.operators import RecsysSparkOperator, RecsysStageOperator
from recsys_core.contracts.training import Challenge


def first_release() -> TaskGroup:
    """A release of what can be counted, for as long as no trained one is live."""
    with TaskGroup(
        "first_release", tooltip="Best sellers, buy again, also bought: until a trained release is live"
    ) as group:
        snapshot = RecsysSparkOperator(
            job="features",
            flags=["--first"],
            options=OF_THE_DAY,
            niceness=0,
            pre_execute=hold_turn_or_skip,
            execution_timeout=timedelta(hours=1),
            doc_md="Tables to the snapshot as of the day, unless a trained release is live. A small shop's other "
            "snapshots are built in the same pass.",
        )
        release = RecsysStageOperator(
            stage="first-release",
            options=OF_THE_DAY,
            niceness=0,
            execution_timeout=timedelta(hours=1),
            doc_md="Snapshot to `releases/<id>/` from retrievers that count; goes live if nothing trained is.",
        )
        snapshot >> release
    return group


def images() -> TaskGroup:
    """Vectors of the catalogue's images."""
    with TaskGroup("images", tooltip="Vectors of the catalogue's images") as group:
        train = RecsysStageOperator(
            stage="train-images",
            options=TABLES,
            execution_timeout=timedelta(hours=3),
            doc_md="Images to `image_encoders/<key>/`, unless an encoder with these settings exists.",
        )
        embed = RecsysStageOperator(
            stage="embed-images",
            options=TABLES,
            outlets=[IMAGE_EMBEDDINGS],
            execution_timeout=timedelta(hours=6),
            doc_md="Images to `image_embeddings/<key>/`; only new or changed images go through the encoder.",
        )
        train >> embed
    return group


def training(asks: bool = False) -> TaskGroup:
    """The drift report, the question whether models are due, and their training.

    ``asks``: the models make no list that goes live before a person approved them.
    """
    with TaskGroup("training", tooltip="Drift report; models, if they are due") as group:
        drift = RecsysStageOperator(
            stage="drift",
            options=WITH_IMAGES,
            trigger_rule=TriggerRule.NONE_FAILED,
            execution_timeout=timedelta(minutes=30),
            doc_md="The snapshot of the day beside that of the models' training, to `drift/<key>/drift.html`. Its log "
            "says what moved.",
        )
        due = RecsysStageOperator(
            stage="training-due",
            options={"--train": "{{ params.train }}", **WITH_IMAGES},
            skip_without="due",
            execution_timeout=timedelta(minutes=10),
            doc_md="Skipped, with the rest of the run, if the models are young enough and nothing drifted; its log "
            "says how old they are.",
        )
        snapshots = RecsysSparkOperator(
            job="features",
            options=OF_THE_DAY,
            execution_timeout=timedelta(hours=3),
            doc_md="Tables to `features/cutoff=D/<key>/`, one snapshot for each past cut-off that is missing.",
        )
        retrievers = RecsysStageOperator(
            stage="train-retrievers",
            options=WITH_IMAGES,
            may_be_skipped=True,
            execution_timeout=timedelta(hours=6),
            doc_md="Snapshots to `retrievers/<retriever>/<key>/`, for every retriever and cut-off. Skipped where there "
            "is too little to learn from.",
        )
        ranker = RecsysStageOperator(
            stage="train-ranker",
            options=WITH_IMAGES,
            may_be_skipped=True,
            execution_timeout=timedelta(hours=4),
            doc_md="Past candidates and the purchases after them to `rankers/<name>/<key>/`.",
        )
        validated = RecsysStageOperator(
            stage="validate",
            options={**({"--challenge": Challenge.AFTER_APPROVAL} if asks else {}), **WITH_IMAGES},
            outlets=[MODELS],
            doc_md="Compares the models with the champion's and simple lists on the last complete label window; writes "
            "`validations/<key>/`.",
        )
        drift >> due >> snapshots >> retrievers >> ranker >> validated
    return group


def release(group_id: str, tooltip: str, models: str = "", approval: timedelta = timedelta()) -> TaskGroup:
    """Lists of the day to a live release, all with the same models: those of a key, else those that serve.

    Skipped as long as there are no models that can be used. With ``approval`` a person has that long to let it go live.
    """
    made_with = {"--models": reported(f"{group_id}.refresh_retrievers", "models"), **WITH_IMAGES}
    with_catalogue = {"--catalogue": reported(f"{group_id}.catalogue", "artifact"), **made_with}
    with TaskGroup(group_id, tooltip=tooltip) as group:
        refresh = RecsysStageOperator(
            stage="refresh-retrievers",
            options={"--models": models, **WITH_IMAGES},
            skip_without="models",
            doc_md="Snapshot and models to `retrievers/<retriever>/<key>/` as of the day, without training.",
        )
        score = RecsysSparkOperator(
            job="score",
            options=made_with,
            execution_timeout=timedelta(hours=6),
            doc_md="Ranked candidates of all retrievers to `scored/<key>/`.",
        )
        catalogue = RecsysStageOperator(
            stage="catalogue",
            options=made_with,
            doc_md="Article columns, similar articles, TF-IDF search to `catalogue/<key>/`, while `score` runs.",
        )
        rules = RecsysStageOperator(
            stage="filter",
            options=made_with,
            doc_md="Business rules, drop ledger and refill: `scored/` to `lists/<key>/`.",
        )
        index = RecsysStageOperator(
            stage="index",
            options=with_catalogue,
            execution_timeout=timedelta(hours=2),
            doc_md="Two-tower and image vectors to Milvus collections, and the record of their checks to "
            "`index/<key>/`.",
        )
        publish = RecsysStageOperator(
            stage="publish",
            options=with_catalogue,
            outlets=[RELEASE],
            execution_timeout=timedelta(hours=1),
            doc_md="Lists, catalogue and index to `releases/<id>/`; flips `releases/live`.",
        )
        refresh >> [score, catalogue] >> rules >> index >> publish
        if approval:
            index >> NewModelsApproval(time_limit=approval, execution_timeout=timedelta(minutes=10)) >> publish
    return group
