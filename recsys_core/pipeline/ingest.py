"""``recsys ingest``: raw files to validated tables and quarantine (Spark)."""

import logging
from pathlib import Path

from recsys_core.config import Config
from recsys_core.pipeline.spark_job import run_spark_job
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)


def ingest(workspace: Workspace, config: Config, data: Path | None, mapping: Path | None) -> None:
    """Run the ingest job; ``tables/current`` points at the result, and ``raw`` at ``data`` if that is given."""
    log.info("stage ingest")
    run_spark_job("ingest", workspace, config, {"--data": data, "--mapping": mapping})
