"""A first column mapping for a shop's files: a shipped one if their columns fit it, else a guess."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from recsys_core.data.guessing.text import guess_mapping
from recsys_core.data.mappings import shipped_mappings
from recsys_core.data.table_sample import TableSample


def propose(folder_name: str, samples: Sequence[TableSample], guess: bool) -> str:
    """The text of a shipped mapping that fits, with the names of others that do; or, or with ``guess``, a guess."""
    fitting = fitting_mappings(samples)
    if not fitting or guess:
        hint = f"# The shipped mapping {fitting[0]} fits these files: `--mapping {fitting[0]}`.\n" if fitting else ""
        if _needs_none(samples):
            hint = "# These files need no mapping: recsys ingest --data reads them as they are.\n"
        return hint + guess_mapping(samples)
    name, *others = fitting
    also = f"# So do {', '.join(others)}.\n" if others else ""
    return (
        f"# {folder_name} has all columns that the shipped mapping {name} reads: `--mapping {name}` uses it as it is.\n"
        f"{also}# This is a copy to change; `recsys mapping new --guess` guesses one from the columns instead.\n#\n"
        + shipped_mappings()[name].read_text()
    )


def fitting_mappings(samples: Sequence[TableSample]) -> list[str]:
    """Names of the shipped mappings all of whose columns stand in the files, those that read the most first."""
    counts = {
        name: _columns_read(tomllib.loads(path.read_text()), samples) for name, path in shipped_mappings().items()
    }
    return sorted((name for name, count in counts.items() if count), key=lambda name: (-counts[name], name))


def _columns_read(mapping: Mapping[str, Any], samples: Sequence[TableSample]) -> int:
    """Number of the mapping's listed columns in the files; 0 if a file that has to be there is not, or lacks one."""
    found = 0
    for view in mapping.get("files", {}).values():
        listed = tuple(view["columns"])
        if any(_reads(view, sample) and sample.has(listed) for sample in samples):
            found += len(listed)
        elif not view.get("optional"):
            return 0
    return found


def _reads(view: Mapping[str, Any], sample: TableSample) -> bool:
    source = view["source"]
    return any(sample.file.fits(glob) for glob in ([source] if isinstance(source, str) else source))


def _needs_none(samples: Sequence[TableSample]) -> bool:
    """True for files of Kaggle's names and columns."""
    wanted = {"articles*": ("article_id",), "transactions*": ("t_dat", "customer_id", "article_id", "price")}
    return all(any(s.file.fits(glob) and s.has(names) for s in samples) for glob, names in wanted.items())
