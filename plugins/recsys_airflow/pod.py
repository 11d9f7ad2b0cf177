"""Runs a stage as a Kubernetes pod; the pod of a task that was lost is found again, and never doubled.

The provider's ``KubernetesPodOperator`` makes, finds and watches the pod. It is imported here alone and late, since
its client of Kubernetes takes a second to load.
"""

import contextlib
import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowException

from recsys_airflow.pod_settings import PodSettings
from recsys_airflow.process import TAIL_LINES
from recsys_airflow.settings import Settings

if TYPE_CHECKING:
    from airflow.providers.cncf.kubernetes.callbacks import KubernetesPodOperatorCallback
    from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
    from kubernetes.client import V1Pod

log = logging.getLogger(__name__)
CONTAINER: Final = "stage"
LABELS: Final = {"app.kubernetes.io/name": "recsys", "app.kubernetes.io/component": "jobs"}
USER: Final = 10001
"""The storefront's user (helm/recsys), who writes on the same claim."""
TEMPORARY: Final = "/tmp"  # noqa: S108 (a volume of the pod's own)
START_SECONDS: Final = 1800
"""Time for a node that comes up and for an image of some gigabytes."""
GRACE_SECONDS: Final = 30
POLL_SECONDS: Final = 1
SIGNALS: Final = 128
"""A shell's and a container's status of a process that signal n ended is 128 + n."""


class StagePod:
    """One run of a command in a pod; ``stop`` may be called from a signal handler."""

    def __init__(
        self, task: BaseOperator, command: Sequence[str], pods: PodSettings, heavy: bool, context: Context
    ) -> None:
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        """The last lines that the command printed, and the cluster's reason if it ended the pod."""
        self._operator = pod_operator(task, command, pods, heavy)
        self._operator.callbacks = [stopping_late(self)]
        self._context = context
        self.is_stopped = False

    def run(self) -> int:
        """Run to the end and return the exit status (negative: ended by that signal).

        Raises
        ------
        AirflowException
            If the pod did not start or got lost.
        KubernetesApiException, ApiException, HTTPError
            If the cluster does not answer; then the pod stays, and the task's next try goes on with it.
        """
        from airflow.providers.cncf.kubernetes.kubernetes_helper_functions import KubernetesApiException

        error: Exception | None = None
        try:
            self._operator.execute_sync(self._context)
        except Exception as raised:
            is_verdict = isinstance(raised, AirflowException) and not isinstance(raised, KubernetesApiException)
            if not is_verdict and not self.is_stopped:
                raise
            error = raised
        try:
            pod = self._operator.remote_pod
            status = exit_status(pod)
            if pod is None or status is None:
                raise AirflowException(self._fate(pod, error)) from error
            self.tail.extend(self._last_lines(pod))
            self.tail.extend(reasons(pod) if status else ())
            return status
        finally:
            self._remove()

    def stop(self) -> None:
        """Delete the pod, and wait until it is gone: another try would take it for one that runs."""
        from kubernetes.client import ApiException

        self.is_stopped = True
        self._operator.on_kill()
        until = time.monotonic() + GRACE_SECONDS + 5
        with contextlib.suppress(ApiException):  # 404: it is gone
            while (pod := self._operator.pod) and time.monotonic() < until:
                self._operator.client.read_namespaced_pod(pod.metadata.name, pod.metadata.namespace)
                time.sleep(POLL_SECONDS)

    def _fate(self, pod: "V1Pod | None", error: Exception | None) -> str:
        """Reason why a pod has no exit status. The operator's own failure only says that it has none."""
        name = self._operator.pod.metadata.name if self._operator.pod else "the pod"
        if self.is_stopped:
            return f"{name} was stopped"
        cause = error and (error.__context__ or error)
        why = reasons(pod) if pod else []
        return f"{name} did not run to its end: {'; '.join(why) or getattr(cause, 'reason', None) or cause}"

    def _last_lines(self, pod: "V1Pod") -> list[str]:
        """Read again: a stream that breaks just before the end would lose the report."""
        from airflow.providers.cncf.kubernetes.kubernetes_helper_functions import generic_api_retry

        read = generic_api_retry(self._operator.client.read_namespaced_pod_log)  # type: ignore[no-untyped-call]
        where = {"name": pod.metadata.name, "namespace": pod.metadata.namespace, "container": CONTAINER}
        answer = read(**where, tail_lines=TAIL_LINES, _preload_content=False)
        return [line.rstrip() for line in answer.data.decode(errors="replace").splitlines()]

    def _remove(self) -> None:
        """Delete the pod. One that stays does no harm: it is marked, and no task takes it for its own."""
        from kubernetes.client import ApiException

        if self._operator.pod and not self.is_stopped:
            try:
                self._operator.pod_manager.delete_pod(self._operator.pod)
            except ApiException as error:
                log.warning("the pod %s is not removed: %s", self._operator.pod.metadata.name, error.reason)


def stopping_late(run: StagePod) -> "type[KubernetesPodOperatorCallback]":
    """Stops a run again that was stopped while its pod was being made: the operator did not know the pod yet."""
    from airflow.providers.cncf.kubernetes.callbacks import KubernetesPodOperatorCallback

    class StoppingLate(KubernetesPodOperatorCallback):
        """Callback of the operator, which takes classes."""

        @staticmethod
        def on_pod_creation(**_: Any) -> None:
            if run.is_stopped:
                run.stop()

    return StoppingLate


def pod_operator(task: BaseOperator, command: Sequence[str], pods: PodSettings, heavy: bool) -> "KubernetesPodOperator":
    """The provider's operator for a stage's command, with the pod as the chart's other pods are.

    The pod is kept when it ends, so that its last lines can be read; ``StagePod`` removes it.
    """
    from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
    from kubernetes.client import models as k8s

    stage, workspace = command[1], str(Settings.from_env().workspace)
    resources = pods.heavy if heavy else pods.light
    # The root is read-only, and the image's list of users does not know this one.
    env = {**pods.environment, "RECSYS_WORKSPACE": workspace, "USER": "recsys", "XDG_CACHE_HOME": TEMPORARY}
    # Then the stage is not process 1, which would ignore SIGTERM.
    shared = k8s.V1PodSpec(containers=[], share_process_namespace=True)
    return KubernetesPodOperator(
        task_id=task.task_id,
        name=f"recsys-{stage}",
        namespace=pods.namespace,
        labels={**LABELS, "recsys-stage": stage},
        full_pod_spec=k8s.V1Pod(metadata=k8s.V1ObjectMeta(), spec=shared),
        image=pods.image,
        base_container_name=CONTAINER,
        cmds=[literal(word) for word in command],
        env_vars={name: literal(value) for name, value in env.items()},
        env_from=[k8s.V1EnvFromSource(secret_ref=k8s.V1SecretEnvSource(name=name)) for name in pods.secrets],
        container_resources=k8s.V1ResourceRequirements(**resources),
        volumes=[
            k8s.V1Volume(
                name="workspace",
                persistent_volume_claim=k8s.V1PersistentVolumeClaimVolumeSource(claim_name=pods.claim),
            ),
            k8s.V1Volume(name="tmp", empty_dir=k8s.V1EmptyDirVolumeSource()),
        ],
        volume_mounts=[
            k8s.V1VolumeMount(name="workspace", mount_path=workspace),
            k8s.V1VolumeMount(name="tmp", mount_path=TEMPORARY),
        ],
        service_account_name=pods.service_account,
        automount_service_account_token=False,
        **confinement(),
        # A pod that no task comes back to ends by itself.
        active_deadline_seconds=int(task.execution_timeout.total_seconds()) if task.execution_timeout else None,
        termination_grace_period=GRACE_SECONDS,
        schedule_timeout_seconds=START_SECONDS,
        startup_timeout_seconds=START_SECONDS,
        startup_check_interval_seconds=POLL_SECONDS,
        durable=True,
        deferrable=False,
        on_finish_action="keep_pod",
        container_name_log_prefix_enabled=False,
        log_events_on_startup=False,
        log_pod_spec_on_failure=False,
    )


def confinement() -> dict[str, Any]:
    """Arguments by which the pod may do as little as the chart's other pods."""
    from kubernetes.client import models as k8s

    return {
        # Group 0 owns what the Airflow image installs.
        "security_context": k8s.V1PodSecurityContext(
            run_as_non_root=True,
            run_as_user=USER,
            run_as_group=0,
            fs_group=USER,
            fs_group_change_policy="OnRootMismatch",
            seccomp_profile=k8s.V1SeccompProfile(type="RuntimeDefault"),
        ),
        "container_security_context": k8s.V1SecurityContext(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=k8s.V1Capabilities(drop=["ALL"]),
        ),
    }


def literal(text: str) -> str:
    """A word that Kubernetes leaves as it is: it would put variables, secrets among them, for ``$(NAME)``.

    >>> literal("title=$(MILVUS_TOKEN)")
    'title=$$(MILVUS_TOKEN)'
    """
    return text.replace("$", "$$")


def exit_status(pod: "V1Pod | None") -> int | None:
    """Exit status of the stage, negative if a signal ended it; None if it has not ended, or never began."""
    statuses = (pod.status.container_statuses or ()) if pod and pod.status else ()
    ended = next((each.state.terminated for each in statuses if each.name == CONTAINER and each.state), None)
    if ended is None:
        return None
    return SIGNALS - int(ended.exit_code) if ended.exit_code > SIGNALS else int(ended.exit_code)


def reasons(pod: "V1Pod") -> list[str]:
    """The cluster's reasons, if it ended the pod: too little memory, a full node, a deadline."""
    states = [each.state for each in pod.status.container_statuses or () if each.state]
    ended = [state.terminated.reason for state in states if state.terminated]
    given = [reason for reason in ended if reason not in ("Completed", "Error", None)]
    given += [f"{pod.status.reason}, {pod.status.message}"] if pod.status.reason else []
    return [f"the cluster ended the pod: {reason}" for reason in given]
