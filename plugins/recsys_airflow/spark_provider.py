"""The Spark provider without the client of Kubernetes, until a job is submitted to ``k8s://``.

Where the Kubernetes provider is installed, the Spark provider imports its client, which takes two seconds of every
task and of every reading of the DAGs.
"""

import importlib.util
import sys
from typing import Final

KUBE_CLIENT: Final = "airflow.providers.cncf.kubernetes.kube_client"


def load_when_used(name: str) -> None:
    """Put a module into ``sys.modules`` that runs when one of its names is asked for."""
    spec = None if name in sys.modules else importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    package, _, last = name.rpartition(".")
    sys.modules[name] = module
    setattr(sys.modules[package], last, module)  # an import of the module itself would run it


load_when_used(KUBE_CLIENT)
from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook  # noqa: E402
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator  # noqa: E402

__all__ = ["SparkSubmitHook", "SparkSubmitOperator"]
