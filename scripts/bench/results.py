"""Record of what benchmarks measured: one JSON file, in it the latest measurement of each benchmark.

``docs/benchmarks.json`` is the one that the documentation shows; ``scripts.bench.report`` draws it.
"""

import argparse
import datetime as dt
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError

from recsys_core.store.artifacts import write_json

DEFAULT_FILE: Final = Path("var/benchmarks.json")
WEB, FULL_SIZE = "web", "full_size"
"""Names of the storefront's benchmark and of the whole path's; the others are those of ``make bench``."""


class Measurement(BaseModel):
    """Result of a benchmark, and the machine that it was measured on."""

    machine: str
    date: dt.date
    load: float
    """Processes that wanted a core in the minute before it began, by ``os.getloadavg``."""
    result: dict[str, Any]


RECORD: Final = TypeAdapter(dict[str, Measurement])


def read_results(file: Path) -> dict[str, Measurement]:
    """Every kept measurement by its benchmark's name; none if there is no such file.

    Raises
    ------
    ValueError
        If the file is no such record.
    """
    try:
        return RECORD.validate_json(file.read_bytes())
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        raise ValueError(f"{file} is no record of benchmarks, name another one: {error}") from error


def keep(file: Path, name: str, result: Mapping[str, Any], load: float) -> None:
    """Put a result into the record, in place of the earlier one of this benchmark."""
    measured = Measurement(
        machine=machine(), date=dt.datetime.now(dt.UTC).date(), load=round(load, 1), result={**result}
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json(file, RECORD.dump_python({**read_results(file), name: measured}, mode="json"))


def load_now() -> float:
    """Processes that wanted a core, mean of the last minute."""
    return os.getloadavg()[0]


def machine() -> str:
    """Cores, processor and memory of this machine, in words."""
    gigabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores of {_processor()}, {gigabytes:.0f} GB, {platform.system()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def add_out_option(parser: argparse.ArgumentParser) -> None:
    """``--out``: the file that the result is kept in."""
    parser.add_argument(
        "--out", type=Path, default=DEFAULT_FILE, help="JSON file in which results are kept; default: %(default)s"
    )
