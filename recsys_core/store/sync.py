"""Have the disk hold what was written, so that a power cut after a rename does not leave a name without its bytes."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

THREADS: Final = 8
"""They wait for the disk, not for a core."""


def sync(path: Path) -> None:
    """Have the disk hold a file, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Have the disk hold everything below ``folder``, and its own entries."""
    paths = [path for path in folder.rglob("*") if not path.is_symlink()]
    with ThreadPoolExecutor(THREADS, "sync") as threads:
        list(threads.map(sync, [*paths, folder]))
