"""The Spark provider without what it imports beside and what a shop may never use.

That is the client of Kubernetes until a job is submitted to ``k8s://``, and OpenLineage where it is off. Where their
providers are installed, they take two seconds and one of every task and of every reading of the DAGs.
"""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from airflow.providers.openlineage import conf

KUBE_CLIENT: Final = "airflow.providers.cncf.kubernetes.kube_client"
OPENLINEAGE: Final = "airflow.providers.openlineage.utils.spark"


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


@contextmanager
def without(name: str, is_used: bool) -> Iterator[None]:
    """Context in which a module that is not used cannot be imported, as if its provider were not installed."""
    if is_used or name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


load_when_used(KUBE_CLIENT)
with without(OPENLINEAGE, is_used=not conf.is_disabled()):
    from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook
    from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

__all__ = ["SparkSubmitHook", "SparkSubmitOperator"]
