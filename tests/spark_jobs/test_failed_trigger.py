"""An ingest that fails leaves the next ones the folder and the mapping of last time."""

import argparse
from pathlib import Path

import pytest

from recsys_core.config import Config
from recsys_core.workspace import Workspace, flip_link
from spark_jobs.jobs.ingest import ingest_named
from tests.spark_jobs.conftest import make_shop

MAPPING = """
[articles]
source = "articles"
[transactions]
source = "transactions_train"
date_format = "{}"
"""


@pytest.mark.parametrize("pattern", [None, "no pattern at all", "dd.MM.yyyy"])
def test_folder_and_mapping_stay_those_of_last_time(tmp_path: Path, pattern: str | None) -> None:
    """Of a folder whose mapping is forgotten, cannot be read, or names columns that are not there."""
    shop, trial = make_shop(tmp_path / "shop").raw, make_shop(tmp_path / "trial").raw
    (trial / "transactions_train.csv").write_text("day,who\n2020-09-01,anna\n")
    remembered, given = tmp_path / "remembered.toml", tmp_path / "given.toml"
    remembered.write_text(MAPPING.format("yyyy"))
    given.write_text(MAPPING.format(pattern))
    workspace = Workspace(tmp_path / "workspace")
    flip_link(workspace.raw, shop)
    flip_link(workspace.mapping, remembered)

    with pytest.raises(ValueError, match=r"date_format|t_dat"):
        ingest_named(workspace, Config(), argparse.Namespace(data=trial, mapping=pattern and str(given)))

    assert (workspace.raw.resolve(), workspace.mapping.resolve()) == (shop, remembered)
