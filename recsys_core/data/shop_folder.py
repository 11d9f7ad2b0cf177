"""Files in a shop's folder, and how patterns of a column mapping are held against their names."""

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

INCOMING: Final = "incoming/"
"""Before the name of a file of the incoming folder."""
SUFFIXES: Final = (
    ".csv.gz",
    ".csv.zip",
    ".csv",
    ".tsv",
    ".txt",
    ".txt.gz",
    ".parquet",
    ".xlsx",
    ".gz",
    ".zip",
)
"""Endings of names of files that can be read, in any case."""
_BETWEEN: Final = re.compile(r"[\s_-]+")


@dataclass(frozen=True)
class FoundFile:
    """A file in the raw or the incoming folder; of a folder of Parquet files each is one."""

    path: Path
    name: str
    """Name relative to the raw folder; of the incoming folder with INCOMING before it."""

    @property
    def shown(self) -> str:
        """The name that patterns are held against: of a Parquet part that of its folder."""
        name = self.name.removeprefix(INCOMING)
        return name.split("/")[0]

    @property
    def suffix(self) -> str | None:
        return next((suffix for suffix in SUFFIXES if self.shown.lower().endswith(suffix)), None)

    @property
    def stem(self) -> str:
        return _plain(self.shown[: -len(self.suffix)] if self.suffix else self.shown)

    def fits(self, pattern: str) -> bool:
        """True if the name, with or without its ending, fits the glob; case and ``_``, ``-``, spaces are alike."""
        glob = _plain(pattern)
        return fnmatch(self.stem, glob) or fnmatch(_plain(self.shown), glob)


def _plain(name: str) -> str:
    return _BETWEEN.sub("_", name.lower())


def list_folder(folder: Path, prefix: str = "") -> list[FoundFile]:
    """Files of the folder and parts of its Parquet folders, by name; none if there is no folder."""
    found = []
    for path in sorted(folder.glob("[!.]*")) if folder.exists() else ():
        if path.is_file():
            found.append(FoundFile(path, f"{prefix}{path.name}"))
        elif path.is_dir():
            found += [
                FoundFile(part, f"{prefix}{path.name}/{part.name}") for part in sorted(path.glob("[!._]*.parquet"))
            ]
    return found
