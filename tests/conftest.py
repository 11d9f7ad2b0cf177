"""Settings that must be made before any test module is imported."""

import gc
import os
import types
from collections.abc import Generator, Iterator
from typing import Any

import pymilvus  # noqa: F401 - configures logging when imported, which closes a stream of TensorFlow's if that is there
import pytest
from hypothesis import settings

from tests.support.distribution import ByWhatIsShared, shared_first

os.environ["TF_USE_LEGACY_KERAS"] = "1"  # TFRS needs Keras 2, which TensorFlow takes only if told before its import
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.pop("RECSYS_RELEASE_STORE", None)  # no test publishes to a shop's store
# Java of the tests lives for seconds: much of its work would go into optimising code that never runs again.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=240m")
if "PYTEST_XDIST_WORKER" in os.environ:  # workers share the cores; threads that spin for each other would starve them
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1") | {"OMP_WAIT_POLICY": "PASSIVE"}
    os.environ |= dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")

for contract in ("retriever", "ranker", "rule"):
    pytest.register_assert_rewrite(f"recsys_core.testing.{contract}_contract")

settings.register_profile("recsys", deadline=None)  # a busy machine is no failure
settings.load_profile("recsys")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Modules and tests stay to the end: the garbage collector passes over them once."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _releases_are_opened_without_a_collection() -> Iterator[None]:
    """A worker of the shop thaws and collects all that it has; here that is TensorFlow, Airflow and MLflow, each time.

    ``serving/test_open_releases.py`` has it in processes of its own.
    """
    nothing = types.SimpleNamespace(unfreeze=lambda: None, collect=lambda: None, freeze=lambda: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recsys_core.serving.open_releases.gc", nothing)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    shared_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWhatIsShared:
    return ByWhatIsShared(config, log)
