"""Facts about the tables of an ingest: what was read, what was not and why, and what does not fit together."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pyarrow.parquet as pq

from recsys_core.contracts.columns import ARTICLE_ID, CUSTOMER_ID, PRICE
from recsys_core.data.report.currency import Currency, currency_by_size
from recsys_core.data.report.equal_rows import EqualRows, equal_rows, equal_warnings
from recsys_core.store.artifacts import Artifact
from recsys_core.store.image_files import find_images

FEW: Final = 0.5
"""Below this share of buyers with a profile, or of articles with a name, something does not fit."""
MAX_EXAMPLES: Final = 200
"""Reasons that are shown with an example."""


@dataclass(frozen=True)
class Finding:
    """Rows of one file that share a reason, or values that share a note."""

    file: str
    text: str
    count: int
    line: int
    example: str


@dataclass(frozen=True)
class FileFacts:
    """Rows of one file, or of several that a query joined."""

    name: str
    table: str
    form: str
    rows_in: int
    accepted: int
    made: int
    """Rows of the table that the accepted ones make: of purchases, by their quantities."""
    quarantined: int
    left_out: int
    """Rows that the mapping leaves out on purpose."""
    queried: str = ""
    """Files that the mapping's query read, with their rows, in words; empty without one."""


@dataclass(frozen=True)
class IngestFacts:
    """Everything that the report of an ingest shows."""

    tables: str
    """Key of the tables."""
    files: list[FileFacts]
    bad: list[Finding]
    """Quarantined rows by file and reason, most first."""
    noted: list[Finding]
    """Values that were taken for absent, and others worth a look."""
    not_read: list[str]
    equal: list[EqualRows]
    """Pairs of files with equal rows, those with the most first."""
    rows_per_day: dict[str, int]
    purchases: int
    buyers: int
    buyers_with_profile: int
    customers: int
    articles: int
    articles_with_name: int
    articles_with_image: int
    price: dict[str, float]
    """Smallest, median and largest price."""
    currency: Currency
    few_profiles: bool = False
    """True if most buyers have no profile, though the shop has a customers file."""
    example_ids: str = ""
    """A buyer without a profile, and a customer with one who never bought."""
    warnings: list[str] = field(default_factory=list)
    """Sentences without a customer's id: they go on to logs."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def gather(
    tables: Artifact, images: Path, not_read: Sequence[str], said_currency: Currency | None = None
) -> IngestFacts:
    """The facts of one set of tables.

    ``not_read``: sentences about files that no table took; ``said_currency``: the currency that files or settings name.
    """
    accounts: list[dict[str, Any]] = json.loads((tables.path / "batches.json").read_text())
    articles = pq.read_table(tables.path / "articles", columns=[ARTICLE_ID, "prod_name"], partitioning=None)
    found = find_images(images, frozenset(articles[ARTICLE_ID].to_pylist()))
    not_read = [*not_read, *(f"images: {reason}: {count}" for reason, count in found.ignored_counts.items())]
    buyers, strangers, unused = _customers(tables.path)
    prices = _prices(tables.path / "transactions")
    facts = IngestFacts(
        tables=tables.key,
        files=[_file(account) for account in accounts],
        bad=_bad(tables.path / "quarantine"),
        noted=_noted(accounts),
        not_read=not_read,
        equal=list(equal_rows(tables.summary.get("equal_rows", []), accounts)),
        rows_per_day=tables.summary["rows_per_day"],
        purchases=tables.summary["transactions"],
        buyers=buyers,
        buyers_with_profile=buyers - len(strangers),
        customers=tables.summary["customers"],
        articles=articles.num_rows,
        articles_with_name=articles.num_rows - articles["prod_name"].null_count,
        articles_with_image=len(found.first),
        price=prices,
        currency=said_currency or currency_by_size(prices),
        few_profiles=any(account["table"] == "customers" for account in accounts)
        and buyers - len(strangers) < FEW * buyers,
        example_ids=f"{min(strangers)!r} bought, {unused!r} has a profile" if strangers and unused else "",
    )
    facts.warnings.extend(_warnings(facts))
    return facts


def _file(account: Mapping[str, Any]) -> FileFacts:
    return FileFacts(
        account["name"],
        account["table"],
        "; ".join(dict.fromkeys(account["forms"].values())),
        account["rows_in"] + account["left_out"],
        account["accepted"],
        account["made"],
        sum(account["quarantined"].values()),
        account["left_out"],
        queried_in_words(account),
    )


def queried_in_words(account: Mapping[str, Any]) -> str:
    """Files that the mapping's query read, with their rows; empty without a query."""
    return ", ".join(f"{rows:,} of {name}" for name, rows in account.get("queried", {}).items())


def _bad(quarantine: Path) -> list[Finding]:
    """Reasons by file with their first row; the quarantine lies in the order of file and line."""
    found: dict[tuple[str, str], list[Any]] = {}
    for batch in pads.dataset(quarantine, format="parquet").to_batches():
        for row in batch.to_pylist():
            first = found.setdefault((row["file"], row["reason"]), [0, row["line"], row["text"]])
            first[0] += 1
    examples = [Finding(file, reason, *first) for (file, reason), first in found.items()]
    return sorted(examples, key=lambda f: (-f.count, f.file, f.text))[:MAX_EXAMPLES]


def _noted(accounts: Iterable[Mapping[str, Any]]) -> list[Finding]:
    return [
        Finding(account["name"], text, note["count"], note["line"], note["value"])
        for account in accounts
        for text, note in account["notes"].items()
    ]


def _customers(tables: Path) -> tuple[int, set[str], str]:
    """Number of buyers, the buyers without a profile, and a customer with one who never bought ("": none)."""
    buyers: set[str] = set()
    for path in sorted((tables / "transactions").glob("*.parquet")):
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                ids = pc.unique(file.read_row_group(group, columns=[CUSTOMER_ID])[CUSTOMER_ID])
                buyers.update(ids.to_pylist())
    customers = pq.read_table(tables / "customers", columns=[CUSTOMER_ID, "has_profile"], partitioning=None)
    without = set(customers.filter(pc.invert(customers["has_profile"]))[CUSTOMER_ID].to_pylist())
    known = customers.filter(customers["has_profile"])[CUSTOMER_ID]
    unused = next((one for one in known.to_pylist() if one not in buyers), "")
    return len(buyers), without, unused


def _prices(transactions: Path) -> dict[str, float]:
    prices = pq.read_table(transactions, columns=[PRICE], partitioning=None)[PRICE].to_numpy()
    return {"min": float(prices.min()), "median": float(np.median(prices)), "max": float(prices.max())}


def _warnings(facts: IngestFacts) -> Iterable[str]:
    """Sentences about what was read well but hardly fits together."""
    if facts.few_profiles:
        yield (
            f"{facts.buyers - facts.buyers_with_profile} of {facts.buyers} buyers have no profile: are the ids of the "
            "customers file written as those of the purchases"
        )
    if facts.articles_with_name < FEW * facts.articles:
        yield (
            f"{facts.articles - facts.articles_with_name} of {facts.articles} articles have no name: shoppers see "
            "their ids, and search finds them by nothing else"
        )
    for note in facts.noted:
        if note.text.endswith("shortened"):
            yield (
                f"{note.file}: {note.text} in {note.count} rows, first in line {note.line}: the ids of different "
                "things may have become one; export them as text"
            )
    yield from equal_warnings(facts.equal)
    if facts.price["max"] == 0:
        yield "every price is 0: features and pages that show prices say nothing"
    if facts.currency.several:
        yield f"{facts.currency.reason}: all prices are read as if they were of one currency"
