"""Column mappings by name: those that ship with the Spark jobs, beside files of the shop's own."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Final

EPOCH_SECONDS: Final = "epoch_s"
EPOCH_MILLISECONDS: Final = "epoch_ms"
"""Values of ``date_format`` for instants that are counted from 1970 on."""


def shipped_mappings() -> Mapping[str, Path]:
    """The mapping files that ship, by name; empty where the Spark jobs are not installed."""
    package = importlib.util.find_spec("spark_jobs")
    folders = (package.submodule_search_locations or ()) if package else ()
    found = (path for folder in folders for path in Path(folder, "mappings").glob("*.toml"))
    return {path.stem: path for path in sorted(found)}


def mapping_path(named: str | Path) -> Path:
    """The mapping file of that path, or the one that ships under that name.

    Raises
    ------
    ValueError
        If there is neither.
    """
    path, shipped = Path(named), shipped_mappings()
    if path.is_file():
        return path
    if str(named) in shipped:
        return shipped[str(named)]
    raise ValueError(f"column mapping {named} does not exist: expected a file, or one that ships: {', '.join(shipped)}")


def description(mapping: Path) -> str:
    """The comment at the top of a mapping file: the shop, what is left out, what to change."""
    lines = mapping.read_text().splitlines()
    end = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[:end])


def first_sentence(mapping: Path) -> str:
    """The first sentence of a mapping's description: the shop or the data set, and its files."""
    paragraph = description(mapping).split("\n\n")[0]
    return " ".join(paragraph.split()).partition(". ")[0].removesuffix(".") + "."
