"""Orders become purchases: increments in the raw area, in the layout of ``transactions_train.csv``.

An order is claimed for a file before the file is written and marked when it is whole, so a run that is killed writes
the same file again: ingest knows a file by its checksum, and nothing is counted twice.
"""

import csv
import io
import logging
import os
from collections.abc import Iterable
from pathlib import Path

from django.db.models import Prefetch
from django.utils import timezone

from orders.models import Order, OrderLine
from recsys_core.contracts.columns import ARTICLE_ID, CHANNEL, CUSTOMER_ID, PRICE, T_DAT

log = logging.getLogger(__name__)

COLUMNS = (T_DAT, CUSTOMER_ID, ARTICLE_ID, PRICE, CHANNEL)
ONLINE = 2


def export_orders(incoming: Path) -> list[Path]:
    """Write every order that is not yet in the raw area; returns the files, one for each claim that was open."""
    _claim()
    open_claims = Order.objects.filter(exported_at=None).exclude(export_file="")
    names = sorted(set(open_claims.values_list("export_file", flat=True)))
    return [_write(incoming, name) for name in names]


def _claim() -> None:
    """One statement, so two exporters never claim the same order."""
    name = f"transactions_orders_{timezone.now():%Y%m%dT%H%M%S%f}_{os.getpid()}.csv"
    Order.objects.filter(export_file="").update(export_file=name)


def _write(incoming: Path, name: str) -> Path:
    lines = OrderLine.objects.order_by("pk")
    orders = Order.objects.filter(export_file=name).order_by("pk").prefetch_related(Prefetch("lines", lines))
    incoming.mkdir(parents=True, exist_ok=True)
    path = incoming / name
    fresh = incoming / f".{name}.{os.getpid()}"
    with fresh.open("w", encoding="utf-8", newline="") as file:
        file.write(as_csv(orders))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    exported = orders.filter(exported_at=None).update(exported_at=timezone.now())
    log.info("%d orders written to %s", exported, path.name)
    return path


def as_csv(orders: Iterable[Order]) -> str:
    """A row a piece: identical rows are real repeats."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for order in orders:
        for line in order.lines.all():
            row = (order.purchase_day.isoformat(), order.customer_id, line.article_id, repr(line.price_units), ONLINE)
            rows.writerows([row] * line.quantity)
    return text.getvalue()
