from pathlib import Path

from recsys_core.config import Config
from recsys_core.features.catalogue import render

PAGE = Path(__file__).parents[3] / "docs" / "features.md"


def test_the_page_lists_the_features_of_the_code() -> None:
    assert PAGE.read_text() == render(Config().retrieval.retrievers), "run `python -m recsys_core.features.catalogue`"
