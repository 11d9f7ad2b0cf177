"""The catalogue of features for people: ``python -m recsys_core.features.catalogue > docs/features.md``."""

from collections.abc import Iterable
from typing import get_args

from recsys_core.contracts.columns import KEY_ATTRIBUTES
from recsys_core.contracts.features import Group
from recsys_core.contracts.retrievers import RETRIEVERS
from recsys_core.features.feature import Feature, Maker
from recsys_core.features.images import EMBEDDING_LENGTH
from recsys_core.features.pairs import ARTICLE_CATEGORIES, CUSTOMER_CATEGORIES, pair_features
from recsys_core.features.shared_values import MAX_POSTAL_CODES, MIN_CUSTOMERS

TITLES: dict[Group, str] = {
    "customer": "Customer: attributes and history",
    "demand": "Demand: what is wanted now",
    "article": "Article: sales history, its own and that of what is like it",
    "preference": "Preference patterns: what the customer buys, seen from the candidate",
    "consistency": "Consistency: how far the candidate is from what the customer buys",
    "own_history": "Own history: the customer and this very article",
    "retrieval": "Retrieval: what the retrievers thought",
}
MADE_BY: dict[Maker, str] = {
    "snapshot": "the Spark job `features`",
    "pair": "the description of the pair",
    "retriever": "the retrievers",
}
INTRODUCTION = """# Features

What a ranker sees of a customer and a candidate, as of a cut-off date D: only days before D count. One definition
(`recsys_core/features/`) serves training and scoring. Written by `python -m recsys_core.features.catalogue`; a test
compares this page with the code.

The Spark job `features` writes snapshots: what it makes is a column of theirs. Everything else is computed when a pair
is described, in `recsys train-ranker` and `recsys score`: from what the snapshot holds, or by the retrievers that
`recsys train-retrievers` fitted.

Windows: `7d` is the 7 days before D; `last` is the customer's last shopping day, wherever it lies; `all` is the whole
history; `-` has none. Nulls stay null (NaN): LightGBM sends them their own way, the DNN sees the mean and a flag.
Prices are in the shop's own unit. A whole group is left out with `examples.leave_out` in the
configuration; whether a ranker listens to the group `article`, to ids, to images or to attribute values as such is
decided in training, on the label window held out.
"""
CATEGORIES = f"""## Categories

As they are, coded by the ranker's own vocabulary; a value that it never saw is 0.

`postal_code` has values of its own for codes of {MIN_CUSTOMERS} customers or more, {MAX_POSTAL_CODES:,} at most; all
others are `other`. `usual_channel` is where the customer bought before D: store, online or both. Ids are inputs of the
DNN alone: all articles, and customers with examples of two label windows or more; in training some are hidden, so that
code 0 is learned, too. With `article_id` the DNN gets the article's image embedding, {EMBEDDING_LENGTH} numbers, zero
without an image."""


def render(retrievers: Iterable[str]) -> str:
    """The page, Markdown, for a shop with these retrievers."""
    features = pair_features(tuple(retrievers))
    parts = [INTRODUCTION, f"{len(features)} numbers and {len(CUSTOMER_CATEGORIES + ARTICLE_CATEGORIES)} categories.\n"]
    for group in get_args(Group):
        mine = [feature for feature in features if feature.group == group]
        parts.append(f"## {TITLES[group]}\n\n{len(mine)} features.\n\n{_table(mine)}")
    parts.append(_categories())
    return "\n".join(parts)


def _table(features: list[Feature]) -> str:
    rows = [f"| `{f.name}` | {f.meaning} | {f.window} | {f.unit} | {MADE_BY[f.made_by]} |" for f in features]
    return "\n".join(["| feature | meaning | window | unit | made by |", "|---|---|---|---|---|", *rows, ""])


def _categories() -> str:
    return (
        f"{CATEGORIES}\n\n"
        f"Customer: {_names(CUSTOMER_CATEGORIES)}.\n\nArticle: {_names(ARTICLE_CATEGORIES)}.\n\n"
        f"Key attributes of the preference patterns: {_names(KEY_ATTRIBUTES)}.\n"
    )


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    print(render(RETRIEVERS), end="")
