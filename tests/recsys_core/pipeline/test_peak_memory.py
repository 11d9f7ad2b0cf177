"""Memory of a process and of those that it starts, with and without the files that they map."""

import subprocess
import sys
import textwrap
from pathlib import Path

from recsys_core.pipeline.peak_memory import PeakMemory

SIZE_MB = 96


def measure(program: str, *arguments: str) -> PeakMemory:
    with PeakMemory() as memory:
        subprocess.run([sys.executable, "-c", textwrap.dedent(program), *arguments], check=True)
    return memory


def test_memory_of_a_child_counts_and_mapped_files_count_apart(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(SIZE_MB << 20))
    mapped = measure(
        """
        import mmap, sys, time
        with open(sys.argv[1], "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as found:
            sum(found[::4096])
            time.sleep(1.5)
        """,
        str(tmp_path / "file"),
    )
    held = measure(f"import time; held = bytearray({SIZE_MB} << 20); time.sleep(1.5)")
    assert held.peak_own_mb - mapped.peak_own_mb > SIZE_MB // 2
    assert mapped.peak_mb - mapped.peak_own_mb > SIZE_MB // 2
