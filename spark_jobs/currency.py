"""The currency that the files with purchases name, by their first rows."""

import logging
from collections.abc import Iterable, Iterator
from typing import Final

from recsys_core.data.report.currency import Currency, said_currency
from recsys_core.data.shop_folder import FoundFile
from recsys_core.data.table_sample import TableSample, read_sample
from spark_jobs.raw_file import JoinedFiles, RawFile
from spark_jobs.schemas import TRANSACTIONS

log = logging.getLogger(__name__)
SAMPLE_ROWS: Final = 200
MAX_FILES: Final = 6
"""Files that are looked at: the first ones of the table, or the first of each view."""
MAX_WORKBOOK_BYTES: Final = 1 << 20
"""A larger workbook is not opened once more for its first rows: that takes as long as to read it all."""


def currency_of(files: Iterable[RawFile | JoinedFiles], setting: str) -> Currency | None:
    """The currency that a mapping's variable, the purchases' files or ``setting`` name; None if nothing does."""
    purchases = [file for file in files if file.source.contract is TRANSACTIONS and not file.source.own]
    variables = {name: str(value) for file in purchases[:1] for name, value in file.source.variables.items()}
    samples = [sample for file in _first_files(purchases) for sample in _sample(file)]
    return said_currency(samples, variables, setting)


def _first_files(purchases: list[RawFile | JoinedFiles]) -> list[RawFile]:
    first = purchases[0] if purchases else None
    if isinstance(first, JoinedFiles):
        return [members[0] for members in first.views.values() if members][:MAX_FILES]
    return [file for file in purchases if isinstance(file, RawFile)][:MAX_FILES]


def _sample(file: RawFile) -> Iterator[TableSample]:
    if file.content == "excel" and file.path.stat().st_size > MAX_WORKBOOK_BYTES:
        yield TableSample(FoundFile(file.path, file.name), file.content, dict.fromkeys(file.header, ()))
        return
    try:
        yield read_sample(FoundFile(file.path, file.name), SAMPLE_ROWS)
    except ValueError as error:  # the mapping says how the file is read; this guess does not need it
        log.info("no look at the currency of %s: %s", file.name, error)
