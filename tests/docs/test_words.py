"""The project's words are those of its field (docs/glossary.md): private terms stand in CHANGELOG alone."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
HISTORY = {
    "CHANGELOG.md",
    "docs/glossary.md",
    "recsys_core/contracts/environment.py",
    "tests/docs/test_words.py",
    "tests/django_site/config/test_env.py",
    "tests/django_site/merchandising/test_migrations.py",
    "tests/recsys_core/test_workspace.py",
}
"""Files that tell what a term was before."""
SNAKE = r"(?<![A-Za-z]){}s?(?![a-z])"
PRIVATE = {
    "lane": SNAKE.format("[Ll]ane") + r"|LANE|OffLane|LaneCandidates|LaneOff",
    "rung": SNAKE.format("[Rr]ung") + "|RUNG|[Ll]adder",
    "deed": SNAKE.format("[Dd]eed"),
    "artefact": "[Aa]rtefact|ARTEFACT",
    "recipe": SNAKE.format("[Rr]ecipe"),
    "lineage, of what will be built": r"recsys_core[./]lineage\b|[Ll]ineage\.of_current|lineage: Lineage\b",
    "shelf": SNAKE.format("[Ss]hel(f|ves)"),
    "showcase": "[Ss]howcase|SHOWCASE",
    "because, of a list's explanation": r"\bBecause\b(?! you)|because\.npy|\"because\"",
    "wish": SNAKE.format("[Ww]ish(?!list)"),
    "alike, likeness": r"[Ll]ikeness|\bAlike\b|\.alike\b|\balike ?[=(:]|\"alike\"",
    "newcomer standing in": r"stands_in|stand_ins|newcomer_share",
    "hears, silent": r"[Uu]nheard|columns silent|fingerprints silent",
    "framing": r"\b[Ff]raming\b",
    "findings, variety": r"\b[Ff]indings\b|\"variety\"",
    "evidence": r"\bEvidence\b|read_evidence",
    "home, of all outputs": r"\bHome\(|RECSYS_HOME|--home\b|<home>|recsys_core\.home",
    "visit": r"\bVisit\b|browsing\.visit\b|visit[-_]row|\"visit\"|`visit`",
    "picture, in code": r"[Pp]ictures\b|picture_|_picture|\bPicture[A-Z]|PICTURE",
    "place, of a card": r"data-place|\.place\b",
    "board, raised, arrange": r"\bBoard\b|\bboard\.|\b_raised\b|\barrange\b|\bArranged\b|merchandising.running",
    "figures, of a customer or an evaluation": r"CustomerFigures|evaluation.figures|\bfigures\[|\bfigures: Customer",
    "memory, of the popular retriever": r"\bMemory\(|choose_memory",
    "room, of code": r"\bROOMS\b|\b(for|every|each) room\b",
    "piece, of a page or a bag": r"_pieces\b|\.pieces\b|\bpieces\(",
    "look, of a drawing": r"\bLook\(|drawing.look\b|\ba\.look\b",
    "fate": r"\bfate\b|FATE",
    "constants without a noun": r"\b(MOST|LEAST|FEWEST)(_[A-Z]+)?\b",
    "exceptions that are no ...Error": r"\b(NoModel|BagFull|BagChanged"
    r"|AirflowRefused|MilvusUnreachable|IndexDefect|ReleaseDefect|NoLiveRelease|VectorsUnavailable|EncoderUnavailable"
    r"|EncoderBusy)\b",
}


def tracked_files() -> list[Path]:
    names = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    return [REPOSITORY / name for name in names.splitlines() if name not in HISTORY and "/migrations/" not in name]


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    found = {}
    for file in tracked_files():
        try:
            found[str(file.relative_to(REPOSITORY))] = file.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
    assert len(found) > 500
    return found


@pytest.mark.parametrize("term", PRIVATE)
def test_a_private_term_is_found_nowhere(term: str, texts: dict[str, str]) -> None:
    wrong = re.compile(PRIVATE[term])
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts.items()
        if wrong.search(text)
        for number, line in enumerate(text.splitlines(), 1)
        if wrong.search(line)
    ]
    assert found == []


def test_no_docstring_begins_with_a_clause(texts: dict[str, str]) -> None:
    """A sentence with subject and verb, or a noun with "of"; the strings below constants and fields, too."""
    clause = re.compile(r"(What|Who|Which|Where|How)\b")
    found = [
        f"{name}:{node.lineno}: {node.value.value[:60]}"
        for name, text in texts.items()
        if name.endswith(".py")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if clause.match(node.value.value.strip())
    ]
    assert found == []
