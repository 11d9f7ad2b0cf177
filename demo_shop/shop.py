"""Generates a whole demo shop into a folder, at once or not at all."""

import contextlib
import dataclasses
import datetime as dt
import fcntl
import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from demo_shop.catalogue import Catalogue, draw_catalogue
from demo_shop.customers import draw_customers
from demo_shop.feeds import write_inventory, write_regions
from demo_shop.purchases import simulate
from demo_shop.tables import write_articles, write_customers, write_transactions

log = logging.getLogger(__name__)

VERSION: Final = 5
"""Raised when the same parameters give other files."""
RECORD: Final = "demo.json"
CONFIG: Final = "recsys.toml"
SETTINGS: Final = """\
# Of this shop, unless the workspace has a config.toml.

# Every rule acts: an article is not offered again in the first days after it was bought, and of a product's colours one
# stands on a list.
[rules]
purchased = "exclude"
purchased_within_days = 3
one_per_product_code = true

# For the storefront's experiment: design A's ranker alone against the blend.
[lists]
second_ranker = "dnn"

# Drawn images show what they show in few pixels, and in small ones more of them are learned in the same time.
[images]
height = 48
width = 32
window = 2
depths = [1, 1, 2]
batch_size = 32
epochs = 8
"""
LAST_DAY: Final = dt.date(2020, 9, 22)
MIN_CUSTOMERS, MIN_ARTICLES, MIN_DAYS = 10, 250, 7
MAX_ARTICLES: Final = 400_000


@dataclass(frozen=True)
class DemoSummary:
    """Counts of the shop's contents. Days are ISO dates; ``customers`` counts rows of ``customers.csv``."""

    articles: int
    customers: int
    transactions: int
    images: int
    first_day: str
    last_day: str


def generate(
    out: Path,
    *,
    customers: int,
    articles: int,
    days: int,
    seed: int,
    purchases: int | None = None,
    last_day: dt.date = LAST_DAY,
    images: bool = True,
    image_size: tuple[int, int] = (192, 288),
) -> DemoSummary:
    """Write a demo shop in Kaggle's layout to ``out``; the same parameters give the same bytes.

    ``out`` appears complete, in one rename. If it is there already with the same parameters, nothing is done.

    Parameters
    ----------
    customers
        Shoppers; a few never buy, and a few of those who buy are missing from ``customers.csv``.
    articles, days
        Size of the catalogue, and length of the purchase history ending on ``last_day``.
    purchases
        Number of purchases; by default some 22 a customer over a long history.
    image_size
        Width and height of the images in pixels.

    Raises
    ------
    ValueError
        If a number is too small (or the catalogue too large for the article numbers).
    FileExistsError
        If ``out`` holds something else.
    """
    _check(customers, articles, days, image_size)
    parameters = {
        "version": VERSION,
        "customers": customers,
        "articles": articles,
        "days": days,
        "seed": seed,
        "last_day": last_day.isoformat(),
        "images": images,
        "image_size": list(image_size),
    }
    parameters |= {"purchases": purchases} if purchases else {}
    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    with _draft(out) as draft:
        if (found := _existing(out, parameters)) is not None:
            log.info("%s is this demo shop already", out)
            return found
        summary = _fill(draft, parameters, last_day)
        record = {"parameters": parameters, "summary": dataclasses.asdict(summary)}
        (draft / RECORD).write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
        if out.exists():
            out.rmdir()
        draft.replace(out)
    return summary


def _check(customers: int, articles: int, days: int, image_size: tuple[int, int]) -> None:
    for name, value, least in (
        ("customers", customers, MIN_CUSTOMERS),
        ("articles", articles, MIN_ARTICLES),
        ("days", days, MIN_DAYS),
        ("image width", image_size[0], 48),
        ("image height", image_size[1], 72),
    ):
        if value < least:
            raise ValueError(f"{name} = {value}: a demo shop needs at least {least}")
    if articles > MAX_ARTICLES:
        raise ValueError(f"articles = {articles}: the article numbers reach for at most {MAX_ARTICLES}")


@contextlib.contextmanager
def _draft(out: Path) -> Iterator[Path]:
    """A fresh folder beside ``out``; blocks while another process fills it."""
    draft = out.with_name(f".{out.name}.draft")
    with out.with_name(f".{out.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        yield draft
        shutil.rmtree(draft, ignore_errors=True)


def _existing(out: Path, parameters: dict[str, Any]) -> DemoSummary | None:
    """The summary of what is there, None if ``out`` is free."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    remedy = f"remove {out} or pass another --out"
    try:
        record = json.loads((out / RECORD).read_text())
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        raise FileExistsError(f"{out} holds something else than a demo shop: {remedy}") from None
    if record["parameters"] != parameters:
        theirs, ours = record["parameters"], parameters
        differing = [f"{k} {theirs.get(k)} != {ours[k]}" for k in ours if theirs.get(k) != ours[k]]
        raise FileExistsError(f"{out} holds another demo shop ({', '.join(differing)}): {remedy}")
    return DemoSummary(**record["summary"])


def _fill(draft: Path, parameters: dict[str, Any], last_day: dt.date) -> DemoSummary:
    days, seed = parameters["days"], parameters["seed"]
    first_day = last_day - dt.timedelta(days=days - 1)
    streams = np.random.SeedSequence(seed).spawn(4)
    of_catalogue, of_customers, of_purchases, of_stock = map(np.random.default_rng, streams)
    catalogue = draw_catalogue(parameters["articles"], first_day, days, of_catalogue)
    customers = draw_customers(parameters["customers"], days, seed, of_customers)
    with _images(draft / "images", catalogue, parameters) as images:
        write_articles(draft / "articles.csv", catalogue)
        purchases = simulate(catalogue, customers, first_day, days, of_purchases, parameters.get("purchases"))
        path, bought = draft / "transactions_train.csv", np.zeros(len(customers.ids), bool)
        rows = write_transactions(path, purchases, catalogue, customers, first_day, days, bought)
        known = write_customers(draft / "customers.csv", customers, bought, seed)
        write_inventory(draft / "inventory.csv", catalogue, days, of_stock)
        write_regions(draft / "regions.csv", customers, seed)
    (draft / CONFIG).write_text(SETTINGS)
    return DemoSummary(
        articles=catalogue.size,
        customers=known,
        transactions=rows,
        images=images,
        first_day=first_day.isoformat(),
        last_day=last_day.isoformat(),
    )


def _images(folder: Path, catalogue: Catalogue, parameters: dict[str, Any]) -> contextlib.AbstractContextManager[int]:
    """Draws the images, if there are to be any, while the block runs; gives their number."""
    if not parameters["images"]:
        return contextlib.nullcontext(0)
    from demo_shop.drawing import drawing_images

    width, height = parameters["image_size"]
    return drawing_images(folder, catalogue, (width, height), parameters["seed"])
