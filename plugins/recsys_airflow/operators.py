"""The two kinds of task: a ``recsys`` stage as a subprocess, and a Spark job through spark-submit."""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from recsys_airflow.process import StageProcess
from recsys_airflow.report import last_words, stage_report
from recsys_airflow.settings import Settings
from recsys_core.contracts.exit_status import BAD_INPUT, TOO_LITTLE_TO_LEARN

Report = dict[str, Any]
BACKGROUND = 10
"""Niceness of a stage or job that nobody waits for (``nice(2)``: 0 is that of other processes, 19 the least urgent)."""


class RecsysStageOperator(BaseOperator):
    """Runs ``recsys <stage>`` in a process of its own.

    The stage's output is the task's log; its report is the task's XCom and the extra of its assets. Bad input
    (exit status 2) fails the task at once, any other failure is tried again. Where a shop has too little to learn from
    (exit status 3) the task is skipped if ``may_be_skipped``, and with it those after it, else it fails at once.
    ``options`` may be templated; an option that renders to nothing is left out, with its name. On a machine that also
    runs the storefront, a stage leaves the cores to the pages (``niceness``). With ``skip_without`` the
    task is skipped, with the report's reason, if the stage ended well but its summary says no to that key.
    """

    template_fields: Sequence[str] = ("options",)
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
        super().__init__(**kwargs)
        self.stage = stage
        self.options = dict(options or {})
        self.niceness = niceness
        self.skip_without = skip_without
        self.may_be_skipped = may_be_skipped
        self._process: StageProcess | None = None

    @property
    def command(self) -> list[str]:
        """The command line of the stage."""
        return ["recsys", self.stage, *Settings.from_env().workspace_arguments, *arguments(self.options)]

    def execute(self, context: Context) -> Report | None:
        self._process = StageProcess(self.command, os.environ, self.log.info, self.niceness)
        self.log.info("Running: %s", " ".join(self.command))
        status = self._process.run()
        if status != 0:
            raise self._failure(status)
        report = stage_report(self._process.tail)
        skip_if_it_says_no(report, self.skip_without)
        return publish_report(self, context, report)

    def _failure(self, status: int) -> AirflowException:
        said = last_words(self._process.tail if self._process else ())
        if status == TOO_LITTLE_TO_LEARN and self.may_be_skipped:
            return AirflowSkipException(f"{said}. The first release serves the shop by what can be counted")
        ended = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        message = f"recsys {self.stage} {ended}: {said}"
        is_final = status in (BAD_INPUT, TOO_LITTLE_TO_LEARN)
        return AirflowFailException(message) if is_final else AirflowException(message)

    def on_kill(self) -> None:
        if self._process is not None:
            self._process.stop()


class RecsysSparkOperator(SparkSubmitOperator):
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


class RecsysIngestOperator(RecsysSparkOperator):
    """Submits the job that reads the shop's files; the console links its tasks with the report of the last ingest."""


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
