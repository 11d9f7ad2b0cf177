"""MLflow's tables are made once for all workspaces of a session."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.made_once import made_once


@pytest.fixture(scope="session", autouse=True)
def _mlflow_migrates_one_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An empty SQLite file becomes a copy of one that had all migrations, which take seconds.

    Any other database has its own, as have all of servers in processes of their own.
    """
    if "mlflow" not in sys.modules:  # no test that was collected keeps runs
        yield
        return
    from mlflow.store.db import utils

    migrate = utils._initialize_tables

    def make(database: Path) -> None:
        engine = utils.create_sqlalchemy_engine(f"sqlite:///{database}")
        migrate(engine)
        engine.dispose()

    def copy_if_empty(engine: Any) -> None:
        database = engine.url.database
        if engine.dialect.name != "sqlite" or not database or not utils._is_empty_database(engine):
            migrate(engine)
            return
        migrated = made_once(tmp_path_factory, "mlflow.db", make)
        engine.dispose()
        shutil.copyfile(migrated, database)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, "_initialize_tables", copy_if_empty)
        yield
