"""
### A day's data to a live release

**What it does.** Each run is of one day, its partition: the last one that was over when the run was scheduled.
`ingest` (Spark) reads the shop's files and the orders that the storefront left in `incoming/`. `open_day` says
which tables and which cut-off date the run is made from; all later tasks hold on to both, and to the vectors of
images that `embed_images` names. Nothing dated on or after the cut-off is seen.

- `first_release` publishes what can be counted, as long as no trained release is live.
- `images` trains an image encoder, if there is none with these settings, and turns new or changed images (by
  their checksums) into vectors, for the retrievers {image_retrievers} and for image search. A shop without
  images skips it.
- `release` makes the lists of the day, with the models that there are, and brings them live. Every retriever
  that counts or compares is fitted as of the day. The two towers keep their weights, and their vectors are
  computed anew. `score` (Spark) retrieves and ranks candidates for every customer; `filter` applies the
  business rules and counts in a ledger what each rule dropped; `index` fills the release's own Milvus
  collections and checks them; `publish` copies all into a new folder with a manifest of checksums, verifies it,
  and flips the link `releases/live`. The shop uses it within seconds.
- `training` first compares the day's data with those that the models were trained on (`drift`, a page in
  `drift/<key>/` and MLflow). Then it asks whether the models are due: because they are
  `cutoffs.retrain_after_days` old (7 by default), because the data drifted, because the settings of the models
  changed, because the data of a customer whom they know were deleted, or because there are none that this
  version can use. If so, it builds the snapshots as of past cut-offs, fits
  every retriever that is switched on ({retrievers}) as of each, trains the rankers on their candidates, and
  logs all to MLflow. `validate` measures the models on the last complete label window, which they have not
  seen, and compares them with the champion's and with simple lists.
- `release_of_new_models` makes the lists of the day once more, with the new models. The gate of
  `mlflow/promotion.yaml` decides whether they go live. Where `RECSYS_APPROVAL_HOURS` is set, a person is asked
  before (`approval`).

On most days all that follows `training_due` is skipped.

**Report.** The button *Report* under *Details* of `ingest`, or *Browse, Ingest report* in the menu, shows what
was read: rows by file, bad rows with examples, files that were not read and why, purchases that two files hold,
and a guess of the currency.

**Approval.** The task `approval` waits for an answer under *Required actions*; its text compares the new models with
the champion and simple lists. *Reject*, or no answer in time, skips `publish`: the live release serves on, and the run
ends well. Meanwhile the runs of the next days go on. If one of them is live when the answer is *Approve*, `publish`
makes no release, and the next run makes its lists with the approved models. Answers are in `promotion/approvals.jsonl`.

**When it fails.** The shop keeps the release that it has. The last line of the task's log gives the reason:

- *required column ... is missing*, or *rows are bad* (more than `data.max_bad_share`): the delivery is broken.
  The bad rows are in `batches/.draft-<key>/quarantine`, purchases of unknown articles in
  `tables/.draft-<key>/quarantine`. Replace the file (for unknown articles: the articles file).
- *is being written*: a file changed while it was read, mostly because it is still being uploaded. The task is tried
  again by itself; if all tries fall into the upload, clear it afterwards.
- *there is no purchase up to*: the day is before the first purchase of the files.
- *the image encoder recognises ... of altered images*: its training did not learn. Compare the run in MLflow
  with the last good one, and lower `images.learning_rate`. *no encoder*: the configured one is neither a folder
  nor in the hub's cache. Images that cannot be read do not stop the run: they are in
  `image_embeddings/<key>/quarantine`.
- *lists are shorter than*: fewer different articles were sold than a list has positions; lower `lists.length`.
  A rule that is too strict does not fail the run; `lists/<key>/ledger.json` shows it.
- *recall ... is below*: on Milvus Lite `index.index_type` must be FLAT; on a server it may be FLAT too. *no
  Milvus at*: see `MILVUS_URI`.
- *is made but not live*: the gate or the guard refused the release and gives the reason. If the lists differ
  too much from the live ones, look at the files first: mend them, and clear `ingest` with all tasks after it.
  If a configuration was refused, change it back. If the release is right, run
  `recsys promote --release ID --force`.
- *two-tower training collapsed*: customers' own vectors predict their purchases no better than those of others,
  or the articles' vectors are nearly equal. Compare the run in MLflow with the last good one.
- *the models are trained but will not serve*: on the same customers they are surely worse than the champion's
  models or a simple list, or the last training on all examples went wrong. Look at the run "validation of the
  models" in MLflow, and at the changes in the data; `mlflow/promotion.yaml` has the requirements.
- *is missing: run*: the configuration was changed between two tasks. Clear the task of the command that the error
  names, with those after it.
- *did not run to its end*: the cluster did not start the stage's pod, or ended it, and gives its reason.
- *out of memory*: raise `SPARK_DRIVER_MEMORY`, or give `spark_default` the address of a cluster; in `score`
  lower `lists.shard_customers`, in `train_retrievers` `two_tower.max_purchases`, in `embed_images`
  `images.embed_batch`.

A task that stays in the state *scheduled* waits for a slot of the pool `recsys_heavy`: another heavy task has it, or
the pool is missing (`docs/guides/operations.md`).

A shop with fewer than 12 articles or 100 purchases, or without two full days of purchases in a row, has too
little to learn from; with fewer than 1,000 purchases also one whose training collapses. Then `training` is
skipped, and the first release serves on.

**Rerun.** Clear the failed task with those after it; if the gate refused models that an earlier run had
trained, from `release.refresh_retrievers` on, which then chooses those that serve. What is complete is found
and not computed again, and the same input gives the same release. To train at once, trigger the DAG with
`train` = always; without, refused models are tried again when they are `cutoffs.retrain_after_days` old. To
read another folder, trigger it with `data`; the runs after it read it, too, once `ingest` has ended well. A folder or a
mapping with which `ingest` fails is not kept: the next scheduled run reads those of before.

**Earlier days.** *Trigger, Backfill* (reprocess: all runs), or `airflow backfill create --dag-id daily_release
--from-date 2020-09-16 --to-date 2020-09-23 --reprocess-behavior completed`, makes the lists of 2020-09-16 to 22
anew, one day after the other. Each is made with the models that served that day, if they are still there. A
day's release never replaces that of a later day, nor one of newer tables, unless a person forces it.

**Rollback.** `recsys release rollback --why TEXT` flips the link back to the previous release and holds the one
that was live. Later runs make the held release again, but do not bring it live; they succeed with a warning.
The hold ends when a newer release passes the gate, or with `recsys release lift --why TEXT`.
`recsys release list` shows which releases are live or held, by whom and why.
"""

from datetime import timedelta

from airflow.sdk import Param

from recsys_airflow.approval import VALIDATE, approval_time, runs_at_once
from recsys_airflow.assets import SNAPSHOTS, TABLES
from recsys_airflow.day import OF_THE_DAY, OPEN_DAY, PARTITION, done_in_time, each_day, reported
from recsys_airflow.factory import recsys_dag
from recsys_airflow.groups import first_release, images, release, training
from recsys_airflow.operators import RecsysIngestOperator, RecsysSparkOperator, RecsysStageOperator
from recsys_airflow.turn import DayTurnSensor, hold_turn

with recsys_dag(
    "daily_release",
    doc=__doc__,
    schedule=each_day(),
    tags=["spark", "tensorflow", "mlflow", "milvus"],
    deadline=done_in_time(),
    timeout=timedelta(days=8),  # a backfill's runs wait for each other
    before_each_task=hold_turn,
    runs=runs_at_once(),
    params={
        "data": Param(
            None,
            type=["null", "string"],
            minLength=1,
            title="Folder with the shop's files",
            description="articles.csv, customers.csv, transactions_train.csv (plain, .gz or .parquet). "
            "Empty: the folder of last time.",
        ),
        "mapping": Param(
            None,
            type=["null", "string"],
            minLength=1,
            title="Column mapping",
            description="TOML file that names the columns of a shop other than H&M, or the name of a shipped one "
            "(recsys mapping list). Empty: as last time.",
        ),
        "train": Param(
            "auto",
            type="string",
            enum=["auto", "always", "never"],
            title="Train the models",
            description="auto: if they are due.",
        ),
    },
):
    turn = DayTurnSensor(
        task_id="turn",
        execution_timeout=timedelta(minutes=10),
        doc_md="Waits until no other run is under way, so that days come one after the other.",
    )
    ingest = RecsysIngestOperator(
        job="ingest",
        options={"--data": "{{ params.data or '' }}", "--mapping": "{{ params.mapping or '' }}"},
        niceness=0,  # the first page waits for it
        outlets=[TABLES],
        execution_timeout=timedelta(hours=2),
        doc_md="Raw files to `tables/<key>/`; the link `tables/current` flips when they are complete.",
    )
    opened = RecsysStageOperator(
        stage="open-day",
        task_id=OPEN_DAY,
        options={"--day": PARTITION},
        niceness=0,
        execution_timeout=timedelta(minutes=10),
        doc_md="The tables and the cut-off that all later tasks of the run read.",
    )
    snapshot = RecsysSparkOperator(
        job="features",
        task_id="snapshot",
        flags=["--only"],
        options=OF_THE_DAY,
        outlets=[SNAPSHOTS],
        execution_timeout=timedelta(hours=2),
        doc_md="Tables to `features/cutoff=D/<key>/` as of the day.",
    )
    of_the_day = release("release", "Lists of the day with the models that serve")
    of_new_models = release(
        "release_of_new_models",
        "Lists of the day with the models that were just trained",
        models=reported(VALIDATE, "models"),
        approval=approval_time(),
    )
    vectors = images()
    turn >> ingest >> opened >> [first_release(), vectors]
    vectors >> snapshot >> of_the_day >> training(asks=bool(approval_time())) >> of_new_models
