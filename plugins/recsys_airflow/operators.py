"""The two kinds of task: a ``recsys`` stage as a subprocess or a pod, and a Spark job through spark-submit."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from airflow.sdk import BaseOperator, BaseOperatorLink, Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from recsys_airflow.links import MlflowRunLink, ReleaseLink
from recsys_airflow.pod import StagePod
from recsys_airflow.process import StageProcess
from recsys_airflow.report import last_words, stage_report
from recsys_airflow.settings import Settings
from recsys_airflow.spark_provider import SparkSubmitHook, SparkSubmitOperator
from recsys_core.contracts.exit_status import BAD_INPUT, TOO_LITTLE_TO_LEARN

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage

Report = dict[str, Any]
BACKGROUND = 10
"""Niceness of a stage or job that nobody waits for (``nice(2)``: 0 is that of other processes, 19 the least urgent)."""
AWAITED: Final = 10
"""Weight of a task that somebody waits for among those that wait for a slot; the others have 1."""
HEAVY: Final = frozenset(
    {
        "embed-images",
        "evaluate",
        "refresh-retrievers",
        "train-images",
        "train-ranker",
        "train-retrievers",
        "validate",
        "what-if",
    }
)
"""Stages that fill a small machine. Like every Spark job, each takes a slot of the pool of heavy tasks."""


class StageRun(Protocol):
    """One run of a stage's command."""

    @property
    def tail(self) -> Iterable[str]:
        """The last lines that the command printed."""

    def run(self) -> int:
        """Run to the end and return the exit status (negative: ended by that signal)."""

    def stop(self) -> None:
        """End it; called from a signal handler."""


class WithLineage:
    """Tells OpenLineage which datasets a task read and made, by the report of the task and the workspace's records."""

    report: Report | None = None
    """The report of the stage or job, once it has ended well."""

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> "OperatorLineage[Any, Any]":
        """Inputs and outputs of the task; none if it failed."""
        from recsys_airflow.lineage import operator_lineage

        return operator_lineage(self.report, Settings.from_env())


class RecsysStageOperator(WithLineage, BaseOperator):
    """Runs ``recsys <stage>`` in a process of its own, or in a pod (``RECSYS_STAGES_RUN_IN``).

    The stage's output is the task's log; its report is the task's XCom and the extra of its assets. Bad input
    (exit status 2) fails the task at once, any other failure is tried again. Where a shop has too little to learn from
    (exit status 3) the task is skipped if ``may_be_skipped``, and with it those after it, else it fails at once.
    ``options`` may be templated; an option that renders to nothing is left out, with its name. On a machine that also
    runs the storefront, a stage leaves the cores to the pages (``niceness``). With ``skip_without`` the
    task is skipped, with the report's reason, if the stage ended well but its summary says no to that key.
    """

    template_fields: Sequence[str] = ("options",)
    operator_extra_links: Collection[BaseOperatorLink] = (MlflowRunLink(), ReleaseLink())
    ui_color = "#e8f4ea"

    def __init__(
        self,
        *,
        stage: str,
        options: Mapping[str, str] | None = None,
        niceness: int = BACKGROUND,
        skip_without: str | None = None,
        may_be_skipped: bool = False,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("task_id", stage.replace("-", "_"))
        super().__init__(**queue(stage in HEAVY, niceness), **kwargs)
        self.stage = stage
        self.options = dict(options or {})
        self.niceness = niceness
        self.skip_without = skip_without
        self.may_be_skipped = may_be_skipped
        self._run: StageRun | None = None

    @property
    def command(self) -> list[str]:
        """The command line of the stage."""
        return ["recsys", self.stage, *Settings.from_env().workspace_arguments, *arguments(self.options)]

    def execute(self, context: Context) -> Report | None:
        self._run = self._stage_run(context)
        self.log.info("Running: %s", " ".join(self.command))
        status = self._run.run()
        if status != 0:
            raise self._failure(status, self._run.tail)
        self.report = stage_report(self._run.tail)
        skip_if_it_says_no(self.report, self.skip_without)
        return publish_report(self, context, self.report)

    def _stage_run(self, context: Context) -> StageRun:
        if pods := Settings.from_env().pods:
            return StagePod(self, self.command, pods, self.stage in HEAVY, context)
        return StageProcess(self.command, os.environ, self.log.info, self.niceness)

    def _failure(self, status: int, tail: Iterable[str]) -> AirflowException:
        said = last_words(tail)
        if status == TOO_LITTLE_TO_LEARN and self.may_be_skipped:
            return AirflowSkipException(f"{said}. The first release serves the shop by what can be counted")
        ended = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        message = f"recsys {self.stage} {ended}: {said}"
        is_final = status in (BAD_INPUT, TOO_LITTLE_TO_LEARN)
        return AirflowFailException(message) if is_final else AirflowException(message)

    def on_kill(self) -> None:
        if self._run is not None:
            self._run.stop()


class RecsysSparkOperator(WithLineage, SparkSubmitOperator):
    """Submits ``spark_jobs/jobs/<job>.py`` to the Spark of the connection ``spark_default``.

    The job's output is the task's log, and the last lines of it are the message of a failure. ``flags`` are options
    without a value. ``niceness`` is that of Java and of the Python processes that it starts on this machine.
    """

    template_fields: Sequence[str] = (*SparkSubmitOperator.template_fields, "options")
    ui_color = "#fdf1e3"

    def __init__(
        self,
        *,
        job: str,
        options: Mapping[str, str] | None = None,
        flags: Sequence[str] = (),
        niceness: int = BACKGROUND,
        **kwargs: Any,
    ) -> None:
        settings = Settings.from_env()
        kwargs.setdefault("task_id", job)
        super().__init__(
            application=str(Path(settings.spark_jobs) / f"{job}.py"),
            name=f"recsys-{job}",
            driver_memory=settings.spark_driver_memory,
            conf=settings.spark_conf,
            application_args=[*settings.workspace_arguments, *flags],
            **queue(True, niceness),
            **kwargs,
        )
        self.options = dict(options or {})
        self.niceness = niceness

    def _get_hook(self) -> SparkSubmitHook:
        hook = super()._get_hook()
        hook.submit = partial(hook.submit, preexec_fn=partial(os.nice, self.niceness))  # type: ignore[method-assign]
        return hook

    def execute(self, context: Context) -> None:
        self.application_args = [*(self.application_args or []), *arguments(self.options)]
        self.conf = Settings.from_env().spark_conf  # by the size of the shop at this moment
        super().execute(context)
        self.report = stage_report(self._hook._last_submit_log_lines if self._hook else ())


class RecsysIngestOperator(RecsysSparkOperator):
    """Submits the job that reads the shop's files; the console links its tasks with the report of the last ingest."""


def queue(heavy: bool, niceness: int) -> dict[str, Any]:
    """Arguments of a task: its pool if it is heavy, and its weight among the tasks that wait for a slot.

    The weight is of the task alone: by Airflow's default, that of the tasks after it would count, too.
    """
    pool = {"pool": Settings.from_env().heavy_pool} if heavy else {}
    return {**pool, "priority_weight": 1 if niceness else AWAITED, "weight_rule": "absolute"}


def arguments(options: Mapping[str, str]) -> list[str]:
    r"""Options as a command line, without those that rendered to nothing; of several lines each is given by itself.

    >>> arguments({"--data": "shop", "--cutoff": ""})
    ['--data', 'shop']
    >>> arguments({"--set": "purchased=exclude\nprice_band=false"})
    ['--set', 'purchased=exclude', '--set', 'price_band=false']
    """
    given = ((name, line.strip()) for name, value in options.items() for line in value.splitlines())
    return [part for name, value in given if value and value != "None" for part in (name, value)]


def skip_if_it_says_no(report: Report | None, key: str | None) -> None:
    """Ends the task as skipped if a stage's report has nothing under a key of its summary.

    Raises
    ------
    AirflowSkipException
        With the reason of the summary.
    """
    summary = (report or {}).get("summary", {})
    if key and not summary.get(key):
        raise AirflowSkipException(str(summary.get("reason") or f"the report of the stage has no {key}"))


def publish_report(task: BaseOperator, context: Context, report: Report | None) -> Report | None:
    """Attach a stage's report to the assets that the task makes, and hand it on as the task's XCom."""
    for asset in task.outlets if report else ():
        context["outlet_events"][asset].extra.update(report or {})
    return report
