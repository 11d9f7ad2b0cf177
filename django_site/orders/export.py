"""Orders become purchases: files of our own in the raw area (``recsys_core/contracts/orders.py``).

An order is claimed for a file before the file is written and marked when it is whole, so a run that is killed writes
the same file again: ingest knows a file by its checksum, and nothing is counted twice. Whether ingest has it is
another matter (``receipts.py``).
"""

import csv
import io
import logging
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from django.db.models import Prefetch
from django.utils import timezone

from orders.models import Order, OrderLine
from recsys_core.contracts.orders import ONLINE, PREFIX, columns_of

log = logging.getLogger(__name__)


def export_orders(incoming: Path) -> list[Path]:
    """Write every order that is not yet in the raw area; returns the files, one for each claim that was open."""
    _claim()
    open_claims = Order.objects.filter(exported_at=None).exclude(export_file="")
    names = sorted(set(open_claims.values_list("export_file", flat=True)))
    return [_write(incoming, name) for name in names]


def _claim() -> None:
    """One statement, so two exporters never claim the same order, wherever they run."""
    name = f"{PREFIX}{timezone.now():%Y%m%dT%H%M%S%f}_{secrets.token_hex(4)}.csv"
    Order.objects.filter(export_file="").update(export_file=name)


def orders_of_files(names: Iterable[str]) -> dict[str, list[Order]]:
    """The orders claimed for each file, in the order of its rows."""
    orders: dict[str, list[Order]] = {name: [] for name in names}
    lines = Prefetch("lines", OrderLine.objects.order_by("pk"))
    for order in Order.objects.filter(export_file__in=list(orders)).order_by("pk").prefetch_related(lines):
        orders[order.export_file].append(order)
    return orders


def _write(incoming: Path, name: str) -> Path:
    """Two exporters of one claim write the same bytes, each under a name of its own until they are whole."""
    orders = orders_of_files([name])[name]
    path = incoming / name
    if not orders:  # their customer had them deleted just now
        return path
    incoming.mkdir(parents=True, exist_ok=True)
    fresh = incoming / f".{name}.{secrets.token_hex(4)}"
    with fresh.open("w", encoding="utf-8", newline="") as file:
        file.write(as_csv(name, orders))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    written = Order.objects.filter(pk__in=[order.pk for order in orders], export_file=name, exported_at=None)
    log.info("%d orders written to %s", written.update(exported_at=timezone.now()), path.name)
    return path


def as_csv(name: str, orders: Iterable[Order]) -> str:
    """Content of the file of that name."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(columns_of(name))
    for order in orders:
        rows.writerows(rows_of(name, order))
    return text.getvalue()


def rows_of(name: str, order: Order) -> list[tuple[object, ...]]:
    """Rows of an order, one for each item: in the tables identical rows are real repeats."""
    rows: list[tuple[object, ...]] = []
    for line in order.lines.all():
        price = repr(line.price_units)
        row = (order.number, order.purchase_day.isoformat(), order.customer_id, line.article_id, price, ONLINE)
        rows += [row[-len(columns_of(name)) :]] * line.quantity
    return rows
