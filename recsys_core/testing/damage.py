"""Damage of one byte of a model, which every loader must refuse."""

from collections.abc import Callable
from pathlib import Path

from recsys_core.store.artifacts import Artifact, DamagedArtifactError, file_digests


def flip_byte(file: Path) -> None:
    """Change the byte in the middle; twice is as before."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def assert_damage_is_refused(made: Artifact, load: Callable[[Artifact], object]) -> None:
    """``load`` refuses the artifact with one byte of any file changed, naming file and digest, and takes it whole."""
    names = [name for name in file_digests(made.path) if (made.path / name).stat().st_size]
    for name in names:
        flip_byte(made.path / name)
        said = _refusal(made, load)
        flip_byte(made.path / name)
        assert str(made.path / name) in said, f"loaded with a changed byte in {name}"
        assert made.record["files"][name] in said
        assert f"remove {made.path} and run `recsys " in said
    load(made)


def _refusal(made: Artifact, load: Callable[[Artifact], object]) -> str:
    try:
        load(made)
    except DamagedArtifactError as refusal:
        return str(refusal)
    return ""
