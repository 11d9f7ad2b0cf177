"""A shop's file of the next day, as it is delivered: the purchases of the last day once more, a day later."""

import csv
import datetime as dt
from pathlib import Path


def add_a_day(shop: Path) -> dt.date:
    """Write ``transactions_<day>.csv`` beside the shop's files; returns the day."""
    rows = [row for file in sorted(shop.glob("transactions*.csv")) for row in _rows(file)]
    last = max(row["t_dat"] for row in rows)
    day = dt.date.fromisoformat(last) + dt.timedelta(days=1)
    with (shop / f"transactions_{day}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "t_dat": day.isoformat()} for row in rows if row["t_dat"] == last)
    return day


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as opened:
        return list(csv.DictReader(opened))
