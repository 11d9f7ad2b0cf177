"""The stage operator with real subprocesses: a small shell script stands where ``recsys`` would be found."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

psutil = pytest.importorskip("psutil")


@pytest.fixture
def recsys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a command ``recsys`` with this body first on the PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("RECSYS_WORKSPACE", str(tmp_path / "var"))

    def install(body: str) -> Path:
        script = tmp_path / "recsys"
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
        return tmp_path

    return install


def operator(**kwargs: Any) -> Any:
    from recsys_airflow.operators import RecsysStageOperator

    return RecsysStageOperator(stage="index", **kwargs)


def test_output_is_streamed_line_by_line(recsys: Any) -> None:
    from recsys_airflow.process import StageProcess

    recsys("echo to stdout; echo to stderr >&2; printf 'no newline'")
    lines: list[str] = []
    assert StageProcess(["recsys"], os.environ, lines.append).run() == 0
    assert lines == ["to stdout", "to stderr", "no newline"]


def test_the_stage_gets_workspace_and_options(recsys: Any) -> None:
    folder = recsys('echo "$@" > "$(dirname "$0")/seen"')
    operator(options={"--cutoff": "2020-09-18", "--empty": ""}).execute({})
    assert (folder / "seen").read_text() == f"index --workspace {folder}/var --cutoff 2020-09-18\n"


def test_a_stage_leaves_the_cores_to_others_unless_somebody_waits_for_it(recsys: Any) -> None:
    folder = recsys('nice >> "$(dirname "$0")/seen"')
    operator().execute({})
    operator(niceness=0).execute({})
    base = os.nice(0)
    assert (folder / "seen").read_text().split() == [str(min(base + 10, 19)), str(base)]


def test_the_report_is_returned_and_attached_to_the_assets(recsys: Any) -> None:
    from types import SimpleNamespace

    from recsys_airflow.assets import RELEASE

    recsys("""echo working >&2; echo '{"stage": "index", "summary": {"articles": 7}}'""")
    event = SimpleNamespace(extra={})
    report = operator(outlets=[RELEASE]).execute({"outlet_events": {RELEASE: event}})
    assert report == {"stage": "index", "summary": {"articles": 7}} == event.extra


def test_a_task_links_to_the_run_and_the_release_that_its_report_names(
    recsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://127.0.0.1:8080/")
    recsys("""echo '{"stage": "index", "summary": {"mlflow_run_id": "0123abcd", "release": "2020-09-23-1a2b3c4d"}}'""")
    task = operator()
    assert links(task) == {"MLflow run": "", "Release": ""}
    task.execute({})
    assert links(task) == {
        "MLflow run": "http://127.0.0.1:5000/#/runs/0123abcd",
        "Release": "http://127.0.0.1:8080/recsys/releases",
    }


def links(task: Any) -> dict[str, str]:
    return {link.name: link.get_link(task, ti_key=None) for link in task.operator_extra_links}


def test_a_task_is_skipped_with_the_reason_of_a_report_that_says_no(recsys: Any) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    recsys("""echo '{"stage": "index", "summary": {"due": false, "reason": "two days old"}}'""")
    with pytest.raises(AirflowSkipException, match=r"^two days old$"):
        operator(skip_without="due").execute({})
    assert operator().execute({}) is not None


def test_a_task_is_not_skipped_if_the_report_says_yes(recsys: Any) -> None:
    recsys("""echo '{"stage": "index", "summary": {"due": true}}'""")
    assert operator(skip_without="due").execute({}) == {"stage": "index", "summary": {"due": True}}


def test_a_stage_without_a_report_is_fine(recsys: Any) -> None:
    recsys("echo nothing to report; echo '{not json'")
    assert operator().execute({}) is None


def test_a_failure_names_stage_status_and_last_line(recsys: Any) -> None:
    from airflow.sdk.exceptions import AirflowException, AirflowFailException

    recsys("echo all is well; echo recall 0.5 is below 0.99 >&2; exit 1")
    with pytest.raises(
        AirflowException, match=r"recsys index ended with status 1: recall 0\.5 is below 0\.99"
    ) as caught:
        operator().execute({})
    assert not isinstance(caught.value, AirflowFailException)


def test_bad_input_is_not_tried_again(recsys: Any) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    recsys("echo no tables in var >&2; exit 2")
    with pytest.raises(AirflowFailException, match="no tables in var"):
        operator().execute({})


def test_too_little_to_learn_from_skips_the_task_that_may_be_skipped(recsys: Any) -> None:
    from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

    recsys("echo recsys: the shop has 1 articles >&2; exit 3")
    with pytest.raises(AirflowSkipException, match=r"has 1 articles\. The first release serves the shop"):
        operator(may_be_skipped=True).execute({})
    with pytest.raises(AirflowFailException, match="recsys index ended with status 3: recsys: the shop has 1 articles"):
        operator().execute({})


def test_a_stage_killed_from_outside_is_named_so(recsys: Any) -> None:
    from airflow.sdk.exceptions import AirflowException

    recsys("kill -9 $$")
    with pytest.raises(AirflowException, match="was ended by signal 9: it printed nothing"):
        operator().execute({})


@pytest.fixture
def spark_submit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A Spark task whose ``spark-submit`` is a script with this body."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("RECSYS_WORKSPACE", str(tmp_path / "var"))
    monkeypatch.setenv("AIRFLOW_CONN_SPARK_DEFAULT", '{"conn_type": "spark", "host": "local[*]"}')

    def task(body: str, **kwargs: Any) -> Any:
        from recsys_airflow.operators import RecsysSparkOperator

        script = tmp_path / "spark-submit"
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
        return RecsysSparkOperator(job="ingest", options={"--data": "shop", "--mapping": ""}, **kwargs)

    return task


def test_a_failing_spark_job_ends_with_its_last_words(spark_submit: Any) -> None:
    from airflow.sdk.exceptions import AirflowException

    task = spark_submit("echo reading; echo '12 of 20 rows are bad' >&2; exit 1")
    with pytest.raises(AirflowException, match=r"(?s)Error code is: 1\..*12 of 20 rows are bad$"):
        task.execute({})


def test_a_spark_job_gets_workspace_and_options(spark_submit: Any, tmp_path: Path) -> None:
    spark_submit('echo "$@" > "$(dirname "$0")/seen"').execute({})
    assert (tmp_path / "seen").read_text().endswith(f"/ingest.py --workspace {tmp_path}/var --data shop\n")


def test_the_report_of_a_spark_job_is_the_last_object_that_it_prints(spark_submit: Any) -> None:
    task = spark_submit(
        """echo '{"stage": "ingest", "summary": {"artifacts": ["tables/0123"]}}'; echo 'Java ends' >&2"""
    )
    task.execute({})
    assert task.report == {"stage": "ingest", "summary": {"artifacts": ["tables/0123"]}}


def test_a_spark_job_that_prints_no_report_has_none(spark_submit: Any) -> None:
    task = spark_submit("echo reading")
    task.execute({})
    assert task.report is None


def test_a_spark_job_leaves_the_cores_to_others_unless_somebody_waits_for_it(spark_submit: Any, tmp_path: Path) -> None:
    count = 'nice >> "$(dirname "$0")/seen"'
    spark_submit(count).execute({})
    spark_submit(count, niceness=0).execute({})
    base = os.nice(0)
    assert (tmp_path / "seen").read_text().split() == [str(min(base + 10, 19)), str(base)]


def test_on_kill_ends_the_stage_and_what_it_started(recsys: Any, tmp_path: Path) -> None:
    recsys(f"sleep 300 & echo $! > {tmp_path}/grandchild; echo $$ > {tmp_path}/child; wait")
    task = operator()
    failures: list[BaseException] = []
    running = threading.Thread(target=lambda: _run(task, failures), daemon=True)
    running.start()
    pids = [_eventually(tmp_path / name) for name in ("child", "grandchild")]
    task.on_kill()
    running.join(30)
    assert [_gone(pid) for pid in pids] == [True, True]
    assert "ended by signal 15" in str(failures[0])


def test_on_kill_before_the_start_does_nothing() -> None:
    task = operator()
    task.on_kill()
    assert task._run is None


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="the kernel tells children of a dead parent on Linux only")
def test_a_stage_ends_when_its_task_is_killed_with_9(recsys: Any, tmp_path: Path) -> None:
    recsys(f"echo $$ > {tmp_path}/child; exec sleep 300")
    task_process = os.fork()
    if task_process == 0:  # the task's process
        try:
            operator().execute({})
        finally:
            os._exit(0)
    child = _eventually(tmp_path / "child")
    os.kill(task_process, signal.SIGKILL)
    os.waitpid(task_process, 0)
    assert _gone(child)


def _run(task: Any, failures: list[BaseException]) -> None:
    from airflow.sdk.exceptions import AirflowException

    try:
        task.execute({})
    except AirflowException as error:
        failures.append(error)


def _eventually(file: Path, seconds: float = 30) -> int:
    """The process id that a script wrote."""
    for _ in range(int(seconds / 0.05)):
        if file.exists() and file.read_text().endswith("\n"):
            return int(file.read_text())
        time.sleep(0.05)
    raise AssertionError(f"{file} was not written")


def _gone(pid: int, seconds: float = 30) -> bool:
    for _ in range(int(seconds / 0.05)):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False
