"""The shop's files: which of them belong to a table, and why the others do not."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from recsys_core.contracts.orders import is_order_file
from recsys_core.data.shop_folder import INCOMING, FoundFile, list_folder
from recsys_core.workspace import Workspace

PART_WORDS: Final = frozenset(
    {"sample", "samples", "subset", "small", "head", "tiny", "mini", "test", "copy", "backup"}
)
"""Words in the name of a file that holds some rows of another once more."""
_WORDS: Final = re.compile(r"[a-z]+")


@dataclass
class ShopFiles:
    """The files of a shop, and which were taken for a table."""

    workspace: Workspace

    def __post_init__(self) -> None:
        self._taken: set[str] = set()
        self._reasons: dict[str, str] = {}

    @cached_property
    def all(self) -> Sequence[FoundFile]:
        """Every file but orders of our own, by name."""
        raw = list_folder(self.workspace.raw)
        incoming = [f for f in list_folder(self.workspace.incoming, INCOMING) if not is_order_file(f.path.name)]
        return sorted([*raw, *incoming], key=lambda file: (file.path.name, file.name))

    def fitting(self, patterns: Iterable[str]) -> list[FoundFile]:
        """Files that fit one of the globs, without those that hold some rows of another once more.

        Raises
        ------
        ValueError
            If one folder holds the same name in two formats: their rows would count twice.
        """
        fits = [file for file in self.all if any(file.fits(pattern) for pattern in patterns)]
        readable = [file for file in fits if file.suffix or "/" in file.name.removeprefix(INCOMING)]
        _refuse_two_formats(readable)
        kept = []
        for file in readable:
            whole = _whole_of(file, readable)
            if whole:
                self._reasons[file.name] = f"its name says that it holds some rows of {whole.name} once more"
            else:
                kept.append(file)
        self._taken |= {file.name for file in kept}
        return kept

    def leave(self, file: FoundFile, reason: str) -> None:
        """Say why a file that fits is not read."""
        self._reasons[file.name] = reason

    def not_taken(self) -> Mapping[str, str]:
        """Reason by name for each file that no table takes."""
        others = {file.name: _why_not(file) for file in self.all if file.name not in self._taken}
        return dict(sorted((others | self._reasons).items()))

    def listed(self) -> str:
        """The names of all files, for an error."""
        return ", ".join(file.name for file in self.all) or "nothing"


def _refuse_two_formats(files: Iterable[FoundFile]) -> None:
    seen: dict[tuple[Path, str], FoundFile] = {}
    for file in files:
        is_part = "/" in file.name.removeprefix(INCOMING)
        key = (file.path.parent.parent if is_part else file.path.parent, file.stem)
        other = seen.setdefault(key, file)
        if other is not file and other.shown != file.shown:
            raise ValueError(f"{other.path} and {file.name} look like one file in two formats: keep one of them")


def _whole_of(file: FoundFile, others: Iterable[FoundFile]) -> FoundFile | None:
    """The file of which ``file`` holds some rows, by its name: ``orders`` of ``orders_sample``."""
    for other in others:
        if other.stem != file.stem and file.stem.startswith(other.stem) and other.path.parent == file.path.parent:
            rest = file.stem.removeprefix(other.stem)
            if PART_WORDS & set(_WORDS.findall(rest)) or re.fullmatch(r"_?\(\d+\)", rest):
                return other
    return None


def _why_not(file: FoundFile) -> str:
    if file.path.suffix.lower() == ".xls":
        return "an old Excel workbook: save it as .xlsx or as CSV"
    return "no table reads a file of this name" if file.suffix else "no format that is read, by its ending"
