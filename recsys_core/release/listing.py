"""The releases of a workspace as a table to read."""

from collections.abc import Iterator

from recsys_core.release.pointer import ReleaseInfo, list_releases
from recsys_core.serving.first_release import is_first
from recsys_core.serving.hold import HeldRelease, held_releases
from recsys_core.workspace import Workspace

HEADER = ("", "RELEASE", "STATE", "MADE", "CUT-OFF", "HOLD")


def release_table(workspace: Workspace) -> list[str]:
    """A header and a line a release, newest first, in aligned columns; a held one that was dropped comes last."""
    held = {entry.release: entry for entry in held_releases(workspace)}
    releases = list_releases(workspace)
    gone = [held[one] for one in held.keys() - {release.id for release in releases}]
    rows = [HEADER, *(_row(release, held.get(release.id)) for release in releases)]
    rows += [("", entry.release, "dropped", entry.created_at, entry.cutoff, str(entry)) for entry in gone]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER) - 1)]
    return list(_aligned(rows, widths))


def _row(release: ReleaseInfo, held: HeldRelease | None) -> tuple[str, ...]:
    state = "live" if release.live else "held" if held else "-"
    state += ", first release" if is_first(release.manifest) else ""
    made, cutoff = release.manifest.get("created_at", ""), release.manifest.get("cutoff", "")
    return ("*" if release.live else "", release.id, state, made, cutoff, str(held) if held else "")


def _aligned(rows: list[tuple[str, ...]], widths: list[int]) -> Iterator[str]:
    for row in rows:
        columns = [value.ljust(width) for value, width in zip(row, widths, strict=False)]
        yield "  ".join([*columns, row[-1]]).rstrip()
