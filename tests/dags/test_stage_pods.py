"""The stage operator with pods: a cluster that runs their commands here, and Kubernetes' client over HTTP."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kubernetes_validate
import pytest

from tests.support.kubernetes_cluster import Cluster, Pod, connection_to

pytestmark = pytest.mark.timeout(120)
TOKEN = "root:canary"


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """An empty one, which the connection names; stages run there."""
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    with Cluster({"PATH": path}, {"recsys-milvus": {"MILVUS_TOKEN": TOKEN}}).serving() as cluster:
        monkeypatch.setenv("AIRFLOW_CONN_KUBERNETES_DEFAULT", connection_to(cluster))
        monkeypatch.setenv("RECSYS_WORKSPACE", str(tmp_path / "var"))
        monkeypatch.setenv("RECSYS_STAGES_RUN_IN", "kubernetes")
        monkeypatch.setenv("RECSYS_STAGES_IMAGE", "registry.example.com/recsys-airflow:0.1.0")
        monkeypatch.setenv("RECSYS_STAGES_SECRETS", "recsys-milvus")
        monkeypatch.setenv("MILVUS_URI", "http://milvus:19530")
        yield cluster


@pytest.fixture
def recsys(tmp_path: Path) -> Any:
    """Put a command ``recsys`` with this body into the cluster's image."""

    def install(body: str) -> Path:
        script = tmp_path / "recsys"
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
        return tmp_path

    return install


def operator(stage: str = "index", **kwargs: Any) -> Any:
    from recsys_airflow.operators import RecsysStageOperator

    return RecsysStageOperator(stage=stage, execution_timeout=timedelta(hours=2), **kwargs)


def context(run: str = "scheduled__2020-09-22", try_number: int = 1) -> Any:
    """The part of a task's context that names the task, its run and its try."""
    pushed: dict[str, str] = {}
    ti = SimpleNamespace(
        dag_id="daily_release",
        task_id="release.index",
        map_index=-1,
        try_number=try_number,
        xcom_push=lambda key, value: pushed.update({key: value}),
        pushed=pushed,
    )
    return {"ti": ti, "run_id": run, "dag": SimpleNamespace()}


def test_a_pod_is_as_the_charts_pods_are(cluster: Cluster, recsys: Any, tmp_path: Path) -> None:
    from recsys_airflow.pod import TEMPORARY

    recsys("true")
    operator(options={"--cutoff": "2020-09-18"}).execute(context())
    (pod,) = cluster.created
    spec, container = pod.manifest["spec"], pod.container
    workspace = str(tmp_path / "var")
    assert pod.name.startswith("recsys-index-")
    assert pod.manifest["metadata"]["namespace"] == "shop"
    assert container["command"] == ["recsys", "index", "--workspace", workspace, "--cutoff", "2020-09-18"]
    assert container["image"] == "registry.example.com/recsys-airflow:0.1.0"
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 0,
        "fsGroup": 10001,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert (spec["serviceAccountName"], spec["automountServiceAccountToken"]) == ("recsys-jobs", False)
    assert (spec["restartPolicy"], spec["activeDeadlineSeconds"], spec["shareProcessNamespace"]) == (
        "Never",
        7200,
        True,
    )
    claims = [volume["persistentVolumeClaim"]["claimName"] for volume in spec["volumes"][:1]]
    assert claims == ["recsys-workspace"]
    assert [(mount["name"], mount["mountPath"]) for mount in container["volumeMounts"]] == [
        ("workspace", workspace),
        ("tmp", TEMPORARY),
    ]
    env = {variable["name"]: variable["value"] for variable in container["env"]}
    assert (env["MILVUS_URI"], env["RECSYS_WORKSPACE"]) == ("http://milvus:19530", workspace)
    assert container["envFrom"] == [{"secretRef": {"name": "recsys-milvus"}}]
    assert TOKEN not in json.dumps(pod.manifest)


def test_a_pod_has_the_form_that_kubernetes_asks_for(cluster: Cluster, recsys: Any) -> None:
    recsys("true")
    operator().execute(context())
    newest = kubernetes_validate.latest_version()
    assert newest.startswith(kubernetes_validate.validate(cluster.created[0].manifest, newest, strict=True))


@pytest.mark.parametrize(("stage", "memory"), [("index", "2Gi"), ("train-ranker", "24Gi")])
def test_a_heavy_stage_has_resources_of_its_own(
    cluster: Cluster, recsys: Any, monkeypatch: pytest.MonkeyPatch, stage: str, memory: str
) -> None:
    monkeypatch.setenv("RECSYS_STAGES_HEAVY_RESOURCES", '{"requests": {"cpu": 8, "memory": "24Gi"}}')
    recsys("true")
    operator(stage).execute(context())
    assert cluster.created[0].container["resources"]["requests"]["memory"] == memory


def test_a_pod_gets_options_variables_and_secrets(cluster: Cluster, recsys: Any) -> None:
    folder = recsys('echo "$@" "$MILVUS_URI" "$MILVUS_TOKEN" > "$(dirname "$0")/seen"')
    operator(options={"--set": "purchased=exclude\nprice=$(MILVUS_TOKEN)"}).execute(context())
    assert (folder / "seen").read_text() == (
        f"index --workspace {folder}/var --set purchased=exclude --set price=$(MILVUS_TOKEN) "
        f"http://milvus:19530 {TOKEN}\n"
    )


def test_the_output_is_the_tasks_log(cluster: Cluster, recsys: Any, capsys: pytest.CaptureFixture[str]) -> None:
    recsys("echo to stdout; echo to stderr >&2; printf 'no newline'")
    operator().execute(context())
    said = [line.partition("]")[2].partition("[")[0].strip() for line in capsys.readouterr().out.splitlines()]
    lines = ["to stdout", "to stderr", "no newline"]
    assert [line for line in said if line in lines] == lines


def test_the_report_is_returned_and_the_pod_removed(cluster: Cluster, recsys: Any) -> None:
    recsys("""echo working >&2; echo '{"stage": "index", "summary": {"articles": 7}}'""")
    task = operator()
    assert task.execute(context()) == {"stage": "index", "summary": {"articles": 7}} == task.report
    assert _eventually(lambda: not cluster.pods)


def test_a_report_is_not_lost_with_the_connection(cluster: Cluster, recsys: Any) -> None:
    """The stream of the log breaks after the first line, and the stage has ended before it can be followed again."""
    recsys("""echo working; sleep 1; echo '{"stage": "index"}'""")
    cluster.breaks_logs_after = 1
    assert operator().execute(context()) == {"stage": "index"}


@pytest.mark.parametrize(("status", "error"), [(1, "AirflowException"), (2, "AirflowFailException")])
def test_only_bad_input_is_not_tried_again(cluster: Cluster, recsys: Any, status: int, error: str) -> None:
    from airflow.sdk.exceptions import AirflowException

    recsys(f"echo all is well; echo no tables in var >&2; exit {status}")
    with pytest.raises(
        AirflowException, match=f"^recsys index ended with status {status}: no tables in var$"
    ) as caught:
        operator().execute(context())
    assert type(caught.value).__name__ == error
    assert _eventually(lambda: not cluster.pods)


def test_too_little_to_learn_from_skips_the_task_that_may_be_skipped(cluster: Cluster, recsys: Any) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    recsys("echo recsys: the shop has 1 articles >&2; exit 3")
    with pytest.raises(AirflowSkipException, match=r"has 1 articles\. The first release serves the shop"):
        operator(may_be_skipped=True).execute(context())


def test_too_little_memory_is_named(cluster: Cluster, recsys: Any) -> None:
    from airflow.sdk.exceptions import AirflowException

    recsys("echo fitting; exec sleep 60")
    running = Running(operator(), context())
    pod = running.pod(cluster)
    cluster.end(pod, 137, "OOMKilled")
    with pytest.raises(AirflowException, match="was ended by signal 9: the cluster ended the pod: OOMKilled"):
        running.result()


def test_a_pod_that_cannot_start_is_removed_and_named(cluster: Cluster, recsys: Any) -> None:
    from airflow.sdk.exceptions import AirflowException

    cluster.image_is_missing = True
    with pytest.raises(AirflowException, match=r"(?s)recsys-index-\w+ did not run to its end: .*no image registry"):
        operator().execute(context())
    assert _eventually(lambda: not cluster.pods)


def test_an_evicted_pod_is_tried_again(cluster: Cluster, recsys: Any) -> None:
    from airflow.sdk.exceptions import AirflowException, AirflowFailException

    recsys("echo fitting; exec sleep 60")
    running = Running(operator(), context())
    cluster.evict(running.pod(cluster))
    end = r"recsys-index-\w+ did not run to its end: the cluster ended the pod: Evicted, the node was low on disk"
    with pytest.raises(AirflowException, match=end) as caught:
        running.result()
    assert not isinstance(caught.value, AirflowFailException)


def test_a_stage_that_takes_too_long_is_ended_with_its_pod(cluster: Cluster, recsys: Any) -> None:
    from airflow.sdk.exceptions import AirflowException
    from airflow.sdk.execution_time.timeout import timeout

    recsys("echo fitting; exec sleep 60")
    with pytest.raises(AirflowException, match="did not run to its end: Timeout"), timeout(5):
        operator().execute(context())
    assert _eventually(lambda: not cluster.pods)
    assert cluster.created[0].process is not None
    assert cluster.created[0].process.poll() is not None


def test_a_pod_that_cannot_be_removed_is_no_failure(cluster: Cluster, recsys: Any) -> None:
    recsys("""echo '{"stage": "index"}'""")
    cluster.forbids_deletion = True
    assert operator().execute(context()) == {"stage": "index"}
    assert operator().execute(context(try_number=2)) == {"stage": "index"}
    assert len(cluster.created) == 2


def test_on_kill_ends_the_stage_and_waits_until_its_pod_is_gone(cluster: Cluster, recsys: Any, tmp_path: Path) -> None:
    from airflow.sdk.exceptions import AirflowException

    recsys(f"trap 'sleep 0.5; touch {tmp_path}/asked; exit 143' TERM; echo fitting; while :; do sleep 0.1; done")
    task = operator()
    running = Running(task, context())
    process = running.pod(cluster).process
    task.on_kill()
    assert cluster.pods == {}
    assert (tmp_path / "asked").exists()
    assert process is not None
    assert process.poll() == 143
    with pytest.raises(AirflowException, match=r"recsys-index-\w+ was stopped"):
        running.result()


def test_on_kill_while_the_pod_is_made_ends_it_too(cluster: Cluster, recsys: Any) -> None:
    from airflow.sdk.exceptions import AirflowException

    recsys("echo fitting; exec sleep 60")
    cluster.may_answer_creation.clear()
    task = operator()
    running = Running(task, context())
    assert _eventually(lambda: bool(cluster.created and cluster.created[0].lines))
    task.on_kill()
    assert len(cluster.pods) == 1
    cluster.may_answer_creation.set()
    with pytest.raises(AirflowException, match=r"recsys-index-\w+ was stopped"):
        running.result()
    assert cluster.pods == {}


def test_the_pod_of_a_task_killed_with_9_is_found_again_and_not_doubled(
    cluster: Cluster, recsys: Any, tmp_path: Path
) -> None:
    recsys(f"""while ! test -e {tmp_path}/go; do sleep 0.1; done; echo '{{"stage": "index"}}'""")
    task = task_process()
    assert _eventually(lambda: bool(cluster.created and cluster.created[0].process), 60)
    task.kill()
    task.wait()
    retry = Running(operator(), context(try_number=2))
    time.sleep(2)
    (tmp_path / "go").touch()
    assert retry.result() == {"stage": "index"}
    assert len(cluster.created) == 1


def test_a_pod_out_of_reach_is_left_to_the_next_try(cluster: Cluster, recsys: Any, tmp_path: Path) -> None:
    recsys(f"""echo fitting; while ! test -e {tmp_path}/go; do sleep 0.1; done; echo '{{"stage": "index"}}'""")
    task = task_process(AIRFLOW__WORKERS__API_RETRIES="1")
    assert _eventually(lambda: bool(cluster.created and cluster.created[0].lines), 60)
    cluster.is_out_of_reach = True
    assert "error reading the kubernetes API" in task.communicate(timeout=60)[0]
    cluster.is_out_of_reach = False
    (tmp_path / "go").touch()
    assert operator().execute(context(try_number=2)) == {"stage": "index"}
    assert len(cluster.created) == 1


def task_process(**env: str) -> "subprocess.Popen[str]":
    """A task in a process of its own."""
    script = "from tests.dags.test_stage_pods import context, operator; operator().execute(context())"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | env
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", script], env=env, stdout=pipe, stderr=subprocess.STDOUT, text=True)


def test_a_pod_that_ended_while_nobody_watched_counts(cluster: Cluster, recsys: Any) -> None:
    """Also long ago: then its log is not followed any more."""
    recsys("""echo '{"stage": "index"}'; exec sleep 60""")
    lost = Running(operator(), context())
    pod = lost.pod(cluster)
    assert _eventually(lambda: bool(pod.lines))
    twin = json.loads(json.dumps(pod.manifest))
    cluster.pods.pop(pod.name)
    again = Pod(twin, pod.lines)
    again.manifest["metadata"]["labels"].pop("already_checked", None)
    cluster.pods[pod.name] = again
    cluster.end(again, 0, at="2020-09-22T03:00:00Z")
    assert operator().execute(context(try_number=2)) == {"stage": "index"}
    assert len(cluster.created) == 1


def test_another_run_has_a_pod_of_its_own(cluster: Cluster, recsys: Any, tmp_path: Path) -> None:
    recsys(f"while ! test -e {tmp_path}/go; do sleep 0.1; done")
    first, second = Running(operator(), context()), Running(operator(), context("scheduled__2020-09-23"))
    assert _eventually(lambda: len(cluster.created) == 2)
    (tmp_path / "go").touch()
    assert (first.result(), second.result()) == (None, None)


def test_a_try_after_a_failure_has_a_pod_of_its_own(cluster: Cluster, recsys: Any) -> None:
    from airflow.sdk.exceptions import AirflowException

    recsys("exit 1")
    for try_number in (1, 2):
        with pytest.raises(AirflowException, match="ended with status 1"):
            operator().execute(context(try_number=try_number))
    assert len(cluster.created) == 2


class Running:
    """A task in a thread of its own."""

    def __init__(self, task: Any, of: Any) -> None:
        self._outcome: list[Any] = []
        self._thread = threading.Thread(target=self._run, args=(task, of), daemon=True)
        self._thread.start()

    def _run(self, task: Any, of: Any) -> None:
        try:
            self._outcome.append(task.execute(of))
        except Exception as error:
            self._outcome.append(error)

    def pod(self, cluster: Cluster) -> Pod:
        """Its pod, once that has printed a line and the task follows its log."""
        assert _eventually(lambda: bool(cluster.created and cluster.created[0].lines))
        pod = cluster.created[0]
        assert _eventually(lambda: ("GET", f"/api/v1/namespaces/shop/pods/{pod.name}/log") in cluster.requests)
        return pod

    def result(self, seconds: float = 60) -> Any:
        self._thread.join(seconds)
        (outcome,) = self._outcome
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def _eventually(holds: Any, seconds: float = 30) -> bool:
    for _ in range(int(seconds / 0.05)):
        if holds():
            return True
        time.sleep(0.05)
    return False
