"""Measures how good the storefront's text search is: ``make bench-search DATA=<folder with articles.csv>``.

It asks 150 queries that are judged by the catalogue's attributes (``search_queries.json``; the rules of the grades:
``search_grades.py``) and compares the shop's own search with BM25 over the same documents. Without ``--data`` the
articles are made up; queries that no article answers are left out. The last line is a JSON object:

- ``ndcg``: nDCG of the first ten results, the ideal being the best ten of the whole catalogue;
- ``right_type``: share of the first ten results that are of the right type of article;
- ``wrong_corrections``: share of the queries whose searched text is neither as typed nor as meant;
- ``missed_corrections``: share of the misspelt queries that were not put right;
- ``p50_ms`` and ``p99_ms``: how long the shop's search takes when it meets the query for the first time.
"""

import argparse
import json
import logging
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from recsys_core.contracts.columns import ARTICLE_COLUMNS
from recsys_core.search.analysis import tokens
from recsys_core.search.fit import FIELD_WEIGHTS, STOP_WORDS, documents
from recsys_core.serving import Release, open_live
from recsys_core.workspace import Workspace
from scripts.bench.search_grades import BEST, DEPTH, QUERIES, Judge, Outcome, Query, figures, judged, read_queries
from scripts.bench.web import read_articles
from scripts.shop_server import SITE, environment
from tests.support.release_fixture import article_rows, build_release

ARTICLES, CUSTOMERS = 105_542, 100
WARM_UP = ("something", "a longer text of several words", "xyzzy")
SHOWN = 3
"""Results of each of the worst queries that are shown."""


@dataclass(frozen=True)
class Answer:
    """Rows of the first articles, best first, and the text that was searched for."""

    found: Sequence[int]
    searched: str


Search = Callable[[str], Answer]


def main() -> int:
    args = parse_args()
    rows = read_articles(args.data) if args.data else article_rows(ARTICLES)
    articles = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in ARTICLE_COLUMNS})
    release = published(args.workspace / ("given" if args.data else "made-up"), rows, args.rebuild)
    queries, conditions = read_queries(args.queries)
    judge = Judge(articles, conditions)
    answered = [query for query in tqdm(queries, desc="judging", disable=None) if judge.grades(query).any()]
    systems = {"shop": shop_search(release), "bm25": bm25_search(articles)}
    outcomes: dict[str, list[Outcome]] = {}
    results: dict[str, Any] = {"articles": len(rows), "unanswered_queries": len(queries) - len(answered)}
    for name, search in systems.items():
        outcomes[name], seconds = ask(search, answered, judge, name)
        results[name] = summary(outcomes[name]) | (durations(seconds) if name == "shop" else {})
    if args.details:
        write_details(args.details, outcomes, judge, articles)
    show(results, list(systems))
    show_worst(outcomes["shop"], articles, args.worst)
    print(json.dumps(results))
    return 0


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with the shop's articles.csv or articles.csv.gz")
    parser.add_argument("--workspace", type=Path, default=Path("var/bench-search"), help="folder of the releases")
    parser.add_argument(
        "--rebuild", action="store_true", help="build the release from the start, after a change of the index"
    )
    parser.add_argument("--queries", type=Path, default=QUERIES, help="file of judged queries")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="show the shop's N queries of lowest nDCG")
    parser.add_argument("--details", type=Path, metavar="FILE", help="write every query with its results as JSON")
    return parser.parse_args()


def published(folder: Path, rows: list[dict[str, str]], rebuild: bool) -> Release:
    """A release of these articles, from what the folder already holds where that is of this version of the code.

    Raises
    ------
    ValueError
        If the folder holds a release of other articles.
    """
    workspace = Workspace(folder.absolute())
    if rebuild:
        shutil.rmtree(workspace.root, ignore_errors=True)
    print(f"a release of {len(rows):,} articles in {workspace.root}: some minutes for a new one", file=sys.stderr)
    build_release(workspace.root, len(rows), CUSTOMERS, catalogue=rows)
    os.environ |= environment(workspace, LOG_LEVEL="WARNING")
    release = open_live(workspace)
    if not np.array_equal(release.catalogue.article_ids, np.array([row["article_id"].encode() for row in rows], "S")):
        raise ValueError(f"{workspace.root} holds a release of other articles: add --rebuild")
    return release


def shop_search(release: Release) -> Search:
    """The storefront's own search; the environment is that of ``published``."""
    sys.path[:0] = [str(SITE)]
    import django

    django.setup()
    from search.text import find_by_text

    def search(text: str) -> Answer:
        hits = find_by_text(release, text)
        return Answer(hits.article_idx[:DEPTH].tolist(), hits.text)

    return search


def bm25_search(articles: pa.Table) -> Search:
    """BM25 with its defaults over the words of the shop's own documents; it puts nothing right."""
    import bm25s  # type: ignore[import-untyped]

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    index = bm25s.BM25()
    index.index(list(weighted_words(articles)), show_progress=False)

    def search(text: str) -> Answer:
        known = [word for word in indexed_words(text) if word in index.vocab_dict]
        if not known:
            return Answer([], text)
        scores = index.get_scores(known)
        best = np.argsort(-scores, kind="stable")[:DEPTH]
        return Answer(best[scores[best] > 0].tolist(), text)

    return search


def weighted_words(articles: pa.Table) -> Iterable[list[str]]:
    """The words of each article, those of a field as often as it weighs."""
    weights = tuple(FIELD_WEIGHTS.values())
    words_of = lru_cache(maxsize=20_000)(indexed_words)
    for document in tqdm(documents(articles), desc="bm25", total=articles.num_rows, unit=" articles", disable=None):
        yield [word for text, weight in zip(document, weights, strict=True) for word in words_of(text) * weight]


def indexed_words(text: str) -> list[str]:
    return [word for word in tokens(text) if word not in STOP_WORDS]


def ask(search: Search, queries: Sequence[Query], judge: Judge, name: str) -> tuple[list[Outcome], list[float]]:
    """Outcomes and seconds of each query."""
    for text in WARM_UP:
        search(text)
    outcomes, seconds = [], []
    for query in tqdm(queries, desc=name, unit=" queries", disable=None):
        started = time.perf_counter()
        answer = search(query.query)
        seconds.append(time.perf_counter() - started)
        outcomes.append(judged(query, judge, answer.searched, answer.found))
    return outcomes, seconds


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Figures of all queries and by kind."""
    kinds = dict.fromkeys(each.query.kind for each in outcomes)
    by_kind = {kind: figures([each for each in outcomes if each.query.kind == kind]) for kind in kinds}
    return {**figures(outcomes), "by_kind": by_kind}


def durations(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    return {"p50_ms": round(1000 * statistics.median(ordered), 1), "p99_ms": round(1000 * p99, 1)}


def write_details(file: Path, outcomes: dict[str, list[Outcome]], judge: Judge, articles: pa.Table) -> None:
    """One JSON list: each query, how many articles answer it, and each system's results."""
    details = []
    for of_query in zip(*outcomes.values(), strict=True):
        query = of_query[0].query
        entry: dict[str, Any] = {"query": query.query, "kind": query.kind, "meant": query.meant}
        entry["right_type_articles"] = int(judge.is_right_type(query).sum())
        entry["best_grade_articles"] = int((judge.grades(query) == BEST).sum())
        entry |= {name: described(each, articles) for name, each in zip(outcomes, of_query, strict=True)}
        details.append(entry)
    file.write_text(json.dumps(details, indent=1, ensure_ascii=False), encoding="utf-8")


def described(outcome: Outcome, articles: pa.Table) -> dict[str, Any]:
    names = ["article_id", "prod_name", "colour_group_name", "product_type_name", "index_group_name"]
    found = articles.select(names).take(pa.array(outcome.found, pa.int64())).to_pylist()
    return {
        "searched": outcome.searched,
        "correction": outcome.correction,
        "ndcg": round(outcome.ndcg, 4),
        "right_type": round(outcome.right_type, 4),
        "found": [{"grade": grade, **row} for grade, row in zip(outcome.grades, found, strict=True)],
    }


COLUMNS = ("ndcg", "right_type", "wrong_corrections", "missed_corrections")


def show(results: dict[str, Any], systems: Sequence[str]) -> None:
    for name in systems:
        found = results[name]
        print(f"\n{name:<16}{'queries':>8}" + "".join(f"{column:>20}" for column in COLUMNS), file=sys.stderr)
        for kind, of_kind in {**found["by_kind"], "all": found}.items():
            cells = "".join(f"{of_kind[column]:>20.3f}" if column in of_kind else f"{'':>20}" for column in COLUMNS)
            print(f"{kind:<16}{of_kind['queries']:>8}{cells}", file=sys.stderr)
    print(f"\nshop: p50 {results['shop']['p50_ms']} ms, p99 {results['shop']['p99_ms']} ms", file=sys.stderr)


def show_worst(outcomes: Sequence[Outcome], articles: pa.Table, n: int) -> None:
    for outcome in sorted(outcomes, key=lambda each: each.ndcg)[:n]:
        query, found = outcome.query, described(outcome, articles)["found"][:SHOWN]
        print(f"\n{outcome.ndcg:.3f} {query.query!r} ({query.kind}), searched {outcome.searched!r}", file=sys.stderr)
        for row in found:
            said = ", ".join((row["prod_name"], row["colour_group_name"], row["product_type_name"]))
            print(f"      grade {row['grade']}: {said}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
