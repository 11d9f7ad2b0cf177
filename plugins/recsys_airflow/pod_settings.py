"""Settings of the pods that stages run in, where they do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from recsys_core.contracts.addresses import split_login

Resources = Mapping[str, Mapping[str, str]]
LIGHT: Final[Resources] = {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"memory": "8Gi"}}
HEAVY: Final[Resources] = {"requests": {"cpu": "2", "memory": "8Gi"}, "limits": {"memory": "16Gi"}}
HANDED_ON: Final = (
    "MLFLOW_TRACKING_URI",
    "MILVUS_URI",
    "RECSYS_CONFIG",
    "RECSYS_PROMOTION",
    "RECSYS_RELEASE_STORE",
    "TF_USE_LEGACY_KERAS",
)
"""Variables of a task's environment that its pod gets, too; addresses without the login that they may hold."""


@dataclass(frozen=True)
class PodSettings:
    """Settings of the pods that stages run in."""

    image: str
    """``RECSYS_STAGES_IMAGE``: an image with the command ``recsys`` and the extras of every stage."""
    namespace: str | None
    """``RECSYS_STAGES_NAMESPACE``; None: that of the connection ``kubernetes_default``, else Airflow's own."""
    claim: str
    """``RECSYS_STAGES_CLAIM``: claim of the workspace, mounted where Airflow has the workspace."""
    service_account: str
    """``RECSYS_STAGES_SERVICE_ACCOUNT``; its token is not mounted, since a stage asks nothing of the cluster."""
    secrets: tuple[str, ...]
    """``RECSYS_STAGES_SECRETS``: names of secrets, with commas, whose keys become environment variables."""
    environment: Mapping[str, str]
    """Variables of ``HANDED_ON``, and of those that ``RECSYS_STAGES_ENVIRONMENT`` names, with commas."""
    light: Resources
    """``RECSYS_STAGES_RESOURCES``: JSON with requests and limits of a pod."""
    heavy: Resources
    """``RECSYS_STAGES_HEAVY_RESOURCES``: the same for a stage of the pool of heavy tasks."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "PodSettings | None":
        """Read the settings; None if stages run as subprocesses.

        Raises
        ------
        ValueError
            If a value is impossible or the image is missing; names the variable.
        """
        where = env.get("RECSYS_STAGES_RUN_IN") or "subprocess"
        if where == "subprocess":
            return None
        if where != "kubernetes":
            raise ValueError(f"RECSYS_STAGES_RUN_IN = {where!r}: expected subprocess or kubernetes")
        if not env.get("RECSYS_STAGES_IMAGE"):
            raise ValueError("RECSYS_STAGES_IMAGE is empty: stages that run in Kubernetes need an image")
        secrets = _names(env, "RECSYS_STAGES_SECRETS")
        return cls(
            image=env["RECSYS_STAGES_IMAGE"],
            namespace=env.get("RECSYS_STAGES_NAMESPACE") or None,
            claim=env.get("RECSYS_STAGES_CLAIM") or "recsys-workspace",
            service_account=env.get("RECSYS_STAGES_SERVICE_ACCOUNT") or "recsys-jobs",
            secrets=secrets,
            environment=_named_environment(env) | _handed_on(env, secrets),
            light=_resources(env, "RECSYS_STAGES_RESOURCES", LIGHT),
            heavy=_resources(env, "RECSYS_STAGES_HEAVY_RESOURCES", HEAVY),
        )


def _names(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())


def _named_environment(env: Mapping[str, str]) -> dict[str, str]:
    return {name: env[name] for name in _names(env, "RECSYS_STAGES_ENVIRONMENT") if env.get(name)}


def _handed_on(env: Mapping[str, str], secrets: tuple[str, ...]) -> dict[str, str]:
    """Variables of ``HANDED_ON``; a pod's definition would show a login in an address to all who may read pods."""
    found = {}
    for name in HANDED_ON:
        if value := env.get(name):
            found[name], user, password = split_login(value)
            if (user or password) and not secrets:
                raise ValueError(
                    f"{name} holds a login, which a pod's definition would show: put it into a secret that "
                    "RECSYS_STAGES_SECRETS names (MILVUS_TOKEN; MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD)"
                )
    return found


def _resources(env: Mapping[str, str], name: str, default: Resources) -> Resources:
    if not env.get(name):
        return default
    try:
        given: Any = json.loads(env[name])
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(given[key], dict) for key in given):
        raise ValueError(f'{name} = {env[name]!r}: expected JSON like {{"requests": {{"cpu": "1"}}, "limits": {{}}}}')
    if unknown := given.keys() - LIGHT.keys():
        raise ValueError(f"{name}: {', '.join(sorted(unknown))} is neither requests nor limits")
    return {kind: {part: str(amount) for part, amount in amounts.items()} for kind, amounts in given.items()}
