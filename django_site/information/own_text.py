"""A page in the shop's own words."""

from pathlib import Path

from markupsafe import Markup


def own_text(file: Path | None) -> Markup | None:
    """Content of the file, which is the shop's own as its templates are; None without one. Read anew, so edits show."""
    return Markup(file.read_text(encoding="utf-8")) if file and file.is_file() else None  # noqa: S704
