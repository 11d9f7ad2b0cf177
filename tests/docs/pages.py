"""The project's texts, and what in them can be held against the code."""

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from recsys_core import cli

REPOSITORY = Path(__file__).parents[2]
MARKDOWN = [
    *[REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "helm/recsys/README.md")],
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]
COMMENTED = [REPOSITORY / "helm" / "recsys" / "values.yaml", REPOSITORY / "mlflow" / "promotion.yaml"]
SOURCES = [*sorted((REPOSITORY / "dags").glob("*.py")), REPOSITORY / "recsys_core" / "config.py"]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Page:
    """One text with Markdown's marks."""

    name: str
    text: str
    path: Path

    @property
    def prose(self) -> str:
        """Text outside of fenced blocks."""
        return FENCE.sub("", self.text)

    def fenced(self, language: str) -> list[str]:
        return [body for found, body in FENCE.findall(self.text) if found == language]

    @property
    def code(self) -> list[str]:
        """Inline code, wrapped lines joined."""
        return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", self.prose)]

    def commands(self) -> Iterator[list[str]]:
        """Command lines of shell blocks and of inline code, as words."""
        blocks = [re.sub(r"\\\n\s*", " ", block) for block in self.fenced("sh")]
        lines = [line.split("  #")[0] for block in blocks for line in block.splitlines() if not line.startswith("#")]
        for line in [*lines, *self.code]:
            for command in re.split(r"\s*(?:&&|;)\s*", re.sub(r"<[^>]* [^>]*>", "PLACEHOLDER", line)):
                try:
                    words = shlex.split(command)
                except ValueError:  # prose in code, such as one apostrophe
                    continue
                if words:
                    yield words


def pages() -> list[Page]:
    """Markdown files, texts of DAGs, explanations of settings, comments of values files, and the commands' help."""
    found = [_page(path, path.read_text()) for path in MARKDOWN]
    found += [_page(path, "\n\n".join(_docstrings(path))) for path in SOURCES]
    comments = r"#\s?(.*)"
    found += [_page(path, "\n".join(re.findall(comments, path.read_text()))) for path in COMMENTED]
    return [*found, Page("recsys --help", "\n\n".join(_helps(typer.main.get_command(cli.app))), REPOSITORY / "cli")]


def _helps(command: Any) -> Iterator[str]:
    """Yields the help texts of a command, its options and its subcommands."""
    yield command.help or ""
    yield from (parameter.help or "" for parameter in command.params)
    for each in getattr(command, "commands", {}).values():
        yield from _helps(each)


def _page(path: Path, text: str) -> Page:
    return Page(str(path.relative_to(REPOSITORY)), text, path)


def _docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value
        elif isinstance(node, ast.keyword) and node.arg == "doc_md" and isinstance(node.value, ast.Constant):
            yield str(node.value.value)
