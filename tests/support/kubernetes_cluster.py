"""A cluster of one node: the calls of Kubernetes' API that a pod's operator makes, over HTTP.

Its pods run: the command of a pod's container is started as a process of this machine, with the container's variables.
"""

import contextlib
import datetime as dt
import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scripts.ports import HOST

PODS = re.compile(r"/api/v1/namespaces/(?P<namespace>[^/]+)/pods(?:/(?P<name>[^/]+)(?P<log>/log)?)?")
NODE = "node-1"
Json = dict[str, Any]


@dataclass
class Pod:
    """A pod and the process of its container."""

    manifest: Json
    lines: list[tuple[str, str]] = field(default_factory=list)
    """Time and text of each line of the log."""
    process: "subprocess.Popen[str] | None" = None

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    @property
    def labels(self) -> dict[str, str]:
        return dict(self.manifest["metadata"]["labels"])

    @property
    def container(self) -> Json:
        (container,) = self.manifest["spec"]["containers"]
        return dict(container)

    @property
    def has_ended(self) -> bool:
        return self.manifest["status"]["phase"] in ("Succeeded", "Failed")


class Cluster:
    """Pods by name; ``url`` answers as Kubernetes' API does."""

    def __init__(self, env: dict[str, str], secrets: dict[str, dict[str, str]]) -> None:
        self._env, self._secrets = env, secrets
        self.pods: dict[str, Pod] = {}
        self.requests: list[tuple[str, str]] = []
        """Method and path of every call."""
        self.created: list[Pod] = []
        """Every pod that there was, in order."""
        self.image_is_missing = False
        self.forbids_deletion = False
        self.may_answer_creation = threading.Event()
        """Cleared: a pod that is created runs, but the call waits for its answer."""
        self.may_answer_creation.set()
        self.is_out_of_reach = False
        """True: every connection breaks off."""
        self.breaks_logs_after: int | None = None
        """Number of lines that a log is followed for; then the connection breaks, and is not there until the end."""
        handler = type("Handler", (ApiHandler,), {"cluster": self})
        self.server = ThreadingHTTPServer((HOST, 0), handler)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server.server_port}"

    def create(self, namespace: str, manifest: Json) -> Json:
        manifest["metadata"] |= {"namespace": namespace, "creationTimestamp": now(), "uid": str(len(self.created))}
        manifest["status"] = {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "True"}]}
        pod = Pod(manifest)
        self.pods[pod.name] = pod
        self.created.append(pod)
        if self.image_is_missing:
            reason = {"reason": "ErrImageNeverPull", "message": f"no image {pod.container['image']}"}
            self._set(pod, "Pending", {"waiting": reason})
        else:
            threading.Thread(target=self._run, args=(pod,), daemon=True).start()
        return pod.manifest

    def _run(self, pod: Pod) -> None:
        env = self._variables(pod)
        pod.process = subprocess.Popen(
            [expanded(word, env) for word in pod.container["command"]],
            env={**self._env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._set(pod, "Running", {"running": {"startedAt": now()}})
        assert pod.process.stdout is not None
        for line in pod.process.stdout:
            pod.lines.append((now(), line.rstrip("\n")))
        status = pod.process.wait()
        self.end(pod, status if status >= 0 else 128 - status)

    def end(self, pod: Pod, status: int, reason: str = "", at: str = "") -> None:
        """The container's end; ``reason`` is the cluster's own."""
        if pod.has_ended:
            return
        ended = {"exitCode": status, "finishedAt": at or now()}
        ended["reason"] = reason or ("Error" if status else "Completed")
        self._set(pod, "Failed" if status else "Succeeded", {"terminated": ended})

    def _set(self, pod: Pod, phase: str, state: Json) -> None:
        container = {"name": pod.container["name"], "state": state, "image": "", "imageID": ""}
        container |= {"ready": phase == "Running", "restartCount": 0}
        pod.manifest["status"] |= {"phase": phase, "containerStatuses": [container]}

    def _variables(self, pod: Pod) -> dict[str, str]:
        env: dict[str, str] = {}
        for source in pod.container.get("envFrom", ()):
            env |= self._secrets[source["secretRef"]["name"]]
        for variable in pod.container.get("env", ()):
            env[variable["name"]] = expanded(variable["value"], env)
        return env

    def delete(self, pod: Pod) -> None:
        """SIGTERM, and SIGKILL after the grace period; then the pod is gone."""
        pod.manifest["metadata"]["deletionTimestamp"] = now()
        threading.Thread(target=self._delete, args=(pod,), daemon=True).start()

    def _delete(self, pod: Pod) -> None:
        if pod.process and pod.process.poll() is None:
            pod.process.send_signal(signal.SIGTERM)
            try:
                pod.process.wait(pod.manifest["spec"].get("terminationGracePeriodSeconds", 30))
            except subprocess.TimeoutExpired:
                os.killpg(pod.process.pid, signal.SIGKILL)
        self.pods.pop(pod.name, None)

    def evict(self, pod: Pod) -> None:
        """End a pod as a node does that has no disk left."""
        if pod.process:
            pod.process.kill()
        pod.manifest["status"] |= {"phase": "Failed", "reason": "Evicted", "message": "the node was low on disk"}
        pod.manifest["status"].pop("containerStatuses", None)

    @contextlib.contextmanager
    def serving(self) -> Iterator["Cluster"]:
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            self.server.server_close()
            for pod in self.created:
                if pod.process and pod.process.poll() is None:
                    os.killpg(pod.process.pid, signal.SIGKILL)


def connection_to(cluster: Cluster, namespace: str = "shop") -> str:
    """Airflow's connection ``kubernetes_default`` to it."""
    where = {"name": "test", "cluster": {"server": cluster.url}}
    config = {"clusters": [where], "users": [{"name": "test", "user": {}}], "current-context": "test"}
    config["contexts"] = [{"name": "test", "context": {"cluster": "test", "user": "test"}}]
    return json.dumps({"conn_type": "kubernetes", "extra": {"kube_config": config, "namespace": namespace}})


class ApiHandler(BaseHTTPRequestHandler):
    """Answers for one cluster."""

    cluster: Cluster
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        if self.cluster.is_out_of_reach:
            self.close_connection = True
        else:
            super().handle_one_request()

    def do_GET(self) -> None:
        pod, query = self._pod(), self._query()
        if self._path()["name"] is None:
            wanted = [p.manifest for p in list(self.cluster.pods.values()) if selects(query["labelSelector"], p.labels)]
            self._answer(200, {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": wanted})
        elif pod and self._path()["log"]:
            self._log(pod, query)
        elif pod:
            self._answer(200, pod.manifest)

    def do_POST(self) -> None:
        self._record()
        created = self.cluster.create(self._path()["namespace"], self._body())
        self.cluster.may_answer_creation.wait()
        self._answer(201, created)

    def do_PATCH(self) -> None:
        if pod := self._pod():
            pod.manifest["metadata"]["labels"] |= self._body()["metadata"]["labels"]
            self._answer(200, pod.manifest)

    def do_DELETE(self) -> None:
        if not (pod := self._pod()):
            return
        self._body()
        if self.cluster.forbids_deletion:
            self._answer(403, {"kind": "Status", "status": "Failure", "code": 403, "reason": "Forbidden"})
        else:
            self.cluster.delete(pod)
            self._answer(200, pod.manifest)

    def _record(self) -> None:
        self.cluster.requests.append((self.command, urlsplit(self.path).path))

    def _pod(self) -> Pod | None:
        """The pod of the path; one that is not there is answered for."""
        self._record()
        name = self._path()["name"]
        pod = self.cluster.pods.get(name) if name else None
        if name and not pod:
            missing = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404, "reason": "NotFound"}
            self._body()
            self._answer(404, missing | {"message": f'pods "{name}" not found'})
        return pod

    def _log(self, pod: Pod, query: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = 0
        follows, dated = (query.get(name, "").lower() == "true" for name in ("follow", "timestamps"))
        if tail := int(query.get("tailLines", 0)):
            sent = max(0, len(pod.lines) - tail)
        while True:
            ended = pod.has_ended or pod.name not in self.cluster.pods
            for at, line in pod.lines[sent:]:
                self._chunk((f"{at} {line}\n" if dated else f"{line}\n").encode())
                sent += 1
                if follows and sent == self.cluster.breaks_logs_after:
                    self._wait_for_end(pod)
                    self.close_connection = True
                    return
            if self.cluster.is_out_of_reach:
                self.close_connection = True
                return
            if ended or not follows:
                break
            time.sleep(0.05)
        self._chunk(b"")

    def _wait_for_end(self, pod: Pod) -> None:
        while not pod.has_ended:
            time.sleep(0.05)

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%X\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _path(self) -> dict[str, Any]:
        found = PODS.fullmatch(urlsplit(self.path).path)
        assert found, f"{self.command} {self.path} is no call that a stage's pod needs"
        return found.groupdict()

    def _query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def _body(self) -> Json:
        length = int(self.headers.get("Content-Length") or 0)
        return dict(json.loads(self.rfile.read(length))) if length else {}

    def _answer(self, status: int, body: Json) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


def selects(selector: str, labels: dict[str, str]) -> bool:
    """Kubernetes' label selectors, as far as the operator writes them.

    >>> selects("a=1,b!=2,!c", {"a": "1"}), selects("a=1", {"a": "2"}), selects("!c", {"c": ""})
    (True, False, False)
    """

    def holds(term: str) -> bool:
        if term.startswith("!"):
            return term[1:] not in labels
        name, operator, value = re.split(r"(!?=)", term, maxsplit=1)
        return (labels.get(name) == value) is (operator == "=")

    return all(holds(term) for term in selector.split(","))


def expanded(text: str, env: dict[str, str]) -> str:
    """A word of a command with ``$(NAME)`` replaced and ``$$`` as one ``$``, as Kubernetes does.

    >>> expanded("$(A) $$(A) $(B)", {"A": "1"})
    '1 $(A) $(B)'
    """
    return re.sub(r"\$\$|\$\((\w+)\)", lambda found: "$" if found[1] is None else env.get(found[1], found[0]), text)


def now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
